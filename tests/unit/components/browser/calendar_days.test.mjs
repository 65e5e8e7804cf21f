// The days of a calendar, and what is on each.
import assert from "node:assert/strict";
import test from "node:test";
import { byDay, mondayOf, moved, shownDays, spanOf } from "../../../../monitor_app/components/browser/calendar_days.js";
import { chooseFormats } from "../../../../monitor_app/components/browser/times.js";

test("a month shows whole weeks, as many as it touches", () => {
  const may = shownDays("month", "2026-05-17");
  assert.deepEqual([may[0], may.at(-1), may.length], ["2026-04-27", "2026-05-31", 35]);
  assert.equal(shownDays("month", "2026-08-01").length, 42);
  assert.equal(shownDays("month", "2027-02-10").length, 28);
  assert.deepEqual(shownDays("week", "2026-05-17")[0], mondayOf("2026-05-17"));
});

test("turning the page", () => {
  assert.equal(moved("month", "2026-12-31", 1), "2027-01-01");
  assert.equal(moved("month", "2026-03-31", -1), "2026-02-01");
  assert.equal(moved("week", "2026-05-17", -1), "2026-05-10");
});

test("days are those of who looks, also when clocks change", () => {
  chooseFormats("Europe/Berlin", "en-GB");
  const [since, until] = spanOf(["2026-10-25"]);
  assert.equal((until - since) / 3_600_000, 25);
  const late = { starts_at: "2026-10-24T22:30:00.000Z", ends_at: "2026-10-26T00:00:00.000Z" };
  const found = byDay(["2026-10-24", "2026-10-25", "2026-10-26", "2026-10-27"], [late]);
  assert.deepEqual([...found.values()].map((list) => list.map(({ isBegin }) => isBegin)), [[], [true], [false], []]);
});
