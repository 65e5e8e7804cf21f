// What alert rules wait for, in words, and how a form gives it to the API and back. No DOM: tests run it in plain Node.

export const SEVERITIES = [
  ["info", "Info"],
  ["warning", "Warning"],
  ["critical", "Critical"],
];
/** Statuses that a rule can wait for. */
export const WAITED_FOR = [
  ["failed", "Down (FAILED)"],
  ["degraded", "Impaired (DEGRADED)"],
  ["unknown", "Unknown"],
  ["stopped", "Stopped"],
  ["starting", "Starting"],
];
export const COMPARISONS = [
  [">", "more than"],
  [">=", "at least"],
  ["<", "less than"],
  ["<=", "at most"],
  ["==", "exactly"],
  ["!=", "anything but"],
];
export const PERCENTILES = ["50", "90", "95", "99"];
export const BURN_DAYS = ["7", "28", "30", "90"];
/** Each sort of condition: what it is called, what it is for, and what its fields begin with. */
export const CONDITIONS = [
  { type: "status", icon: "octagon", title: "Status", words: "It is down, or has another status.", start: { statuses: ["failed"] } },
  { type: "share", icon: "clock", title: "Share of time", words: "It was down for much of the last minutes, again and again.", start: { statuses: ["failed"], share: "20", span: "1", span_unit: "h" } },
  { type: "response", icon: "chart", title: "Slow answers", words: "Most answers, or the slowest ones, take too long.", start: { percentile: "95", above_ms: "1000", span: "15", span_unit: "min" } },
  { type: "metric", icon: "sliders", title: "A metric", words: "Something that its check measures is beyond a value.", start: { metric: "", comparison: ">", value: "", unit: "" } },
  { type: "certificate_days", icon: "lock", title: "Certificate", words: "Its certificate is about to expire.", start: { days: "14" } },
  { type: "domain_days", icon: "globe", title: "Domain", words: "The registration of its domain is about to expire.", start: { days: "30" } },
  { type: "no_data", icon: "question", title: "No data", words: "Nothing has been heard of it for a while.", start: { minutes: "10", minutes_unit: "min" } },
  { type: "burn", icon: "bell", title: "Downtime budget", words: "What may be down in a month is used up too fast.", start: { target: "99.9", window_days: "30" } },
];
const MINUTES = { min: 1, h: 60, d: 1440 };
const SECONDS = { s: 1, min: 60, h: 3600, d: 86_400 };
// By the end of a metric's name; the first is its own.
const UNITS = [
  ["_ms", ["ms", "s"]],
  ["_seconds", ["s", "min", "h", "d"]],
  ["_bytes", ["B", "kB", "MB", "GB", "KiB", "MiB", "GiB"]],
  ["_percent", ["%"]],
  ["_days", ["d"]],
];
const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)$/;

/** The units in which a value of a metric may be given; none where its name does not tell. */
export function unitsOf(metric) {
  return UNITS.find(([end]) => metric.endsWith(end))?.[1] ?? [];
}

/** What is no number goes as it was typed: the answer says what is allowed. */
export function typedNumber(text) {
  const words = String(text ?? "").trim();
  return NUMBER.test(words) ? Number(words.replace(",", ".")) : words;
}

function times(text, factor) {
  const number = typedNumber(text);
  return typeof number === "number" ? Number((number * factor).toPrecision(12)) : number;
}

/** A number of minutes in the largest unit that leaves it whole. */
export function inUnits(amount, sizes) {
  const unit = Object.keys(sizes).findLast((name) => amount >= sizes[name] && amount % sizes[name] === 0) ?? Object.keys(sizes)[0];
  return [String(amount / sizes[unit]), unit];
}

/** The fields of a form for a condition as the API has it. */
export function fieldsOf(condition) {
  const text = Object.fromEntries(Object.entries(condition).map(([name, value]) => [name, Array.isArray(value) ? value : String(value)]));
  if (condition.type === "share") text.share = String(Number((condition.share * 100).toPrecision(8)));
  if (condition.type === "burn") text.target = String(Number((condition.target * 100).toPrecision(8)));
  if ("span_minutes" in condition) [text.span, text.span_unit] = inUnits(condition.span_minutes, MINUTES);
  if (condition.type === "no_data") [text.minutes, text.minutes_unit] = inUnits(condition.minutes, MINUTES);
  return text;
}

/** The condition that fields mean. */
export function conditionOf(type, fields) {
  const span = () => times(fields.span, MINUTES[fields.span_unit] ?? 1);
  switch (type) {
    case "status":
      return { type, statuses: fields.statuses };
    case "share":
      return { type, statuses: fields.statuses, share: times(fields.share, 0.01), span_minutes: span() };
    case "response":
      return { type, percentile: Number(fields.percentile), above_ms: typedNumber(fields.above_ms), span_minutes: span() };
    case "metric":
      return { type, metric: (fields.metric ?? "").trim(), comparison: fields.comparison, value: typedNumber(fields.value), unit: fields.unit ?? "" };
    case "no_data":
      return { type, minutes: times(fields.minutes, MINUTES[fields.minutes_unit] ?? 1) };
    case "burn":
      return { type, target: times(fields.target, 0.01), window_days: Number(fields.window_days) };
    default:
      return { type, days: typedNumber(fields.days) };
  }
}

/** "5" and "min" for 300 seconds. */
export const forFields = (seconds) => (seconds ? inUnits(seconds, SECONDS) : ["0", "min"]);

export const forSeconds = (text, unit) => times(text, SECONDS[unit] ?? 60);

/** "at once", "after 5 min". */
export function forWords(seconds) {
  return seconds ? `after ${inUnits(seconds, SECONDS).join(" ")}` : "at once";
}

const SCOPE_WORDS = [
  ["groups", "group"],
  ["tags", "tag"],
  ["types", "type"],
  ["environments", "environment"],
];
const NAMED = 2;

/** "group Shop, tag critical; all but 2": which services a scope is about. */
export function scopeWords(scope) {
  const listed = (values) => (values.length > NAMED ? `${values.slice(0, NAMED).join(", ")} and ${values.length - NAMED} more` : values.join(" or "));
  const parts = SCOPE_WORDS.filter(([name]) => scope[name]?.length).map(([name, word]) => `${word} ${listed(scope[name])}`);
  if (scope.services?.length) parts.unshift(listed(scope.services));
  const words = parts.join(", ") || "every service";
  return scope.except_services?.length ? `${words}, but not ${listed(scope.except_services)}` : words;
}

/** "It would have fired 3 times in 30 days." */
/** Of what was looked at: where that is not all, "at least", and of how many of them. */
export function trialWords({ count, tried, services, is_cut: isCut }, days) {
  const isPart = isCut || tried < services;
  const least = isPart && count ? "at least " : "";
  const often = count === 0 ? "not have fired" : count === 1 ? `have fired ${least}once` : `have fired ${least}${count} times`;
  const whom = isPart ? `, for ${tried} of ${services} services` : "";
  return `It would ${often} in ${days === 1 ? "a day" : `${days} days`}${whom}.`;
}
