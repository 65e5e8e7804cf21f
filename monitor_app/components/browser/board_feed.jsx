// Feeds the store: snapshots come through a prop, patches straight from Reflex's store, once a delta.
import { useContext, useEffect, useLayoutEffect, useRef } from "react";
import { StateStoreContext } from "$/utils/context-registry";
import { board } from "./store.js";

export function BoardFeed({ snapshot, feedState, feedVar, onReload }) {
  const states = useContext(StateStoreContext);
  const ask = useRef(onReload);
  ask.current = onReload;
  useEffect(() => {
    board.onReload(() => ask.current?.());
    return () => board.stop();
  }, []);
  useLayoutEffect(() => board.onSnapshot(snapshot), [snapshot]);
  useEffect(() => {
    const read = () => board.onPatch(states.getSnapshot(feedState)?.[feedVar]);
    read();
    return states.subscribe(feedState, read);
  }, [states, feedState, feedVar]);
  return null;
}
