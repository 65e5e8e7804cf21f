// 24 hours in stacked bars: what share of each was up, degraded and down. One SVG path a status.
import { memo, useCallback, useId, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { onTick } from "./clock.js";
import { barsOf, dayOf, isRest, pathsOf, samplesOf, sharesOf, sumOf } from "./day_ring.js";
import { useFormats } from "./formats.jsx";
import { useRests, useWindowFacts } from "./window_facts.js";
import { Glyph } from "./status.jsx";
import { board } from "./store.js";
import { useDisplay } from "./use_display.js";
import { clockTime, exactSpan, plural, responseTime } from "./words.js";

const MINUTE_MS = 60_000;
const GAP = 8; // between a bar and what is told of it
const WORDS = ["Up", "Degraded", "Down"];
// In units of the drawing: a bar of a few has a gap beside it, hundreds of them touch each other.
const PITCH = 4;
const BAR = 3;
const MANY = 60;
const SHAPES = { cell: { height: 18, many: MANY }, large: { height: 40, many: 2 * MANY } };

/** "93.3 %", "100 %". */
function share(percent) {
  return `${percent.replace(/\.0$/, "")} %`;
}

/** The parts of a bar that there are, the worst last: { status, word, percent }. */
function partsOf(shares, words) {
  return shares.counts
    .map((count, status) => ({ status, count, word: words[status], percent: share(shares.percents[status]) }))
    .filter(({ count }) => count > 0);
}

function spanOf([start], minutes) {
  return exactSpan(start, start + minutes * MINUTE_MS);
}

const RESTED = "Paused or in maintenance";
const NO_RESTS = [];

/** What the API knows beside the counts: ["p50 34 ms, p95 75 ms", "first error 14:03:10: 503 …"]. */
function factWords(facts) {
  if (!facts) return [];
  const times = facts.p50 === null ? [] : [`p50 ${responseTime(facts.p50)}, p95 ${responseTime(facts.p95)}`];
  const error = facts.first_error;
  if (error) times.push(`first error ${clockTime(Date.parse(error.timestamp))}: ${error.message}`);
  return times;
}

/** A bar in words: "Sat, 22 Nov, 14:00 – 14:15 UTC: 93.3 % up, 6.7 % down, 15 checks". */
function tell(bar, minutes, words) {
  const shares = sharesOf(bar);
  const said = shares ? partsOf(shares, words).map(({ percent, word }) => `${percent} ${word.toLowerCase()}`) : [];
  return `${spanOf(bar, minutes)}: ${shares ? [...said, plural(shares.samples, "check")].join(", ") : "no data"}`;
}

/** All of them in words, for who does not see them. */
function tellAll(bars, label, words) {
  const { shares, empty } = sumOf(bars);
  const said = partsOf(shares, words).map(({ percent, word }) => `${percent} ${word.toLowerCase()}`);
  const gaps = empty ? [`no data in ${empty} of ${bars.length} windows`] : [];
  return `Last 24 hours${label ? ` of ${label}` : ""}: ${[...said, plural(shares.samples, "check"), ...gaps].join(", ")}`;
}

const Drawing = memo(function Drawing({ bars, size, minutes, rests }) {
  const hatch = useId();
  const { height, many } = SHAPES[size];
  const width = bars.length > many ? PITCH : BAR;
  const paths = pathsOf(bars, { pitch: PITCH, width, height, foot: height / 5, minutes, rests });
  return (
    <svg className="day" viewBox={`0 0 ${bars.length * PITCH - (PITCH - width)} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {paths.rest && (
        <>
          <defs>
            <pattern id={hatch} width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
              <rect className="hatch-rest-ground" width="4" height="4" />
              <rect className="hatch-rest-line" width="1.5" height="4" />
            </pattern>
          </defs>
          <path className="bar-rest" d={paths.rest} fill={`url(#${hatch})`} />
        </>
      )}
      {paths.none && <path className="bar-none" d={paths.none} />}
      {paths.ok && <path className="bar ok" d={paths.ok} />}
      {paths.degraded && <path className="bar degraded" d={paths.degraded} />}
      {paths.failed && <path className="bar failed" d={paths.failed} />}
      {paths.foot && <path className="bar-foot" d={paths.foot} />}
    </svg>
  );
});

/** What the bar at `index` says, above it and past everything that would cut it off. */
function Tip({ bars, index, minutes, words, frame, rests, facts }) {
  const tip = useRef(null);
  useLayoutEffect(() => {
    const box = frame.current.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = tip.current;
    const middle = box.left + (box.width * (index + 0.5)) / bars.length;
    const left = Math.min(window.innerWidth - width - GAP, Math.max(GAP, middle - width / 2));
    const above = box.top - height - GAP;
    tip.current.style.left = `${left}px`;
    tip.current.style.top = `${above > 0 ? above : box.bottom + GAP}px`;
  });
  const shares = sharesOf(bars[index]);
  return createPortal(
    <div ref={tip} className="bar-tip day-tip shown" aria-hidden="true">
      <span className="mono">{spanOf(bars[index], minutes)}</span>
      {shares ? (
        <>
          {partsOf(shares, words).map(({ status, word, percent }) => (
            <span key={status} className={`status ${["ok", "degraded", "failed"][status]}`}>
              <Glyph status={status} />
              {percent} {word.toLowerCase()}
            </span>
          ))}
          <span className="muted">{plural(shares.samples, "check")}</span>
        </>
      ) : (
        <span className="muted">{isRest(bars[index], minutes, rests) || facts?.resting.length ? RESTED : "No data"}</span>
      )}
      {factWords(facts).map((text) => (
        <span key={text} className="day-fact">
          {text}
        </span>
      ))}
    </div>,
    document.body,
  );
}

/** Where keys go among `count` bars; nothing for any other key. */
function stepTo(key, index, count) {
  const to = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: count - 1 }[key];
  return to === undefined ? undefined : Math.min(count - 1, Math.max(0, to));
}

