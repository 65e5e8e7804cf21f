// 24 hours in bars: how much of each was up, degraded and down.
import { useFormats } from "./formats.jsx";
import { plural, shortClock } from "./words.js";

const HEIGHT = 40;
const STEP = 10;
const BAR = 8;

function describe([start, ok, degraded, failed], minutes) {
  const from = shortClock(start);
  const to = shortClock(start + minutes * 60000);
  const total = ok + degraded + failed;
  if (!total) return `${from}–${to}: no data`;
  const parts = [ok && `${ok} up`, degraded && `${degraded} degraded`, failed && `${failed} down`].filter(Boolean);
  return `${from}–${to}: ${plural(total, "check")}, ${parts.join(", ")}`;
}

/** From the bottom: down, degraded, up, each as high as its share; a short stub where there is no data. */
function Parts({ bar, index }) {
  const [, ok, degraded, failed] = bar;
  const total = ok + degraded + failed;
  const x = index * STEP;
  if (!total) return <rect className="bar-none" x={x} y={HEIGHT - 4} width={BAR} height={4} />;
  let y = HEIGHT;
  return [
    ["failed", failed],
    ["degraded", degraded],
    ["ok", ok],
  ].map(([key, count]) => {
    const height = (count / total) * HEIGHT;
    y -= height;
    return count > 0 && <rect key={key} className={`bar ${key}`} x={x} y={y} width={BAR} height={height} />;
  });
}

export function DayBars({ bars, minutes }) {
  useFormats();
  const checks = bars.reduce((sum, [, ok, degraded, failed]) => sum + ok + degraded + failed, 0);
  const down = bars.reduce((sum, [, , , failed]) => sum + failed, 0);
  const label = checks ? `Last 24 hours: ${plural(checks, "check")}, ${down} down` : "Last 24 hours: no data";
  return (
    <>
      <svg
        className="day"
        viewBox={`0 0 ${bars.length * STEP - (STEP - BAR)} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        {bars.map((bar, index) => (
          <g key={bar[0]}>
            <title>{describe(bar, minutes)}</title>
            <rect fill="transparent" x={index * STEP} y="0" width={STEP} height={HEIGHT} />
            <Parts bar={bar} index={index} />
          </g>
        ))}
      </svg>
      <div className="day-axis mono">
        <span>24 h ago</span>
        <span>12 h</span>
        <span>now</span>
      </div>
    </>
  );
}
