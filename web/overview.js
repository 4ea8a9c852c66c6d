// The first look: is everything delivered, how far behind, how fast, and what stands in the way.

import {add, each, h, mark, say} from "./dom.js";
import {get} from "./api.js";
import {rateChart} from "./chart.js";
import {ago, bytes, count, duration, moment, plural, rate} from "./format.js";
import {tenantsTable} from "./tenants_table.js";

const spans = {hour: 3600, day: 86400};

function tile(title) {
  const value = h("p", {class: "value"}, "–");
  const more = h("p", {class: "hint"});
  return {element: h("div", {class: "tile"}, h("h2", null, title), value, more),
          show(text, hint = "") {
            say(value, text);
            say(more, hint);
          }};
}

/** One sentence about all of it, and its mood. */
function verdict(status) {
  const {relay, totals, spool} = status;
  if (!spool.accepting) return ["bad", `The relay takes nothing: ${spool.reason}`];
  if (!relay.ready) return ["bad", `The relay is not ready: ${relay.not_ready.join("; ")}`];
  if (totals.held_tenants > 0) {
    return ["bad", `${count(totals.held_tenants)} of ${plural(totals.tenants, "tenant")} ${
      totals.held_tenants === 1 ? "is" : "are"} held. Their events are kept.`];
  }
  const trying = status.listeners.reduce((sum, listener) => sum + listener.backing_off_tenants, 0);
  if (trying > 0) return ["warn", `${plural(trying, "tenant")} did not get through and ${trying === 1 ? "is" : "are"} tried again.`];
  if (totals.tenants === 0) return ["good", "Ready. No delivery has come yet."];
  return ["good", totals.tenants === 1 ? "The one tenant is delivering." : `All ${count(totals.tenants)} tenants are delivering.`];
}

const listenerColumns = ["Region", "State", "Last answer", "Answers in", "Tenants", "Waiting", "Address"];

function listenerRow() {
  const cells = listenerColumns.map((name) => h("td", {"data-title": name}));
  const state = h("span", {class: "state good"});
  const why = h("p", {class: "hint"});
  add(cells[1], [state, why]);
  return {
    element: h("tr", null, cells),
    update({now, ...row}) {
      const held = row.held_tenants > 0;
      const trying = row.backing_off_tenants > 0;
      say(cells[0], row.region);
      mark(state, "class", `state ${held ? "bad" : trying ? "warn" : row.last_answer ? "good" : "idle"}`);
      say(state, held ? `${plural(row.held_tenants, "tenant")} held`
                      : trying ? `${plural(row.backing_off_tenants, "tenant")} trying again`
                               : row.last_answer ? "taking lines" : "not asked yet");
      say(why, row.held_since ? `since ${moment(row.held_since)}: ${row.detail}` : "");
      say(cells[2], row.last_answer ? `${row.last_status || "no answer"}, ${ago(row.last_answer, now)}` : "never");
      say(cells[3], row.bulk_p50_seconds !== null ? `${duration(row.bulk_p50_seconds)}; 99 % in ${duration(row.bulk_p99_seconds)}`
                    : row.last_bulk_seconds !== null ? `${duration(row.last_bulk_seconds)}, the last` : "–");
      say(cells[4], count(row.tenants));
      say(cells[5], plural(row.waiting_lines, "line"));
      say(cells[6], row.url);
    },
  };
}

const lastWith = (samples, name) => samples.findLast((sample) => sample[name] !== null);

function rateNow(samples, name) {
  const recent = samples.slice(-7);  // the last minute
  if (recent.length < 2) return null;
  const seconds = (Date.parse(recent.at(-1).at) - Date.parse(recent[0].at)) / 1000;
  return Math.max(0, recent.at(-1)[name] - recent[0][name]) / seconds;
}

