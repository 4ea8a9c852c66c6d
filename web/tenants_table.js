// The tenants, sorted and searched by the relay, some rows at a time: there may be thousands.

import {each, h, mark, say} from "./dom.js";
import {get} from "./api.js";
import {ago, bytes, count, holdMood, holdText, plural} from "./format.js";

const rowsAtOnce = 50;

const columns = [
  {title: "Tenant", sort: "label"},
  {title: "State", sort: "hold"},
  {title: "Region", sort: "region"},
  {title: "Oldest undelivered", sort: "oldest_waiting", text: (row, now) =>
    row.oldest_waiting ? ago(row.oldest_waiting, now).replace(" ago", "") : "–"},
  {title: "Waiting", sort: "waiting_lines", number: true, text: (row) =>
    row.waiting_lines ? `${count(row.waiting_lines)} (${bytes(row.waiting_bytes)})` : "0"},
  {title: "Received", sort: "received_events", number: true, text: (row) => count(row.received_events)},
  {title: "Delivered", sort: "delivered_events", number: true, text: (row) => count(row.delivered_events)},
  {title: "Dead letters", sort: "condemned_letters", number: true, text: (row) => count(row.condemned_letters)},
  {title: "Last received", sort: "last_received", text: (row, now) => ago(row.last_received, now)},
];
const greatestFirst = new Set(["waiting_lines", "received_events", "delivered_events", "condemned_letters", "last_received"]);

export const tenantLink = (id, label) => h("a", {href: `#/tenant/${id}`}, label);

export function holdMark(hold) {
  return h("span", {class: `state ${holdMood(hold)}`}, holdText(hold));
}

export function tenantsTable() {
  let order = "-waiting_lines";
  let skip = 0;
  let found = 0;
  let typing = 0;
  const trouble = h("p", {class: "error", role: "alert"});
  const body = h("tbody");
  const told = h("p", {class: "hint", role: "status"});
  const search = h("input", {type: "search", id: "tenant-search", spellcheck: "false", placeholder: "name, region or state",
                             oninput: () => {
                               clearTimeout(typing);
                               typing = setTimeout(() => turn(0), 250);
                             }});
  const heads = columns.map((column) => h("th", {scope: "col", class: column.number && "number"},
    h("button", {type: "button", class: "sort", onclick: () => sortBy(column.sort)}, column.title)));
  const back = h("button", {type: "button", class: "quiet", onclick: () => turn(Math.max(0, skip - rowsAtOnce))}, "Previous");
  const on = h("button", {type: "button", class: "quiet", onclick: () => turn(skip + rowsAtOnce)}, "Next");
  const pager = h("div", {class: "buttons"}, back, on);
  const element = h("section", {class: "panel", "aria-labelledby": "tenants-title"},
    h("div", {class: "panel-head"}, h("h2", {id: "tenants-title"}, "Tenants"),
      h("label", {class: "search", for: "tenant-search"}, "Search ", search)),
    trouble,
    h("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of tenants"},
      h("table", {class: "cards"}, h("thead", null, h("tr", null, heads)), body)),
    h("div", {class: "panel-foot"}, told, pager));

  async function turn(to) {
    skip = to;
    try {
      await look();
      say(trouble, "");
    } catch (error) {
      say(trouble, error.message);
    }
  }
  function sortBy(name) {
    if (order === name) order = "-" + name;
    else if (order === "-" + name) order = name;
    else order = greatestFirst.has(name) ? "-" + name : name;
    turn(0);
  }

  function make(first) {
    const link = tenantLink(first.id, first.label);
    const state = holdMark(first.hold);
    const cells = columns.map((column) => h("td", {"data-title": column.title, class: column.number && "number"}));
    cells[0].append(link);
    cells[1].append(state);
    return {
      element: h("tr", null, cells),
      update(row) {
        say(link, row.label);
        say(state, holdText(row.hold));
        mark(state, "class", `state ${holdMood(row.hold)}`);
        mark(state, "title", row.detail);
        say(cells[2], row.region || "–");
        columns.forEach((column, at) => column.text && say(cells[at], column.text(row, now)));
      },
    };
  }

  let now = new Date().toISOString();
  async function look(relayTime) {
    now = relayTime ?? now;
    const page = await get("tenants", {search: search.value.trim(), sort: order, skip, count: rowsAtOnce});
    found = page.found;
    if (skip > 0 && page.tenants.length === 0) {
      skip = 0;
      return look(relayTime);
    }
    each(body, page.tenants, (row) => row.id, make);
    columns.forEach((column, at) => mark(heads[at], "aria-sort",
      order === column.sort ? "ascending" : order === "-" + column.sort ? "descending" : "none"));
    back.disabled = skip === 0;
    on.disabled = skip + rowsAtOnce >= found;
    pager.hidden = found <= rowsAtOnce;
    const wanted = search.value.trim();
    if (found === 0) {
      say(told, wanted ? "No tenant matches." : "No delivery has come yet. The first one makes its tenant appear here.");
    } else {
      say(told, found <= rowsAtOnce ? plural(found, "tenant")
                                    : `${skip + 1} to ${Math.min(skip + rowsAtOnce, found)} of ${plural(found, "tenant")}`);
    }
  }
  return {element, look};
}
