// Which groups are folded: all of them on a large map until somebody unfolds them, kept as long as the tab is open.
import { useCallback, useMemo, useState } from "react";
import { pathOf } from "./map_graph.js";

const MANY = 400; // services: more of them are not read at once anyway
const KEY = "map-folds";

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
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
  const fold = useCallback((name, folded) => choose({ [name]: folded }), [choose]);
  const unfold = (path) => choose(Object.fromEntries(path.map((name) => [name, false])));
  const isAllFolded = names.length > 0 && names.every(isFolded);
  const foldAll = () => choose(Object.fromEntries(names.map((name) => [name, !isAllFolded])));
  return { names, isFolded, fold, unfold, foldAll, isAllFolded };
}
