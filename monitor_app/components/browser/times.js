// Times as the person before the screen wants them: time zone and language of dates. No import, no DOM: tests run it
// in plain Node.

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const DAY = { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZoneName: "short" };
const SHORT_DAY = { day: "numeric", month: "short" };
const FIELD = { ...CLOCK, year: "numeric", month: "2-digit", day: "2-digit" };
const MINUTE = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" };
const SHORT_CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

// Made once a choice: making a format takes longer than using it a hundred times.
let formats = formatsOf({});
let version = 0;
let chosen = "";
const listeners = new Set();

/** A blank zone or language is the browser's; so is one that this browser does not know. */
function formatsOf({ timeZone, language }) {
  const make = (options) => {
    const zoned = { ...options, timeZone: timeZone || undefined };
    for (const [tag, wanted] of [
      [language || undefined, zoned],
      [undefined, zoned],
      [undefined, options],
    ]) {
      try {
        return new Intl.DateTimeFormat(tag, wanted);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }
    return new Intl.DateTimeFormat();
  };
  return {
    exact: make({ ...DAY, ...CLOCK }),
    clock: make(CLOCK),
    shortClock: make(SHORT_CLOCK),
    shortDay: make(SHORT_DAY),
    minute: make(MINUTE),
    yearMinute: make({ ...MINUTE, year: "numeric" }),
    field: fieldFormat(timeZone),
  };
}

/** For the parts of a date, whatever the language. */
function fieldFormat(timeZone) {
  try {
    return new Intl.DateTimeFormat("en-GB", { ...FIELD, timeZone: timeZone || undefined });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return new Intl.DateTimeFormat("en-GB", FIELD);
  }
}

/** From now on all times are written like this. */
export function chooseFormats(timeZone, language) {
  const wanted = JSON.stringify([timeZone, language]);
  if (wanted === chosen) return;
  chosen = wanted;
  formats = formatsOf({ timeZone, language });
  version += 1;
  listeners.forEach((listener) => listener());
}

/** Call `listener` when times are to be written anew; gives the way to stop it. */
export function onFormats(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Grows with each choice. */
export function formatsVersion() {
  return version;
}

/** "Sat, 22 Nov 2025, 04:50:12 UTC": the exact time with its zone. */
export function exact(epochMs) {
  return formats.exact.format(epochMs);
}

const NEAR_MS = 90 * 86_400_000;

/** "Sat, 22 Nov, 14:00 – 14:15 UTC": from one whole minute to another; with the year where it is far away. */
export function exactSpan(fromMs, toMs, nowMs = Date.now()) {
  const isFar = [fromMs, toMs].some((at) => Math.abs(at - nowMs) > NEAR_MS);
  return (isFar ? formats.yearMinute : formats.minute).formatRange(fromMs, toMs);
}

/** "04:50:12". */
export function clockTime(epochMs) {
  return formats.clock.format(epochMs);
}

/** "14:05": for what is announced, where seconds do not matter. */
export function shortClock(epochMs) {
  return formats.shortClock.format(epochMs);
}

/** "22 Nov 04:50": a moment of the last weeks. */
export function dayTime(epochMs) {
  return `${formats.shortDay.format(epochMs)} ${shortClock(epochMs)}`;
}

/** "22 Nov 04:50:12". */
export function dayClock(epochMs) {
  return `${formats.shortDay.format(epochMs)} ${clockTime(epochMs)}`;
}

/** "2025-11-22T04:50": as a field for date and time wants it. */
export function fieldTime(epochMs) {
  const parts = Object.fromEntries(formats.field.formatToParts(epochMs).map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

/** The moment that such a field means, in epoch milliseconds. */
export function fromField(text) {
  const wanted = Date.parse(`${text}Z`);
  let at = wanted;
  // The second look is for the hours around a change of the clocks.
  for (let looks = 0; looks < 2; looks += 1) at += wanted - Date.parse(`${fieldTime(at)}Z`);
  return at;
}
