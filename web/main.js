// Which page is shown, and when it looks again.

import {h, fill, say} from "./dom.js";
import {SignedOut, signOut} from "./api.js";
import {showSignIn} from "./sign_in.js";
import {overview} from "./overview.js";
import {tenantPage} from "./tenant.js";
import {lettersPage} from "./letters.js";
import {eventPage} from "./event.js";

const lookInterval = 5000;
const view = document.getElementById("view");
const trouble = document.getElementById("trouble");
const nav = document.getElementById("nav");
const signOutButton = document.getElementById("sign-out");

let shown = 0;  // counts the pages shown, so that a late answer finds out that its page is gone
let timer = 0;
let lookNow = () => {};

/** "#/letters?reason=too_large" as {name, rest, parameters}. */
function place() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, ...rest] = path.split("/");
  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  return {name, rest: rest.map(decoded), parameters: Object.fromEntries(new URLSearchParams(query))};
}

const pages = {"": overview, tenant: tenantPage, letters: lettersPage, event: eventPage};

function signedIn(is) {
  nav.hidden = signOutButton.hidden = !is;
}

function notice(text) {
  trouble.hidden = !text;
  say(trouble, text);
}

async function show(isMove) {
  const mine = ++shown;
  clearTimeout(timer);
  const {name, rest, parameters} = place();
  for (const link of nav.children) {
    const here = link.getAttribute("href") === `#/${name}`;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const make = Object.hasOwn(pages, name) ? pages[name] : null;
  if (!make) {
    fill(view, h("p", {class: "hint"}, "There is no such page. ", h("a", {href: "#/"}, "To the overview")));
    return;
  }
  const made = make(...rest, parameters);
  document.title = `${made.title} – hookline`;
  const look = async () => {
    clearTimeout(timer);
    try {
      if (!document.hidden) {
        await made.look();
        if (mine !== shown) return;
        signedIn(true);
        notice("");
        if (!made.element.isConnected) {
          fill(view, made.element);
          if (isMove) view.focus();
        }
      }
    } catch (error) {
      if (mine !== shown) return;
      if (error instanceof SignedOut) {
        signedIn(false);
        lookNow = () => {};
        notice("");
        document.title = "Sign in – hookline";
        showSignIn(view, () => show(true));
        return;
      }
      if (!made.element.isConnected) fill(view, made.element);
      notice(error instanceof TypeError ? "The relay does not answer. This page goes on asking." : error.message);
    }
    if (mine === shown && !made.still) timer = setTimeout(look, lookInterval);
  };
  lookNow = look;
  await look();
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();  // the part behind # names the page
  view.focus();
});
addEventListener("hashchange", () => show(true));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) lookNow();
});
signOutButton.addEventListener("click", async () => {
  try {
    await signOut();
  } catch {
    // The key is gone from here in any case.
  }
  signedIn(false);
  show(false);
});
show(false);
