// Hears what becomes of alerts, on every page of those who may; the marks that show it.
import { useCallback, useContext, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import { StateStoreContext } from "$/utils/context-registry";
import { alerts } from "./alert_store.js";
import { Icon } from "./icons.jsx";
import { ask } from "./post.js";

const READ = "monitor:read";
const SILENT_MS = 13_000; // the server says something each 5 s
const LOOK_MS = 4000;
const AGAIN_MS = 700; // where one change follows another, lists are read no more often than this

/** Stands on every page once. */
export function AlertsWatch({ may = [], snapshot, feedState, feedVar, onListen }) {
  const states = useContext(StateStoreContext);
  const listen = useRef(onListen);
  listen.current = onListen;
  const mayRead = may.includes(READ);
  useLayoutEffect(() => alerts.onSnapshot(snapshot), [snapshot]);
  useEffect(() => {
    const read = () => alerts.onPatch(states.getSnapshot(feedState)?.[feedVar]);
    read();
    return states.subscribe(feedState, read);
  }, [states, feedState, feedVar]);
  useEffect(() => {
    if (!mayRead) return undefined;
    alerts.onReload(() => listen.current?.());
    const look = () => !document.hidden && alerts.isSilent(SILENT_MS) && alerts.ask();
    look();
    const timer = setInterval(look, LOOK_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [mayRead]);
  return null;
}

/** [firing, of these not acknowledged, held, pending]; null while nothing is known. */
export function useAlertCounts() {
  return useSyncExternalStore((listener) => alerts.on("counts", listener), alerts.counts, () => null);
}

/** How many fire, beside the place in the rail. */
export function AlertBadge() {
  const counts = useAlertCounts();
  if (!counts?.[0]) return null;
  const [firing, open] = counts;
  const words = open ? `${firing} firing, ${open} not acknowledged` : `${firing} firing, all acknowledged`;
  return (
    <span className={`rail-badge ${open ? "" : "calm"}`} title={words}>
      <span aria-hidden="true">{firing > 99 ? "99+" : firing}</span>
      <span className="for-readers">, {words}</span>
    </span>
  );
}

/** "ada is on it", on the row of a service. */
export function OnIt({ id }) {
  const subscribe = useCallback((listener) => alerts.on(`who:${id}`, listener), [id]);
  const name = useSyncExternalStore(subscribe, () => alerts.who(id), () => "");
  if (!name) return null;
  return (
    <span className="chip on-it" title={`${name} has acknowledged its alert, or was assigned to it`}>
      <Icon name="user" size={12} />
      {name} is on it
    </span>
  );
}

/** What the API answers for `path`, read anew whenever alerts change and the page can be seen: {found, problem, load}. */
export function useLive(path) {
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState(null);
  const latest = useRef(path);
  latest.current = path;
  const load = useCallback(async () => {
    const asked = latest.current;
    if (!asked) return;
    try {
      const answer = await ask("GET", asked);
      // Who filters meanwhile waits for the newer answer; what did not change is not drawn anew.
      if (asked === latest.current) setFound((known) => (known?.etag === answer.etag && known.path === asked && !known.isGuess ? known : { ...answer, path: asked }));
      setProblem(null);
    } catch (refused) {
      if (asked === latest.current) setProblem(refused);
    }
  }, []);
  useEffect(() => {
    load();
  }, [path, load]);
  useEffect(() => {
    let timer = null;
    let isStale = false;
    let readAt = 0;
    const read = () => {
      timer = null;
      readAt = Date.now();
      isStale = document.hidden;
      if (!isStale) load();
    };
    const later = () => {
      timer ??= setTimeout(read, Math.max(0, readAt + AGAIN_MS - Date.now()));
    };
    const onVisibility = () => isStale && !document.hidden && read();
    const stop = alerts.on("revision", later);
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      clearTimeout(timer);
      stop();
      document.removeEventListener("visibilitychange", onVisibility);
    };
  }, [load]);
  return { found, setFound, problem, load };
}
