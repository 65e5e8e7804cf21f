// What the charts of a service draw, from what the API tells: layers, a sentence, a table. Times are epoch ms.
// No DOM: tests run it in plain Node.
import { figure, metricWords, nearest, percent } from "./chart_figures.js";
import { dayTime } from "./times.js";
import { responseTime } from "./words.js";

export const WEEK_MS = 7 * 86_400_000;
const RESPONSE = "response_ms";
// The same phase has the same colour on every page.
const PHASE_COLOURS = {
  dns: "--tag-cyan-solid",
  proxy: "--tag-brown-solid",
  connect: "--tag-violet-solid",
  starttls: "--tag-gold-solid",
  tls: "--tag-orange-solid",
  first_byte: "--accent",
  body: "--tag-pink-solid",
};
const OTHER_COLOURS = ["--tag-teal-solid", "--tag-gold-solid", "--tag-purple-solid", "--tag-slate-solid"];
const CLASS_COLOURS = {
  "1xx": "--tag-slate-solid",
  "2xx": "--tag-teal-solid",
  "3xx": "--tag-cyan-solid",
  "4xx": "--tag-gold-solid",
  "5xx": "--tag-red-solid",
  other: "--tag-brown-solid",
  "no answer": "--tag-purple-solid",
};
const PHASES = { dns: "DNS", tls: "TLS", starttls: "STARTTLS", first_byte: "first byte", login: "log-in" };

const times = (stamps) => stamps.map((stamp) => Date.parse(stamp));
const known = (column) => column.filter((value) => value !== null);
const sum = (column) => column.reduce((total, value) => total + (value ?? 0), 0);
const lowest = (column) => known(column).reduce((least, value) => Math.min(least, value), Infinity);
const highest = (column) => known(column).reduce((most, value) => Math.max(most, value), -Infinity);
const hasAny = (column) => column.some((value) => value !== null);

/** Times of the series as numbers, once; those of the week before are moved into the span. */
export function readSeries(series, shift = 0) {
  const windows = series.windows;
  const [since, until] = times([series.since, series.until]);
  const part = (start) => Math.max(0, Math.min(until, start + windows.seconds * 1000) - Math.max(since, start));
  return {
    ...series,
    response: { ...series.response_ms, at: times(series.response_ms.timestamps).map((at) => at + shift) },
    windows: { ...windows, at: times(windows.timestamps).map((at) => at + shift + windows.seconds * 500), shown: times(windows.timestamps).map(part) },
    down: series.downtimes.map((band) => [Date.parse(band.since), Date.parse(band.until)]),
    rests: series.resting.map((band) => [Date.parse(band.since), Date.parse(band.until)]),
  };
}

/** How far from a point it still tells what was, in ms; of single checks a window holds two at least. */
const reachOf = (series) => (series.step_seconds || series.windows.seconds) * 1000;

function before(at, y, reach) {
  return { type: "line", name: "a week before", at, y, reach, colour: "--muted", dash: "dash" };
}

const COMPARED = { ">": "above", ">=": "at or above", "<": "below", "<=": "at or below", "==": "exactly at", "!=": "unless at" };

// What is counted is beyond a threshold a whole step away: the line stands between the two numbers.
const STEPS = { ">": 0.5, ">=": -0.5, "<": -0.5, "<=": 0.5 };
const MARK_COLOURS = { DEGRADED: "--degraded-solid", FAILED: "--failed-solid" };

/** From where on a metric makes a result DEGRADED or FAILED. */
function marksFor(thresholds, metric, format, isWhole = false) {
  const words = ({ comparison, value, text, status }) => `${status.toLowerCase()} ${COMPARED[comparison]} ${format(value)}${/ for \d+ results$/.exec(text) ?? ""}`;
  const place = ({ comparison, value }) => (isWhole && Number.isInteger(value) ? value + (STEPS[comparison] ?? 0) : value);
  const mark = (threshold) => ({ value: place(threshold), text: words(threshold), colour: MARK_COLOURS[threshold.status] });
  return thresholds.filter((threshold) => threshold.metric === metric).map(mark);
}

