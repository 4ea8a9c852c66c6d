// A tenant's last bulks with Logz.io's answers, and its last deliveries with ours: what this process remembers of them.

import {add, each, h, say} from "./dom.js";
import {get} from "./api.js";
import {bytes, count, duration, moment, plural} from "./format.js";

const results = {
  delivered: ["good", "delivered"],
  partly_accepted: ["warn", "partly accepted"],
  retry_later: ["warn", "not taken yet"],
  not_understood: ["bad", "answer not understood"],
  token_rejected: ["bad", "token or region rejected"],
  too_large: ["bad", "too large"],
  refused: ["bad", "refused"],
};
const kinds = {
  bulk: "",
  line_ahead: "One line, ahead of its turn: does the listener understand any?",
  part: "Part of a bulk, to find the lines that were refused.",
};

const state = ([mood, words]) => h("span", {class: `state ${mood}`}, words);
const hint = (...words) => h("p", {class: "hint"}, words);

function outcomeOf(bulk) {
  const answer = bulk.status === 0 ? bulk.answer : bulk.answer ? `${bulk.status}: ${bulk.answer}` : bulk.status;
  const then = [kinds[bulk.kind] ?? bulk.kind, bulk.wait_seconds !== null && `Next try ${duration(bulk.wait_seconds)} later.`,
                bulk.condemned_lines > 0 && `${plural(bulk.condemned_lines, "line")} became dead letters.`].filter(Boolean).join(" ");
  return [state(results[bulk.result] ?? ["warn", bulk.result]), hint(answer), then && hint(then)];
}

// Name, content, and "wide" where the text is long.
const bulkColumns = [
  ["Sent", (bulk) => moment(bulk.sent_at)],
  ["Outcome", outcomeOf, "wide"],
  ["Size", (bulk) => `${plural(bulk.lines, "line")}, ${bytes(bulk.bytes)}`],
  ["Answered in", (bulk) => duration(bulk.took_seconds)],
  ["To", (bulk) => bulk.region],
  ["Bulk", (bulk) => h("span", {class: "code"}, bulk.bulk)],
];

function answerOf(delivery) {
  const words = delivery.status === 200 ? ["good", "200, stored"] : ["bad", `${delivery.status}, refused`];
  return [state(words), delivery.delivered_before && hint("Logz.io took its events first: it proved the token.")];
}

const deliveryColumns = [
  ["Received", (delivery) => moment(delivery.received_at)],
  ["Answer", answerOf, "wide"],
  ["Events", (delivery) => count(delivery.events) + (delivery.repeated_events > 0 ? `, ${plural(delivery.repeated_events, "repeat")}` : "")],
  ["Answered in", (delivery) => duration(delivery.took_seconds)],
  ["eventId", (delivery) => h("span", {class: "code"}, delivery.event_id || "–")],
  ["Request", (delivery) => h("span", {class: "code"}, delivery.request_id)],
];

/** A section with a table whose rows never change once they are there. */
function table(id, title, columns, keyOf, nothing) {
  const body = h("tbody");
  const told = h("p", {class: "hint"}, nothing);
  const heads = columns.map(([name]) => h("th", {scope: "col"}, name));
  const scroll = h("div", {class: "scroll lately", tabindex: 0, role: "region", "aria-label": `Table: ${title}`, hidden: true},
    h("table", {class: "cards"}, h("thead", null, h("tr", null, heads)), body));
  const make = (row) => ({element: h("tr", null, columns.map(([name, cell, kind]) =>
    add(h("td", {"data-title": name, class: kind}), [cell(row)])))});
  return {
    element: h("section", {class: "panel", "aria-labelledby": id}, h("h2", {id}, title), told, scroll),
    show(rows) {
      each(body, rows, keyOf, make);
      scroll.hidden = rows.length === 0;
      say(told, rows.length === 0 ? nothing : "");
    },
  };
}

export function recent(id) {
  const bulks = table("bulks-title", "Last bulks", bulkColumns, (bulk) => bulk.bulk, "Nothing was sent since the relay began.");
  const deliveries = table("deliveries-title", "Last deliveries", deliveryColumns,
    (delivery) => `${delivery.received_at} ${delivery.request_id}`, "Nothing came since the relay began.");
  return {
    elements: [bulks.element, deliveries.element],
    async look() {
      const told = await get(`tenants/${encodeURIComponent(id)}/recent`);
      bulks.show(told.bulks);
      deliveries.show(told.deliveries);
    },
  };
}
