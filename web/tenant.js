// One tenant: its queue, what holds it, its last bulks and deliveries, its letters.

import {fill, h, mark, say, visible} from "./dom.js";
import {get} from "./api.js";
import {ago, bytes, count, holdMood, holdText, moment, plural} from "./format.js";
import {lettersList} from "./letters_list.js";
import {liveTail} from "./live_tail.js";
import {recent} from "./recent.js";
import {testEvent} from "./test_event.js";

export function tenantPage(id) {
  const name = h("h1", null, "Tenant");
  const state = h("p", {class: "verdict"});
  const why = h("p");
  const facts = h("dl", {class: "facts"});
  const list = lettersList(() => ({tenant: id}));
  const lately = recent(id);
  const element = h("div", {class: "page"}, h("p", null, h("a", {href: "#/"}, "All tenants")), name, state, why,
    h("section", {class: "panel", "aria-labelledby": "facts-title"}, h("h2", {id: "facts-title"}, "Queue and answers"), facts),
    lately.elements,
    testEvent(id),
    liveTail(id),
    h("section", {class: "panel", "aria-labelledby": "letters-title"}, h("h2", {id: "letters-title"}, "Dead letters"), list.element));
  let letters = null;
  return {
    title: "Tenant", element,
    async look() {
      const [{tenants: [tenant]}] = await Promise.all([get("tenants", {id}), lately.look()]);
      const now = new Date().toISOString();
      say(name, tenant.label);
      document.title = `${visible(tenant.label)} – hookline`;
      mark(state, "class", `verdict ${holdMood(tenant.hold)}`);
      say(state, tenant.hold === "none" ? (tenant.waiting_lines ? "Delivering" : "Everything is delivered")
                                        : `Held since ${moment(tenant.held_since)}: ${holdText(tenant.hold)}`);
      if (tenant.hold === "backing_off") say(state, `Trying again since ${moment(tenant.held_since)}`);
      say(why, [tenant.detail, tenant.next_try && `Next try: ${moment(tenant.next_try)}.`].filter(Boolean).join(" "));
      const pairs = [
        ["Region", tenant.region || "not known"],
        ["Configured", tenant.named ? "a named tenant" : tenant.proven ? "by header; its token has been accepted" : "by header; its token is not proven"],
        ["Waiting", `${plural(tenant.waiting_lines, "line")} of ${plural(tenant.waiting_deliveries, "delivery", "deliveries")}, ${bytes(tenant.waiting_bytes)}`],
        ["Oldest undelivered", tenant.oldest_waiting ? `${moment(tenant.oldest_waiting)} (${ago(tenant.oldest_waiting, now)})` : "none"],
        ["On disk", bytes(tenant.stored_bytes)],
        ["Last answer", tenant.last_answer ? `${tenant.last_status || "none"}, ${moment(tenant.last_answer)}` : "none yet"],
        ["On its way", tenant.in_flight ? "a bulk" : "nothing"],
        ["Since the start", `${count(tenant.received_events)} received, ${count(tenant.repeated_events)} of them repeats; ${count(tenant.delivered_events)} delivered`],
        ["Dead letters", `${count(tenant.condemned_letters)} condemned (${bytes(tenant.condemned_bytes)}), ${count(tenant.aside_letters)} kept aside`],
        ["Last received", moment(tenant.last_received)],
        ["First seen", moment(tenant.first_seen)],
      ];
      if (facts.childElementCount === 0) fill(facts, pairs.map(([term]) => [h("dt", null, term), h("dd")]));
      pairs.forEach(([, value], at) => say(facts.children[at * 2 + 1], value));
      const lettersNow = `${tenant.condemned_letters} ${tenant.aside_letters}`;
      if (letters !== lettersNow) await list.look();  // not each time: somebody may be reading
      letters = lettersNow;
    },
  };
}
