import assert from "node:assert/strict";
import test from "node:test";
import { budgetWords, burnWords, changeWords, givenSpan, givenTarget, levelOf, percent, presetSpan, seconds, targetWords } from "../../../../monitor_app/components/browser/report_words.js";
import { chooseFormats } from "../../../../monitor_app/components/browser/times.js";
import { responseTime } from "../../../../monitor_app/components/browser/words.js";

const NOW = Date.parse("2026-05-17T12:30:00Z");

test("a share is never rounded up to all of it, nor down to nothing", () => {
  const told = [1, 0.999999999, 0.99995, 0.9995, 0.999, 0.5, 0.00002, 0, null].map(percent);
  assert.deepEqual(told, ["100 %", "99.999 %", "99.995 %", "99.95 %", "99.90 %", "50.00 %", "<0.01 %", "0.00 %", "–"]);
  assert.equal(targetWords(0.99999), "99.999 %");
});

test("nothing known is another level than never up", () => {
  assert.deepEqual([1, 0.9999, 0.999, 0.99, 0.95, 0.9, 0, null].map(levelOf), ["whole", "high", "high", "fair", "low", "bad", "bad", "none"]);
});

test("a target is typed in percent, with a point or a comma", () => {
  assert.deepEqual(["99.9", "99,95 %", " 50"].map((text) => givenTarget(text).share), [0.999, 0.9995, 0.5]);
  for (const text of ["", "100", "49", "x", "-1"]) assert.match(givenTarget(text).problem, /must be from 50 to 99.999 percent, got /);
});

test("a budget says what is left, or what it is over", () => {
  assert.equal(budgetWords({ left: 0.5, left_seconds: 1200, allowed_seconds: 2400 }), "20 min left of 40 min");
  assert.equal(budgetWords({ left: -0.5, left_seconds: -1200, allowed_seconds: 2400 }), "overspent by 20 min, of 40 min");
  assert.equal(budgetWords({ left: -9, left_seconds: -22, allowed_seconds: 0 }), "overspent by 22 s");
  assert.equal(budgetWords({ left: null, left_seconds: 0, allowed_seconds: 0 }), "nothing is known yet");
  assert.deepEqual([0, 0.2, 61, null].map(seconds), ["none", "<1 s", "1 min 1 s", "–"]);
});

test("a burn rate says when the budget is gone", () => {
  const of = (left, hour, day) => burnWords({ left, window_days: 30, burns: [{ hours: 1, rate: hour }, { hours: 24, rate: day }] });
  assert.equal(of(0.5, 0, 5), "At the rate of the last 24 hours gone in 3 d");
  assert.equal(of(0.5, 30, 5), "At the rate of the last hour gone in 12 h");
  assert.equal(of(0.5, 0, 0.4), "Goes slowly enough to last");
  assert.equal(of(0.5, 0, 0), "Nothing was spent in the last 24 hours");
  assert.equal(of(0.5, null, null), "Nothing is known of the last 24 hours");
  assert.equal(of(-1, 2, 2), "Spent, and still burning");
  assert.match(of(0, 0, 0), /^Spent; it comes back/);
  assert.equal(of(null, null, null), "Nothing is known yet");
});

test("a change tells what changed most", () => {
  const of = (mean_ms, mean_ms_before, availability_week, availability_week_before) => changeWords({ mean_ms, mean_ms_before, availability_week, availability_week_before }, responseTime);
  assert.equal(of(40, 20, 1, 0.999), "20 ms → 40 ms");
  assert.equal(of(24, 20, 0.9, 1), "100 % → 90.00 %");
  assert.equal(of(null, null, null, 1), "no change to speak of");
});

test("presets begin and end where people's months do", () => {
  chooseFormats("America/New_York", "en-GB"); // four hours behind
  assert.deepEqual(presetSpan("last-month", NOW), { from: "2026-04-01T00:00", to: "2026-05-01T00:00" });
  assert.deepEqual(presetSpan("last-quarter", NOW), { from: "2026-01-01T00:00", to: "2026-04-01T00:00" });
  assert.deepEqual(presetSpan("last-quarter", Date.parse("2026-02-03T00:00:00Z")), { from: "2025-10-01T00:00", to: "2026-01-01T00:00" });
  assert.deepEqual(presetSpan("last-month", Date.parse("2026-01-03T00:00:00Z")).from, "2025-12-01T00:00");
  assert.deepEqual(presetSpan("year", NOW), { from: "2026-01-01T00:00", to: "2026-05-17T08:30" });
  assert.deepEqual(presetSpan("7d", NOW), { from: "2026-05-10T08:30", to: "2026-05-17T08:30" });
  assert.equal(presetSpan("exact", NOW), null);
  assert.equal(givenSpan("2026-04-01T00:00", "2026-05-01T00:00", NOW).since, "2026-04-01T04:00:00.000Z");
  chooseFormats("", "en-GB");
});

test("a span that cannot be names its field", () => {
  assert.deepEqual(Object.keys(givenSpan("", "2026-05-01T00:00", NOW).problems), ["from"]);
  assert.deepEqual(givenSpan("2026-05-02T00:00", "2026-05-01T00:00", NOW).problems, { from: "must be before the end, got 2026-05-02 00:00" });
  assert.match(givenSpan("2027-05-02T00:00", "2027-06-01T00:00", NOW).problems.from, /in the past/);
  assert.equal(givenSpan("2026-05-02T00:00", "2027-06-01T00:00", NOW).until, new Date(NOW).toISOString());
});
