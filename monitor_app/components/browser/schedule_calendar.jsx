// Four weeks of a schedule: who is on call when. People have a colour and their name; a phone, and who has it read, gets a list.
import { useState } from "react";
import { useAsked } from "./asked.js";
import { useFormats } from "./formats.jsx";
import { Icon } from "./icons.jsx";
import { WEEKS, barsOf, colourIn, dayStart, isNow, weekStart, weeksFrom } from "./on_call_words.js";
import { dayTime, exactSpan, fieldTime } from "./times.js";

const DAY_NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const AGAIN_MS = 60_000;

const nameOf = (shift) => shift.username ?? "nobody";

function Week({ week, schedule, shifts, now }) {
  const today = dayStart(now);
  return (
    <div className="week">
      {week.slice(0, 7).map((day) => (
        <span key={day} className={day === today ? "day today" : "day"}>
          {Number(fieldTime(day).slice(8, 10))}
        </span>
      ))}
      {today >= week[0] && today < week[7] && <i className="now-line" style={{ left: `${(week.findLastIndex((day) => day <= now) + (now - today) / 86_400_000) * (100 / 7)}%` }} />}
      <div className="week-bars">
        {barsOf(week, shifts).map(({ shift, left, width, isBegun, goesOn }) => (
          <span
            key={shift.starts_at}
            className={`shift-bar ${colourIn(schedule, shift.username)} ${shift.stand_in_id ? "stands-in" : ""} ${isBegun ? "begun" : ""} ${goesOn ? "goes-on" : ""}`}
            style={{ left: `${left * 100}%`, width: `${width * 100}%` }}
            title={`${nameOf(shift)}${shift.stand_in_id ? " stands in" : ""}: ${exactSpan(Date.parse(shift.starts_at), Date.parse(shift.ends_at))}`}
          >
            {nameOf(shift)}
          </span>
        ))}
      </div>
    </div>
  );
}

function Agenda({ schedule, shifts, now }) {
  return (
    <ol className="agenda" aria-label={`Who is on call in ${schedule.name}`}>
      {shifts
        .filter((shift) => Date.parse(shift.ends_at) > now || shifts.length < 3)
        .map((shift) => (
          <li key={shift.starts_at} aria-current={isNow(shift, now) ? "time" : undefined}>
            <i className={`swatch-of ${colourIn(schedule, shift.username)}`} aria-hidden="true" />
            <b>{nameOf(shift)}</b>
            {shift.stand_in_id && <span className="chip">stands in</span>}
            <span className="muted">
              {dayTime(Date.parse(shift.starts_at))} – {dayTime(Date.parse(shift.ends_at))}
            </span>
          </li>
        ))}
    </ol>
  );
}

/** Give it another `key` when the schedule has changed: it is read anew then. */
export function ScheduleCalendar({ schedule }) {
  useFormats();
  const [later, setLater] = useState(0); // weeks
  const now = Date.now();
  const weeks = weeksFrom(dayStart(weekStart(now), later * 7));
  const span = new URLSearchParams({ since: new Date(weeks[0][0]).toISOString(), until: new Date(weeks.at(-1)[7]).toISOString() });
  const { found, problem } = useAsked(`/api/on-call/schedules/${schedule.schedule_id}/shifts?${span}`, { againMs: AGAIN_MS });
  const shifts = found?.items ?? [];
  return (
    <div className="schedule-calendar">
      <div className="calendar-head">
        <b>
          {dayTime(weeks[0][0]).replace(/ \d\d:\d\d$/, "")} – {dayTime(weeks.at(-1)[6]).replace(/ \d\d:\d\d$/, "")}
        </b>
        <span className="space" />
        <button type="button" className="icon-button" aria-label="Four weeks earlier" onClick={() => setLater(later - WEEKS)}>
          <Icon name="left" size={14} />
        </button>
        <button type="button" className="quiet" aria-disabled={later === 0} onClick={() => setLater(0)}>
          Today
        </button>
        <button type="button" className="icon-button" aria-label="Four weeks later" onClick={() => setLater(later + WEEKS)}>
          <Icon name="right" size={14} />
        </button>
      </div>
      {problem && <p className="wrong">{problem}</p>}
      <div className="weeks" aria-hidden="true">
        <div className="week-names">
          {DAY_NAMES.map((name) => (
            <span key={name}>{name}</span>
          ))}
        </div>
        {weeks.map((week) => (
          <Week key={week[0]} week={week} schedule={schedule} shifts={shifts} now={now} />
        ))}
      </div>
      <Agenda schedule={schedule} shifts={shifts} now={now} />
      <p className="help">Times in your own time zone.</p>
    </div>
  );
}
