// Feeds the store: snapshots come through a prop, patches straight from Reflex's store, once a delta. With auto refresh
// no patch counts; when it ends, the rows are asked for once more, and patches with them.
import { useContext, useEffect, useLayoutEffect, useRef } from "react";
import { StateStoreContext } from "$/utils/context-registry";
import { display } from "./display.js";
import { board } from "./store.js";

let feeds = 0;

/** Whether something on this page fills the store. */
export function hasFeed() {
  return feeds > 0;
}

export function BoardFeed({ snapshot, feedState, feedVar, onReload }) {
  const states = useContext(StateStoreContext);
  const ask = useRef(onReload);
  ask.current = onReload;
  useEffect(() => {
    feeds += 1;
    board.onReload(() => ask.current?.());
    document.addEventListener("visibilitychange", board.onVisibility);
    return () => {
      document.removeEventListener("visibilitychange", board.onVisibility);
      feeds -= 1;
      board.stop();
    };
  }, []);
  useLayoutEffect(() => board.onSnapshot(snapshot), [snapshot]);
  useEffect(() => {
    const read = () => !display.isResting() && board.onPatch(states.getSnapshot(feedState)?.[feedVar]);
    read();
    return states.subscribe(feedState, read);
  }, [states, feedState, feedVar]);
  useEffect(() => {
    let wasResting = display.isResting();
    return display.on(() => {
      if (wasResting && !display.isResting()) ask.current?.();
      wasResting = display.isResting();
    });
  }, []);
  return null;
}
