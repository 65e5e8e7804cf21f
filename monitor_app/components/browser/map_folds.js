// Which groups are folded: all of them on a large map until somebody unfolds them, kept as long as the tab is open.
import { useCallback, useMemo, useState } from "react";
import { pathOf } from "./map_graph.js";
import { groupId, map } from "./map_store.js";

const MANY = 400; // services: more of them are not read at once anyway
const KEY = "map-folds";
const DRAWN_MS = 150; // until what was folded or unfolded stands there

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

/** The button that was pressed went with its frame, or its box: the focus goes to what stands there now. */
function focusGroup(name) {
  map.setCurrent(groupId(name));
  setTimeout(() => {
    if (document.activeElement !== document.body) return;
    const id = CSS.escape(groupId(name));
    const place = document.querySelector(`[data-node="${id}"]`) ?? document.querySelector(`[data-id="${id}"] .map-fold`);
    place?.focus({ preventScroll: true });
  }, DRAWN_MS);
}

export function useFolds(graph) {
  const [chosen, setChosen] = useState(kept);
  const count = graph?.nodes.length ?? 0;
  const names = useMemo(() => [...new Set(graph?.nodes.flatMap((node) => pathOf(graph, node.group)))].filter((name) => name || count > MANY), [graph, count]);
  const choose = useCallback((change) => {
    setChosen((before) => {
      const next = { ...before, ...change };
      sessionStorage.setItem(KEY, JSON.stringify(next));
      return next;
    });
  }, []);
  const isFolded = useCallback((name) => (name || count > MANY ? (chosen[name] ?? count > MANY) : false), [chosen, count]);
  const fold = useCallback(
    (name, folded) => {
      choose({ [name]: folded });
      focusGroup(name);
    },
    [choose],
  );
  const unfold = (path) => choose(Object.fromEntries(path.map((name) => [name, false])));
  const isAllFolded = names.length > 0 && names.every(isFolded);
  const foldAll = () => choose(Object.fromEntries(names.map((name) => [name, !isAllFolded])));
  return { names, isFolded, fold, unfold, foldAll, isAllFolded };
}