function responseSpec(series, past, thresholds) {
  const { response } = series;
  const { at, low, high, p5, p50, p95, p99 } = response;
  const isEach = p5.every((value, index) => value === p95[index]);
  const layers = isEach
    ? [{ type: "line", name: "response", at, y: p50, colour: "--accent" }]
    : [
        { type: "band", name: "5 % to 95 %", at, low: p5, high: p95, colour: "--tint" },
        { type: "line", name: "median", at, y: p50, colour: "--accent" },
        { type: "line", name: "99 %", at, y: p99, colour: "--accent-line", dash: "dot" },
      ];
  if (past) layers.push(before(past.response.at, past.response.p50, reachOf(past)));
  const summary = hasAny(p50)
    ? `The ${isEach ? "response" : "median"} was between ${responseTime(lowest(p50))} and ${responseTime(highest(p50))}; the fastest answer took ${responseTime(lowest(low))}, the slowest ${responseTime(highest(high))}.`
    : "No response times in this span.";
  return { key: "response", title: "Response time", isWide: true, reach: reachOf(series), format: responseTime, layers, marks: marksFor(thresholds, RESPONSE, responseTime), summary };
}

function availabilitySpec({ windows }, past) {
  const { at, availability, known: share, shown, seconds } = windows;
  const weights = share.map((part, index) => (availability[index] === null ? 0 : part * shown[index]));
  const total = sum(weights);
  const layers = [{ type: "line", name: "availability", at, y: availability, colour: "--accent", shape: "hvh" }];
  if (past) layers.push(before(past.windows.at, past.windows.availability, past.windows.seconds * 1000));
  const mean = sum(weights.map((weight, index) => weight * (availability[index] ?? 0))) / total;
  const worst = availability.indexOf(lowest(availability));
  const summary = !total
    ? "Nothing is known of this span."
    : mean >= 1 - 1e-9
      ? "100 % of the time about which something is known."
      : `${percent(mean)} of the time about which something is known; lowest ${percent(availability[worst])}, around ${dayTime(at[worst])}.`;
  return { key: "availability", title: "Availability", reach: seconds * 1000, format: percent, layers, range: [Math.min(0.99, Math.max(0, lowest(availability))), 1], summary };
}

function errorSpec({ windows }, past) {
  const { at, error_rate: rate, ok, degraded, failed, seconds } = windows;
  const counted = sum(ok) + sum(degraded) + sum(failed);
  const layers = [{ type: "bar", name: "failed", at, y: rate, colour: "--failed-solid", seconds }];
  if (past) layers.push(before(past.windows.at, past.windows.error_rate, past.windows.seconds * 1000));
  const summary = counted
    ? `${figure(sum(failed))} of ${counted === 1 ? "1 check" : `${figure(counted)} checks`} failed${sum(failed) ? ` (${percent(sum(failed) / counted)})` : ""}.`
    : "No checks that count in this span.";
  return { key: "errors", title: "Error rate", reach: seconds * 1000, format: percent, layers, range: [0, Math.max(0.05, highest(rate))], summary };
}

function checksSpec({ windows }, past) {
  const { at, ok, degraded, failed, other, checks_per_minute: rate, seconds } = windows;
  const count = sum(ok) + sum(degraded) + sum(failed) + sum(other);
  const y = rate.map((value) => value || null);
  const layers = [{ type: "line", name: "checks per minute", at, y, colour: "--accent", shape: "hvh" }];
  if (past) layers.push(before(past.windows.at, past.windows.checks_per_minute, past.windows.seconds * 1000));
  const summary = count ? `${count === 1 ? "1 check" : `${figure(count)} checks`}, at most ${figure(highest(y))} a minute.` : "No checks in this span.";
  return { key: "checks", title: "Checks per minute", reach: seconds * 1000, format: figure, layers, range: [0, Math.max(0, highest(y))], summary };
}

/** The charts of what summaries hold. `past` is the same of the week before, or null. */
export function seriesSpecs(series, past, thresholds = []) {
  return [responseSpec(series, past, thresholds), availabilitySpec(series, past), errorSpec(series, past), checksSpec(series, past)];
}

function phasesSpec(measured, at) {
  const names = Object.keys(measured.phases);
  if (!names.length) return null;
  const means = names.map((name) => known(measured.phases[name]));
  const totals = means.map((column) => sum(column) / (column.length || 1));
  const most = totals.indexOf(Math.max(...totals));
  const title = (name) => PHASES[name] ?? name.replaceAll("_", " ");
  return {
    key: "phases",
    title: "Phases of the response",
    reach: measured.step_seconds * 1000,
    format: responseTime,
    layers: names.map((name, index) => ({ type: "area", name: title(name), at, y: measured.phases[name], colour: PHASE_COLOURS[name] ?? OTHER_COLOURS[index % OTHER_COLOURS.length] })),
    summary: `On average most time goes into ${title(names[most])}: ${responseTime(totals[most])} of ${responseTime(sum(totals))}.`,
  };
}

