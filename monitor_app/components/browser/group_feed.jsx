// Says when something has changed on the board, at most once a second: the map's news are everybody's news.
import { useContext, useEffect, useRef } from "react";
import { StateStoreContext } from "$/utils/context-registry";
import { display } from "./display.js";

const PAUSE_MS = 1000;

export function GroupFeed({ feedState, feedVar, onNews }) {
  const states = useContext(StateStoreContext);
  const tell = useRef(onNews);
  tell.current = onNews;
  useEffect(() => {
    let seen = states.getSnapshot(feedState)?.[feedVar]?.seq;
    let timer = null;
    let toldAt = 0;
    const read = () => {
      const seq = states.getSnapshot(feedState)?.[feedVar]?.seq;
      if (seq === undefined || seq === seen) return;
      seen = seq;
      if (timer !== null || display.isResting()) return;
      timer = setTimeout(
        () => {
          timer = null;
          toldAt = Date.now();
          tell.current();
        },
        Math.max(0, toldAt + PAUSE_MS - Date.now()),
      );
    };
    const stop = states.subscribe(feedState, read);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [states, feedState, feedVar]);
  return null;
}
