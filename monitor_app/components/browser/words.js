// Times and numbers in words. No DOM: tests run it in plain Node.
import { dayTime, shortClock } from "./times.js";

export { clockTime, dayClock, dayTime, exact, exactSpan, shortClock } from "./times.js";

/** "4 min 12 s": the two largest units. */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const units = [
    [86400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const first = units.findIndex(([size]) => seconds >= size);
  if (first === -1) return "0 s";
  const parts = [];
  let rest = seconds;
  for (const [size, name] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.join(" ");
}

/** "4 min": the largest unit, for a narrow column. */
export function shortDuration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** "12 s ago". */
export function age(milliseconds) {
  return milliseconds < 1000 ? "now" : `${shortDuration(milliseconds)} ago`;
}

/** "42 ms", "4.2 ms", "1.25 s"; "–" when there is none. */
export function responseTime(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms < 0.05) return "<0.1 ms";
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}

/** "60 s", "5 min", "1 h": an interval as people say it. */
export function interval(seconds) {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 && seconds > 60 ? `${seconds / 60} min` : `${seconds} s`;
}

/** "30 s", "1 min": how often a screen is fetched anew. */
export function pace(seconds) {
  return seconds < 60 ? `${seconds} s` : `${seconds / 60} min`;
}

const NEAR_MS = 20 * 3_600_000;

/** "14:05", with the day where that is not within the next or last hours. */
function nearby(epochMs, now) {
  return Math.abs(epochMs - now) < NEAR_MS ? shortClock(epochMs) : dayTime(epochMs);
}

/** What the last results say of a row and too few of them yet: "not confirmed, 1 of 3: connection refused". */
export function pendingWords([status, count, needed, , message]) {
  const what = status === 0 || status === 1 ? "recovering" : "not confirmed";
  return `${what}, ${count} of ${needed}${message ? `: ${message}` : ""}`;
}

/** "14:05" or "20 May 09:30": when a pause or a maintenance ends. */
export function holdEnd(until, now = Date.now()) {
  return nearby(until, now);
}

/** Why a row rests: "paused by ada until 14:05: a new disk"; `hold` is [who, reason, at, until]. */
export function holdWords({ hold: [who, reason, , until], enabled }, now = Date.now()) {
  const what = enabled ? "in maintenance" : who ? `paused by ${who}` : "paused";
  return `${what}${until === null ? "" : ` until ${nearby(until, now)}`}${reason ? `: ${reason}` : ""}`;
}

/** What the circuit breaker does: by itself or by hand, since when, until when, why. */
export function breakerWords([phase, opened, until, failures, who, reason], now = Date.now()) {
  if (phase === "half_open") return "the circuit breaker lets one check through, which decides";
  const end = until === null ? "until somebody closes it" : `until ${nearby(until, now)}`;
  const by = who ? `by ${who}: ${reason}` : `after ${plural(failures, "failure")}`;
  return `checks paused by the circuit breaker ${end}, opened at ${nearby(opened, now)} ${by}`;
}

/** The same in a few words, for a row that says what is wrong as well. */
export function breakerChip([phase, , until], now = Date.now()) {
  if (phase === "half_open") return "one check decides";
  return until === null ? "checks paused" : `checks paused until ${nearby(until, now)}`;
}

/** "1 change", "3 changes". */
export function plural(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

function sentence(counts) {
  if (counts === null) return "";
  const [ok, degraded, failed, starting, paused, unknown] = counts;
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return "Nothing is watched yet";
  if (failed) return failed === 1 ? "1 service is down" : `${failed} services are down`;
  if (degraded) return degraded === 1 ? "1 service is degraded" : `${degraded} services are degraded`;
  if (paused === total) return total === 1 ? "The only service is paused" : `All ${total} services are paused`;
  if (unknown) return `Nothing is known of ${plural(unknown, "service")}`;
  if (starting) return starting === 1 ? "1 service is starting" : `${starting} services are starting`;
  return ok === 1 ? "1 service is up" : `All ${ok} services are up`;
}

/** What is true of everything that is watched, in one sentence; what was true last while it is not current. */
export function boardSentence(counts, health) {
  const text = sentence(counts);
  return text && health ? `Last known: ${text[0].toLowerCase()}${text.slice(1)}` : text;
}
