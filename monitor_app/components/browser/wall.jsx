// The board on a wall: large, dark, without controls. It fills the screen with one page of tiles and turns the pages.
import { memo, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import { onTick } from "./clock.js";
import { useCounts, useHealth } from "./filters.jsx";
import { useFormats } from "./formats.jsx";
import { BarPatterns, HistoryBar } from "./history.jsx";
import { useStore } from "./live_grid.jsx";
import { useLines } from "./board_lines.jsx";
import { useOldest } from "./overview.jsx";
import { BY_URGENCY, Proportion } from "./proportion.jsx";
import { Since, rowWords, useIsOutdated, useRow } from "./row.jsx";
import { Glyph, STATUSES } from "./status.jsx";
import { board, lineKey } from "./store.js";
import { columnsFor } from "./tiles.js";
import { useQuery, useSetQuery } from "./url.js";
import { boardSentence, responseTime, shortClock } from "./words.js";

const TURN_MS = 15_000;
const FIRST_PAGE_MS = 60_000; // so long the first page stays when something new goes down
const HINT_MS = 3000;

const Tile = memo(function Tile({ id, followers, because }) {
  useFormats();
  const row = useRow(id);
  const isOutdated = useIsOutdated(row);
  if (!row) return null;
  const { key, word } = STATUSES[row.status];
  const reason = rowWords(row);
  return (
    <li className={`tile ${key} ${isOutdated ? "outdated" : ""}`} data-id={id} data-status={row.status}>
      <div className="tile-head">
        <Glyph status={row.status} />
        <span className="for-readers">{word}: </span>
        <span className="tile-label">{row.label}</span>
        <span className="mono tile-time">{row.status === 0 ? responseTime(row.ms) : <Since since={row.since} />}</span>
      </div>
      {(reason || followers > 0 || because) && (
        <div className="tile-says">
          {followers > 0 && <strong>{followers} more because of it. </strong>}
          {because && <strong>Because of {because}. </strong>}
          {reason}
        </div>
      )}
      <HistoryBar statuses={row.hs} />
    </li>
  );
});

function Clock() {
  useFormats();
  const read = () => shortClock(board.serverNow());
  return <time className="mono wall-clock">{useSyncExternalStore(onTick, read, () => "")}</time>;
}

/** The pages one after the other; back to the first when something new goes down. */
function useTurning(page, pages) {
  const setQuery = useSetQuery();
  const go = useRef(null);
  go.current = (to) => {
    if (to !== page) setQuery({ page: to > 1 ? String(to) : "" }, { replace: true });
  };
  const [stay, setStay] = useState(0);
  useEffect(
    () =>
      board.on("news", () => {
        if (!board.news()?.downs) return;
        setStay((before) => before + 1);
        go.current(1);
      }),
    [],
  );
  const [turns, setTurns] = useState(0);
  useEffect(() => {
    if (pages < 2) return undefined;
    const turn = () => {
      setTurns((before) => before + 1);
      setStay(0);
      if (!document.hidden) go.current(page < pages ? page + 1 : 1);
    };
    const timer = setTimeout(turn, stay && page === 1 ? FIRST_PAGE_MS : TURN_MS);
    return () => clearTimeout(timer);
  }, [page, pages, stay, turns]);
}

/** The screen stays awake where the browser can do that. */
function useWakeLock() {
  useEffect(() => {
    let lock = null;
    const ask = () => {
      if (!document.hidden) navigator.wakeLock?.request("screen").then((given) => (lock = given), () => {});
    };
    ask();
    document.addEventListener("visibilitychange", ask);
    return () => {
      document.removeEventListener("visibilitychange", ask);
      lock?.release().catch(() => {});
    };
  }, []);
}

/** Escape leaves; whoever moves the pointer is told so for a moment. */
function Leave() {
  const setQuery = useSetQuery();
  const [isShown, setIsShown] = useState(false);
  useEffect(() => {
    let timer = null;
    const show = () => {
      setIsShown(true);
      clearTimeout(timer);
      timer = setTimeout(() => setIsShown(false), HINT_MS);
    };
    const onKeyDown = (event) => {
      if (event.key === "Escape") setQuery({ layout: "" });
      else show();
    };
    document.addEventListener("pointermove", show);
    document.addEventListener("pointerdown", show);
    document.addEventListener("keydown", onKeyDown);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("pointermove", show);
      document.removeEventListener("pointerdown", show);
      document.removeEventListener("keydown", onKeyDown);
    };
  }, [setQuery]);
  return (
    <button type="button" className={`wall-leave ${isShown ? "shown" : ""}`} onClick={() => setQuery({ layout: "" })}>
      Leave the wall <kbd>Esc</kbd>
    </button>
  );
}

