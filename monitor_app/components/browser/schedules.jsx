// On-call schedules: who is on call now and next, a calendar, and who stands in.
import { ActionMenu } from "./action_menu.jsx";
import { useFormats } from "./formats.jsx";
import { Icon } from "./icons.jsx";
import { colourIn, rotationWords } from "./on_call_words.js";
import { ScheduleCalendar } from "./schedule_calendar.jsx";
import { dayTime } from "./times.js";

const FOR_EVER = Date.UTC(2900, 0);
const ITEMS = [
  { action: "edit", icon: "edit", text: "Edit" },
  { action: "delete", icon: "trash", text: "Delete", isDangerous: true },
];

function OnCallNow({ schedule }) {
  const { now, next } = schedule;
  const until = Date.parse(now.ends_at);
  return (
    <dl className="on-call-now">
      <div className={now.username ? "" : "nobody-now"}>
        <dt>Now</dt>
        <dd>
          <i className={`swatch-of ${colourIn(schedule, now.username)}`} aria-hidden="true" />
          <b>{now.username ?? "nobody"}</b>
          {now.stand_in_id && <span className="chip">stands in</span>}
          {until < FOR_EVER && <span className="muted">until {dayTime(until)}</span>}
        </dd>
      </div>
      <div>
        <dt>Next</dt>
        <dd>
          {next ? (
            <>
              <i className={`swatch-of ${colourIn(schedule, next.username)}`} aria-hidden="true" />
              <b>{next.username ?? "nobody"}</b>
              <span className="muted">from {dayTime(Date.parse(next.starts_at))}</span>
            </>
          ) : (
            <span className="muted">nobody else</span>
          )}
        </dd>
      </div>
    </dl>
  );
}

function StandIns({ schedule, canWrite, onEnd }) {
  const now = Date.now();
  const left = schedule.stand_ins.filter((one) => Date.parse(one.ends_at) > now);
  if (!left.length) return null;
  return (
    <ul className="stand-ins" aria-label={`Who stands in in ${schedule.name}`}>
      {left.map((one) => (
        <li key={one.stand_in_id}>
          <Icon name="turn" size={14} />
          <span>
            <b>{one.username ?? "nobody"}</b> {one.username ? "stands in" : "is on call"}, {dayTime(Date.parse(one.starts_at))} – {dayTime(Date.parse(one.ends_at))}
            {one.reason && `: ${one.reason}`} <span className="muted">said {one.who}</span>
          </span>
          {canWrite && (
            <button type="button" className="quiet" aria-label={`End: ${one.username ?? "nobody"} until ${dayTime(Date.parse(one.ends_at))}`} onClick={() => onEnd(schedule, one)}>
              Take back
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function Schedule({ schedule, isFirst, canWrite, onAct, onEnd }) {
  // Anything that moves shifts: the calendar is drawn anew with it.
  const version = JSON.stringify([schedule.members, schedule.stand_ins, schedule.starts_on, schedule.hand_over_day, schedule.hand_over_at, schedule.rotation_days, schedule.time_zone]);
  return (
    <li className="schedule" aria-label={schedule.name}>
      <div className="policy-head">
        <h3>
          {canWrite ? (
            <button type="button" className="link-button" data-schedule={schedule.schedule_id} onClick={() => onAct("edit", schedule)}>
              {schedule.name}
            </button>
          ) : (
            schedule.name
          )}
        </h3>
        <span className="muted">{rotationWords(schedule)}</span>
        <span className="space" />
        {canWrite && (
          <>
            <button type="button" className="plain" onClick={() => onAct("stand-in", schedule)}>
              <Icon name="turn" /> Stand in
            </button>
            <ActionMenu label={`What can be done with ${schedule.name}`} items={ITEMS} onChoose={(action) => onAct(action, schedule)} />
          </>
        )}
      </div>
      {schedule.troubles.map((words) => (
        <p key={words} className="policy-trouble">
          <Icon name="warn" size={14} /> {words}
        </p>
      ))}
      <OnCallNow schedule={schedule} />
      <StandIns schedule={schedule} canWrite={canWrite} onEnd={onEnd} />
      <details className="calendar-fold" open={isFirst}>
        <summary>Calendar</summary>
        <ScheduleCalendar key={version} schedule={schedule} />
      </details>
      <p className="help">{schedule.policies.length ? `Told by ${schedule.policies.join(", ")}.` : "No escalation policy names it: nobody is told by it."}</p>
    </li>
  );
}

export function Schedules({ schedules, canWrite, onAct, onAdd, onEnd }) {
  useFormats();
  return (
    <section className="on-call-part" aria-label="Schedules">
      <div className="section-head">
        <div>
          <h2>Schedules</h2>
          <p className="help">People take turns. Whoever is on call is told by their own channels; their quiet hours hold.</p>
        </div>
        {canWrite && schedules.length > 0 && (
          <button type="button" className="plain" onClick={onAdd}>
            <Icon name="plus" /> Add a schedule
          </button>
        )}
      </div>
      {!schedules.length && (
        <div className="empty-list teaching">
          <p>
            <b>Nobody takes turns.</b> A schedule says whose week it is, with a time zone and an hour at which it is handed over, and who stands in for a holiday. An escalation policy then tells whoever is on call.
          </p>
          {canWrite && (
            <button type="button" className="plain" onClick={onAdd}>
              <Icon name="plus" /> Add a schedule
            </button>
          )}
        </div>
      )}
      <ul className="schedules">
        {schedules.map((schedule, place) => (
          <Schedule key={schedule.schedule_id} schedule={schedule} isFirst={place === 0} canWrite={canWrite} onAct={onAct} onEnd={onEnd} />
        ))}
      </ul>
    </section>
  );
}
