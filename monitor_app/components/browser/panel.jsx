// A button, and a panel of controls under it: a click beside it or Escape closes it, and the focus goes back.
import { useEffect, useId, useRef, useState } from "react";
import { Icon } from "./icons.jsx";

const EDGE = 8;
const GAP = 4;

function placeUnder(panel, button, isAtEnd, width) {
  if (width) panel.style.width = `${width}px`;
  const from = button.getBoundingClientRect();
  const left = isAtEnd ? from.right - panel.offsetWidth : from.left;
  const room = window.innerHeight - from.bottom - GAP - EDGE;
  panel.style.left = `${Math.max(EDGE, Math.min(left, window.innerWidth - panel.offsetWidth - EDGE))}px`;
  panel.style.top = `${from.bottom + GAP}px`;
  panel.style.maxHeight = `${Math.max(180, room)}px`;
}

/** `children` is what stands in the panel, made when it opens; a function gets what closes it. */
export function Panel({ label, icon, text, note = "", className = "plain", isAtEnd = false, width, children }) {
  const button = useRef(null);
  const panel = useRef(null);
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  useEffect(() => {
    const element = panel.current;
    const onToggle = (event) => {
      const opens = event.newState === "open";
      setIsOpen(opens);
      // What was clicked meanwhile keeps the focus.
      if (!opens && (element.contains(document.activeElement) || document.activeElement === document.body)) button.current?.focus();
    };
    element.addEventListener("toggle", onToggle);
    setIsOpen(element.matches(":popover-open")); // the browser opens it before this page is ready, too
    return () => element.removeEventListener("toggle", onToggle);
  }, []);
  useEffect(() => {
    if (!isOpen) return;
    placeUnder(panel.current, button.current, isAtEnd, width);
    (panel.current.querySelector("[data-autofocus]") ?? panel.current.querySelector("input, select, button"))?.focus();
  }, [isOpen, isAtEnd, width]);
  const close = () => panel.current.hidePopover();
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        aria-expanded={isOpen}
        aria-haspopup="dialog"
        popoverTarget={id}
      >
        {icon && <Icon name={icon} size={14} />}
        {text && <span className="text">{text}</span>}
        {note && <span className="note">{note}</span>}
      </button>
      <div ref={panel} id={id} popover="auto" role="dialog" className="panel" aria-label={label}>
        {isOpen && (typeof children === "function" ? children(close) : children)}
      </div>
    </>
  );
}
