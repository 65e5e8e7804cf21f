// What the map shows stands in the address: a link restores it. Past the router: nothing has to be loaded anew.
import { useCallback, useSyncExternalStore } from "react";

const listeners = new Set();

function subscribe(listener) {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}

/** The parameters of the address. */
export function useMapQuery() {
  const text = useSyncExternalStore(
    subscribe,
    () => window.location.search,
    () => "",
  );
  return new URLSearchParams(text);
}

/** A function that changes parameters; null or "" removes one. */
export function useSetMapQuery() {
  return useCallback((changes) => {
    const url = new URL(window.location.href);
    for (const [name, value] of Object.entries(changes)) {
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
    }
    window.history.replaceState(window.history.state, "", url);
    listeners.forEach((listener) => listener());
  }, []);
}
