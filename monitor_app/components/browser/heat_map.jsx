// Availability of services day by day: a drawing of a few paths for each service, whose days one can walk through.
import { memo, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Link, useNavigate } from "react-router";
import { Icon } from "./icons.jsx";
import { LEVELS, levelOf, percent } from "./report_words.js";
import { serviceAddress } from "./url.js";
import { plural } from "./words.js";

const PITCH = 10; // a day of 9 and a gap of 1
const DAY = 9;
const HEIGHT = 20;
const STUB = 4; // what is unknown is a stub, and grey
const FEET = { low: 6, bad: 10 }; // dark feet: colour does not stand alone
const EDGE = 8;
const DAY_MS = 86_400_000;
const LONG = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

function cell(index, height, width = DAY) {
  return `M${index * PITCH} ${HEIGHT - height}h${width}v${height}h-${width}z`;
}

/** Path data by level, and that of the dark feet. */
function pathsOf(days) {
  const paths = {};
  let feet = "";
  days.forEach((share, index) => {
    const level = levelOf(share);
    paths[level] = (paths[level] ?? "") + cell(index, level === "none" ? STUB : HEIGHT);
    if (FEET[level]) feet += cell(index, FEET[level]);
  });
  return { paths, feet };
}

const Days = memo(function Days({ days, cursor }) {
  const { paths, feet } = useMemo(() => pathsOf(days), [days]);
  return (
    <svg className="heat-days" viewBox={`0 0 ${days.length * PITCH - 1} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {Object.entries(paths).map(([level, d]) => (
        <path key={level} className={`day-${level}`} d={d} />
      ))}
      {feet && <path className="day-foot" d={feet} />}
      {cursor >= 0 && <rect className="day-cursor" x={cursor * PITCH} y="0.5" width={DAY} height={HEIGHT - 1} />}
    </svg>
  );
});

/** What a row comes to, for those who do not see it. */
function rowWords(days) {
  const known = days.filter((share) => share !== null);
  const bad = known.filter((share) => share < 1).length;
  if (!known.length) return "Nothing is known of these days.";
  const lost = days.length - known.length;
  return `${bad ? `${plural(bad, "day")} below 100 %, the worst ${percent(Math.min(...known))}` : "100 % on each known day"}${lost ? `; nothing is known of ${plural(lost, "day")}` : ""}.`;
}

/** What one day says: {index, share, row} beside the place it stands at. */
function DayTip({ shown, dates, place }) {
  const tip = useRef(null);
  useLayoutEffect(() => {
    if (!shown || !tip.current || !place) return;
    const { offsetWidth: width, offsetHeight: height } = tip.current;
    const middle = place.left + (place.width * (shown.index + 0.5)) / dates.length;
    const above = place.top - height - EDGE;
    tip.current.style.left = `${Math.min(window.innerWidth - width - EDGE, Math.max(EDGE, middle - width / 2))}px`;
    tip.current.style.top = `${above > 0 ? above : place.bottom + EDGE}px`;
  });
  const share = shown ? shown.row.days[shown.index] : null;
  return (
    <div ref={tip} className={`bar-tip heat-tip ${shown ? "shown" : ""}`} role="status">
      {shown && (
        <>
          <span className={`level ${levelOf(share)}`} aria-hidden="true" />
          <b className="mono">{share === null ? "Nothing is known" : percent(share)}</b>
          <span>{LONG.format(Date.parse(dates[shown.index]))}</span>
          <span className="muted">{shown.row.label}</span>
        </>
      )}
    </div>
  );
}

export function Legend() {
  return (
    <ul className="heat-legend" aria-label="What the colours say">
      {LEVELS.map(({ key, words }) => (
        <li key={key}>
          <span className={`level ${key}`} aria-hidden="true" /> {words}
        </li>
      ))}
      <li>
        <span className="level none" aria-hidden="true" /> nothing is known
      </li>
    </ul>
  );
}

/** The charts of a service on one day (of UTC). */
function dayAddress(serviceId, date) {
  const from = Date.parse(date);
  const to = Math.min(from + DAY_MS, Date.now());
  return `${serviceAddress(serviceId)}?from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
}

/** Five dates at most, under the days that they name. */
function Dates({ dates }) {
  const step = Math.max(1, Math.floor((dates.length - 1) / 4));
  const shown = dates.map((date, index) => [date, index]).filter(([, index]) => index % step === 0 && index <= dates.length - 1 - step / 2);
  const width = dates.length * PITCH;
  return (
    <span className="heat-dates" aria-hidden="true">
      {[...shown, [dates.at(-1), dates.length - 1]].map(([date, index]) => (
        <span key={index} style={{ left: `${(index * PITCH * 100) / width}%` }}>
          {index === dates.length - 1 ? "Today" : SHORT.format(Date.parse(date))}
        </span>
      ))}
    </span>
  );
}

/** `rows` have service_id, label, group, days (shares, null: nothing is known), availability, coverage; `dates` name the days. */
export function HeatMap({ rows, dates, isStale }) {
  const navigate = useNavigate();
  const table = useRef(null);
  const [at, setAt] = useState({ row: 0, index: -1 }); // the row that Tab comes to, and its day that is walked on
  const [pointed, setPointed] = useState(null); // {row, index} under the pointer
  const [place, setPlace] = useState(null);
  const active = Math.min(at.row, rows.length - 1);
  const shown = pointed ?? (at.index >= 0 ? at : null);
  const boxOf = (number) => table.current?.querySelectorAll("tbody .heat-days")[number]?.getBoundingClientRect() ?? null;
  const walk = (row, index) => {
    setAt({ row, index });
    setPlace(boxOf(row));
  };
  const focusRow = (number) => {
    setAt({ row: number, index: -1 });
    table.current.querySelectorAll("tbody th a")[number]?.focus();
  };
  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = dates.length - 1;
    const now = at.index < 0 ? last + 1 : at.index;
    const moves = {
      ArrowLeft: () => walk(active, Math.max(0, now - 1)),
      ArrowRight: () => walk(active, Math.min(last, now + 1)),
      Home: () => walk(active, 0),
      End: () => walk(active, last),
      ArrowUp: () => focusRow(Math.max(0, active - 1)),
      ArrowDown: () => focusRow(Math.min(rows.length - 1, active + 1)),
      Escape: () => setAt({ row: active, index: -1 }),
      Enter: at.index >= 0 ? () => navigate(dayAddress(rows[active].service_id, dates[at.index])) : undefined,
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    setPointed(null);
    move();
  };
  const dayAt = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(dates.length - 1, Math.floor(((event.clientX - box.left) / box.width) * dates.length)));
  };
  const point = (number) => (event) => {
    setPointed({ row: number, index: dayAt(event) });
    setPlace(event.currentTarget.getBoundingClientRect());
  };
  return (
    <div className={`heat-frame ${isStale ? "stale" : ""}`}>
      <table ref={table} className="heat" aria-label="Availability day by day. Arrow keys walk through services and days." onKeyDown={onKeyDown} onBlur={() => setAt({ row: active, index: -1 })}>
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col" className="heat-axis">
              <span className="for-readers">Days</span>
              <Dates dates={dates} />
            </th>
            <th scope="col" className="number">
              Available
            </th>
            <th scope="col" className="number coverage" title="How much of the days is known">
              Coverage
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, number) => (
            <tr key={row.service_id} data-service-id={row.service_id}>
              <th scope="row">
                <Link to={serviceAddress(row.service_id)} tabIndex={number === active ? 0 : -1} title={`${row.label}${row.group ? ` · ${row.group}` : ""}`} onFocus={() => at.row !== number && setAt({ row: number, index: -1 })}>
                  {row.label}
                </Link>
              </th>
              <td className="heat-cell">
                <div
                  className="heat-row"
                  onPointerMove={point(number)}
                  onPointerLeave={() => setPointed(null)}
                  onClick={(event) => navigate(dayAddress(row.service_id, dates[dayAt(event)]))}
                >
                  <Days days={row.days} cursor={shown?.row === number ? shown.index : -1} />
                </div>
                <span className="for-readers">{rowWords(row.days)}</span>
              </td>
              <td className="number mono">{percent(row.availability)}</td>
              <td className="number mono muted coverage">{percent(row.coverage)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <DayTip shown={shown && rows[shown.row] ? { index: shown.index, row: rows[shown.row] } : null} dates={dates} place={place} />
      {!rows.length && (
        <p className="help">
          <Icon name="search" size={12} /> Nothing to show.
        </p>
      )}
    </div>
  );
}
