// Dead letters of all tenants, by reason.

import {fill, h} from "./dom.js";
import {post} from "./api.js";
import {count, reasonText} from "./format.js";
import {lettersList} from "./letters_list.js";

const choices = {
  class: [["", "every class"], ["condemned", "condemned: acknowledged, and cannot be delivered"], ["kept_aside", "kept aside: refused bodies, originals of cut events"]],
  reason: ["", "line_refused", "bulk_refused", "too_large", "token_refused", "too_old", "body_refused", "element_refused", "content_cut"]
    .map((reason) => [reason, reason ? reasonText(reason) : "every reason"]),
};

export function lettersPage(...given) {
  const parameters = given.at(-1);
  const conditions = () => Object.fromEntries(["tenant", "class", "reason"].filter((name) => parameters[name]).map((name) => [name, parameters[name]]));
  const go = (changes) => {
    const wanted = Object.entries({...conditions(), ...changes}).filter(([, value]) => value !== "");
    location.hash = "#/letters" + (wanted.length ? "?" + new URLSearchParams(wanted) : "");
  };
  const select = (name, title) => h("label", null, title,
    h("select", {onchange: (event) => go({[name]: event.target.value})},
      choices[name].map(([value, text]) => h("option", {value, selected: value === (parameters[name] ?? "")}, text))));
  const tenant = h("input", {type: "search", value: parameters.tenant ?? "", placeholder: "name or number", spellcheck: "false"});
  const form = h("form", {class: "filter", onsubmit: (event) => {
    event.preventDefault();
    go({tenant: tenant.value.trim()});
  }}, h("label", null, "Tenant", tenant), select("class", "Class"), select("reason", "Reason"), h("button", {class: "quiet"}, "Filter"));
  const reasons = h("ul", {class: "reasons"});
  const list = lettersList(conditions);
  const element = h("div", {class: "page"}, h("h1", null, "Dead letters"),
    h("p", {class: "hint"}, "What Logz.io will not take, and what could not be read, with the answer that condemned it."),
    form, reasons, h("section", {class: "panel", "aria-label": "Letters"}, list.element));
  return {
    title: "Dead letters", element, still: true,
    async look() {
      const filter = conditions();
      const [told] = await Promise.all([
        post("letters/replay", {...(Object.keys(filter).length ? {filter} : {all: true}), dry_run: true}), list.look()]);
      fill(reasons, Object.entries(told.by_reason).map(([reason, some]) =>
        h("li", null, h("a", {href: "#/letters?" + new URLSearchParams({...filter, reason})},
                        h("strong", null, count(some)), " ", reasonText(reason)))));
    },
  };
}
