// What a screen reads from the API by itself: kept while it is read anew, and told when that fails.
import { useCallback, useEffect, useRef, useState } from "react";
import { ask } from "./post.js";
import { createRefreshClock } from "./refresh_clock.js";

/** {found, problem, isStale, load}; `path` null asks for nothing. Read anew every `againMs` while the page is visible; at once for who comes back later. */
export function useAsked(path, { againMs = 0 } = {}) {
  const [state, setState] = useState({ path: null, found: null, problem: "" });
  const latest = useRef(path);
  latest.current = path;
  const load = useCallback(async () => {
    if (path === null) return;
    try {
      const found = await ask("GET", path);
      if (latest.current === path) setState({ path, found, problem: "" });
    } catch (refused) {
      if (latest.current !== path) return;
      const words = refused.detail ?? "It cannot be read.";
      setState((known) => ({ ...known, path, problem: [words, ...Object.values(refused.fields ?? {})].join(" ") }));
    }
  }, [path]);
  useEffect(() => {
    load();
  }, [load]);
  useEffect(() => {
    if (!againMs) return undefined;
    const clock = createRefreshClock({ isHidden: () => document.hidden, onDue: load });
    clock.set(againMs / 1000);
    document.addEventListener("visibilitychange", clock.onVisibility);
    return () => {
      document.removeEventListener("visibilitychange", clock.onVisibility);
      clock.stop();
    };
  }, [load, againMs]);
  return { found: state.found, problem: state.problem, isStale: state.path !== path, load };
}
