// What the charts of a service draw, and how they write it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { figure, metricWords, nearest, niceTicks, percent, timeTicks, unitOf } from "../../../../monitor_app/components/browser/chart_figures.js";
import { between, canZoom, moved, named, parametersOf, pauseOf, pinched, spanOf, zoomed } from "../../../../monitor_app/components/browser/chart_span.js";
import { indexAt, isEmptySpec, measuredSpecs, rangeOf, readSeries, seriesSpecs, shownAt, valuesAt } from "../../../../monitor_app/components/browser/chart_specs.js";
import { isInSight, layoutOf, stretches, tracesOf } from "../../../../monitor_app/components/browser/chart_traces.js";

const NOON = Date.parse("2026-05-17T12:00:00Z");
const HOUR = 3_600_000;
const colours = (name) => name;

const at = (minutes) => new Date(NOON + minutes * 60_000).toISOString();

const SERIES = {
  since: at(0),
  until: at(65),
  step_seconds: 300,
  response_ms: {
    timestamps: [at(2.5), at(7.5), at(30), at(62.5)],
    low: [10, 20, null, 5], p5: [11, 21, null, 6], p50: [12, 30, null, 7], p95: [18, 40, null, 8], p99: [19, 60, null, 9], high: [20, 80, null, 9], mean: [13, 31, null, 7],
  },
  windows: {
    seconds: 300,
    timestamps: [at(0), at(5), at(10)],
    ok: [5, 3, 0], degraded: [0, 1, 0], failed: [0, 1, 0], other: [0, 0, 0],
    error_rate: [0, 0.2, null], checks_per_minute: [1, 1, 0], availability: [1, 0.8, null], known: [1, 1, 0],
  },
  downtimes: [{ since: at(6), until: at(7) }],
  resting: [],
};
const MEASURED = {
  step_seconds: 60,
  timestamps: [at(0.5), at(1.5)],
  phases: { dns: [1, 2], first_byte: [9, 12] },
  metrics: { body_bytes: { mean: [2048, 2048], low: [2048, 2048], high: [2048, 2048] }, load: { mean: [1, 3], low: [0, 2], high: [2, 4] } },
  status_classes: { "2xx": [1, 0], "no answer": [0, 1] },
  thresholds: [{ metric: "load", comparison: ">", value: 5, status: "DEGRADED", text: "load > 5" }],
};

const byKey = (specs) => Object.fromEntries(specs.map((spec) => [spec.key, spec]));

test("charts show the numbers that the API tells", () => {
  const { response, availability, errors, checks } = byKey(seriesSpecs(readSeries(SERIES), null));
  assert.deepEqual(response.layers.map(({ name }) => name), ["5 % to 95 %", "median", "99 %"]);
  assert.deepEqual(response.layers[1].y, SERIES.response_ms.p50);
  assert.equal(response.layers[1].at[0], NOON + 150_000);
  assert.deepEqual(availability.layers[0].y, SERIES.windows.availability);
  assert.deepEqual(errors.layers[0].y, SERIES.windows.error_rate);
  assert.deepEqual(checks.layers[0].y, [1, 1, null]); // empty stretches stay empty
  assert.equal(valuesAt(response, response.layers[0], 1), "21 ms to 40 ms");
  assert.equal(valuesAt(response, response.layers[1], 2), "–");
});

test("each chart is told in a sentence", () => {
  const { response, availability, errors, checks } = byKey(seriesSpecs(readSeries(SERIES), null));
  assert.equal(response.summary, "The median was between 7.0 ms and 30 ms; the fastest answer took 5.0 ms, the slowest 80 ms.");
  assert.match(availability.summary, /^90 % of the time about which something is known; lowest 80 %, around /);
  assert.equal(errors.summary, "1 of 10 checks failed (10 %).");
  assert.equal(checks.summary, "10 checks, at most 1 a minute.");
  const { phases, classes, ...metrics } = byKey(measuredSpecs(MEASURED));
  assert.equal(phases.summary, "On average most time goes into first byte: 11 ms of 12 ms.");
  assert.equal(classes.summary, "1 × 2xx, 1 without an answer.");
  assert.equal(metrics["metric-body_bytes"].summary, "2 KiB all the time.");
  assert.deepEqual(metrics["metric-load"].marks, [{ value: 5.5, text: "degraded above 5", colour: "--degraded-solid" }]);
});