/** Of which services the wall is, "" for all: "Group shop, tag public". */
function scopeWords(query) {
  const named = ["group", "tag", "environment"].filter((name) => query.get(name)).map((name) => `${name} ${query.get(name)}`);
  const words = [...named, ...(query.get("q") ? [`“${query.get("q")}”`] : [])].join(", ");
  return words && words[0].toUpperCase() + words.slice(1);
}

function useSize(element) {
  const [size, setSize] = useState({ width: 1920, height: 1080 });
  useLayoutEffect(() => {
    const read = () => setSize({ width: element.current.clientWidth, height: element.current.clientHeight });
    read();
    const watch = new ResizeObserver(read);
    watch.observe(element.current);
    return () => watch.disconnect();
  }, [element]);
  return size;
}

export function Wall({ page = 1, pages = 1, isFixed = false }) {
  useEffect(() => () => delete document.documentElement.dataset.layout, []); // set by early.js
  useTurning(page, pages);
  useWakeLock();
  const lines = useLines().filter((line) => line.id !== undefined);
  const isLoaded = useStore("order", board.isLoaded, false);
  const all = { counts: useCounts(), oldest: useOldest() };
  const own = useStore("own", board.own, null);
  const { counts, oldest } = own ?? all;
  const isOfNone = own !== null && own.counts.every((count) => count === 0);
  const scope = scopeWords(useQuery());
  const health = useHealth();
  const frame = useRef(null);
  const { width, height } = useSize(frame);
  const columns = columnsFor(lines.length, width, height);
  const tone = counts?.[2] ? "failed" : counts?.[1] ? "degraded" : counts?.[0] && !health ? "ok" : "";
  return (
    <div className={`wall dark ${tone}`} data-page={page}>
      <BarPatterns />
      <header className="wall-head">
        <h1>{isOfNone ? "No service is called like that or in there" : boardSentence(counts, health) || " "}</h1>
        <Clock />
        <div className="wall-counts">
          {scope && <span className="wall-scope">{scope}</span>}
          {counts &&
            BY_URGENCY.filter((status) => counts[status] > 0).map((status) => (
              <span key={status} className={`wall-count ${STATUSES[status].key}`}>
                <Glyph status={status} />
                <span className="mono">{counts[status]}</span> {STATUSES[status].word}
              </span>
            ))}
          {oldest && (
            <span className="wall-oldest">
              oldest: {oldest.label}, <Since since={oldest.since} long />
            </span>
          )}
        </div>
        <Proportion counts={counts} />
      </header>
      <ul ref={frame} className="tiles" style={{ "--columns": columns, "--rows": Math.max(1, Math.ceil(lines.length / columns)) }} aria-label="Services" aria-busy={!isLoaded}>
        {lines.map((line) => (
          <Tile key={lineKey(line)} id={line.id} followers={line.isOpen ? 0 : line.followers} because={line.because} />
        ))}
      </ul>
      {pages > 1 && (
        <div className="wall-pages" role="status" aria-label={`Page ${page} of ${pages}`}>
          {Array.from({ length: pages }, (_, i) => (
            <i key={i} className={i + 1 === page ? "here" : ""} />
          ))}
        </div>
      )}
      {!isFixed && <Leave />}
    </div>
  );
}
