// The charts of a service: one span and one pointer for all of them, read anew when the span changes or results come.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Chart, ZOOM_IN, ZOOM_OUT, createPointer } from "./chart.jsx";
import { metricWords } from "./chart_figures.js";
import { useChartData } from "./chart_data.js";
import { SPANS, between, canZoom, firstSpan, moved, named, parametersOf, pauseOf, spanOf, zoomed } from "./chart_span.js";
import { isEmptySpec, measuredSpecs, seriesSpecs } from "./chart_specs.js";
import { useColours } from "./chart_theme.js";
import { useFormats } from "./formats.jsx";
import { Icon } from "./icons.jsx";
import { useRow } from "./row.jsx";
import { fieldTime } from "./times.js";
import { dayTime, exact, interval } from "./words.js";

const FIRST_TITLES = ["Response time", "Availability", "Error rate", "Checks per minute"];
const SLACK_MS = 60_000;
const NOTHING = [];
const DAY_SECONDS = 86_400;

/** How far the zone of the person is ahead of UTC at a moment, in ms. */
function offsetOf(at) {
  const minute = Math.floor(at / 60_000) * 60_000;
  return Date.parse(`${fieldTime(minute)}Z`) - minute;
}

/** Notes parameters in the address without loading the page anew. */
function note(parameters) {
  const url = new URL(window.location.href);
  for (const [name, value] of Object.entries(parameters)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  window.history.replaceState(window.history.state, "", url);
}

/** The span, and what changes it; one that ends now moves on with the results that come. */
function useSpan(livesSince) {
  const usual = useRef(null);
  usual.current ??= firstSpan(livesSince, Date.now());
  // The charts are never part of the built page, so there is an address to read.
  const [span, setSpan] = useState(() => spanOf(new URLSearchParams(window.location.search), Date.now(), usual.current));
  const [isCompared, setIsCompared] = useState(() => new URLSearchParams(window.location.search).get("compare") === "week");
  const show = useCallback((next) => {
    note(parametersOf(next, usual.current));
    setSpan(next);
  }, []);
  const compare = useCallback((wanted) => {
    note({ compare: wanted ? "week" : "" });
    setIsCompared(wanted);
  }, []);
  return { span, show, isCompared, compare, setSpan, usual: usual.current };
}

/** Moves a span that ends now, a moment after each result, as often as it is worth it; not while nobody can see it. */
function useGoingOn(rowId, span, setSpan) {
  const row = useRow(rowId);
  const latest = useRef(span);
  latest.current = span;
  const seen = useRef({ at: row?.at, timer: null, shownAt: Date.now(), isMissed: false });
  const goOn = useCallback(() => {
    const state = seen.current;
    state.isMissed = document.hidden;
    if (document.hidden || !latest.current.isLive) return;
    state.shownAt = Date.now();
    setSpan(named(latest.current.key, Date.now()));
  }, [setSpan]);
  useEffect(() => {
    const state = seen.current;
    if (row?.at === state.at) return;
    state.at = row?.at;
    if (state.timer !== null || !latest.current.isLive) return;
    const wait = Math.max(300, state.shownAt + pauseOf(latest.current) - Date.now());
    state.timer = setTimeout(() => {
      state.timer = null;
      goOn();
    }, wait);
  }, [row?.at]);
  useEffect(() => {
    const look = () => !document.hidden && seen.current.isMissed && goOn();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      clearTimeout(seen.current.timer);
    };
  }, [goOn]);
  return goOn;
}

/** Whether one of the last results has a response time; true of a service without any results. */
function useIsTimed(rowId) {
  const times = useRow(rowId)?.hm ?? NOTHING;
  return !times.length || times.some((ms) => ms !== null);
}

/** Counts how often a span that does not go on by itself is to be asked for again, because somebody refreshes. */
function useRounds(refreshes, span, goOn) {
  const [rounds, setRounds] = useState(0);
  const seen = useRef(refreshes);
  useEffect(() => {
    if (refreshes === seen.current) return;
    seen.current = refreshes;
    if (span.isLive) goOn();
    else setRounds((before) => before + 1);
  }, [refreshes]);
  return rounds;
}

function Bar({ span, isCompared, onSpan, onMove, onScale, onCompare, words }) {
  const isAtEnd = span.isLive || Date.now() - span.to < SLACK_MS;
  return (
    <div className="chart-bar">
      <div className="chart-spans" role="group" aria-label="Time that the charts show">
        {SPANS.map(({ key, title, words: name }) => (
          <button key={key} type="button" aria-pressed={span.key === key} aria-label={name} title={name} onClick={() => onSpan(key)}>
            {title}
          </button>
        ))}
      </div>
      <div className="chart-moves">
        <button type="button" className="icon-button" aria-label="Earlier" title="Earlier" onClick={() => onMove(-1)}>
          <Icon name="left" />
        </button>
        <button type="button" className="icon-button" aria-label="Later" title="Later" aria-disabled={isAtEnd} onClick={() => !isAtEnd && onMove(1)}>
          <Icon name="right" />
        </button>
        <button type="button" className="icon-button" aria-label="Zoom out" title="Zoom out" aria-disabled={!canZoom(span, ZOOM_OUT)} onClick={() => onScale(ZOOM_OUT)}>
          <Icon name="minus" />
        </button>
        <button type="button" className="icon-button" aria-label="Zoom in" title="Zoom in" aria-disabled={!canZoom(span, ZOOM_IN)} onClick={() => onScale(ZOOM_IN)}>
          <Icon name="plus" />
        </button>
      </div>
      <label className="chart-compare">
        <input type="checkbox" checked={isCompared} onChange={(event) => onCompare(event.target.checked)} />
        Compare with the week before
      </label>
      <span className="space" />
      <p className="chart-shown" role="status" title={`${exact(span.from)} – ${exact(span.to)}`}>
        {words}
      </p>
    </div>
  );
}

