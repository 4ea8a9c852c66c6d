// A tenant's events as they come, while somebody watches. The relay hides what could name a person until it is asked
// for it, and keeps nothing once nobody looks.

import {fill, h, say} from "./dom.js";
import {get} from "./api.js";
import {clockSeconds, count, moment} from "./format.js";
import {pretty} from "./mask.js";

const lookInterval = 2000;
const rowsMax = 200;

function resultOf(text) {
  try {
    return JSON.parse(text).outcome?.result ?? "";
  } catch {
    return "";
  }
}

function row(event) {
  const fold = h("details", null, h("summary", null, h("span", {class: "when", title: moment(event.received_at)}, clockSeconds(event.received_at)),
    h("span", {class: "what"}, event.event_type || "no eventType"), h("span", {class: "code"}, resultOf(event.line))));
  fold.addEventListener("toggle", () => {
    if (!fold.open || fold.childElementCount > 1) return;
    fold.append(h("div", {class: "letter-body"},
      event.uuid && h("p", null, "uuid ", h("a", {href: `#/event/${encodeURIComponent(event.uuid)}`}, event.uuid)),
      event.cut && h("p", {class: "hint"}, "A large event: this is its beginning."),
      h("pre", {class: "document", tabindex: 0, role: "region", "aria-label": "The document"}, pretty(event.line))));
  });
  return h("li", null, fold);
}

export function liveTail(id) {
  const rows = h("ol", {class: "tail", "aria-label": "Last events, the newest first"});
  const told = h("p", {class: "hint", role: "status"});
  const trouble = h("p", {class: "error", role: "alert"});
  const filter = h("input", {type: "search", id: "tail-filter", spellcheck: "false", maxlength: 100, placeholder: "text in the event",
                             oninput: () => {
                               clearTimeout(typing);
                               typing = setTimeout(anew, 300);
                             }});
  const whole = h("input", {type: "checkbox", id: "tail-whole", onchange: anew});
  const button = h("button", {type: "button", class: "quiet", "aria-pressed": "false", onclick: toggle}, "Watch");
  const controls = h("div", {class: "toolbar", hidden: true}, h("label", {class: "search", for: "tail-filter"}, "Filter ", filter),
    h("label", {for: "tail-whole"}, whole, " show what names people (this is logged)"));
  const element = h("section", {class: "panel", "aria-labelledby": "tail-title"},
    h("div", {class: "panel-head"}, h("h2", {id: "tail-title"}, "Live events"), button),
    h("p", {class: "hint"}, "Events are shown as they are stored, while you watch. The relay keeps none of them for this page once you leave."),
    controls, trouble, told, rows);
  let watching = 0;  // counts the watches begun, so that a late answer finds out that it is too late
  let after = 0;
  let missed = 0;
  let typing = 0;

  function toggle() {
    const begin = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(begin));
    say(button, begin ? "Stop" : "Watch");
    controls.hidden = !begin;
    if (begin) return anew();
    ++watching;
    say(told, rows.childElementCount ? "Stopped." : "");
  }

  /** From the first event that the relay still has on. */
  function anew() {
    after = missed = 0;
    fill(rows);
    follow(++watching);
  }

  async function follow(mine) {
    while (mine === watching) {
      if (!document.hidden) await look(mine);
      await new Promise((resolve) => setTimeout(resolve, lookInterval));
      if (!element.isConnected) return;
    }
  }

  async function look(mine) {
    try {
      const page = await get(`tenants/${encodeURIComponent(id)}/events`, {after, filter: filter.value.trim(), whole: whole.checked ? 1 : ""});
      if (mine !== watching) return;
      after = page.last;
      missed += page.missed;
      for (const event of page.events.slice(-rowsMax)) rows.prepend(row(event));
      while (rows.childElementCount > rowsMax) rows.lastElementChild.remove();
      say(trouble, "");
      const wanted = filter.value.trim();
      say(told, (rows.childElementCount ? `${count(rows.childElementCount)} shown.`
                                       : wanted ? "Nothing that came holds this text." : "Nothing has come since you watch.") +
                (missed ? ` ${count(missed)} came too fast to be shown.` : ""));
    } catch (error) {
      if (mine === watching) say(trouble, error.message || "The session has ended.");
    }
  }
  return element;
}
