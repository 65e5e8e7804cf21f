import assert from "node:assert/strict";
import test from "node:test";
import { chooseFormats, clockTime, dayClock, dayTime, exact, exactSpan, fieldTime, formatsVersion, fromField, onFormats, shortClock } from "../../../../monitor_app/components/browser/times.js";

const AT = Date.UTC(2026, 0, 31, 23, 5, 9);

test("times are written in the chosen zone and language", () => {
  chooseFormats("Asia/Tokyo", "en-GB");
  assert.equal(dayTime(AT), "1 Feb 08:05");
  assert.equal(dayClock(AT), "1 Feb 08:05:09");
  assert.match(exact(AT), /^Sun,? 1 Feb 2026,? 08:05:09 GMT\+9$/);
  chooseFormats("Europe/Berlin", "de");
  assert.equal(clockTime(AT), "00:05:09");
  assert.equal(shortClock(AT), "00:05");
  assert.match(exact(AT), /So\., 1\. Feb\. 2026, 00:05:09 MEZ/);
});

test("a span that is far away is told with its year", () => {
  chooseFormats("UTC", "en-GB");
  assert.match(exactSpan(AT, AT + 600_000, AT), /^Sat,? 31 Jan,? 23:05\s?–\s?23:15 UTC$/);
  assert.match(exactSpan(AT, AT + 600_000, AT - 100 * 86_400_000), /^Sat,? 31 Jan 2026,? 23:05\s?–\s?23:15 UTC$/);
  assert.match(exactSpan(AT, AT + 600_000, AT + 100 * 86_400_000), /2026/);
});

test("a zone or a language that this browser does not know changes nothing else", () => {
  chooseFormats("Mars/Olympus", "en-GB");
  assert.match(exact(AT), /2026/);
  chooseFormats("Asia/Tokyo", "no such language");
  assert.equal(shortClock(AT), "08:05");
});

test("who shows times is told of another choice, and of the same one not", () => {
  let told = 0;
  const stop = onFormats(() => (told += 1));
  const before = formatsVersion();
  chooseFormats("UTC", "en-GB");
  chooseFormats("UTC", "en-GB");
  stop();
  chooseFormats("UTC", "de");
  assert.equal(told, 1);
  assert.equal(formatsVersion(), before + 2);
});

test("a field for date and time is in the chosen zone, also where the clocks change", () => {
  chooseFormats("Asia/Tokyo", "fa");
  assert.equal(fieldTime(AT), "2026-02-01T08:05");
  assert.equal(fromField("2026-02-01T08:05"), Date.UTC(2026, 0, 31, 23, 5));
  chooseFormats("Europe/Berlin", "");
  for (const [shown, utc] of [
    ["2026-03-29T01:59", Date.UTC(2026, 2, 29, 0, 59)],
    ["2026-03-29T03:00", Date.UTC(2026, 2, 29, 1, 0)],
    ["2026-10-25T00:30", Date.UTC(2026, 9, 24, 22, 30)],
    ["2026-10-25T04:00", Date.UTC(2026, 9, 25, 3, 0)],
  ]) {
    assert.equal(fromField(shown), utc);
    assert.equal(fieldTime(utc), shown);
  }
  chooseFormats("Mars/Olympus", "en-GB");
  assert.equal(fromField(fieldTime(AT)), AT - 9000);
});
