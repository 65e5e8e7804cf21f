// What one part of the frame asks of another: to open the palette, or the list of keys.
import { useEffect, useRef } from "react";

function createSignal() {
  const listeners = new Set();
  return {
    send: (...what) => listeners.forEach((listener) => listener(...what)),
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export const paletteWanted = createSignal();
export const keysWanted = createSignal();
// { text, tone, action, act }: a word after something was done here, and what its button does.
export const toastWanted = createSignal();

export function useSignal(signal, act) {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => signal.on((...what) => latest.current(...what)), [signal]);
}
