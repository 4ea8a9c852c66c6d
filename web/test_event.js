// A test event: sent on purpose, marked, and followed until Logz.io has it or it is clear why not.

import {fill, h, say} from "./dom.js";
import {get, post} from "./api.js";
import {holdText} from "./format.js";
import {lifeSteps} from "./event.js";

const followInterval = 1000;

const isOver = (entry) => entry.settled || entry.letter !== null;

function outcome(entry, tenant) {
  if (entry.letter !== null) return "Logz.io did not take it.";
  if (entry.settled) return "Logz.io has it.";
  if (tenant?.hold && tenant.hold !== "none") return `It waits: ${holdText(tenant.hold)}. ${tenant.detail}`;
  return "On its way.";
}

export function testEvent(id) {
  const told = h("p", {role: "status"});
  const trouble = h("p", {class: "error", role: "alert"});
  const life = h("div", {class: "test-life"});
  const button = h("button", {type: "button", class: "quiet", onclick: send}, "Send a test event");
  const element = h("section", {class: "panel", "aria-labelledby": "test-title"},
    h("div", {class: "panel-head"}, h("h2", {id: "test-title"}, "Test event"), button),
    h("p", {class: "hint"}, "One event that says of itself that it is a test goes the way of a delivery, from the spool to Logz.io. " +
      "There it has ", h("code", null, "eventType: hookline.test_event"), "."),
    trouble, told, life);

  async function send() {
    button.disabled = true;
    say(trouble, "");
    try {
      const {uuid} = await post(`tenants/${encodeURIComponent(id)}/test`);
      await follow(uuid);
    } catch (error) {
      say(trouble, error.message);
    } finally {
      button.disabled = false;
    }
  }

  async function follow(uuid) {
    const link = h("p", {class: "hint"}, "uuid ", h("a", {href: `#/event/${encodeURIComponent(uuid)}`}, uuid));
    const steps = h("div");
    fill(life, link, steps);
    let before = "";
    do {
      const [{entries: [entry]}, {tenants: [tenant]}] = await Promise.all([get("trace", {uuid}), get("tenants", {id})]);
      if (!entry) throw new Error("the relay does not know of it any more");
      say(told, outcome(entry, tenant));
      const now = JSON.stringify(entry);
      if (now !== before) fill(steps, lifeSteps(entry));
      before = now;
      if (isOver(entry)) return;
      button.disabled = false;  // another may be sent; then this one is no longer followed
      await new Promise((resolve) => setTimeout(resolve, followInterval));
    } while (steps.isConnected);
  }
  return element;
}
