// Numbers and times for people.

const counts = new Intl.NumberFormat("en");

export const count = (number) => counts.format(number);

export const plural = (number, one, many = one + "s") => `${count(number)} ${number === 1 ? one : many}`;

export function bytes(number) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  while (number >= 1024 && at < units.length - 1) {
    number /= 1024;
    ++at;
  }
  return `${at === 0 || number >= 100 ? Math.round(number) : number.toFixed(1)} ${units[at]}`;
}

export function rate(perSecond) {
  if (perSecond === 0) return "0";
  if (perSecond >= 100) return count(Math.round(perSecond));
  return perSecond >= 10 ? perSecond.toFixed(1) : perSecond.toFixed(2);
}

/** Seconds as "3 min 12 s". */
export function duration(seconds) {
  if (seconds < 0.0995) return `${(seconds * 1000).toFixed(seconds < 0.00995 ? 1 : 0)} ms`;
  if (seconds < 10) return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor(whole / 3600) % 24} h`;
}

export function clockTime(instant) {
  return new Date(instant).toLocaleTimeString("en-GB", {hour: "2-digit", minute: "2-digit"});
}

export function clockSeconds(instant) {
  return new Date(instant).toLocaleTimeString("en-GB");
}

/** An instant in this browser's zone; "never" for null. */
export function moment(instant) {
  if (!instant) return "never";
  return new Date(instant).toLocaleString("sv-SE", {dateStyle: "short", timeStyle: "medium"});
}

/** How long ago, by the relay's clock. */
export function ago(instant, now) {
  if (!instant) return "never";
  const seconds = (Date.parse(now) - Date.parse(instant)) / 1000;
  return seconds < 1 ? "just now" : `${duration(seconds)} ago`;
}

const holds = {
  none: "delivering",
  backing_off: "trying again",
  token_rejected: "token or region rejected",
  not_understood: "answer not understood",
  refused: "refused",
  too_large: "line too large",
  letters_full: "dead letters full",
  not_configured: "not configured",
  damaged: "damaged on disk",
};
export const holdText = (hold) => (hold === null ? "not known" : holds[hold] ?? hold);
/** "good", "warn" or "bad". */
export const holdMood = (hold) => (hold === "none" ? "good" : hold === "backing_off" || hold === null ? "warn" : "bad");

const reasons = {
  line_refused: "Logz.io refused the line",
  bulk_refused: "Logz.io refused some lines of the bulk",
  too_large: "too large for the listener",
  token_refused: "token refused after it was stored",
  too_old: "waited longer than ship.age_max",
  body_refused: "no event-hook delivery",
  element_refused: "an element that is no event",
  content_cut: "original of an event that was cut",
};
export const reasonText = (reason) => reasons[reason] ?? reason;
