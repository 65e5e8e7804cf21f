// One chart: drawn by Plotly once it is seen, with its sentence, its legend, and its numbers as a table.
import { useEffect, useId, useRef, useState, useSyncExternalStore } from "react";
import { nearest } from "./chart_figures.js";
import { indexAt, shownAt, valuesAt } from "./chart_specs.js";
import { isInSight, layoutOf, tracesOf } from "./chart_traces.js";
import { watchPinch } from "./pinch.js";
import { createTopics } from "./topics.js";
import { exact } from "./words.js";

const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: false, responsive: false, showTips: false, displaylogo: false };
const EARLY = "240px"; // so much before it is seen
const TIP_GAP = 12;
export const ZOOM_IN = 0.5;
export const ZOOM_OUT = 2;

let library = null;

/** 355 KB, fetched with the first chart that is seen. */
function loadPlotly() {
  library ??= import("plotly.js-basic-dist-min").then((module) => module.default ?? module);
  return library;
}

/** The moment that the pointer, or the keys, stand at: one for all charts of a page. */
export function createPointer() {
  const topics = createTopics();
  let at = null;
  return {
    on: (listener) => topics.on("at", listener),
    at: () => at,
    move(next) {
      if (next === at) return;
      at = next;
      topics.tell("at");
    },
  };
}

function useIsSeen(place) {
  const [isSeen, setIsSeen] = useState(false);
  useEffect(() => {
    if (isSeen) return undefined;
    const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && setIsSeen(true), { rootMargin: EARLY });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [isSeen]);
  return isSeen;
}

/** Once nobody drags in the chart: what is drawn anew forgets a zoom that is half done. */
async function whenFree(plot) {
  if (!plot._dragging) return;
  await new Promise((done) => {
    window.addEventListener("mouseup", () => setTimeout(done), { once: true });
  });
}

/** Draws `spec` into the element, again when anything of it changes; `onDrawn` tells where its axis lies. */
function useDrawing({ element, isSeen, spec, colours, range, around, onZoom, onReset }) {
  const latest = useRef({});
  latest.current = { onZoom, onReset };
  const [plot, setPlot] = useState(null);
  useEffect(() => {
    if (!isSeen || !spec || !colours) return undefined;
    let isWanted = true;
    loadPlotly().then(async (plotly) => {
      if (!isWanted || !element.current) return;
      await whenFree(element.current);
      if (!isWanted || !element.current) return;
      const isFirst = !element.current.data;
      await plotly.react(element.current, tracesOf(spec, colours, range), layoutOf(spec, colours, range, around), CONFIG);
      if (!isFirst || !isWanted) return;
      element.current.on("plotly_relayout", (change) => {
        if ("xaxis.range[0]" in change) latest.current.onZoom([change["xaxis.range[0]"], change["xaxis.range[1]"]]);
      });
      element.current.on("plotly_doubleclick", () => latest.current.onReset());
      setPlot(plotly);
    });
    return () => {
      isWanted = false;
    };
  }, [isSeen, spec, colours, range, around]);
  useEffect(() => {
    if (!plot) return undefined;
    const target = element.current;
    const observer = new ResizeObserver(() => target.isConnected && plot.Plots.resize(target));
    observer.observe(target);
    return () => {
      observer.disconnect();
      plot.purge(target);
    };
  }, [plot]);
  useEffect(() => {
    if (!plot) return undefined;
    const target = element.current;
    const axisOf = () => {
      const axis = target._fullLayout?.xaxis;
      return axis && { range: axis.range.map(Number), left: target.getBoundingClientRect().left + axis._offset, width: axis._length };
    };
    // A range as a whole is ours; what the library finds by itself has its ends one by one.
    const onMove = (next) => target.data && plot.relayout(target, { "xaxis.range": next });
    return watchPinch(target, { axisOf, onMove, onDone: (next) => latest.current.onZoom(next) });
  }, [plot]);
  return plot !== null;
}

/** The line at the pointer's moment, and what all layers are then. */
function Cursor({ element, spec, pointer, isOurs }) {
  const at = useSyncExternalStore(pointer.on, pointer.at, () => null);
  const axis = element.current?._fullLayout?.xaxis;
  if (at === null || !axis || at < axis.range[0] || at > axis.range[1]) return null;
  const left = axis._offset + axis.d2p(at);
  const width = element.current.clientWidth;
  const isBefore = left > width / 2;
  const middle = spec.layers[0].at[indexAt(spec, spec.layers[0], at)] ?? at;
  const shown = shownAt(spec, middle, axis.range);
  const rows = spec.layers.map((layer) => ({ layer, index: indexAt(spec, layer, middle) }));
  return (
    <>
      <i className="chart-cursor" style={{ left }} aria-hidden="true" />
      {isOurs && (
        <div className={`chart-tip-place ${isBefore ? "before" : ""}`}>
          <i style={{ flexBasis: (isBefore ? width - left : left) + TIP_GAP }} />
          <div className="chart-tip" role="status">
            <time dateTime={new Date(shown).toISOString()}>{exact(shown)}</time>
            <dl>
              {rows.map(({ layer, index }) => (
                <div key={layer.name}>
                  <dt>{layer.name}</dt>
                  <dd className="mono">{valuesAt(spec, layer, index)}</dd>
                </div>
              ))}
            </dl>
          </div>
        </div>
      )}
    </>
  );
}

