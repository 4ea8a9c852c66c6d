// Documents hold what Okta knows about people. Until it is asked for, only the values that name nobody are shown.

const plainKeys = new Set([
  "@timestamp", "type", "uuid", "published", "eventType", "hookEventType", "eventId", "eventTime", "eventTypeVersion",
  "cloudEventsVersion", "contentType", "version", "severity", "legacyEventType", "result", "reason", "received_at", "via",
  "guards", "timestamp_from", "uuid_conflict", "transactionType", "authenticationStep",
]);

/** Objects whose keys Okta or hookline gives a meaning; in others (detailEntry, changeDetails, …) any key may hold anything. */
const knownObjects = new Set(["", "hookline", "outcome", "transaction", "authenticationContext", "actor", "target"]);

const hidden = "•••";

function masked(value, key, isKnown) {
  if (Array.isArray(value)) return value.map((one) => masked(one, key, isKnown));
  if (value !== null && typeof value === "object") {
    const inside = isKnown && knownObjects.has(key);
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, masked(one, name, inside)]));
  }
  return (isKnown && plainKeys.has(key)) || value === null ? value : hidden;
}

/** The lines of a letter as text: all of it, or with what could name somebody hidden. */
export function documentText(bytes, whole) {
  const text = new TextDecoder().decode(bytes);
  if (whole) return pretty(text);
  return text.split("\n").filter(Boolean).map((line) => {
    try {
      return JSON.stringify(masked(JSON.parse(line), "", true), null, 2);
    } catch {
      return `${hidden} (${line.length} characters that are no JSON)`;
    }
  }).join("\n");
}

/** Indented, unless that would change a number: then it stays as it came. */
export function pretty(text) {
  return text.split("\n").filter(Boolean).map((line) => {
    try {
      const numbers = line.replace(/"(?:[^"\\]|\\.)*"/g, '""');
      return /\d{16}|\d[eE]|\.\d*0(?!\d)|-0/.test(numbers) ? line : JSON.stringify(JSON.parse(line), null, 2);
    } catch {
      return line;
    }
  }).join("\n");
}

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
