// An event's life, found by its uuid.

import {fill, h, say} from "./dom.js";
import {get} from "./api.js";
import {moment, plural} from "./format.js";
import {tenantLink} from "./tenants_table.js";

/** What happened to an event, in its order. */
export function lifeSteps(entry) {
  const steps = [[entry.received_at, "good", entry.conflict
    ? "Received with a uuid that was known, but with other content: shipped, and marked." : "Received and committed to disk."]];
  if (entry.sequence === 0) steps[0][2] = "Received. Logz.io took it while its token was being proven.";
  if (entry.bulk) {
    steps.push([entry.bulk.sent_at, "good", `Sent in bulk ${entry.bulk.bulk} of ${plural(entry.bulk.lines, "line")}.`]);
    const taken = entry.bulk.status >= 200 && entry.bulk.status < 300;
    steps.push([entry.bulk.answered_at, taken ? "good" : "warn", `The listener answered ${entry.bulk.status}.`]);
  }
  if (entry.letter !== null) steps.push([null, "bad", ["Became dead letter ", h("a", {href: `#/letters?tenant=${entry.tenant_id}`}, `number ${entry.letter}`), "."]]);
  else if (entry.settled) steps.push([null, "good", "Delivered."]);
  else steps.push([null, "warn", "Waits in the spool."]);
  return h("ol", {class: "life"}, steps.map(([when, mood, text]) =>
    h("li", {class: mood}, when && h("time", {datetime: when}, moment(when)), h("span", null, text))));
}

function life(entry) {
  return h("section", {class: "panel"}, h("h2", null, tenantLink(entry.tenant_id, entry.tenant)), lifeSteps(entry),
    entry.sequence > 0 && h("p", {class: "hint"}, `Stored as line ${entry.line} of delivery ${entry.sequence}.`));
}

export function eventPage(...given) {
  const uuid = given.length > 1 ? given[0] : "";
  const field = h("input", {type: "search", id: "uuid", value: uuid, spellcheck: "false", autocomplete: "off", required: true, maxlength: 512});
  const lives = h("div", {class: "page"});
  const told = h("p", {class: "hint", role: "status"});
  const element = h("div", {class: "page"}, h("h1", null, "Find an event"),
    h("form", {class: "filter", onsubmit: (event) => {
      event.preventDefault();
      location.hash = `#/event/${encodeURIComponent(field.value.trim())}`;
    }}, h("label", null, "uuid", field), h("button", {class: "strong"}, "Find")),
    told, lives);
  return {
    title: "Find an event", element, still: true,
    async look() {
      const {entries} = uuid ? await get("trace", {uuid}) : await get("trace", {uuid: "-"});
      if (!uuid) return say(told, "Events of the last day are known by the uuid that Okta gave them.");
      say(told, entries.length === 0 ? "This event is not known here: it did not come, or more than a day ago." : "");
      fill(lives, entries.map(life));
    },
  };
}
