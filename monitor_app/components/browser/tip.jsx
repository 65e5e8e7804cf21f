// What one bar of the history says, above the bar.
import { useLayoutEffect, useRef } from "react";
import { HISTORY } from "./store.js";
import { useRow } from "./row.jsx";
import { STATUSES, Glyph } from "./status.jsx";
import { exact, responseTime } from "./words.js";

const GAP = 8;

export function BarTip({ bar, table, resultAt }) {
  const tip = useRef(null);
  const row = useRow(bar?.id);
  const result = bar && row ? resultAt(row, bar.index) : null;
  useLayoutEffect(() => {
    if (!bar || !tip.current) return;
    const drawing = table.current.querySelector(`tr[data-id="${bar.id}"] svg.history`);
    if (!drawing) return;
    const box = drawing.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = tip.current;
    const middle = box.left + (box.width * (bar.index + 0.5)) / HISTORY;
    const left = Math.min(window.innerWidth - width - GAP, Math.max(GAP, middle - width / 2));
    const above = box.top - height - GAP;
    tip.current.style.left = `${left}px`;
    tip.current.style.top = `${above > 0 ? above : box.bottom + GAP}px`;
  });
  return (
    <div ref={tip} className={`bar-tip ${bar && row ? "shown" : ""}`} role="status">
      {bar && row && !result && "No check here yet"}
      {result && (
        <>
          <span className={`status ${STATUSES[result.status].key}`}>
            <Glyph status={result.status} />
            {STATUSES[result.status].word}
          </span>
          <span className="mono">{responseTime(result.ms)}</span>
          <span className="muted">{exact(result.at)}</span>
        </>
      )}
    </div>
  );
}
