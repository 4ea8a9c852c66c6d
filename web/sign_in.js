// The first page: the admin token opens the others.

import {fill, h, say} from "./dom.js";
import {signIn} from "./api.js";

export function showSignIn(view, enter) {
  const told = h("p", {class: "error", role: "alert", id: "sign-in-error"});
  const token = h("input", {type: "password", id: "token", name: "token", autocomplete: "current-password",
                            required: true, spellcheck: "false", "aria-describedby": "token-hint sign-in-error"});
  const button = h("button", {class: "strong"}, "Sign in");
  const send = async (event) => {
    event.preventDefault();
    button.disabled = true;
    say(told, "");
    try {
      await signIn(token.value);
      token.value = "";
      enter();
    } catch (error) {
      say(told, `Not signed in: ${error.message}.`);
      token.select();
    } finally {
      button.disabled = false;
    }
  };
  fill(view, h("section", {class: "panel narrow"},
    h("h1", null, "Sign in"),
    h("form", {onsubmit: send},
      h("label", {for: "token"}, "Admin token"), token,
      h("p", {class: "hint", id: "token-hint"}, "It stands in the spool's directory, readable by hookline's user: ",
        h("code", null, "sudo cat /var/lib/hookline/admin-token")),
      told, button)));
  token.focus();
}