function Legend({ spec, down, rests }) {
  const entries = (spec?.layers ?? []).map(({ name, colour, dash, type }) => ({ name, colour, sort: dash ?? type }));
  if (spec?.marks?.length) entries.push(...spec.marks.map((mark) => ({ name: isInSight(spec, mark) ? mark.text : `${mark.text} (out of sight)`, colour: mark.colour, sort: "dash" })));
  if (down.length) entries.push({ name: "down", colour: "--failed-line", sort: "shade" });
  if (rests.length) entries.push({ name: "paused or in maintenance", colour: "--stub", sort: "shade" });
  return (
    <ul className="chart-legend" aria-hidden="true">
      {entries.length > 1 && entries.map(({ name, colour, sort }) => (
        <li key={name}>
          <i className={`swatch swatch-${sort}`} style={{ "--swatch": `var(${colour})` }} />
          {name}
        </li>
      ))}
    </ul>
  );
}

/** All numbers; made only once somebody wants them. */
function Numbers({ title, spec, range }) {
  const [isOpen, setIsOpen] = useState(false);
  const first = spec?.layers[0];
  return (
    <details className="chart-numbers" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary aria-label={`${title}: numbers`}>Numbers</summary>
      {isOpen && spec && (
        <div className="chart-table" tabIndex={0} role="region" aria-label={`${title}: numbers`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                {spec.layers.map(({ name }) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {first.at.map((at, index) => (
                <tr key={at}>
                  <th scope="row">
                    <time dateTime={new Date(shownAt(spec, at, range)).toISOString()}>{exact(shownAt(spec, at, range))}</time>
                  </th>
                  {spec.layers.map((layer) => (
                    <td key={layer.name} className="mono">
                      {valuesAt(spec, layer, layer.at === first.at ? index : indexAt(spec, layer, at))}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}

/**
 * `spec` is what to draw, null while it is on its way (`title` is known before). `around` are the shaded times and how
 * times are written; `range` and `pointer` are shared by the charts of a page.
 */
export function Chart({ title, spec, colours, range, around, pointer, isStale, isWide, knownSince = "", onZoom, onReset, onPan, onScale }) {
  const figure = useRef(null);
  const element = useRef(null);
  const heading = useId();
  const isFinger = useRef(false); // the library takes its one tap for two
  const [isOurs, setIsOurs] = useState(false);
  const isSeen = useIsSeen(figure);
  const isDrawn = useDrawing({ element, isSeen, spec, colours, range, around, onZoom, onReset: () => !isFinger.current && onReset() });
  const momentOf = (event) => {
    const axis = element.current?._fullLayout?.xaxis;
    if (!axis) return null;
    const at = axis.p2d(event.clientX - element.current.getBoundingClientRect().left - axis._offset);
    return at >= axis.range[0] && at <= axis.range[1] ? at : null;
  };
  const step = (count) => {
    const times = spec.layers[0].at.map((at) => shownAt(spec, at, range));
    if (!times.length) return;
    const from = pointer.at() === null ? (count > 0 ? -1 : times.length) : nearest(times, pointer.at());
    pointer.move(times[Math.min(times.length - 1, Math.max(0, from + count))]);
  };
  const onKeyDown = (event) => {
    if (!spec || event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = {
      ArrowLeft: () => (event.shiftKey ? onPan(-1) : step(-1)),
      ArrowRight: () => (event.shiftKey ? onPan(1) : step(1)),
      Home: () => step(-Infinity),
      End: () => step(Infinity),
      Escape: () => pointer.move(null),
      "+": () => onScale(ZOOM_IN),
      "-": () => onScale(ZOOM_OUT),
    };
    if (!acts[event.key]) return;
    acts[event.key]();
    event.preventDefault();
    event.stopPropagation();
  };
  const leave = () => {
    setIsOurs(false);
    pointer.move(null);
  };
  useEffect(() => {
    if (!isOurs) return undefined;
    // A finger that is lifted leaves what it showed; one that is put down elsewhere does not.
    const onPointerDown = (event) => !figure.current.contains(event.target) && leave();
    document.addEventListener("pointerdown", onPointerDown);
    return () => document.removeEventListener("pointerdown", onPointerDown);
  }, [isOurs]);
  return (
    <figure ref={figure} className={`chart ${isWide ? "wide" : ""} ${isStale ? "stale" : ""}`} aria-labelledby={heading} aria-busy={!isDrawn || isStale} data-chart={spec?.key}>
      <figcaption>
        <h3 id={heading}>{title}</h3>
        <p className="chart-summary">
          {knownSince && <b>{knownSince} </b>}
          {spec?.summary ?? " "}
        </p>
      </figcaption>
      <div
        className="chart-canvas"
        role="group"
        aria-roledescription="chart"
        aria-label={`${title}. Arrow keys walk through the times, plus and minus zoom.`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerMove={(event) => {
          if (event.pointerType === "touch") return;
          setIsOurs(true);
          pointer.move(momentOf(event));
        }}
        onPointerDownCapture={(event) => {
          isFinger.current = event.pointerType === "touch";
          if (!isFinger.current) return;
          setIsOurs(true);
          pointer.move(momentOf(event));
        }}
        onPointerLeave={(event) => event.pointerType !== "touch" && leave()}
        onFocus={() => setIsOurs(true)}
        onBlur={leave}
      >
        <div ref={element} className="chart-plot" aria-hidden="true" />
        {isDrawn && spec && <Cursor element={element} spec={spec} pointer={pointer} isOurs={isOurs} />}
      </div>
      <Legend spec={spec} down={around.down} rests={around.rests} />
      <Numbers title={title} spec={spec} range={range} />
    </figure>
  );
}
