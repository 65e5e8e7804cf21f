import assert from "node:assert/strict";
import { test } from "node:test";
import { barsOf, dayOf, isRest, pathsOf, percent, sharesOf, sumOf, withResult } from "../../../../monitor_app/components/browser/day_ring.js";

const WINDOW = 300_000;
const NEWEST = 5_937_120; // of 288: a whole hour
const NOW = NEWEST * WINDOW + 1000;

function countsOf(day) {
  return barsOf(day, 5, NOW).map(([, ...counts]) => counts);
}

test("a day of the wire is unpacked from its end", () => {
  const day = dayOf([NEWEST, "*270,5*16,4.0.1,3.2"]);
  const counts = countsOf(day);
  assert.equal(counts.length, 288);
  assert.deepEqual(counts[269], [0, 0, 0]);
  assert.deepEqual(counts[270], [5, 0, 0]);
  assert.deepEqual(counts.slice(-2), [[4, 0, 1], [3, 2, 0]]);
  assert.equal(dayOf(null), null);
  assert.equal(dayOf(undefined), null);
});

test("results count in their windows, and a day is never changed", () => {
  const before = dayOf([NEWEST, "*286,5,1"]);
  const after = withResult(withResult(before, 2, NOW), 0, NOW - WINDOW);
  assert.deepEqual(countsOf(before).slice(-2), [[5, 0, 0], [1, 0, 0]]);
  assert.deepEqual(countsOf(after).slice(-2), [[6, 0, 0], [1, 0, 1]]);
  for (const unchanged of [withResult(before, 5, NOW), withResult(before, 0, NOW - 288 * WINDOW)]) assert.equal(unchanged, before);
});

test("time that passes pushes windows out", () => {
  const day = dayOf([NEWEST, "9*288"]);
  const later = withResult(day, 1, NOW + 2 * WINDOW);
  assert.equal(later.newest, NEWEST + 2);
  const bars = barsOf(later, 5, NOW + 2 * WINDOW);
  assert.deepEqual(bars.slice(-3).map(([, ...counts]) => counts), [[9, 0, 0], [0, 0, 0], [0, 1, 0]]);
  assert.equal(bars.length, 288);
  const muchLater = withResult(day, 0, NOW + 1000 * WINDOW);
  assert.deepEqual(sumOf(barsOf(muchLater, 60, NOW + 1000 * WINDOW)).shares.counts, [1, 0, 0]);
  // Nothing came for a day: the bars know it without a result.
  assert.deepEqual(sumOf(barsOf(day, 15, NOW + 300 * WINDOW)), { shares: null, empty: 96 });
});

test("the first result makes a day", () => {
  assert.deepEqual(sumOf(barsOf(withResult(null, 2, NOW), 60, NOW)).shares.counts, [0, 0, 1]);
});

test("bars begin at whole windows of their length, and the last one holds this moment", () => {
  const at = NOW + 7 * WINDOW; // 35 minutes past the hour
  for (const [minutes, count] of [[5, 288], [15, 96], [30, 48], [60, 24]]) {
    const bars = barsOf(withResult(null, 0, at), minutes, at);
    assert.equal(bars.length, count);
    const [start, ok] = bars.at(-1);
    assert.equal(start % (minutes * 60_000), 0);
    assert.ok(start <= at && at < start + minutes * 60_000);
    assert.equal(ok, 1);
  }
});

test("percentages are those of the API", () => {
  // What Python's round(100 * count / samples, 1) gives.
  for (const [count, samples, text] of [
    [1, 3, "33.3"], [2, 3, "66.7"], [1, 16, "6.2"], [3, 16, "18.8"], [5, 16, "31.2"], [3, 2000, "0.1"], [1, 8, "12.5"],
    [15, 15, "100.0"], [0, 7, "0.0"], [59, 60, "98.3"], [1, 80, "1.2"], [3, 80, "3.8"],
  ]) assert.equal(percent(count, samples), text);
  assert.deepEqual(sharesOf([0, 14, 0, 1]), { samples: 15, counts: [14, 0, 1], percents: ["93.3", "0.0", "6.7"] });
  assert.equal(sharesOf([0, 0, 0, 0]), null);
});

test("bars are one path a status, and little trouble can be seen", () => {
  const shape = { pitch: 4, width: 3, height: 24 };
  const paths = pathsOf([[0, 10, 0, 0], [1, 0, 0, 0], [2, 5, 0, 5], [3, 999, 0, 1]], shape);
  assert.equal(paths.ok, "M0 0h3v24h-3zM8 0h3v12h-3zM12 0h3v22h-3z");
  assert.equal(paths.none, "M4 21h3v3h-3z");
  assert.equal(paths.failed, "M8 12h3v12h-3zM12 22h3v2h-3z");
  assert.equal(paths.degraded, "");
  assert.equal(paths.foot, "M8 20h3v4h-3zM12 23h3v1h-3z");
  // Nothing of one share covers another one.
  const mixed = pathsOf([[0, 1, 1, 9998]], shape);
  assert.deepEqual([mixed.ok, mixed.degraded, mixed.failed], ["M0 0h3v2h-3z", "M0 2h3v2h-3z", "M0 4h3v20h-3z"]);
});

test("equal bars without a gap are drawn as one", () => {
  const bars = Array.from({ length: 288 }, (_, index) => [index, 5, 0, 0]);
  assert.equal(pathsOf(bars, { pitch: 1, width: 1, height: 24 }).ok, "M0 0h288v24h-288z");
});

test("a window without results in which the service rested is told from one without data", () => {
  const bars = [[0, 0, 0, 0], [300_000, 0, 0, 0], [600_000, 1, 0, 0]];
  const rests = [[400_000, Infinity]];
  assert.deepEqual(bars.map((bar) => isRest(bar, 5, rests)), [false, true, false]);
  const paths = pathsOf(bars, { pitch: 4, width: 3, height: 20, minutes: 5, rests });
  assert.equal(paths.rest, "M4 10h3v10h-3z");
  assert.equal(paths.none, "M0 17h3v3h-3z");
});