export function overview() {
  const banner = h("h1", {class: "verdict"});
  const about = h("p", {class: "hint"});
  const tiles = {oldest: tile("Oldest undelivered"), received: tile("Received"), delivered: tile("Delivered"),
                 acknowledged: tile("Acknowledged in"), bulks: tile("Logz.io answers in"), letters: tile("Dead letters"),
                 spool: tile("Spool")};
  const meter = h("meter", {min: 0, max: 1, value: 0, "aria-label": "How full the spool is"});
  tiles.spool.element.append(meter);
  const chart = rateChart();
  let span = "hour";
  const spanButtons = Object.keys(spans).map((name) =>
    h("button", {type: "button", class: "quiet", "aria-pressed": String(name === span), onclick: () => choose(name)}, `Last ${name}`));
  const listeners = h("tbody");
  const tenants = tenantsTable();
  const element = h("div", {class: "page"}, h("div", null, banner, about),
    h("div", {class: "tiles"}, Object.values(tiles).map((one) => one.element)),
    h("section", {class: "panel", "aria-labelledby": "chart-title"},
      h("div", {class: "panel-head"}, h("h2", {id: "chart-title"}, "Received and delivered"), h("div", {class: "buttons"}, spanButtons)),
      chart.element),
    tenants.element,
    h("section", {class: "panel", "aria-labelledby": "listeners-title"}, h("h2", {id: "listeners-title"}, "Logz.io listeners"),
      h("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of listeners"},
        h("table", {class: "cards"}, h("thead", null, h("tr", null,
          listenerColumns.map((name) => h("th", {scope: "col"}, name)))), listeners))));

  const kept = {hour: {samples: [], step: 10}, day: {samples: [], step: 60}};
  async function refresh(name) {
    const ring = kept[name];
    const last = ring.samples.at(-1)?.at;
    const told = await get("history", {span: name, from: last});
    ring.step = told.step_seconds;
    const most = spans[name] / told.step_seconds;
    ring.samples = [...ring.samples, ...told.samples.filter((sample) => sample.at !== last)].slice(-most);
  }
  async function choose(name) {
    span = name;
    spanButtons.forEach((button, at) => mark(button, "aria-pressed", String(Object.keys(spans)[at] === name)));
    await refresh(name);
    chart.show(kept[name].samples, kept[name].step, spans[name]);
  }

  async function look() {
    const [status] = await Promise.all([get("status", {tenants: 0}), refresh("hour"), span === "day" && refresh("day")]);
    const {totals, spool} = status;
    const {samples} = kept.hour;
    const [mood, sentence] = verdict(status);
    mark(banner, "class", `verdict ${mood}`);
    say(banner, sentence);
    say(about, `hookline ${status.version}, ${moment(status.time)}`);
    tiles.oldest.show(totals.oldest_waiting ? ago(totals.oldest_waiting, status.time).replace(" ago", "") : "none",
                      `${plural(totals.waiting_lines, "line")}, ${bytes(totals.waiting_bytes)} waiting`);
    for (const [name, counted] of [["received", totals.received_events - totals.repeated_events], ["delivered", totals.delivered_events]]) {
      const now = rateNow(samples, `${name}_events`);
      tiles[name].show(now === null ? count(counted) : `${rate(now)}/s`, `${count(counted)} since the start`);
    }
    const acknowledged = lastWith(samples, "acknowledgement_p99_seconds");
    tiles.acknowledged.show(acknowledged ? duration(acknowledged.acknowledgement_p50_seconds) : "–",
      acknowledged ? `half of them; 99 % in ${duration(acknowledged.acknowledgement_p99_seconds)}. Okta waits 3 s` : "Okta waits 3 s");
    const bulk = lastWith(samples, "bulk_p99_seconds");
    tiles.bulks.show(bulk ? duration(bulk.bulk_p50_seconds) : "–", bulk ? `half of them; 99 % in ${duration(bulk.bulk_p99_seconds)}` : "");
    tiles.letters.show(count(totals.condemned_letters), `condemned; ${count(totals.aside_letters)} kept aside`);
    const room = spool.bytes_max > 0 ? spool.bytes_max : spool.stored_bytes + Math.max(0, spool.free_bytes - spool.free_bytes_min);
    tiles.spool.show(bytes(spool.stored_bytes), `of ${bytes(room)}${spool.bytes_max > 0 ? " allowed" : " that fit"}; ` +
                     `${bytes(spool.free_bytes)} free on the disk`);
    meter.value = room > 0 ? Math.min(1, spool.stored_bytes / room) : 1;
    each(listeners, status.listeners.filter((row) => row.tenants > 0 || status.listeners.length <= 4)
      .map((row) => ({...row, now: status.time})), (row) => row.region, listenerRow);
    await tenants.look(status.time);
    chart.show(kept[span].samples, kept[span].step, spans[span]);
  }
  return {title: "Overview", element, look};
}
