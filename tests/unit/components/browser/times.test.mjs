import assert from "node:assert/strict";
import test from "node:test";
import { chooseFormats, clockTime, dayClock, dayTime, exact, formatsVersion, onFormats, shortClock } from "../../../../monitor_app/components/browser/times.js";

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
