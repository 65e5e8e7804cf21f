// Recurrences: what a form says of one, and back.
import assert from "node:assert/strict";
import test from "node:test";
import { clockNote, followed, formOf, lengthWords, offsetOf, placeInMonth, plainForm, recurrenceOf, recurrenceWords } from "../../../../monitor_app/components/browser/recurrence.js";

const SUNDAY = "2026-05-17T02:00";

test("what a form can say comes back as it was", () => {
  for (const rule of ["", "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYMONTHDAY=17", "FREQ=MONTHLY;BYDAY=2TU", "FREQ=MONTHLY;BYDAY=-1SU;UNTIL=20270105T235959"]) {
    assert.equal(recurrenceOf(formOf(rule, SUNDAY)), rule);
  }
});

test("any other rule stays one of one's own", () => {
  for (const rule of ["FREQ=YEARLY", "FREQ=DAILY;COUNT=3", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", "FREQ=WEEKLY;UNTIL=20270105", "FREQ=MONTHLY;BYMONTHDAY=1,15", "FREQ=WEEKLY;BYDAY=1MO"]) {
    assert.equal(formOf(rule, SUNDAY).repeats, "custom");
    assert.equal(recurrenceOf(formOf(rule, SUNDAY)), rule);
  }
});

test("a new window offers what fits its beginning", () => {
  assert.deepEqual(placeInMonth(SUNDAY), { day: 17, weekday: 6, nth: 3 });
  assert.equal(recurrenceOf({ ...plainForm(SUNDAY), repeats: "weekly" }), "FREQ=WEEKLY;BYDAY=SU");
  assert.equal(recurrenceOf({ ...plainForm(SUNDAY), repeats: "monthly", by: "weekday" }), "FREQ=MONTHLY;BYDAY=3SU");
  assert.equal(recurrenceOf({ ...plainForm(""), repeats: "monthly" }), "FREQ=MONTHLY;BYMONTHDAY=1");
});

test("days follow the beginning until somebody chooses others", () => {
  const moved = followed(plainForm(SUNDAY), SUNDAY, "2026-06-02T02:00");
  assert.deepEqual([moved.days, moved.monthDay, moved.nth, moved.weekday], [["TU"], "2", 1, 1]);
  const chosen = { ...plainForm(SUNDAY), days: ["MO", "FR"], monthDay: "1", nth: -1 };
  assert.deepEqual(followed(chosen, SUNDAY, "2026-06-02T02:00"), chosen);
});

test("words", () => {
  assert.equal(recurrenceWords("", SUNDAY), "once");
  assert.equal(recurrenceWords("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR", SUNDAY), "every 2 weeks on Monday, Wednesday and Friday");
  assert.equal(recurrenceWords("FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20270105T235959", SUNDAY), "every month on the last Friday until 2027-01-05");
  assert.equal(recurrenceWords("FREQ=YEARLY", SUNDAY), "by the rule FREQ=YEARLY");
  assert.equal(lengthWords(1530), "1 d 1 h 30 min");
  assert.equal(offsetOf({ occurrence: SUNDAY, starts_at: "2026-05-17T00:00:00.000Z" }), 120);
});

test("a beginning that the clock leaves out, or shows twice, is told", () => {
  const berlin = (occurrence, starts_at) => clockNote({ occurrence, starts_at }, "Europe/Berlin");
  assert.equal(berlin("2027-03-28T02:30", "2027-03-28T01:30:00.000Z"), "the clock leaves 02:30 out: it begins at 03:30");
  assert.equal(berlin("2027-10-31T02:30", "2027-10-31T00:30:00.000Z"), "the clock shows 02:30 twice: it begins the first time");
  assert.equal(berlin("2027-10-31T01:30", "2027-10-30T23:30:00.000Z"), "");
  assert.equal(berlin("2027-10-31T03:00", "2027-10-31T02:00:00.000Z"), "");
  assert.equal(berlin("2027-03-28T00:00", "2027-03-27T23:00:00.000Z"), "");
  assert.equal(clockNote({ occurrence: "2027-11-07T01:30", starts_at: "2027-11-07T05:30:00.000Z" }, "America/New_York"), "the clock shows 01:30 twice: it begins the first time");
  assert.equal(clockNote({ occurrence: "2027-10-03T02:15", starts_at: "2027-10-02T15:45:00.000Z" }, "Australia/Lord_Howe"), "the clock leaves 02:15 out: it begins at 02:45");
  assert.equal(clockNote({ occurrence: "2027-11-07T01:30", starts_at: "2027-11-07T01:30:00.000Z" }, "UTC"), "");
});
