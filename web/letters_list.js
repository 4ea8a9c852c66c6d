// Dead letters in a list: what happened, the exact answer, the document when it is asked for; replay and discard.

import {confirmDialog, each, h, say} from "./dom.js";
import {get, post} from "./api.js";
import {bytes, count, moment, plural, reasonText} from "./format.js";
import {documentText, fromBase64} from "./mask.js";

const lettersAtOnce = 50;

function documentView(id) {
  const text = h("pre", {class: "document", tabindex: 0, hidden: true, "aria-label": "The document"});
  let body = null;
  const whole = h("input", {type: "checkbox", id: `whole-${id}`, onchange: () => draw()});
  const choice = h("label", {for: `whole-${id}`, hidden: true}, whole, " show what names people");
  const told = h("p", {class: "error", role: "alert"});
  const open = h("button", {type: "button", class: "quiet", onclick: async () => {
    open.disabled = true;
    try {
      const {letters} = await get("letters", {id, body: 1});
      if (letters.length === 0) throw new Error("this letter is gone");
      body = fromBase64(letters[0].body);
      open.hidden = true;
      text.hidden = choice.hidden = false;
      draw();
    } catch (error) {
      open.disabled = false;
      say(told, error.message);
    }
  }}, "Show the document");
  const draw = () => say(text, documentText(body, whole.checked));
  return h("div", {class: "document-view"}, open, choice, told, text);
}

function details(letter) {
  const pairs = [
    ["Event", letter.uuid ? h("a", {href: `#/event/${encodeURIComponent(letter.uuid)}`}, letter.uuid) : "not known"],
    ["Status", letter.status || "none"],
    ["Answer", h("pre", {class: "answer", tabindex: 0}, letter.answer || "(empty)")],
    ["Holds", `${plural(letter.lines, "line")} to replay, ${bytes(letter.bytes)}`],
    ["Replay", letter.lines === 0 ? "there is nothing in it that could be sent"
      : letter.replay_can_help ? "can help" : "would send the same bytes, which were at fault"],
    letter.expires_at && ["Expires", moment(letter.expires_at)],
  ].filter(Boolean);
  return h("div", {class: "letter-body"}, h("dl", null, pairs.map(([name, value]) => [h("dt", null, name), h("dd", null, value)])),
           documentView(letter.id));
}