function classesSpec(measured, at) {
  const names = Object.keys(measured.status_classes);
  if (!names.length) return null;
  const words = names.filter((name) => sum(measured.status_classes[name])).map((name) => `${figure(sum(measured.status_classes[name]))} ${name === "no answer" ? "without an answer" : `× ${name}`}`);
  return {
    key: "classes",
    title: "Answers by status code",
    reach: measured.step_seconds * 1000,
    format: figure,
    isWhole: true,
    layers: names.map((name) => ({ type: "bar", name, at, y: measured.status_classes[name], colour: CLASS_COLOURS[name], seconds: measured.step_seconds })),
    summary: `${words.join(", ")}.`,
  };
}

function metricSpec(name, columns, at, { step_seconds: step, thresholds }) {
  const { title, format } = metricWords(name);
  const isFlat = columns.low.every((value, index) => value === columns.high[index]);
  const values = known(columns.mean);
  // What is counted has no halves between its whole numbers.
  const isWhole = format === figure && [...known(columns.low), ...known(columns.high)].every(Number.isInteger);
  const layers = [{ type: "line", name: isFlat ? title.toLowerCase() : "mean", at, y: columns.mean, colour: "--accent" }];
  if (!isFlat) layers.unshift({ type: "band", name: "lowest to highest", at, low: columns.low, high: columns.high, colour: "--tint" });
  const [least, most] = [format(lowest(columns.low)), format(highest(columns.high))];
  const summary = !values.length
    ? "Nothing was measured in this span."
    : least === most
      ? `${lowest(columns.low) === highest(columns.high) ? "" : "About "}${most} all the time.`
      : `Between ${least} and ${most}, last ${format(values.at(-1))}.`;
  return { key: `metric-${name}`, title, reach: step * 1000, format, isWhole, layers, marks: marksFor(thresholds, name, format, isWhole), summary, isFree: true };
}

/** The charts of what results measured; none of a service that measures nothing. */
export function measuredSpecs(measured) {
  const at = times(measured.timestamps);
  const metrics = Object.entries(measured.metrics).map(([name, columns]) => metricSpec(name, columns, at, measured));
  return [phasesSpec(measured, at), classesSpec(measured, at), ...metrics].filter(Boolean);
}

/** The index of what a layer tells of a moment; -1 where it tells nothing so near. */
export function indexAt(spec, layer, at) {
  const index = nearest(layer.at, at);
  return index >= 0 && Math.abs(layer.at[index] - at) <= (layer.reach ?? spec.reach) ? index : -1;
}

/** Where in a span a point is told: in its middle, or at the edge beyond which its window reaches, such as now. */
export function shownAt(spec, at, [from, to]) {
  const inside = Math.min(to, Math.max(from, at));
  return Math.abs(inside - at) <= spec.reach ? inside : at;
}

/** What the middle of all layers is at each time: [name, text] for a tooltip and a table. */
export function valuesAt(spec, layer, index) {
  if (index < 0) return "–";
  if (layer.type === "band") {
    const [low, high] = [layer.low[index], layer.high[index]];
    return low === null ? "–" : `${spec.format(low)} to ${spec.format(high)}`;
  }
  return spec.format(layer.y[index]);
}

/** Whether there is nothing to draw. */
export function isEmptySpec(spec) {
  return !spec.layers.some((layer) => hasAny(layer.y ?? layer.high));
}

/** The lowest and highest value of the vertical axis. */
export function rangeOf(spec) {
  const stacked = spec.layers.filter(({ type }) => type === "area" || type === "bar");
  const tops = spec.layers.flatMap((layer) => (layer.type === "band" ? known(layer.high) : layer.type === "line" ? known(layer.y) : []));
  if (stacked.length) stacked[0].at.forEach((_, index) => tops.push(sum(stacked.map(({ y }) => y[index]))));
  const floors = spec.layers.flatMap((layer) => (layer.type === "band" ? known(layer.low) : layer.type === "line" ? known(layer.y) : []));
  const top = tops.reduce((most, value) => Math.max(most, value), spec.range?.[1] ?? -Infinity);
  if (top === -Infinity) return [0, 1];
  // A threshold belongs to the picture unless it would press all else to the ground.
  const marks = (spec.marks ?? []).map(({ value }) => value).filter((value) => value <= Math.max(top, 1e-9) * 2.5 && value >= 0);
  const high = Math.max(top, ...marks);
  const free = spec.isFree ? Math.min(...floors, ...marks) : 0;
  const low = spec.range ? Math.min(spec.range[0], ...floors.map((value) => Math.max(value, 0))) : free > high * 0.5 ? free : Math.min(0, free);
  if (high > low) return [low, high];
  const room = Math.abs(high) * 0.1 || 1; // what stays the same runs through the middle
  return spec.isFree && high ? [high - room, high + room] : [0, high || 1];
}
