// Which time the charts of a page show: a span that ends now, or one between two moments. It stands in the address.
// No DOM: tests run it in plain Node.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
export const SPANS = [
  { key: "1h", title: "1 h", words: "the last hour", ms: HOUR },
  { key: "6h", title: "6 h", words: "the last 6 hours", ms: 6 * HOUR },
  { key: "24h", title: "24 h", words: "the last 24 hours", ms: DAY },
  { key: "7d", title: "7 d", words: "the last 7 days", ms: 7 * DAY },
  { key: "30d", title: "30 d", words: "the last 30 days", ms: 30 * DAY },
  { key: "90d", title: "90 d", words: "the last 90 days", ms: 90 * DAY },
  { key: "1y", title: "1 y", words: "the last year", ms: 365 * DAY },
];
export const AT_FIRST = "24h";
const LEAST = 2 * MINUTE;
const MOST = 399 * DAY;
const FINGERS_APART = 16; // pixels

/** {key, from, to, isLive} that an address asks for; what it says wrong is left out. */
export function spanOf(parameters, now, usual = AT_FIRST) {
  const from = Date.parse(parameters.get("from") ?? "");
  const to = Date.parse(parameters.get("to") ?? "");
  if (Number.isFinite(from) && Number.isFinite(to) && to > from) return between(from, to, now);
  const key = parameters.get("span");
  return named(SPANS.some((one) => one.key === key) ? key : usual, now);
}

/** What charts show at first of a service that lives since a moment (ms; 0: nobody knows): all of a life of hours. */
export function firstSpan(livesSince, now) {
  const day = SPANS.find(({ key }) => key === AT_FIRST);
  return livesSince ? SPANS.find(({ ms }) => ms >= Math.min(now - livesSince, day.ms)).key : AT_FIRST;
}

/** A span of SPANS, up to now. */
export function named(key, now) {
  const span = SPANS.find((one) => one.key === key) ?? SPANS.find((one) => one.key === AT_FIRST);
  return { key: span.key, from: now - span.ms, to: now, isLive: true };
}

/** One between two moments: neither too short nor too long, and nothing of it is to come. */
export function between(from, to, now) {
  const length = Math.min(MOST, Math.max(LEAST, to - from));
  const end = Math.min(now, (from + to + length) / 2);
  return { key: "", from: Math.round(end - length), to: Math.round(end), isLive: false };
}

/** Half a span earlier (-1) or later (1); at the end of time it goes no further. */
export function moved(span, direction, now) {
  const step = ((span.to - span.from) / 2) * direction;
  return between(span.from + step, span.to + step, now);
}

/** A longer span (a factor above 1) or a shorter one; one that ends now keeps its end, another its middle. */
export function zoomed(span, factor, now) {
  const length = Math.min(MOST, Math.max(LEAST, (span.to - span.from) * factor));
  const end = now - span.to < LEAST ? span.to : (span.from + span.to + length) / 2;
  return between(end - length, end, now);
}

/** Whether `zoomed` would change anything. */
export function canZoom({ from, to }, factor) {
  return factor < 1 ? to - from > LEAST : to - from < MOST;
}

/**
 * [from, to] of an axis `width` wide once two fingers that stood at the moments `held` have gone to the places `at`;
 * null while they are too close to say.
 */
export function pinched(held, at, width) {
  const apart = at[1] - at[0];
  if (Math.abs(apart) < FINGERS_APART) return null;
  const scale = (held[1] - held[0]) / apart;
  if (!(scale > 0)) return null;
  const from = held[0] - at[0] * scale;
  return [from, from + width * scale];
}

/** The parameters of the address for a span. */
export function parametersOf(span, usual = AT_FIRST) {
  if (span.key) return { span: span.key === usual ? "" : span.key, from: "", to: "" };
  return { span: "", from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() };
}

/** How often charts of a span are worth another look, in ms. */
export function pauseOf({ from, to }) {
  return Math.max(10_000, (to - from) / 400);
}
