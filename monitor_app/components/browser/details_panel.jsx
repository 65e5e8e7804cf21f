// The panel beside the board: Escape closes it and goes back to the row it belongs to.
import { useEffect, useLayoutEffect, useRef } from "react";
import { noteOpen } from "./url.js";

export function DetailsPanel({ rowId, title, onClose, children }) {
  const panel = useRef(null);
  const close = useRef(null);
  close.current = () => {
    noteOpen(null);
    onClose();
    document.querySelector(`[data-id="${rowId}"], [data-node="${rowId}"]`)?.focus();
  };
  useEffect(() => {
    if (!window.matchMedia("(max-width: 640px)").matches) return;
    panel.current.focus(); // it covers the whole screen of a phone
  }, [rowId]);
  // Whoever sees it can close it.
  useLayoutEffect(() => {
    const onKeyDown = (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      if (document.querySelector("dialog[open], [popover]:popover-open")) return;
      if (["INPUT", "TEXTAREA", "SELECT"].includes(event.target.tagName)) return;
      close.current();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      className="details"
      data-service={rowId}
      aria-label={title}
      onClick={(event) => event.target.closest("[data-close]") && close.current()}
    >
      {children}
    </aside>
  );
}

/** A service's name that opens its details in the panel, and notes so in the address. */
export function OpenButton({ sid, onOpen, children }) {
  return (
    <button
      type="button"
      className="open"
      onClick={() => {
        noteOpen(sid);
        onOpen();
      }}
    >
      {children}
    </button>
  );
}
