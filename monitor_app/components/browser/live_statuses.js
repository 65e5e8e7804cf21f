// Statuses of services that are drawn beside something else: each row's own, until the map's news tell another one.
import { useContext, useEffect, useRef, useState } from "react";
import { StateStoreContext } from "$/utils/context-registry";

const PAUSE_MS = 1000;
const FRESH_MS = 1000; // told so lately, it may be newer than rows that come now
const NONE = new Map();

/**
 * By service number, what was told since the rows came ({status}); `answered` is another number with each answer of theirs.
 *
 * `onOther` is called when services or relations are others than they were, or something was missed.
 */
export function useLiveStatuses({ feedState, feedVar, answered, onOther }) {
  const states = useContext(StateStoreContext);
  const [told, setTold] = useState(NONE);
  const ask = useRef(onOther);
  ask.current = onOther;
  useEffect(() => {
    const since = Date.now() - FRESH_MS;
    setTold((known) => new Map([...known].filter(([, { at }]) => at > since)));
  }, [answered]);
  useEffect(() => {
    const last = { ...states.getSnapshot(feedState)?.[feedVar] };
    let timer = null;
    const read = () => {
      const patch = states.getSnapshot(feedState)?.[feedVar];
      if (!patch?.rows || patch.seq === last.seq) return;
      const isOther = last.seq !== undefined && (patch.seq !== last.seq + 1 || patch.version !== last.version);
      Object.assign(last, { seq: patch.seq, version: patch.version });
      const at = Date.now();
      if (patch.rows.length) setTold((known) => new Map([...known, ...patch.rows.map(([pk, status]) => [pk, { status, at }])]));
      if (!isOther || timer !== null) return;
      timer = setTimeout(() => {
        timer = null;
        ask.current();
      }, PAUSE_MS);
    };
    const stop = states.subscribe(feedState, read);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [states, feedState, feedVar]);
  return told;
}
