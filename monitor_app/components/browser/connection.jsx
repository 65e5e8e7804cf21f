// Whether what is shown is live; when it is not, how old it is and when the next try comes.
import { useContext, useEffect, useState, useSyncExternalStore } from "react";
import { EventLoopContext } from "$/utils/context-registry";
import { alerts } from "./alert_store.js";
import { onTick } from "./clock.js";
import { display } from "./display.js";
import { useCounts, useHealth } from "./filters.jsx";
import { board } from "./store.js";
import { useDisplay } from "./use_display.js";
import { pace, shortDuration } from "./words.js";

const BACKOFF_MS = 200; // Reflex waits that long times the number of failed tries, ten at most
const QUIET_MS = 800; // a hiccup that heals at once is not worth a word
const SILENCE_MS = 12_000; // the server says something each 5 s

/** null while connected, else { since, nextTry }. */
function useOutage() {
  const [, errors] = useContext(EventLoopContext) ?? [];
  const tries = errors?.length ?? 0;
  const [outage, setOutage] = useState(null);
  useEffect(() => {
    if (!tries) setOutage(null);
    else setOutage((before) => ({ since: before?.since ?? Date.now(), nextTry: Date.now() + BACKOFF_MS * tries }));
  }, [tries, errors]);
  // A line can die without a word, and then nothing fails for a long time.
  const silentSince = useSyncExternalStore(
    onTick,
    () => (display.isResting() ? null : board.silentSince(SILENCE_MS)),
    () => null,
  );
  if (silentSince !== null) return { since: silentSince, nextTry: outage?.nextTry ?? null };
  return outage;
}

function useSecond() {
  const read = () => Math.floor(Date.now() / 1000);
  useSyncExternalStore(onTick, read, () => 0);
}

function OutageText({ outage }) {
  useSecond();
  const waiting = outage.nextTry === null ? 0 : Math.ceil((outage.nextTry - Date.now()) / 1000);
  const shown = shortDuration(Date.now() - outage.since);
  return (
    <>
      <strong>Not connected.</strong> What you see is {shown} old.{" "}
      {waiting > 0 ? `Trying again in ${waiting} s.` : "Trying again now."}
    </>
  );
}

function HealthText({ health }) {
  useSecond();
  return (
    <>
      <strong>
        {health.what} for {shortDuration(board.serverNow() - health.since)}.
      </strong>{" "}
      {health.why}
    </>
  );
}

/** Who has stopped all checks, also on pages that do not follow the board. */
function useStopped() {
  return useSyncExternalStore((listener) => alerts.on("stopped", listener), alerts.stopped, () => null);
}

/** Says why what is shown is not current: this page is not connected, or nothing is checked. */
export function ConnectionBar() {
  const outage = useOutage();
  const ofBoard = useHealth();
  const stopped = useStopped();
  const health = ofBoard ?? stopped;
  const [isTold, setIsTold] = useState(false);
  const isOut = outage !== null;
  useEffect(() => {
    if (!isOut) {
      setIsTold(false);
      return undefined;
    }
    const timer = setTimeout(() => setIsTold(true), QUIET_MS);
    return () => clearTimeout(timer);
  }, [isOut]);
  const isShown = isTold && isOut;
  return (
    <div className={`connection-bar ${isShown || health ? "shown" : ""} ${!isShown && health?.ordered ? "ordered" : ""}`} role="status" data-connected={!isOut}>
      {isShown ? <OutageText outage={outage} /> : health && <HealthText health={health} />}
    </div>
  );
}

export function ConnectionState() {
  const outage = useOutage();
  const { autoRefresh, refreshSeconds } = useDisplay();
  const isLoaded = useSyncExternalStore((listener) => board.on("order", listener), board.isLoaded, () => false);
  const health = useHealth();
  const [key, word, title] = outage
    ? ["out", "Offline", "Not connected"]
    : health
      ? ["out", "Not current", health.what]
      : isLoaded
        ? autoRefresh
          ? ["rest", `Every ${pace(refreshSeconds)}`, `Not live: fetched anew every ${pace(refreshSeconds)}`]
          : ["live", "Live", "Changes show up within a second"]
        : ["wait", "Connecting", "The first rows are on the way"];
  return (
    <span className={`connection ${key}`} title={title}>
      <i aria-hidden="true" />
      <span>{word}</span>
    </span>
  );
}

const SHAPE = {
  ok: '<circle cx="16" cy="16" r="13"/><path d="m10 17 4 4 8-9"/>',
  degraded: '<path class="s" d="M16 4 29 27H3Z"/><path d="M16 13v6m0 4v.1"/>',
  failed: '<path class="s" d="M10.600 3h10.800L29 10.600v10.800L21.400 29H10.600L3 21.400V10.600Z"/><path d="m11 11 10 10m0-10L11 21"/>',
  idle: '<circle cx="16" cy="16" r="13"/><path d="M11 16h10"/>',
};

function drawIcon(name, colour) {
  const style = `circle,.s{fill:${colour};stroke:none}path{fill:none;stroke:white;stroke-width:3.500;stroke-linecap:round;stroke-linejoin:round}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><style>${style}</style>${SHAPE[name]}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

function stateOf(counts, health) {
  if (!counts) return "idle";
  if (counts[2]) return "failed";
  if (counts[1]) return "degraded";
  return counts[0] && !health ? "ok" : "idle";
}

function showIcon(name) {
  const token = name === "idle" ? "stopped" : name;
  const colour = getComputedStyle(document.documentElement).getPropertyValue(`--${token}-solid`).trim();
  let link = document.querySelector('link[rel="icon"]');
  if (!link) link = document.head.appendChild(Object.assign(document.createElement("link"), { rel: "icon" }));
  link.type = "image/svg+xml";
  link.href = drawIcon(name, colour);
}

/** The page's title and icon tell when something is down or nothing is checked, also in a tab nobody looks at. */
export function TabSign({ title }) {
  const counts = useCounts();
  const down = counts?.[2] ?? 0;
  const health = useHealth();
  const name = stateOf(counts, health);
  const sign = down ? `(${down} down) ` : health ? "(not current) " : "";
  useEffect(() => {
    document.title = sign + title;
  }, [sign, title]);
  useEffect(() => {
    // Asking for a colour makes the browser lay out the page, so the rows come first.
    const timer = setTimeout(() => showIcon(name));
    return () => clearTimeout(timer);
  }, [name]);
  return null;
}
