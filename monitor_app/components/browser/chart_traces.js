// Layers of a chart as traces of Plotly. What is empty stays empty: no line and no area goes over a hole.
// No DOM: tests run it in plain Node.
import { niceTicks, timeTicks, unitOf } from "./chart_figures.js";
import { isEmptySpec, rangeOf } from "./chart_specs.js";

const MARGIN = { l: 58, r: 8, t: 8, b: 26 };
const HIDDEN = { hoverinfo: "skip", showlegend: false };
const AREA_OPACITY = 0.75;
const SHADE_OPACITY = 0.6;
const ROOM = 0.02;
// Of so many bars nobody sees what is between them.
const MANY_BARS = 100;
const BAR_SHARE = 0.86;

/** The stretches of indexes in which all of `columns` have a value. */
export function stretches(count, ...columns) {
  const found = [];
  for (let index = 0; index < count; index += 1) {
    if (columns.some((column) => column[index] === null || column[index] === undefined)) continue;
    const last = found.at(-1);
    if (last && last[1] === index) last[1] = index + 1;
    else found.push([index, index + 1]);
  }
  return found;
}

/** One filled shape a stretch, between two columns; a stretch of one point is a thin bar. */
function between(at, low, high, colour, least) {
  const x = [];
  const y = [];
  for (const [first, end] of stretches(at.length, low, high)) {
    const wide = end - first > 1 ? at.slice(first, end) : [at[first] - least, at[first] + least];
    const pick = (column) => (end - first > 1 ? column.slice(first, end) : [column[first], column[first]]);
    const back = [...wide].reverse();
    x.push(...wide, ...back, wide[0], null);
    y.push(...pick(high), ...[...pick(low)].reverse(), pick(high)[0], null);
  }
  return { ...HIDDEN, type: "scatter", mode: "lines", x, y, fill: "toself", fillcolor: colour, line: { width: 0, color: colour } };
}

/** A line, and dots where a value stands alone. */
function lineOf(layer, colour) {
  const alone = stretches(layer.at.length, layer.y).filter(([first, end]) => end - first === 1).map(([first]) => first);
  const line = { color: colour, width: layer.dash ? 1.25 : 1.75, dash: layer.dash ?? "solid", shape: layer.shape ?? "linear" };
  const traces = [{ ...HIDDEN, type: "scatter", mode: "lines", x: layer.at, y: layer.y, line, connectgaps: false }];
  if (alone.length) {
    const dots = { x: alone.map((index) => layer.at[index]), y: alone.map((index) => layer.y[index]) };
    traces.push({ ...HIDDEN, type: "scatter", mode: "markers", ...dots, marker: { color: colour, size: 4 } });
  }
  return traces;
}

/** All layers, the lowest first; areas and bars stand upon one another. */
export function tracesOf(spec, colours, [from, to]) {
  const least = (to - from) / 800;
  let floor = null;
  return spec.layers.flatMap((layer) => {
    const colour = colours(layer.colour);
    if (layer.type === "band") return [between(layer.at, layer.low, layer.high, colour, least)];
    if (layer.type === "area") {
      const low = floor ?? layer.y.map((value) => (value === null ? null : 0));
      const high = layer.y.map((value, index) => (value === null || low[index] === null ? null : low[index] + value));
      floor = high;
      return [{ ...between(layer.at, low, high, colour, least), opacity: AREA_OPACITY }];
    }
    if (layer.type === "bar") {
      const width = layer.seconds * 1000 * (layer.at.length > MANY_BARS ? 1 : BAR_SHARE);
      return [{ ...HIDDEN, type: "bar", x: layer.at, y: layer.y, width, marker: { color: colour, line: { width: 0 } } }];
    }
    return lineOf(layer, colour);
  });
}

/** Shaded times as one shape each sort: many small ones would cost as much as the chart. */
function shaded(bands, colour) {
  if (!bands.length) return [];
  const path = bands.map(([since, until]) => `M${since},0V1H${until}V0Z`).join("");
  return [{ type: "path", path, xref: "x", yref: "paper", layer: "below", opacity: SHADE_OPACITY, fillcolor: colour, line: { width: 0 } }];
}

/** The vertical axis: its ends with some room, its ticks, and how they are written. */
function verticalOf(spec) {
  const [low, high] = rangeOf(spec);
  const { size, write } = unitOf(spec.format, high);
  const ticks = niceTicks(low / size, high / size, undefined, spec.isWhole).map((tick) => tick * size);
  const [bottom, top] = [Math.min(low, ticks[0]), Math.max(high, ticks.at(-1))];
  const room = (top - bottom) * ROOM; // so that no line is cut in half at the edge
  return { low, ticks, write, ends: [bottom === 0 ? 0 : bottom - room, top + room] };
}

/** Whether a chart reaches so far that a threshold is seen in it. */
export function isInSight(spec, { value }) {
  const [low, high] = verticalOf(spec).ends;
  return value >= low && value <= high;
}

function marks(spec, colours) {
  const inside = (spec.marks ?? []).filter((mark) => isInSight(spec, mark));
  return inside.map(({ value, colour }) => ({
    type: "line",
    xref: "paper",
    x0: 0,
    x1: 1,
    y0: value,
    y1: value,
    line: { color: colours(colour), width: 1.5, dash: "dash" },
  }));
}

/** The picture around the traces. `range` is the time shown by all charts of the page. */
export function layoutOf(spec, colours, range, { down = [], rests = [], offsetOf, isTouch }) {
  const { low, ticks, write, ends } = verticalOf(spec);
  const words = ticks.map((tick) => (tick === 0 && low >= 0 ? "0" : write(tick)));
  // Values that differ less than their words tell are written as plain numbers.
  const labels = new Set(words).size === words.length ? words : ticks.map((tick) => String(tick));
  const times = timeTicks(range[0], range[1], offsetOf);
  const axis = { showgrid: true, gridcolor: colours("--line"), zeroline: false, showline: false, tickfont: { color: colours("--muted") }, ticks: "" };
  return {
    margin: MARGIN,
    paper_bgcolor: "transparent",
    plot_bgcolor: "transparent",
    font: colours.font,
    showlegend: false,
    hovermode: false,
    barmode: "stack",
    bargap: 0,
    dragmode: isTouch ? false : "zoom",
    xaxis: { ...axis, type: "linear", range, showgrid: false, tickvals: times.map(({ at }) => at), ticktext: times.map(({ text }) => text) },
    yaxis: { ...axis, range: ends, fixedrange: true, tickvals: isEmptySpec(spec) ? [] : ticks, ticktext: labels },
    shapes: [...shaded(rests, colours("--stub")), ...shaded(down, colours("--failed-line")), ...marks(spec, colours)],
  };
}
