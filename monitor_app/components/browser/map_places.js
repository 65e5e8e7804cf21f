// Where services were moved to: for everybody by who may, in this browser by the others.
import { useCallback, useMemo, useState } from "react";

const KEY = "map-places";

function own() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

/** `kept` are corners by node id; `move` takes [{id, x, y}]. Folded groups are kept in this browser only. */
export function usePlaces(graph, mayEdit, onPlaces, onReset) {
  const [mine, setMine] = useState(own);
  const [round, setRound] = useState(0);
  const [hasMoved, setHasMoved] = useState(false);
  const kept = useMemo(() => {
    const places = new Map();
    for (const { id, sid } of graph?.nodes ?? []) {
      const at = graph.places[sid] ?? (mayEdit ? null : mine[sid]);
      if (at) places.set(String(id), { x: at[0], y: at[1] });
    }
    for (const [name, at] of Object.entries(mine)) if (name.startsWith("g:")) places.set(name, { x: at[0], y: at[1] });
    return places;
    // Of what is moved here, the drawing knows already.
  }, [graph, mayEdit, round]);
  const move = useCallback(
    (nodes) => {
      for (const { id, x, y } of nodes) kept.set(id, { x, y });
      setHasMoved(true);
      const isForAll = ({ id }) => mayEdit && !id.startsWith("g:");
      const forAll = nodes.filter(isForAll);
      if (forAll.length) onPlaces(forAll.map(({ id, x, y }) => [Number(id), Math.round(x), Math.round(y)]));
      const forMe = nodes.filter((node) => !isForAll(node));
      if (!forMe.length) return;
      setMine((before) => {
        const next = { ...before };
        for (const { id, x, y } of forMe) next[graph.byId.get(Number(id))?.sid ?? id] = [Math.round(x), Math.round(y)];
        localStorage.setItem(KEY, JSON.stringify(next));
        return next;
      });
    },
    [graph, kept, mayEdit, onPlaces],
  );
  const reset = () => {
    localStorage.removeItem(KEY);
    setMine({});
    setHasMoved(false);
    setRound(round + 1);
    if (mayEdit) onReset(); // the map comes anew, without places
  };
  return { kept, move, reset, isMoved: hasMoved || kept.size > 0 };
}
