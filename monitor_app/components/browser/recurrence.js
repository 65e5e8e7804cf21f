// Recurrences (RFC 5545) as a form has them, and in words. No import, no DOM: tests run it in plain Node.

export const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
export const DAY_NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const UNITS = { DAILY: "day", WEEKLY: "week", MONTHLY: "month" };
const REPEATS = { DAILY: "daily", WEEKLY: "weekly", MONTHLY: "monthly" };
const NTH = { 1: "first", 2: "second", 3: "third", 4: "fourth", [-1]: "last" };

export const NTHS = Object.entries(NTH).map(([value, word]) => [Number(value), word]);

/** The weekday (0: Monday) of "2026-05-17…", and which one of its month it is. */
export function placeInMonth(local) {
  const [year, month, day] = (local || "1970-01-01").slice(0, 10).split("-").map(Number);
  const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
  return { day: day || 1, weekday: Number.isNaN(weekday) ? 0 : weekday, nth: Math.min(4, Math.ceil((day || 1) / 7)) };
}

/** What a form shows of a new window. */
export function plainForm(local) {
  const { day, weekday, nth } = placeInMonth(local);
  return { repeats: "once", interval: "1", days: [DAYS[weekday]], by: "day", monthDay: String(day), nth, weekday, until: "", rule: "" };
}

/** A form whose days were those of its beginning `from`, and follow it to another one. */
export function followed(form, from, to) {
  const [before, after] = [plainForm(from), plainForm(to)];
  const next = { ...form };
  if (form.days.join() === before.days.join()) next.days = after.days;
  if (form.monthDay === before.monthDay) next.monthDay = after.monthDay;
  if (form.nth === before.nth && form.weekday === before.weekday) Object.assign(next, { nth: after.nth, weekday: after.weekday });
  return next;
}

/** What a form shows of a recurrence; one that it has no fields for is a rule of one's own. */
export function formOf(recurrence, local) {
  const form = plainForm(local);
  if (!recurrence) return form;
  const own = { ...form, repeats: "custom", rule: recurrence };
  const parts = Object.fromEntries(recurrence.split(";").map((part) => part.split("=")));
  const { FREQ, INTERVAL = "1", BYDAY, BYMONTHDAY, UNTIL, ...others } = parts;
  if (Object.keys(others).length || !REPEATS[FREQ] || (UNTIL && !/^\d{8}T235959$/.test(UNTIL))) return own;
  const until = UNTIL ? `${UNTIL.slice(0, 4)}-${UNTIL.slice(4, 6)}-${UNTIL.slice(6, 8)}` : "";
  const found = { ...form, repeats: REPEATS[FREQ], interval: INTERVAL, until };
  if (FREQ === "DAILY") return BYDAY || BYMONTHDAY ? own : found;
  if (FREQ === "WEEKLY") {
    const days = (BYDAY ?? form.days[0]).split(",");
    return BYMONTHDAY || !days.every((day) => DAYS.includes(day)) ? own : { ...found, days };
  }
  if (BYDAY && !BYMONTHDAY) {
    const [, nth, day] = BYDAY.match(/^(-1|[1-4])(MO|TU|WE|TH|FR|SA|SU)$/) ?? [];
    return nth ? { ...found, by: "weekday", nth: Number(nth), weekday: DAYS.indexOf(day) } : own;
  }
  if (BYDAY || (BYMONTHDAY && !/^\d{1,2}$/.test(BYMONTHDAY))) return own;
  return { ...found, by: "day", monthDay: BYMONTHDAY ?? form.monthDay };
}

/** The recurrence that a form says; what is wrong in it the server says. */
export function recurrenceOf({ repeats, interval, days, by, monthDay, nth, weekday, until, rule }) {
  if (repeats === "once") return "";
  if (repeats === "custom") return rule.trim();
  const parts = [`FREQ=${repeats.toUpperCase()}`];
  if (interval.trim() !== "1") parts.push(`INTERVAL=${interval.trim()}`);
  if (repeats === "weekly") parts.push(`BYDAY=${DAYS.filter((day) => days.includes(day)).join(",")}`);
  if (repeats === "monthly") parts.push(by === "day" ? `BYMONTHDAY=${monthDay.trim()}` : `BYDAY=${nth}${DAYS[weekday]}`);
  if (until) parts.push(`UNTIL=${until.replaceAll("-", "")}T235959`);
  return parts.join(";");
}

function listed(names) {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** "every 2 weeks on Monday and Thursday until 2027-01-05", "once". */
export function recurrenceWords(recurrence, local) {
  const form = formOf(recurrence, local);
  if (form.repeats === "once") return "once";
  if (form.repeats === "custom") return `by the rule ${form.rule}`;
  const unit = UNITS[form.repeats.toUpperCase()];
  const every = form.interval === "1" ? `every ${unit}` : `every ${form.interval} ${unit}s`;
  let on = "";
  if (form.repeats === "weekly") on = ` on ${listed(DAYS.filter((day) => form.days.includes(day)).map((day) => DAY_NAMES[DAYS.indexOf(day)]))}`;
  if (form.repeats === "monthly") on = form.by === "day" ? ` on day ${form.monthDay}` : ` on the ${NTH[form.nth]} ${DAY_NAMES[form.weekday]}`;
  return `${every}${on}${form.until ? ` until ${form.until}` : ""}`;
}

/** "1 h 30 min": a length in minutes. */
export function lengthWords(minutes) {
  const parts = [
    [Math.floor(minutes / 1440), "d"],
    [Math.floor((minutes % 1440) / 60), "h"],
    [minutes % 60, "min"],
  ];
  return parts.filter(([count]) => count).map(([count, unit]) => `${count} ${unit}`).join(" ") || "0 min";
}

/** How far the wall clock of an occurrence is ahead of UTC, in minutes. */
export function offsetOf({ occurrence, starts_at }) {
  return Math.round((Date.parse(`${occurrence}Z`) - Date.parse(starts_at)) / 60_000);
}

const AHEAD_MS = [1_800_000, 3_600_000]; // by so much clocks are set back

/** What there is to say of a time on a day when the clocks of its zone are changed; "" on all others. */
export function clockNote({ occurrence, starts_at }, zone) {
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
  const wanted = occurrence.slice(11);
  const begins = Date.parse(starts_at);
  const shown = clock.format(begins);
  if (shown !== wanted) return `the clock leaves ${wanted} out: it begins at ${shown}`;
  return AHEAD_MS.some((ahead) => clock.format(begins + ahead) === wanted) ? `the clock shows ${wanted} twice: it begins the first time` : "";
}
