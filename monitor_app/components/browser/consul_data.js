// What the page Consul reads, and when: once, then whenever the server says that there is something new; at once when it
// is asked for. Nothing is asked while nothing changes, nor while nobody can see the page.
import { useCallback, useContext, useEffect, useLayoutEffect, useRef, useState } from "react";
import { StateStoreContext } from "$/utils/context-registry";
import { ask } from "./post.js";

export const PATH = "/api/sources";
const AGAIN_MS = 700; // where one change follows another, rows are read no more often than this
const RETRY_MS = 5000; // after an answer that did not come
const SILENT_MS = 13_000; // the server says something each 5 s
const LOOK_MS = 4000;

/** The address of a page of rows. */
export function rowsPath(query) {
  const wanted = new URLSearchParams({ source: "consul" });
  for (const name of ["datacentre", "tag", "status", "search", "page"]) if (query.get(name)) wanted.set(name, query.get(name));
  return `${PATH}/services?${wanted}`;
}

/**
 * {found, problem, load, news}: `news.told()` has the rows read soon, once the page can be seen; `news.readAt()` is when
 * they were asked for last.
 */
export function useRows(path, isLive) {
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState("");
  const latest = useRef(path);
  latest.current = path;
  const at = useRef({ read: 0, isStale: false, timer: null, isLive });
  at.current.isLive = isLive;
  const load = useCallback(async () => {
    const asked = latest.current;
    const now = at.current;
    clearTimeout(now.timer);
    Object.assign(now, { timer: null, isStale: false, read: Date.now() });
    try {
      const answer = await ask("GET", asked);
      // Who filters meanwhile waits for the newer answer; what did not change is not drawn anew.
      if (asked === latest.current) setFound((known) => (known?.etag === answer.etag && known.path === asked ? known : { ...answer, path: asked }));
      setProblem("");
    } catch (refused) {
      setProblem(refused.detail ?? "The services cannot be read.");
      if (now.isLive) now.timer ??= setTimeout(unlessHidden, RETRY_MS);
    }
  }, []);
  const unlessHidden = useCallback(() => {
    if (document.hidden) at.current.isStale = true;
    else load();
  }, [load]);
  const told = useCallback(() => {
    const now = at.current;
    if (!now.isLive) return;
    clearTimeout(now.timer);
    now.timer = setTimeout(unlessHidden, Math.max(0, now.read + AGAIN_MS - Date.now()));
  }, [unlessHidden]);
  useEffect(() => {
    load();
  }, [path, load]);
  useEffect(() => {
    const onVisibility = () => !document.hidden && at.current.isStale && load();
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      clearTimeout(at.current.timer);
    };
  }, [load]);
  const [news] = useState(() => ({ told, readAt: () => at.current.read }));
  return { found, problem, load, news };
}

/** Hears from the server, for as long as this is live, that there is something new. */
export function useNews({ isLive, snapshot, feedState, feedVar, onListen, onRest, news }) {
  const states = useContext(StateStoreContext);
  const acts = useRef(null);
  acts.current = { onListen, onRest };
  const line = useRef({ seq: null, loadId: undefined, heardAt: 0, askedAt: 0 });
  useLayoutEffect(() => {
    const now = line.current;
    // A re-hydrate repeats what was told before; what comes unasked is of an earlier life of the page.
    if (!snapshot?.load_id || snapshot.load_id === now.loadId || !now.askedAt) return;
    const isSame = now.seq === snapshot.seq;
    Object.assign(now, { loadId: snapshot.load_id, seq: snapshot.seq, heardAt: Date.now() });
    if (!isSame && snapshot.age_ms <= Date.now() - news.readAt()) news.told();
  }, [snapshot]);
  useEffect(() => {
    const read = () => {
      const patch = states.getSnapshot(feedState)?.[feedVar];
      const now = line.current;
      if (!patch?.seq || patch.seq === now.seq) return;
      // Something in between is missing: perhaps that was the news.
      const isMissing = now.seq !== null && patch.seq !== now.seq + 1;
      Object.assign(now, { seq: patch.seq, heardAt: Date.now() });
      if (patch.is_news || isMissing) news.told();
    };
    return states.subscribe(feedState, read);
  }, [states, feedState, feedVar]);
  useEffect(() => {
    if (!isLive) return undefined;
    const listen = () => {
      line.current.askedAt = Date.now();
      acts.current.onListen?.();
    };
    const look = () => {
      const { heardAt, askedAt } = line.current;
      if (!document.hidden && Date.now() - Math.max(heardAt, askedAt) > SILENT_MS) listen();
    };
    listen();
    const timer = setInterval(look, LOOK_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
      acts.current.onRest?.();
    };
  }, [isLive]);
}
