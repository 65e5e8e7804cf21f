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

/** {key, from, to, isLive} that an address asks for; what it says wrong is left out. */
export function spanOf(parameters, now) {
  const from = Date.parse(parameters.get("from") ?? "");
  const to = Date.parse(parameters.get("to") ?? "");
  if (Number.isFinite(from) && Number.isFinite(to) && to > from) return between(from, to, now);
  return named(parameters.get("span") ?? "", now);
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

/** The parameters of the address for a span. */
export function parametersOf(span) {
  if (span.key) return { span: span.key === AT_FIRST ? "" : span.key, from: "", to: "" };
  return { span: "", from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() };
}

/** How often charts of a span are worth another look, in ms. */
export function pauseOf({ from, to }) {
  return Math.max(10_000, (to - from) / 400);
}
