import assert from "node:assert/strict";
import test from "node:test";
import { age, boardSentence, breakerChip, breakerWords, duration, holdWords, interval, pendingWords, plural, responseTime, shortDuration } from "../../../../monitor_app/components/browser/words.js";
import { chooseFormats } from "../../../../monitor_app/components/browser/times.js";

chooseFormats("", "en-GB");

test("durations name the two largest units", () => {
  assert.equal(duration(252_000), "4 min 12 s");
  assert.equal(duration(0), "0 s");
  assert.equal(duration(3_600_000), "1 h");
  assert.equal(duration(90_061_000), "1 d 1 h");
});

test("a narrow column gets the largest unit", () => {
  assert.equal(shortDuration(59_999), "59 s");
  assert.equal(shortDuration(60_000), "1 min");
  assert.equal(shortDuration(172_800_000), "2 d");
});

test("ages", () => {
  assert.equal(age(12_400), "12 s ago");
  assert.equal(age(300), "now");
  assert.equal(age(-5000), "now", "a clock that is ahead is not in the future");
});

test("response times keep the digits that matter", () => {
  assert.equal(responseTime(null), "–");
  assert.equal(responseTime(4.23), "4.2 ms");
  assert.equal(responseTime(0), "<0.1 ms");
  assert.equal(responseTime(42.4), "42 ms");
  assert.equal(responseTime(1250), "1.25 s");
});

test("intervals and counts as people say them", () => {
  assert.equal(interval(60), "60 s");
  assert.equal(interval(300), "5 min");
  assert.equal(interval(7200), "2 h");
  assert.equal(plural(1, "change"), "1 change");
  assert.equal(plural(3, "change"), "3 changes");
});

test("the board in one sentence, and what it was when nothing is checked", () => {
  const health = { what: "Nothing has been checked", since: 0, why: "" };
  assert.equal(boardSentence(null, health), "");
  assert.equal(boardSentence([5, 0, 0, 0, 0, 0], null), "All 5 services are up");
  assert.equal(boardSentence([5, 0, 0, 0, 0, 0], health), "Last known: all 5 services are up");
  assert.equal(boardSentence([5, 1, 2, 0, 0, 0], health), "Last known: 2 services are down");
  assert.equal(boardSentence([5, 0, 0, 1, 0, 0], null), "1 service is starting");
  assert.equal(boardSentence([5, 0, 0, 3, 0, 0], null), "3 services are starting");
  assert.equal(boardSentence([5, 0, 0, 3, 0, 2], null), "Nothing is known of 2 services");
});

test("what is not confirmed says how much is missing", () => {
  assert.equal(pendingWords([2, 1, 3, 0, "connection refused"]), "not confirmed, 1 of 3: connection refused");
  assert.equal(pendingWords([0, 1, 2, 0, ""]), "recovering, 1 of 2");
});

test("what rests says who, until when and why", () => {
  const now = new Date(2030, 4, 17, 14, 1).getTime();
  const until = new Date(2030, 4, 17, 16, 30).getTime();
  assert.equal(holdWords({ hold: ["ada", "new disks", now, until], enabled: false }, now), "paused by ada until 16:30: new disks");
  assert.equal(holdWords({ hold: ["ada", "", now, null], enabled: false }, now), "paused by ada");
  assert.equal(holdWords({ hold: ["ada", "new disks", now, until + 7 * 86400000], enabled: true }, now), "in maintenance until 24 May 16:30: new disks");
});

test("the circuit breaker says since when, until when and why", () => {
  const at = (hour, minute, day = 17) => new Date(2030, 4, day, hour, minute).getTime();
  const now = at(14, 1);
  const byItself = ["open", at(14, 0), at(14, 5), 5, "", ""];
  assert.equal(
    breakerWords(byItself, now),
    "checks paused by the circuit breaker until 14:05, opened at 14:00 after 5 failures",
  );
  assert.equal(breakerChip(byItself, now), "checks paused until 14:05");
  const byHand = ["open", at(14, 0), null, 0, "ann", "new disks"];
  assert.equal(
    breakerWords(byHand, now),
    "checks paused by the circuit breaker until somebody closes it, opened at 14:00 by ann: new disks",
  );
  assert.equal(breakerChip(byHand, now), "checks paused");
  const long = ["open", at(14, 0, 14), at(9, 30, 20), 0, "ann", "moving"];
  assert.match(breakerWords(long, now), /until 20 May 09:30, opened at 14 May 14:00 by ann/);
  assert.equal(breakerChip(long, now), "checks paused until 20 May 09:30");
  assert.match(breakerWords(["half_open", at(14, 0), null, 5, "", ""]), /one check/);
  assert.equal(breakerChip(["half_open", at(14, 0), null, 5, "", ""]), "one check decides");
});
