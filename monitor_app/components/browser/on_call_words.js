// On-call schedules and escalation policies in words, and where the shifts of a schedule stand in a calendar.
// No DOM: tests run it in plain Node.
import { fieldTime, fromField } from "./times.js";

export const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
export const WEEKS = 4;
const DAY_MS = 86_400_000;
const COLOURS = 8;

/** "at once", "after 15 min", "after 2 h". */
export function afterWords(minutes, isFirst) {
  if (!minutes) return isFirst ? "at once" : "at the same time";
  const words = minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
  return isFirst ? `after ${words}` : `${words} later`;
}

/** "all of it twice": how often the steps are gone through; "" for once. */
export function roundsWords(rounds) {
  if (rounds === 1) return "";
  return rounds === 2 ? "then all of it once more" : `then all of it ${rounds - 1} times more`;
}

/** "every week on Monday at 09:00, Europe/Berlin". */
export function rotationWords({ rotation_days: days, hand_over_day: day, hand_over_at: at, time_zone: zone }) {
  const often = days === 1 ? "every day" : days === 7 ? `every ${DAYS[day]}` : days % 7 === 0 ? `every ${days / 7} weeks on ${DAYS[day]}` : `every ${days} days`;
  return `hands over ${often} at ${at}, ${zone}`;
}

/** Which of the colours a person has in a schedule; one that stands in gets one behind those that take turns. */
export function colourIn(schedule, username) {
  const names = [...new Set([...schedule.members, ...schedule.stand_ins.map((one) => one.username)])].filter(Boolean);
  const place = names.indexOf(username);
  return place < 0 ? "nobody" : `person-${place % COLOURS}`;
}

/** The first moment of a day, as the person's zone has it; `later` counts days from the one of `at`. */
export function dayStart(at, later = 0) {
  const noon = Date.parse(`${fieldTime(at).slice(0, 10)}T12:00:00Z`) + later * DAY_MS;
  return fromField(`${new Date(noon).toISOString().slice(0, 10)}T00:00`);
}

/** The Monday that a week begins with, in the person's zone. */
export function weekStart(at) {
  const day = new Date(`${fieldTime(at).slice(0, 10)}T12:00:00Z`).getUTCDay();
  return dayStart(at, -((day + 6) % 7));
}

/** The weeks of a calendar from the one of `at`, each with its days' first moments, the next week's Monday last. */
export function weeksFrom(at, count = WEEKS) {
  const first = weekStart(at);
  return Array.from({ length: count }, (_, week) => Array.from({ length: 8 }, (__, day) => dayStart(first, week * 7 + day)));
}

/** Where a moment stands in a week, from 0 to 7 days: days with a change of the clocks are as wide as others. */
function placeIn(week, at) {
  const day = Math.max(0, week.findLastIndex((start) => start <= at));
  if (day >= 7) return 7;
  return day + Math.min(1, Math.max(0, (at - week[day]) / (week[day + 1] - week[day])));
}

/** The shifts that share time with a week: {shift, left, width} in shares of it, and whether it goes on. */
export function barsOf(week, shifts) {
  return shifts
    .map((shift) => ({ shift, from: Date.parse(shift.starts_at), until: Date.parse(shift.ends_at) }))
    .filter(({ from, until }) => from < week[7] && until > week[0])
    .map(({ shift, from, until }) => {
      const left = placeIn(week, from);
      return { shift, left: left / 7, width: (placeIn(week, until) - left) / 7, isBegun: from < week[0], goesOn: until > week[7] };
    });
}

/** Whether a moment of a span lies in it. */
export const isNow = (shift, now) => Date.parse(shift.starts_at) <= now && now < Date.parse(shift.ends_at);
