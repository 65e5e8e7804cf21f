// Filters, order and page of the board live in the address: a link restores the view.
import { useCallback, useSyncExternalStore } from "react";
import { useLocation, useNavigate } from "react-router";

const nothing = () => () => {};

/** The parameters of the address, empty until the page is hydrated. */
export function useQuery() {
  const { search } = useLocation();
  // `open` is written past the router, so the address itself is read.
  const live = useSyncExternalStore(
    nothing,
    () => (typeof window === "undefined" ? search : window.location.search),
    () => "",
  );
  return new URLSearchParams(live);
}

/** A function that changes parameters; null or "" removes one. Another set of rows starts at its beginning. */
export function useSetQuery() {
  const navigate = useNavigate();
  return useCallback(
    (changes, { replace = false } = {}) => {
      const query = new URLSearchParams(window.location.search);
      if (!("page" in changes)) query.delete("page");
      if (!("before" in changes)) query.delete("before");
      for (const [name, value] of Object.entries(changes)) {
        if (value) query.set(name, value);
        else query.delete(name);
      }
      const text = query.toString();
      if (`?${text}` === window.location.search || (!text && !window.location.search)) return;
      // At once: drawn later, a box that was just ticked falls back, and a second tick knows nothing of the first.
      navigate(text ? `?${text}` : window.location.pathname, { replace, preventScrollReset: true, flushSync: true });
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