/** "the last 24 hours · each point 5 min", "21 Nov 20:15 – 21 Nov 22:15 · each point a check". */
function shownWords(span, series) {
  const chosen = SPANS.find(({ key }) => key === span.key);
  const times = chosen ? chosen.words : `${dayTime(span.from)} – ${dayTime(span.to)}`;
  if (!series) return times;
  const step = series.step_seconds;
  const point = !step ? "a check" : step === DAY_SECONDS ? "a day" : step % DAY_SECONDS ? interval(step) : `${step / DAY_SECONDS} days`;
  return `${times} · each point ${point}`;
}

/** Since when there is what results measured, in ms; null where that is the whole span. */
function lateStart(measured, from) {
  const since = measured ? Date.parse(measured.known_since) : from;
  return since > from + SLACK_MS ? since : null;
}

function Known({ measured, from }) {
  if (lateStart(measured, from) === null) return null;
  return (
    <p className="help">
      Phases, status codes and what a check measures are known from{" "}
      <time dateTime={measured.known_since}>{exact(Date.parse(measured.known_since))}</time> on. Since an update that keeps them for longer, older
      results are counted a day at a time, as far as they are kept.
    </p>
  );
}

/**
 * `measures` are the titles of charts that will come, so that nothing moves when they do; `refreshes` grows when
 * somebody has refreshed the page.
 */
export function ServiceCharts({ sid, rowId, refreshes, measures = NOTHING, livesSince = 0 }) {
  const version = useFormats();
  const colours = useColours();
  const pointer = useMemo(createPointer, []);
  const { span, show, isCompared, compare, setSpan, usual } = useSpan(livesSince);
  const goOn = useGoingOn(rowId, span, setSpan);
  const rounds = useRounds(refreshes, span, goOn);
  const data = useChartData(sid, span, isCompared, rounds);
  const [isTouch, setIsTouch] = useState(false);
  useEffect(() => setIsTouch(window.matchMedia("(pointer: coarse)").matches), []);
  const thresholds = data.measured?.thresholds ?? NOTHING;
  const main = useMemo(() => (data.series ? seriesSpecs(data.series, data.past, thresholds) : null), [data.series, data.past, thresholds, version]);
  const more = useMemo(() => (data.measured ? measuredSpecs(data.measured) : null), [data.measured, version]);
  const range = useMemo(() => [span.from, span.to], [span.from, span.to]);
  const around = useMemo(
    () => ({ down: data.series?.down ?? NOTHING, rests: data.series?.rests ?? NOTHING, offsetOf, isTouch }),
    [data.series, isTouch, version],
  );
  const zoom = useCallback(([from, to]) => show(between(Math.min(from, to), Math.max(from, to), Date.now())), [show]);
  const reset = useCallback(() => show(named(usual, Date.now())), [show, usual]);
  const pan = useCallback((direction) => show(moved(span, direction, Date.now())), [show, span]);
  const scale = useCallback((factor) => canZoom(span, factor) && show(zoomed(span, factor, Date.now())), [show, span]);
  const shared = { colours, range, around, pointer, isStale: data.isStale && Boolean(data.shown), onZoom: zoom, onReset: reset, onPan: pan, onScale: scale };
  const isTimed = useIsTimed(rowId);
  const titles = main ? main.map(({ title }) => title) : FIRST_TITLES;
  // What never answers, such as a process, has no response times.
  const isShown = (index) => index > 0 || isTimed || (main && !isEmptySpec(main[0]));
  const late = lateStart(data.measured, span.from);
  const knownSince = late === null ? "" : `Only since ${dayTime(late)}.`;
  const moreTitles = more ? more.map(({ title }) => title) : measures.map((name) => metricWords(name).title);
  return (
    <section className="service-charts" aria-label="Charts" data-ready={more !== null && !data.isStale}>
      <Bar
        span={span}
        isCompared={isCompared}
        onSpan={(key) => show(named(key, Date.now()))}
        onMove={pan}
        onScale={scale}
        onCompare={compare}
        words={shownWords(span, data.series)}
      />
      {data.problem && (
        <p className="wrong" role="alert">
          The charts could not be read: {data.problem}
        </p>
      )}
      <div className="charts">
        {titles.map(
          (title, index) => isShown(index) && <Chart key={title} title={title} spec={main?.[index] ?? null} isWide={index === 0} {...shared} />,
        )}
        {moreTitles.map((title, index) => (
          <Chart key={`more ${index}`} title={title} spec={more?.[index] ?? null} knownSince={more ? knownSince : ""} {...shared} />
        ))}
      </div>
      <Known measured={data.measured} from={span.from} />
      {data.measured?.metrics_left_out > 0 && <p className="help">{data.measured.metrics_left_out} more measurements are in each result.</p>}
    </section>
  );
}
