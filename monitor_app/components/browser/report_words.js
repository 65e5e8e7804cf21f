// Figures of the overview, of objectives and of reports in words; spans of time as people name them.
// No DOM: tests run it in plain Node.
import { fieldTime, fromField } from "./times.js";
import { duration } from "./words.js";

const DAY_MS = 86_400_000;
export const NOTHING = "–";
export const TARGET = { least: 50, most: 99.999 };

/** Bounds of the colours of a day, best first; below the last it is the worst one. */
export const LEVELS = [
  { key: "whole", from: 1, words: "100 %" },
  { key: "high", from: 0.999, words: "99.9 % and more" },
  { key: "fair", from: 0.99, words: "99 % and more" },
  { key: "low", from: 0.95, words: "95 % and more" },
  { key: "bad", from: 0, words: "below 95 %" },
];

/** The key of the level of a share; "none" where nothing is known. */
export function levelOf(share) {
  if (share === null) return "none";
  return LEVELS.find(({ from }) => share >= from).key;
}

/** "99.98 %": never rounded up, "100 %" only when it is, and "0.00 %" only when it is that. */
export function percent(share) {
  if (share === null || share === undefined) return NOTHING;
  if (share >= 1) return "100 %";
  const digits = share >= 0.9999 ? 3 : 2;
  const factor = 10 ** digits;
  if (share > 0 && share < 0.0001) return "<0.01 %";
  const floored = Math.min(100 * factor - 1, Math.floor(share * 100 * factor + 1e-6));
  return `${(floored / factor).toFixed(digits)} %`;
}

/** "99.9 %": a target as somebody typed it. */
export function targetWords(share) {
  return `${Number((share * 100).toFixed(4))} %`;
}

/** {share} of what was typed as percent, or {problem}. */
export function givenTarget(text) {
  const typed = text.trim().replace("%", "").replace(",", ".").trim();
  const value = Number(typed);
  if (typed === "" || !(value >= TARGET.least && value <= TARGET.most)) {
    return { problem: `must be from ${TARGET.least} to ${TARGET.most} percent, got ${typed === "" ? "nothing" : `“${text.trim()}”`}` };
  }
  return { share: Number((value / 100).toFixed(8)) };
}

/** "4 min 12 s" of seconds; "none" of none. */
export function seconds(number) {
  if (number === null || number === undefined) return NOTHING;
  if (number > 0 && number < 1) return "<1 s";
  return number === 0 ? "none" : duration(number * 1000);
}

/** What is left of an error budget: "21 min left of 43 min", "overspent by 5 min, of 43 min". */
export function budgetWords({ left_seconds: left, allowed_seconds: allowed, left: share }) {
  if (share === null) return "nothing is known yet";
  if (left < 0) return `overspent by ${seconds(-left)}${allowed > 0 ? `, of ${seconds(allowed)}` : ""}`;
  return `${left > 0 ? seconds(left) : "nothing"} left of ${seconds(allowed)}`;
}

/** How fast an error budget goes: "At the rate of the last hour gone in 3 d". */
export function burnWords({ left, window_days: days, burns }) {
  if (left === null) return "Nothing is known yet";
  const rateOf = (hours) => burns.find((burn) => burn.hours === hours)?.rate ?? null;
  const [hour, day] = [rateOf(1), rateOf(24)];
  if (left <= 0) return hour > 0 ? "Spent, and still burning" : "Spent; it comes back as old downtimes leave the window";
  const gone = (rate) => duration((left * days * DAY_MS) / rate);
  if (hour > 1 && hour > (day ?? 0)) return `At the rate of the last hour gone in ${gone(hour)}`;
  if (day > 1) return `At the rate of the last 24 hours gone in ${gone(day)}`;
  if (day === null) return "Nothing is known of the last 24 hours";
  return day > 0 ? "Goes slowly enough to last" : "Nothing was spent in the last 24 hours";
}

/** What changed most from one week to the next, the response time or the availability: "112 ms → 240 ms". */
export function changeWords({ mean_ms: now, mean_ms_before: before, availability_week: week, availability_week_before: old }, time) {
  const slower = now && before && Math.abs(now - before) >= 5 ? Math.abs(Math.log2(now / before)) : 0;
  const less = week === null || old === null ? 0 : 10 * Math.abs(week - old); // as the server weighs it
  if (!slower && !less) return "no change to speak of";
  return slower >= less ? `${time(before)} → ${time(now)}` : `${percent(old)} → ${percent(week)}`;
}

export const PRESETS = [
  { key: "7d", title: "Last 7 days", days: 7 },
  { key: "30d", title: "Last 30 days", days: 30 },
  { key: "90d", title: "Last 90 days", days: 90 },
  { key: "month", title: "This month" },
  { key: "last-month", title: "Last month" },
  { key: "last-quarter", title: "Last quarter" },
  { key: "year", title: "This year" },
  { key: "last-year", title: "Last year" },
];

/** {from, to} of a preset as fields for date and time want them, in the zone of the person; null for none. */
export function presetSpan(key, now) {
  const preset = PRESETS.find((one) => one.key === key);
  if (!preset) return null;
  if (preset.days) return { from: fieldTime(now - preset.days * DAY_MS), to: fieldTime(now) };
  const [year, month] = fieldTime(now).split("-").map(Number);
  const quarter = Math.floor((month - 1) / 3) * 3 + 1;
  const ends = {
    month: [beginOf(year, month), fieldTime(now)],
    "last-month": [beginOf(year, month - 1), beginOf(year, month)],
    "last-quarter": [beginOf(year, quarter - 3), beginOf(year, quarter)],
    year: [beginOf(year, 1), fieldTime(now)],
    "last-year": [beginOf(year - 1, 1), beginOf(year, 1)],
  }[key];
  return { from: ends[0], to: ends[1] };
}

/** Midnight of the first of a month; months before January are of the year before. */
function beginOf(year, month) {
  const [shownYear, shownMonth] = month < 1 ? [year - 1, month + 12] : [year, month];
  return `${shownYear}-${String(shownMonth).padStart(2, "0")}-01T00:00`;
}

/** {since, until} for the API of two such fields, or {problems} by the name of the field. */
export function givenSpan(from, to, now) {
  const [since, until] = [from, to].map((text) => (text ? fromField(text) : NaN));
  const problems = {};
  if (!Number.isFinite(since)) problems.from = "must be a date and a time";
  if (!Number.isFinite(until)) problems.to = "must be a date and a time";
  if (!problems.from && !problems.to && since >= until) problems.from = `must be before the end, got ${from.replace("T", " ")}`;
  if (!problems.from && since >= now) problems.from = `must be in the past, got ${from.replace("T", " ")}`;
  if (Object.keys(problems).length) return { problems };
  return { since: new Date(since).toISOString(), until: new Date(Math.min(until, now)).toISOString() };
}
