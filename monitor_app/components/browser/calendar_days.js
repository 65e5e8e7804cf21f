// The days of a calendar, and what happens on each, in the time zone of who looks. No DOM: tests run it in plain Node.
import { fieldTime, fromField } from "./times.js";

const DAY_MS = 86_400_000;

/** "2026-05-17" and so many days. */
export function dayAfter(day, days) {
  return new Date(Date.parse(`${day}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The Monday of its week. */
export function mondayOf(day) {
  return dayAfter(day, -((new Date(`${day}T00:00Z`).getUTCDay() + 6) % 7));
}

export function today(now = Date.now()) {
  return fieldTime(now).slice(0, 10);
}

/** The days that a month or a week shows: whole weeks from Monday on. */
export function shownDays(view, day) {
  if (view === "week") return Array.from({ length: 7 }, (_, number) => dayAfter(mondayOf(day), number));
  const first = mondayOf(`${day.slice(0, 7)}-01`);
  const days = Array.from({ length: 42 }, (_, number) => dayAfter(first, number));
  return days.filter((_, number) => days[number - (number % 7)].slice(0, 7) <= day.slice(0, 7));
}

/** The day that the next or the last month or week is shown by. */
export function moved(view, day, by) {
  if (view === "week") return dayAfter(day, 7 * by);
  const [year, month] = day.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1 + by, 1)).toISOString().slice(0, 10);
}

/** When the days begin and end, in epoch milliseconds. */
export function spanOf(days) {
  return [fromField(`${days[0]}T00:00`), fromField(`${dayAfter(days.at(-1), 1)}T00:00`)];
}

/** By day what shares time with it, as {one, isBegin, isEnd}; `planned` have starts_at and ends_at. */
export function byDay(days, planned) {
  return new Map(
    days.map((day) => {
      const [since, until] = spanOf([day]);
      const found = planned.filter((one) => Date.parse(one.starts_at) < until && Date.parse(one.ends_at) > since);
      return [day, found.map((one) => ({ one, isBegin: Date.parse(one.starts_at) >= since, isEnd: Date.parse(one.ends_at) <= until }))];
    }),
  );
}
