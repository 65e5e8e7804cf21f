import assert from "node:assert/strict";
import test from "node:test";
import { afterWords, barsOf, colourIn, rotationWords, roundsWords, weekStart, weeksFrom } from "../../../../monitor_app/components/browser/on_call_words.js";
import { chooseFormats } from "../../../../monitor_app/components/browser/times.js";

const HOUR = 3_600_000;
const shift = (starts_at, ends_at, username = "ada") => ({ starts_at, ends_at, username, stand_in_id: null });

test("a week begins on Monday, by the clock of the person", () => {
  chooseFormats("Europe/Berlin", "en-GB");
  assert.equal(weekStart(Date.parse("2026-05-20T12:00:00Z")), Date.parse("2026-05-17T22:00:00Z"));
  assert.equal(weekStart(Date.parse("2026-05-17T21:59:00Z")), Date.parse("2026-05-10T22:00:00Z"));
});

test("a week with a change of the clocks has seven days all the same", () => {
  chooseFormats("Europe/Berlin", "en-GB");
  const [week] = weeksFrom(Date.parse("2026-03-27T12:00:00Z"));
  assert.equal(week.length, 8);
  assert.equal(week[7] - week[0], (7 * 24 - 1) * HOUR);
  assert.equal(new Date(week[7]).toISOString(), "2026-03-29T22:00:00.000Z");
});

test("shifts are bars, cut to their week", () => {
  chooseFormats("UTC", "en-GB");
  const [first, second] = weeksFrom(Date.parse("2026-05-20T12:00:00Z"));
  const turns = [shift("2026-05-11T09:00:00Z", "2026-05-18T12:00:00Z"), shift("2026-05-18T12:00:00Z", "2026-05-27T00:00:00Z", "grace")];
  const near = ({ shift: { username }, left, width, isBegun, goesOn }) => [username, Math.round(left * 700) / 100, Math.round(width * 700) / 100, isBegun, goesOn];
  assert.deepEqual(barsOf(first, turns).map(near), [["ada", 0, 0.5, true, false], ["grace", 0.5, 6.5, false, true]]);
  assert.deepEqual(barsOf(second, turns).map(near), [["grace", 0, 2, true, false]]);
});

test("a person keeps a colour, and who stands in has one as well", () => {
  const schedule = { members: ["ada", "grace", "ada"], stand_ins: [{ username: "linus" }, { username: null }] };
  assert.deepEqual(["ada", "grace", "linus", null].map((name) => colourIn(schedule, name)), ["person-0", "person-1", "person-2", "nobody"]);
});

test("steps and turns are told in words", () => {
  assert.deepEqual([afterWords(0, true), afterWords(5, true), afterWords(0, false), afterWords(120, false)], ["at once", "after 5 min", "at the same time", "2 h later"]);
  assert.deepEqual([1, 2, 3].map(roundsWords), ["", "then all of it once more", "then all of it 2 times more"]);
  const schedule = { rotation_days: 7, hand_over_day: 0, hand_over_at: "09:00", time_zone: "Europe/Berlin" };
  assert.equal(rotationWords(schedule), "hands over every Monday at 09:00, Europe/Berlin");
  assert.equal(rotationWords({ ...schedule, rotation_days: 3 }), "hands over every 3 days at 09:00, Europe/Berlin");
});