/**
 * `bars` are [start in epoch ms, up, degraded, down] each, `minutes` long, the oldest first; `words` say the three.
 * A large one is walked with arrow keys; in a "cell" whatever holds it may walk, and gives the `cursor`.
 */
export function DayHistory({ bars, minutes, label = "", words = WORDS, size = "large", cursor = null, sid = "", rests = NO_RESTS }) {
  useFormats();
  const frame = useRef(null);
  const [hovered, setHovered] = useState(null);
  const [walked, setWalked] = useState(null);
  const isLarge = size === "large";
  const hasData = useMemo(() => bars.some(samplesOf), [bars]);
  const said = useMemo(() => (hasData ? tellAll(bars, label, words) : ""), [bars, hasData, label, words]);
  const told = hovered ?? walked ?? cursor;
  const index = told === null ? null : Math.min(told, bars.length - 1);
  const facts = useWindowFacts(sid, index === null ? null : bars[index], minutes);
  if (!hasData && !bars.some((bar) => isRest(bar, minutes, rests))) {
    return <p className={`day-none ${size}`}>{isLarge ? "No check in the last 24 hours counts, so there is no history to draw yet." : "No history yet"}</p>;
  }
  const onPointerMove = (event) => {
    const box = frame.current.getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left) / box.width) * bars.length);
    setHovered(at >= 0 && at < bars.length ? at : null);
  };
  const onKeyDown = (event) => {
    const to = event.key === "Escape" ? null : stepTo(event.key, walked ?? bars.length, bars.length);
    if (to === undefined || (to === null && walked === null) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    setWalked(to);
  };
  const shown = walked ?? bars.length - 1;
  const walking = isLarge
    ? {
        role: "slider",
        tabIndex: 0,
        "aria-label": said,
        "aria-valuemin": 1,
        "aria-valuemax": bars.length,
        "aria-valuenow": shown + 1,
        "aria-valuetext": tell(bars[shown], minutes, words),
        onKeyDown,
        onBlur: () => setWalked(null),
      }
    : { role: "img", "aria-label": said };
  return (
    <div className={`day-history ${size}`} data-bars={bars.length} data-minutes={minutes}>
      <div
        ref={frame}
        className="day-frame"
        onPointerMove={onPointerMove}
        onPointerLeave={() => setHovered(null)}
        {...walking}
      >
        <Drawing bars={bars} size={size} minutes={minutes} rests={rests} />
        {index !== null && (
          <i className="day-cursor" style={{ left: `${(100 * index) / bars.length}%`, width: `${100 / bars.length}%` }} />
        )}
      </div>
      {isLarge && (
        <div className="day-axis mono" aria-hidden="true">
          <span>24 h ago</span>
          <span>12 h</span>
          <span>now</span>
        </div>
      )}
      {isLarge && sid && (
        <p className="for-readers" role="status">
          {walked !== null && factWords(facts).join(", ")}
        </p>
      )}
      {index !== null && <Tip bars={bars} index={index} minutes={minutes} words={words} frame={frame} rests={rests} facts={facts} />}
    </div>
  );
}

/** The row's day as it is now; nothing while the page has no such row. */
function useDay(id) {
  const subscribe = useCallback((listener) => board.on(`row:${id}`, listener), [id]);
  const read = () => board.rows.get(id)?.day;
  return useSyncExternalStore(subscribe, read, () => undefined);
}

/** The row as it was when it came to rest, or went on: other news of it draw no bars anew. */
function useHeld(id) {
  const kept = useRef(undefined);
  const subscribe = useCallback((listener) => board.on(`row:${id}`, listener), [id]);
  const read = () => {
    const row = board.rows.get(id);
    const before = kept.current;
    if (!row || !before || row.sid !== before.sid || String(row.hold) !== String(before.hold)) kept.current = row && { sid: row.sid, hold: row.hold };
    return kept.current;
  };
  return useSyncExternalStore(subscribe, read, () => undefined);
}

/** The service of a row, live: `fallback` is the wire's row where the page has none. */
export function ServiceDay({ rowId, fallback = null, size = "large", cursor = null, label = "" }) {
  const { granularity } = useDisplay();
  const live = useDay(rowId);
  const given = useMemo(() => (fallback?.id === rowId ? dayOf(fallback.day) : undefined), [fallback, rowId]);
  const day = live === undefined ? given : live;
  const length = granularity * MINUTE_MS;
  // A window ends without a result, too.
  const window = useSyncExternalStore(onTick, () => Math.floor(board.serverNow() / length), () => 0);
  const bars = useMemo(() => (day === undefined ? null : barsOf(day, granularity, window * length)), [day, granularity, window]);
  const row = useHeld(rowId) ?? (fallback?.id === rowId ? fallback : null);
  const sid = row?.sid ?? "";
  const rests = useRests(sid, row?.hold ?? null, size === "large");
  if (!bars) return null;
  return <DayHistory sid={sid} rests={rests} bars={bars} minutes={granularity} label={label || board.rows.get(rowId)?.label || fallback?.label} size={size} cursor={cursor} />;
}
