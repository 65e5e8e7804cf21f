// Numbers as charts write them: with their unit, and in round steps. No DOM: tests run it in plain Node.
import { dayTime, shortClock } from "./times.js";
import { duration, responseTime } from "./words.js";

const DAY_MS = 86_400_000;
const TICKS = 5;
const SIZES = ["B", "KiB", "MiB", "GiB", "TiB"];
// Steps of the time axis, in ms: few enough to be read, round enough to be known.
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * 60_000);
const DAY_STEPS = [1, 2, 3, 7, 14, 30, 61, 91, 182, 365].map((days) => days * DAY_MS);

/** "99.98 %": with the digits that matter, "100 %" only when it is. */
export function percent(share) {
  if (share === null || share === undefined) return "–";
  if (share >= 1) return "100 %";
  if (share === 0) return "0 %";
  const value = share * 100;
  if (value < 0.01) return "<0.01 %";
  const digits = value >= 99 || value < 1 ? 2 : 1;
  return `${Math.floor(value * 10 ** digits + 1e-9) / 10 ** digits} %`;
}

/** "1,440", "0.83", "12.5": at most three digits after the point. */
export function figure(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}

function bytes(value) {
  if (value === null || value === undefined) return "–";
  let size = value;
  let unit = 0;
  while (Math.abs(size) >= 1024 && unit < SIZES.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${figure(size)} ${SIZES[unit]}`;
}

const LONG_SECONDS = 600;
// From so many seconds on an axis counts in longer units.
const LONGER = [
  [172_800, 86_400, "d"],
  [7200, 3600, "h"],
  [LONG_SECONDS, 60, "min"],
];

/** "12.5 s", "28 min 14 s". */
function seconds(value) {
  if (value === null || value === undefined) return "–";
  return value >= LONG_SECONDS ? duration(value * 1000) : `${figure(value)} s`;
}

/** In which unit an axis up to `high` counts: {size, write}; of seconds that are many the longest that is not too long. */
export function unitOf(format, high) {
  // Ten thousand bytes are no round number of KiB.
  if (format === bytes) return { size: 1024 ** Math.min(Math.floor(Math.log2(Math.max(high, 1)) / 10), SIZES.length - 1), write: format };
  const [, size, word] = (format === seconds && LONGER.find(([from]) => high >= from)) || [0, 1, ""];
  return { size, write: word ? (value) => `${figure(value / size)} ${word}` : format };
}

const withUnit = (unit) => (value) => (value === null || value === undefined ? "–" : `${figure(value)} ${unit}`);

// The unit stands at the end of a metric's name.
const UNITS = [
  ["_ms", responseTime],
  ["_bytes", bytes],
  ["_percent", withUnit("%")],
  ["_seconds", seconds],
  ["_days", withUnit("d")],
];

const SHORT_NAMES = new Map(["cpu", "dns", "tls", "ttl", "url"].map((name) => [name, name.toUpperCase()]));

/** A metric's title, and how its values are written. */
export function metricWords(name) {
  const [suffix, format] = UNITS.find(([ending]) => name.endsWith(ending) && name.length > ending.length) ?? ["", figure];
  const words = name.slice(0, name.length - suffix.length).split("_");
  const title = words.map((word) => SHORT_NAMES.get(word) ?? word).join(" ");
  return { title: title ? title[0].toUpperCase() + title.slice(1) : name, format };
}

/** At most five round values from `low` to `high`, both of which they enclose; whole ones of what is counted. */
export function niceTicks(low, high, count = TICKS, isWhole = false) {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / (count - 1);
  const power = Math.max(10 ** Math.floor(Math.log10(rough)), isWhole ? 1 : 0);
  for (const step of [1, 2, 2.5, 5, 10, 20, 25].map((times) => times * power)) {
    if (isWhole && !Number.isInteger(step)) continue;
    const first = Math.floor(low / step + 1e-9);
    const last = Math.ceil(high / step - 1e-9);
    if (last - first < count) {
      return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
    }
  }
  return [low, high];
}

/** At most five moments between `from` and `to` (ms), round in the zone whose offset `offsetOf` tells, with words. */
export function timeTicks(from, to, offsetOf, count = TICKS) {
  const span = to - from;
  const step = [...TIME_STEPS, ...DAY_STEPS].find((size) => span / size <= count) ?? DAY_STEPS.at(-1);
  const shift = offsetOf(from);
  const ticks = [];
  for (let local = Math.ceil((from + shift) / step) * step; local - shift <= to && ticks.length < count; local += step) {
    const at = local - offsetOf(local - shift);
    if (at >= from && at <= to) ticks.push(at);
  }
  const words = span <= 26 * 3_600_000 ? shortClock : (at) => (step >= DAY_MS ? dayTime(at).replace(/ \d\d:\d\d$/, "") : dayTime(at));
  return ticks.map((at) => ({ at, text: words(at) }));
}

/** The index of what lies nearest to `at` in an ascending list, -1 in an empty one. */
export function nearest(times, at) {
  let low = 0;
  let high = times.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < at) low = middle + 1;
    else high = middle;
  }
  return low > 0 && at - times[low - 1] < times[low] - at ? low - 1 : low;
}