/** The letters that `conditions()` names, with the choice of some or all of them. */
export function lettersList(conditions) {
  const body = h("div", {class: "letters"});
  const told = h("p", {class: "hint", role: "status"});
  const done = h("p", {class: "done", role: "status"});
  const trouble = h("p", {class: "error", role: "alert"});
  const deeds = {replay: "Replay", discard: "Discard"};
  const buttons = Object.keys(deeds).map((deed) => h("button", {type: "button", class: "quiet", onclick: () => treat(deed)}, deeds[deed]));
  const all = h("input", {type: "checkbox", id: "all-letters", onchange: () => {
    for (const {box} of body.kept?.values() ?? []) box.checked = all.checked;
    countChosen();
  }});
  const more = h("button", {type: "button", class: "quiet", hidden: true, onclick: () => guard(page)}, "Show more");
  const chosenText = h("span", {class: "hint"});
  const element = h("div", {class: "letters-list"},
    h("div", {class: "toolbar"}, h("label", {for: "all-letters"}, all, " all that match"), chosenText, buttons),
    trouble, done, body, h("div", {class: "panel-foot"}, told, more));
  let letters = [];
  let next = null;

  function make(letter) {
    const box = h("input", {type: "checkbox", "aria-label": `Choose letter ${letter.id}`, onchange: () => {
      if (!box.checked) all.checked = false;
      countChosen();
    }});
    const fold = h("details", null, h("summary", null,
      h("span", {class: "when"}, moment(letter.at)), h("span", {class: "who"}, letter.tenant),
      h("span", {class: "why"}, reasonText(letter.reason)), h("span", {class: "code"}, letter.status || "")));
    fold.addEventListener("toggle", () => {
      if (fold.open && fold.childElementCount === 1) fold.append(details(letter));
    });
    return {element: h("div", {class: "letter"}, box, fold), box, letter};
  }
  const chosen = () => [...body.kept?.values() ?? []].filter(({box}) => box.checked).map(({letter}) => letter.id);
  function countChosen() {
    const some = chosen().length;
    say(chosenText, all.checked ? "" : some > 0 ? `${count(some)} chosen` : "choose letters, or all");
    for (const button of buttons) button.disabled = some === 0 && !all.checked;
  }

  async function page() {
    const answer = await get("letters", {...conditions(), after: next ?? 0, count: lettersAtOnce});
    letters = next === null ? answer.letters : [...letters, ...answer.letters];
    next = answer.next;
    each(body, letters, (letter) => letter.id, make);
    more.hidden = next === null;
    say(told, letters.length === 0 ? "No dead letters here."
      : `${plural(letters.length, "letter")} shown${next === null ? "" : ", there are more"}. Oldest first.`);
    element.querySelector(".toolbar").hidden = letters.length === 0;
    countChosen();
  }
  async function guard(work) {
    say(trouble, "");
    try {
      await work();
    } catch (error) {
      say(trouble, error.message);
    }
  }

  /** Sums the answers of calls that treat letters, dry or not. */
  async function call(deed, dry) {
    const sum = {letters: 0, lines: 0, bytes: 0, hopeless: 0, without_lines: 0, last: 0, by_reason: {}, replayed: 0, discarded: 0};
    const addUp = (part) => {
      for (const name of ["letters", "lines", "bytes", "hopeless", "without_lines", "replayed", "discarded"]) sum[name] += part[name] ?? 0;
      for (const [reason, some] of Object.entries(part.by_reason)) sum.by_reason[reason] = (sum.by_reason[reason] ?? 0) + some;
      sum.last = Math.max(sum.last, part.last);
    };
    if (!all.checked) {
      for (const id of chosen()) addUp(await post(`letters/${deed}`, {filter: {id}, dry_run: dry === null}));
      return sum;
    }
    const filter = conditions();
    const whom = Object.keys(filter).length > 0 ? {filter} : {all: true};
    for (let after = 0, goesOn = true; goesOn;) {
      const part = await post(`letters/${deed}`, {...whom, dry_run: dry === null, after, ...(dry === null ? {} : {upto: dry.last})});
      addUp(part);
      after = part.last;
      goesOn = part.more;
    }
    return sum;
  }

  const treat = (deed) => guard(async () => {
    say(done, "");
    const dry = await call(deed, null);
    const words = h("div", null,
      h("p", null, deed === "replay"
        ? `${plural(dry.lines, "line")} of ${plural(dry.letters, "letter")} (${bytes(dry.bytes)}) would go back into the queue and be sent once more.`
        : `${plural(dry.letters, "letter")} (${bytes(dry.bytes)}) would be deleted for good. Nothing else holds these events.`),
      h("ul", null, Object.entries(dry.by_reason).map(([reason, some]) => h("li", null, `${count(some)}: ${reasonText(reason)}`))),
      deed === "replay" && dry.without_lines > 0 && h("p", null, `${plural(dry.without_lines, "letter")} hold nothing that can be sent and stay.`),
      deed === "replay" && dry.hopeless > 0 && h("p", null, `In ${count(dry.hopeless)} of them the same bytes were at fault: they will most likely come back.`));
    const possible = dry.letters > 0 && (deed === "discard" || dry.letters > dry.without_lines);
    const title = deed === "replay" ? "Replay dead letters?" : "Discard dead letters?";
    if (!await confirmDialog(title, words, possible && deeds[deed], deed === "discard")) return;
    const made = await call(deed, dry);
    say(done, deed === "replay" ? `${plural(made.replayed, "letter")} replayed.` : `${plural(made.discarded, "letter")} discarded.`);
    all.checked = false;
    next = null;
    await page();
  });

  return {
    element,
    async look() {
      next = null;
      all.checked = false;
      await page();
    },
  };
}
