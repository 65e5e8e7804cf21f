// The last 60 results as thin bars, and response times as a line: one SVG path a status.
import { memo } from "react";
import { HISTORY } from "./store.js";
import { STATUSES } from "./status.jsx";

export const PITCH = 5; // a bar of 3 and a gap of 2
const BAR = 3;
const HEIGHT = 20;
export const WIDTH = HISTORY * PITCH - (PITCH - BAR);
const STUB = 3;
const FOOT = 5;
// Height tells too: full when up or down, two thirds when degraded, half when it says little.
const HEIGHTS = [HEIGHT, 13, HEIGHT, 10, 10, 10];

/** Which result stands at bar `index` (0 is the oldest bar); null where there is no result yet. */
export function resultAt(row, index) {
  const at = index - (HISTORY - row.hs.length);
  if (at < 0) return null;
  return { status: Number(row.hs[at]), ms: row.hm[at], at: row.ht[at] };
}

function bar(index, height) {
  return `M${index * PITCH} ${HEIGHT - height}h${BAR}v${height}h-${BAR}z`;
}

/** Path data by status, the dark feet of failures, and stubs where there is no data. */
export function barPaths(statuses) {
  const paths = STATUSES.map(() => "");
  let feet = "";
  let stubs = "";
  const missing = HISTORY - statuses.length;
  for (let i = 0; i < missing; i += 1) stubs += bar(i, STUB);
  for (let i = 0; i < statuses.length; i += 1) {
    const status = Number(statuses[i]);
    paths[status] += bar(missing + i, HEIGHTS[status]);
    if (status === 2) feet += bar(missing + i, FOOT);
  }
  return { paths, feet, stubs };
}

export const HistoryBar = memo(function HistoryBar({ statuses, cursor }) {
  const { paths, feet, stubs } = barPaths(statuses);
  return (
    <svg className="history" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {stubs && <path className="bar-none" d={stubs} />}
      {paths.map((d, status) => d && <path key={status} className={`bar ${STATUSES[status].key}`} d={d} />)}
      {feet && <path className="bar-foot" d={feet} />}
      {cursor !== null && cursor !== undefined && (
        <rect className="bar-cursor" x={cursor * PITCH - 1} y="0" width={BAR + 2} height={HEIGHT} />
      )}
    </svg>
  );
});

const SPARK = { width: 64, height: 18, points: 30 };

/** A line through the last response times; a check without one leaves a gap. */
export function sparkPath(times) {
  const shown = times.slice(-SPARK.points);
  const known = shown.filter((ms) => ms !== null);
  if (known.length < 2) return "";
  const low = Math.min(...known);
  const span = Math.max(...known) - low || 1;
  const step = SPARK.width / (SPARK.points - 1);
  let isDown = false;
  let path = "";
  shown.forEach((ms, i) => {
    if (ms === null) {
      isDown = false;
      return;
    }
    const x = (SPARK.points - shown.length + i) * step;
    const y = SPARK.height - 2 - ((ms - low) / span) * (SPARK.height - 4);
    path += `${isDown ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    isDown = true;
  });
  return path;
}

export const Sparkline = memo(function Sparkline({ times }) {
  return (
    <svg className="sparkline" viewBox={`0 0 ${SPARK.width} ${SPARK.height}`} aria-hidden="true">
      <path d={sparkPath(times)} />
    </svg>
  );
});

/** Patterns that the bars refer to, once a page. */
export function BarPatterns() {
  return (
    <svg className="patterns" aria-hidden="true">
      <defs>
        <pattern id="hatch-unknown" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect className="hatch-ground" width="4" height="4" />
          <rect className="hatch-line" width="2" height="4" />
        </pattern>
        <pattern id="hatch-rest" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
          <rect className="hatch-rest-ground" width="4" height="4" />
          <rect className="hatch-rest-line" width="1.500" height="4" />
        </pattern>
      </defs>
    </svg>
  );
}
