// What is planned, as a month or a week; on phones as a list of days. In the time zone of who looks.
import { useEffect, useMemo, useState } from "react";
import { byDay, moved, shownDays, spanOf, today } from "./calendar_days.js";
import { useFormats } from "./formats.jsx";
import { Icon } from "./icons.jsx";
import { ask } from "./post.js";
import { exactSpan, shortClock } from "./times.js";
import { useQuery, useSetQuery } from "./url.js";

const PATH = "/api/maintenance-windows/calendar";
const SHOWN = { month: 3, week: 20 };
const VIEWS = { month: "Month", week: "Week" };
const MONTH = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric", timeZone: "UTC" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: "short", timeZone: "UTC" });

const asDate = (day) => new Date(`${day}T00:00Z`);

/** What is on in these days; read anew when `version` grows. */
function usePlanned(days, version) {
  const [found, setFound] = useState({ items: [], problem: "" });
  const [since, until] = spanOf(days);
  useEffect(() => {
    let isCurrent = true;
    const query = new URLSearchParams({ since: new Date(since).toISOString(), until: new Date(until).toISOString() });
    ask("GET", `${PATH}?${query}`).then(
      ({ items }) => isCurrent && setFound({ items, problem: "" }),
      (refused) => isCurrent && setFound((known) => ({ ...known, problem: refused.detail })),
    );
    return () => {
      isCurrent = false;
    };
  }, [since, until, version]);
  return found;
}

function Planned({ one, isBegin, isEnd, onOpen }) {
  const [starts, ends] = [Date.parse(one.starts_at), Date.parse(one.ends_at)];
  const isNow = starts <= Date.now() && Date.now() < ends;
  return (
    <button type="button" className={`planned ${isNow ? "now" : ends < Date.now() ? "over" : ""}`} title={`${one.name}, ${exactSpan(starts, ends)}`} onClick={() => onOpen(one)}>
      <span className="mono">{isBegin ? shortClock(starts) : isEnd ? `–${shortClock(ends)}` : "all day"}</span> <span className="name">{one.name}</span>
      <span className="for-readers">, {exactSpan(starts, ends)}</span>
    </button>
  );
}

function Day({ day, found, view, isOther, mayPlan, onOpen, onPlan, onMore }) {
  const shown = found.slice(0, SHOWN[view]);
  const more = found.length - shown.length;
  const number = Number(day.slice(8));
  const isToday = day === today();
  return (
    <td className={[isOther ? "other" : "", isToday ? "today" : ""].join(" ").trim() || undefined} aria-current={isToday ? "date" : undefined}>
      {mayPlan ? (
        <button type="button" className="calendar-day" aria-label={`Plan maintenance on ${DAY.format(asDate(day))}`} title="Plan maintenance on this day" onClick={() => onPlan(day)}>
          {number}
        </button>
      ) : (
        <span className="calendar-day">{number}</span>
      )}
      {shown.map(({ one, ...ends }) => (
        <Planned key={`${one.window_id} ${one.occurrence}`} one={one} {...ends} onOpen={onOpen} />
      ))}
      {more > 0 && (
        <button type="button" className="planned more-planned" onClick={() => onMore(day)}>
          {more} more
        </button>
      )}
    </td>
  );
}

function Agenda({ days, found, onOpen }) {
  // What is past is a page back: who looks now wants to know what comes.
  const isNow = days.includes(today());
  const busy = days.filter((day) => found.get(day).length && (!isNow || day >= today()));
  if (!busy.length) return <p className="help agenda">Nothing is planned in this time.</p>;
  return (
    <ul className="agenda">
      {busy.map((day) => (
        <li key={day}>
          <b>{DAY.format(asDate(day))}</b>
          {found.get(day).map(({ one, ...ends }) => (
            <Planned key={`${one.window_id} ${one.occurrence}`} one={one} {...ends} onOpen={onOpen} />
          ))}
        </li>
      ))}
    </ul>
  );
}

/** `onOpen` gets what was chosen, `onPlan` a day. */
export function MaintenanceCalendar({ version, mayPlan, onOpen, onPlan }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const zone = useFormats();
  const view = query.get("view") === "week" ? "week" : "month";
  const asked = query.get("at") ?? "";
  const day = /^\d{4}-\d{2}-\d{2}$/.test(asked) && !Number.isNaN(Date.parse(asked)) ? asked : today();
  const days = useMemo(() => shownDays(view, day), [view, day]);
  const { items, problem } = usePlanned(days, version);
  const found = useMemo(() => byDay(days, items), [days, items, zone]);
  const weeks = Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7));
  const go = (changes) => setQuery(changes, { replace: true });
  const title = view === "month" ? MONTH.format(asDate(day)) : `Week of ${DAY.format(asDate(days[0]))}`;
  return (
    <section className="maintenance-calendar" aria-label="Calendar">
      <div className="calendar-bar">
        <h2 aria-live="polite">{title}</h2>
        <span className="space" />
        <div className="calendar-views" role="group" aria-label="What the calendar shows">
          {Object.entries(VIEWS).map(([key, text]) => (
            <button key={key} type="button" className="plain" aria-pressed={view === key} onClick={() => go({ view: key === "month" ? "" : key })}>
              {text}
            </button>
          ))}
        </div>
        <button type="button" className="plain" onClick={() => go({ at: "" })}>
          Today
        </button>
        <button type="button" className="icon-button" aria-label={`Earlier ${view}`} onClick={() => go({ at: moved(view, day, -1) })}>
          <Icon name="left" />
        </button>
        <button type="button" className="icon-button" aria-label={`Later ${view}`} onClick={() => go({ at: moved(view, day, 1) })}>
          <Icon name="right" />
        </button>
      </div>
      {problem && (
        <p className="wrong" role="alert">
          {problem}
        </p>
      )}
      <table className={`calendar of-${view}`} aria-label={title}>
        <thead>
          <tr>
            {days.slice(0, 7).map((each) => (
              <th key={each} scope="col">
                {WEEKDAY.format(asDate(each))}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]}>
              {week.map((each) => (
                <Day
                  key={each}
                  day={each}
                  found={found.get(each)}
                  view={view}
                  isOther={view === "month" && each.slice(0, 7) !== day.slice(0, 7)}
                  mayPlan={mayPlan}
                  onOpen={onOpen}
                  onPlan={onPlan}
                  onMore={(at) => go({ view: "week", at })}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Agenda days={days} found={found} onOpen={onOpen} />
    </section>
  );
}
