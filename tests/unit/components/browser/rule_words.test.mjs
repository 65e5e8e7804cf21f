import assert from "node:assert/strict";
import test from "node:test";
import { CONDITIONS, conditionOf, fieldsOf, forFields, forSeconds, forWords, inUnits, scopeWords, trialWords, typedNumber, unitsOf } from "../../../../monitor_app/components/browser/rule_words.js";

const STORED = [
  { type: "status", statuses: ["failed", "unknown"] },
  { type: "share", statuses: ["failed"], share: 0.07, span_minutes: 90 },
  { type: "response", percentile: 95, above_ms: 1500, span_minutes: 1440 },
  { type: "metric", metric: "body_bytes", comparison: "<", value: 1.5, unit: "MB" },
  { type: "certificate_days", days: 14 },
  { type: "domain_days", days: 30 },
  { type: "no_data", minutes: 120 },
  { type: "burn", target: 0.9995, window_days: 30 },
];

test("a condition goes through the form and comes back as it was", () => {
  assert.deepEqual(STORED.map(({ type }) => type).sort(), CONDITIONS.map(({ type }) => type).sort());
  for (const condition of STORED) assert.deepEqual(conditionOf(condition.type, fieldsOf(condition)), condition);
});

test("what is no number goes as it was typed, so that the answer says what is allowed", () => {
  assert.deepEqual(["5", " 2,5 ", "-3", "", "five", "1e9", "0x10"].map(typedNumber), [5, 2.5, -3, "", "five", "1e9", "0x10"]);
  assert.equal(conditionOf("no_data", { minutes: "soon", minutes_unit: "h" }).minutes, "soon");
  assert.equal(forSeconds("", "min"), "");
});

test("times stand in the largest unit that leaves them whole", () => {
  assert.deepEqual([0, 45, 300, 5400, 86_400].map(forFields), [["0", "min"], ["45", "s"], ["5", "min"], ["90", "min"], ["1", "d"]]);
  assert.deepEqual(inUnits(90, { min: 1, h: 60 }), ["90", "min"]);
  assert.deepEqual([0, 300].map(forWords), ["at once", "after 5 min"]);
  assert.equal(forSeconds("1.5", "h"), 5400);
});

test("units belong to the end of a metric's name", () => {
  assert.deepEqual([unitsOf("answer_ms"), unitsOf("certificate_days"), unitsOf("status_code")], [["ms", "s"], ["d"], []]);
});

test("a scope is told in words, with at most two names of each sort", () => {
  assert.equal(scopeWords({}), "every service");
  assert.equal(scopeWords({ tags: ["a", "b", "c"], groups: ["Shop"] }), "group Shop, tag a, b and 1 more");
  assert.equal(scopeWords({ services: ["web", "api"], except_services: ["web"] }), "web or api, but not web");
});

test("what a trial found is one sentence", () => {
  assert.equal(trialWords({ count: 3 }, 30), "It would have fired 3 times in 30 days.");
  assert.equal(trialWords({ count: 1 }, 1), "It would have fired once in a day.");
  assert.equal(trialWords({ count: 0 }, 7), "It would not have fired in 7 days.");
  assert.equal(trialWords({ count: 0, tried: 3, services: 3, is_cut: false }, 7), "It would not have fired in 7 days.");
});

test("what a trial did not look at is part of the sentence", () => {
  const part = { tried: 50, services: 300, is_cut: true };
  assert.equal(trialWords({ ...part, count: 3 }, 30), "It would have fired at least 3 times in 30 days, for 50 of 300 services.");
  assert.equal(trialWords({ ...part, count: 1, is_cut: false }, 30), "It would have fired at least once in 30 days, for 50 of 300 services.");
  assert.equal(trialWords({ ...part, count: 0 }, 1), "It would not have fired in a day, for 50 of 300 services.");
});