test("what has hardly begun, and what lies before the span, weighs as much as is shown of it", () => {
  const windows = { ...SERIES.windows, availability: [0, 1, 0], known: [1, 1, 1] };
  const { availability } = byKey(seriesSpecs(readSeries({ ...SERIES, since: at(4.5), until: at(10.5), windows }), null));
  assert.match(availability.summary, /^83.3 % of the time about which something is known;/);
});

test("values of a week before are told only where there are any", () => {
  const past = readSeries({ ...SERIES, since: at(-10_080), until: at(-10_015) }, 7 * 24 * HOUR);
  const late = { ...past, response: { ...past.response, at: [NOON + 62.5 * 60_000], p50: [7] } };
  const { response, phases } = byKey([...seriesSpecs(readSeries(SERIES), late), ...measuredSpecs(MEASURED)]);
  const week = response.layers.at(-1);
  assert.equal(valuesAt(response, week, indexAt(response, week, NOON + 62 * 60_000)), "7.0 ms");
  assert.equal(valuesAt(response, week, indexAt(response, week, NOON + 7.5 * 60_000)), "–");
  assert.equal(indexAt(response, response.layers[0], NOON - 30 * 60_000), -1);
  assert.equal(indexAt(phases, phases.layers[0], NOON + 80_000), 1);
});

test("thresholds are told in words, and whether the chart reaches so far", () => {
  const thresholds = [
    { metric: "response_ms", comparison: ">", value: 100, status: "DEGRADED", text: "response_ms > 100 for 3 results" },
    { metric: "response_ms", comparison: ">=", value: 1500, status: "DEGRADED", text: "response_ms >= 1500" },
  ];
  const { response } = byKey(seriesSpecs(readSeries(SERIES), null, thresholds));
  const texts = response.marks.map((mark) => [mark.text, isInSight(response, mark)]);
  assert.deepEqual(texts, [["degraded above 100 ms for 3 results", true], ["degraded at or above 1.50 s", false]]);
});

test("a threshold of what is counted stands between the numbers, in the colour of what is beyond it", () => {
  const mark = (comparison, value, status) => ({ metric: "count", comparison, value, status, text: `count ${comparison} ${value}` });
  const thresholds = [mark("<", 1, "FAILED"), mark(">", 3, "DEGRADED"), mark(">=", 4, "FAILED"), mark("!=", 2, "FAILED")];
  const count = { mean: [1, 2], low: [1, 2], high: [1, 2] };
  const { "metric-count": spec } = byKey(measuredSpecs({ ...MEASURED, metrics: { count }, thresholds }));
  assert.deepEqual(spec.marks.map(({ value }) => value), [0.5, 3.5, 3.5, 2]);
  assert.deepEqual(spec.marks.map(({ text }) => text), ["failed below 1", "degraded above 3", "failed at or above 4", "failed unless at 2"]);
  const { shapes } = layoutOf(spec, colours, [NOON, NOON + HOUR], { offsetOf: () => 0 });
  const [failed, degraded] = ["--failed-solid", "--degraded-solid"];
  assert.deepEqual(shapes.map(({ y0, line }) => [y0, line.color]), [[0.5, failed], [3.5, degraded], [3.5, failed], [2, failed]]);
});

test("what hardly changes is told as about the same", () => {
  const certificate_days = { mean: [-328.6, -329.4], low: [-328.7, -329.4], high: [-328.6, -329.3] };
  const { "metric-certificate_days": spec } = byKey(measuredSpecs({ ...MEASURED, metrics: { certificate_days } }));
  assert.equal(spec.summary, "About -329 d all the time.");
});

test("nothing is told of a time that is to come", () => {
  const { phases } = byKey(measuredSpecs(MEASURED));
  const span = [NOON + 40_000, NOON + 70_000];
  assert.deepEqual(phases.layers[0].at.map((moment) => shownAt(phases, moment, span)), span);
  assert.equal(shownAt(phases, NOON + 60_000, span), NOON + 60_000);
  assert.equal(shownAt(phases, NOON - HOUR, span), NOON - HOUR); // of another span, until this one is read
});

