// Filters, order and page of the board live in the address: a link restores the view.
import { useCallback, useSyncExternalStore } from "react";
import { useLocation, useNavigate } from "react-router";

const listeners = new Set();
let going = null; // where the router is on its way to: it does not go at once

/** What the address says, or will in a moment. */
function searchNow() {
  return going?.pathname === window.location.pathname ? going.search : window.location.search;
}

function go(to) {
  going = to;
  listeners.forEach((listener) => listener());
}

function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The parameters of the address, empty until the page is hydrated. */
export function useQuery() {
  useLocation(); // drawn anew when it changes; `open` is written past the router, so the address itself is read
  return new URLSearchParams(useSyncExternalStore(listen, searchNow, () => ""));
}

/** A function that changes parameters; null or "" removes one. Another set of rows starts at its beginning. */
export function useSetQuery() {
  const navigate = useNavigate();
  return useCallback(
    async (changes, { replace = false } = {}) => {
      // What was asked for a moment ago counts: else a second tick would undo the first.
      const before = searchNow();
      const query = new URLSearchParams(before);
      if (!("page" in changes)) query.delete("page");
      if (!("before" in changes)) query.delete("before");
      for (const [name, value] of Object.entries(changes)) {
        if (value) query.set(name, value);
        else query.delete(name);
      }
      const text = query.toString();
      const search = text && `?${text}`;
      if (search === before) return;
      const { pathname } = window.location;
      const to = { pathname, search };
      // Drawn at once: a box that was just ticked must not fall back until the router is there.
      go(to);
      try {
        await navigate(search || pathname, { replace, preventScrollReset: true });
      } finally {
        if (going === to) go(null);
      }
    },
    [navigate],
  );
}

/** The page of a group. */
export function groupAddress(name) {
  return `/group?group=${encodeURIComponent(name)}`;
}

/** The page of a service. */
export function serviceAddress(serviceId) {
  return `/services/${encodeURIComponent(serviceId)}`;
}

/** Where a rule about a service is made. */
export function ruleAddress(serviceId) {
  return `/alerting/rules?edit=new&service=${encodeURIComponent(serviceId)}`;
}

/** Note in the address which service is open, without loading the rows anew. */
export function noteOpen(serviceId) {
  const url = new URL(window.location.href);
  if (serviceId) url.searchParams.set("open", serviceId);
  else url.searchParams.delete("open");
  window.history.replaceState(window.history.state, "", url);
}
