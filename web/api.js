// Asks the relay. Signing in gives two halves of a session: a cookie that no script can read, and a key that only this
// address' pages can; each call needs both.

const keyName = "hookline-session-key";

export class SignedOut extends Error {}
export class Refused extends Error {}

export async function ask(method, path, body) {
  const key = localStorage.getItem(keyName);
  if (!key && path !== "/session") throw new SignedOut();
  const headers = key ? {"Hookline-Session-Key": key} : {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "same-origin", cache: "no-store", redirect: "error",
  });
  const told = await answer.json();
  if (answer.ok) return told;
  if (answer.status === 401 && path !== "/session") throw new SignedOut(told.error);
  throw new Refused(told.error ?? `the relay answered ${answer.status}`);
}

export const get = (call, parameters = {}) => {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const query = new URLSearchParams(given).toString();
  return ask("GET", `/api/v1/${call}${query ? "?" + query : ""}`);
};
export const post = (call, body) => ask("POST", `/api/v1/${call}`, body);

export async function signIn(token) {
  const {key} = await ask("POST", "/session", {token});
  localStorage.setItem(keyName, key);
}

export async function signOut() {
  try {
    await ask("DELETE", "/session");
  } finally {
    localStorage.removeItem(keyName);
  }
}