test("a span without anything says so", () => {
  const nothing = { ...SERIES, response_ms: Object.fromEntries(Object.keys(SERIES.response_ms).map((name) => [name, []])), downtimes: [] };
  nothing.windows = { ...Object.fromEntries(Object.keys(SERIES.windows).map((name) => [name, []])), seconds: 300 };
  for (const spec of seriesSpecs(readSeries(nothing), null)) {
    assert.ok(isEmptySpec(spec), spec.key);
    assert.match(spec.summary, /^(No|Nothing) /);
    assert.ok(rangeOf(spec).every(Number.isFinite));
  }
  assert.deepEqual(measuredSpecs({ ...MEASURED, timestamps: [], phases: {}, metrics: {}, status_classes: {} }), []);
});

test("the week before is moved into the span", () => {
  const past = readSeries(SERIES, 1000);
  const [response] = seriesSpecs(readSeries(SERIES), past);
  const before = response.layers.at(-1);
  assert.equal(before.name, "a week before");
  assert.equal(before.at[0], NOON + 151_000);
});

test("no line and no area goes over a hole", () => {
  assert.deepEqual(stretches(5, [1, 2, null, 4, 5], [1, 1, 1, null, 1]), [[0, 2], [4, 5]]);
  const [response] = seriesSpecs(readSeries(SERIES), null);
  const [band, median, dots] = tracesOf(response, colours, [NOON, NOON + HOUR]);
  assert.equal(band.x.filter((x) => x === null).length, 2); // one shape a stretch
  assert.equal(median.connectgaps, false);
  assert.deepEqual(dots.x, [NOON + 62.5 * 60_000]); // a value that stands alone is a dot
});

test("areas stand upon one another", () => {
  const { phases } = byKey(measuredSpecs(MEASURED));
  const [first, second] = tracesOf(phases, colours, [NOON, NOON + HOUR]);
  assert.deepEqual([Math.min(...first.y.filter((y) => y !== null)), Math.max(...first.y)], [0, 2]);
  assert.deepEqual([Math.min(...second.y.filter((y) => y !== null)), Math.max(...second.y)], [1, 14]);
  assert.deepEqual(rangeOf(phases), [0, 14]);
});

test("a threshold is in the picture unless it would press all else to the ground", () => {
  const spec = (value) => ({ layers: [{ type: "line", at: [1], y: [10] }], marks: [{ value }] });
  assert.deepEqual(rangeOf(spec(20)), [0, 20]);
  assert.deepEqual(rangeOf(spec(500)), [0, 10]);
});

test("what stays the same runs through the middle, but nothing reaches below none of it", () => {
  const spec = (value) => ({ layers: [{ type: "line", at: [1], y: [value] }], isFree: true });
  assert.deepEqual([50, -50, 0].map((value) => rangeOf(spec(value))), [[45, 55], [-55, -45], [0, 1]]);
});

test("axes have at most five round values", () => {
  for (const [low, high] of [[0, 123], [0, 1], [0.98, 1], [41, 63.2], [-3, 9], [0, 4e9]]) {
    const ticks = niceTicks(low, high);
    assert.ok(ticks.length <= 5 && ticks[0] <= low && ticks.at(-1) >= high, `${low} ${high}: ${ticks}`);
  }
  assert.deepEqual(niceTicks(0.9, 1.1, undefined, true), [0, 1, 2]);
  for (const high of [1, 2, 3, 7, 10, 26, 1000]) {
    const ticks = niceTicks(0, high, undefined, true);
    assert.ok(ticks.length <= 5 && ticks.at(-1) >= high && ticks.every(Number.isInteger), `${high}: ${ticks}`);
  }
  for (const hours of [0.1, 1, 6, 24, 168, 720, 2160, 8760]) {
    const ticks = timeTicks(NOON - hours * HOUR, NOON, () => HOUR);
    assert.ok(ticks.length <= 5 && ticks.length >= 2, `${hours} h: ${ticks.length}`);
  }
});

