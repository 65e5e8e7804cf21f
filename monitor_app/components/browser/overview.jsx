// The head of the board: how much of everything is up, and what has been wrong for longest.
import { useStore } from "./live_grid.jsx";
import { Since } from "./row.jsx";
import { useCounts } from "./filters.jsx";
import { countsWords, Proportion } from "./proportion.jsx";
import { Glyph } from "./status.jsx";
import { board } from "./store.js";
import { noteOpen } from "./url.js";

const VERBS = { 1: "degraded", 2: "down" };

export function useOldest() {
  return useStore("oldest", board.oldest, null);
}

/** All services as one bar; a picture of the counts, which stand beside it. */
export function Share() {
  const counts = useCounts();
  return (
    <div className="board-share" title={counts ? countsWords(counts) : undefined}>
      <Proportion counts={counts} />
    </div>
  );
}

/** What has been wrong for longest; a click opens it. */
export function OldestProblem({ onOpen }) {
  const oldest = useOldest();
  const isLoaded = useStore("order", board.isLoaded, false);
  // Its place is kept, so that nothing moves when it comes.
  if (!oldest) return <span className="oldest muted">{isLoaded ? "Nothing is down or degraded" : ""}</span>;
  return (
    <button
      type="button"
      className="oldest"
      onClick={() => {
        noteOpen(oldest.sid);
        onOpen(oldest.id);
      }}
    >
      <span className="muted">Oldest problem</span>
      <Glyph status={oldest.status} />
      <strong>{oldest.label}</strong>
      <span className="says">
        {VERBS[oldest.status]} for <Since since={oldest.since} long />
        {oldest.msg && `: ${oldest.msg}`}
      </span>
    </button>
  );
}

/** Instead of rows when only problems are asked for and there is none. */
export function NoProblems() {
  const counts = useCounts();
  const up = counts?.[0] ?? 0;
  return (
    <div className="no-problems" role="status">
      <Glyph status={0} />
      <p>No problems.</p>
      <p className="muted">{counts ? `${countsWords(counts)}.` : ""}{up > 0 && " What goes wrong shows up here by itself."}</p>
    </div>
  );
}
