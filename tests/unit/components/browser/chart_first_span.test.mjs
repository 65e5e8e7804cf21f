import assert from "node:assert/strict";
import test from "node:test";
import { firstSpan, named, parametersOf, spanOf } from "../../../../monitor_app/components/browser/chart_span.js";

const NOW = Date.parse("2026-05-17T12:00:00Z");
const HOUR = 3_600_000;

test("charts of a young service begin with a span that holds its life", () => {
  const ages = [0.1, 1, 2, 7, 23, 24, 1000];
  assert.deepEqual(ages.map((hours) => firstSpan(NOW - hours * HOUR, NOW)), ["1h", "1h", "6h", "24h", "24h", "24h", "24h"]);
  assert.equal(firstSpan(0, NOW), "24h");
});

test("what was chosen goes before what is usual, and only that is written down", () => {
  const of = (text) => spanOf(new URLSearchParams(text), NOW, "1h").key;
  assert.deepEqual(["", "span=24h", "span=nonsense"].map(of), ["1h", "24h", "1h"]);
  assert.equal(parametersOf(named("1h", NOW), "1h").span, "");
  assert.equal(parametersOf(named("24h", NOW), "1h").span, "24h");
});