test("numbers have the digits that matter", () => {
  assert.deepEqual([1, 0.99987, 0.9950001, 0.5, 0.0083, 0.00001, 0, null].map(percent), ["100 %", "99.98 %", "99.5 %", "50 %", "0.83 %", "<0.01 %", "0 %", "–"]);
  assert.deepEqual([1440, 12.34, 1.234, 0.12345].map(figure), ["1,440", "12.3", "1.23", "0.123"]);
  const { title, format } = metricWords("certificate_days");
  assert.deepEqual([title, format(63.2)], ["Certificate", "63.2 d"]);
  assert.equal(metricWords("_ms").title, " ms");
  assert.deepEqual(["cpu_percent", "dns_ttl_seconds"].map((name) => metricWords(name).title), ["CPU", "DNS TTL"]);
  const { format: lasting } = metricWords("uptime_seconds");
  assert.deepEqual([7.84, 1694, 1_209_600].map(lasting), ["7.84 s", "28 min 14 s", "14 d"]);
  const axis = (high, value) => unitOf(lasting, high).write(value);
  assert.deepEqual([axis(90, 60), axis(1800, 1200), axis(86_400, 43_200), axis(1_209_600, 604_800)], ["60 s", "20 min", "12 h", "7 d"]);
  const { format: sizes } = metricWords("body_bytes");
  assert.deepEqual([0, 900, 28_000, 5 * 1024 ** 3].map((high) => unitOf(sizes, high).size), [1, 1, 1024, 1024 ** 3]);
});

test("the nearest moment is found", () => {
  assert.deepEqual([0, 2, 4, 8, 100].map((moment) => nearest([1, 5, 9], moment)), [0, 0, 1, 2, 2]);
  assert.equal(nearest([], 4), -1);
});

test("the address says which span is shown", () => {
  const now = NOON;
  const span = (text) => spanOf(new URLSearchParams(text), now);
  assert.deepEqual(span(""), { key: "24h", from: now - 24 * HOUR, to: now, isLive: true });
  assert.equal(span("span=7d").key, "7d");
  assert.equal(span("span=century").key, "24h");
  const chosen = span(`from=${at(-120)}&to=${at(-60)}`);
  assert.deepEqual(chosen, { key: "", from: now - 2 * HOUR, to: now - HOUR, isLive: false });
  assert.deepEqual(parametersOf(chosen), { span: "", from: at(-120), to: at(-60) });
  assert.deepEqual(parametersOf(named("24h", now)), { span: "", from: "", to: "" });
  assert.equal(span(`from=${at(60)}&to=${at(0)}`).key, "24h"); // backwards
});

test("a span is neither too short nor too long, and ends now at the latest", () => {
  const short = between(NOON - 1000, NOON, NOON);
  assert.equal(short.to - short.from, 120_000);
  assert.equal(short.to, NOON);
  assert.equal(moved(named("24h", NOON), 1, NOON).to, NOON);
  assert.equal(moved(named("24h", NOON), -1, NOON).to, NOON - 12 * HOUR);
  assert.ok(between(0, NOON, NOON).to - between(0, NOON, NOON).from <= 400 * 24 * HOUR);
  assert.equal(pauseOf(named("1h", NOON)), 10_000);
});

test("buttons make a span longer or shorter: one that ends now keeps its end, another its middle", () => {
  const day = named("24h", NOON);
  assert.deepEqual(zoomed(day, 0.5, NOON), { key: "", from: NOON - 12 * HOUR, to: NOON, isLive: false });
  assert.deepEqual(zoomed(day, 2, NOON), { key: "", from: NOON - 48 * HOUR, to: NOON, isLive: false });
  const past = between(NOON - 20 * HOUR, NOON - 18 * HOUR, NOON);
  assert.deepEqual(zoomed(past, 0.5, NOON), { key: "", from: NOON - 19.5 * HOUR, to: NOON - 18.5 * HOUR, isLive: false });
  assert.deepEqual([canZoom({ from: 0, to: 120_000 }, 0.5), canZoom({ from: 0, to: 399 * 24 * HOUR }, 2), canZoom(day, 2)], [false, false, true]);
});

test("what lies under two fingers stays under them", () => {
  // On an axis of 100 pixels that shows 0 to 1000 they go from 40 and 60 to 20 and 80.
  const [from, to] = pinched([400, 600], [20, 80], 100);
  assert.ok(Math.abs(from - 333.33) < 0.01 && Math.abs(to - 666.67) < 0.01);
  assert.equal(pinched([400, 600], [50, 51], 100), null);
  assert.equal(pinched([400, 600], [80, 20], 100), null);
});
