// Ctrl+Z and its way back, on every page: outside fields, which have an undo of their own, and not behind a dialog.
import { useLayoutEffect, useRef } from "react";

const CLICKED = ["checkbox", "radio", "button", "submit"]; // fields in which nothing is typed

function isTyping(target) {
  if (target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName)) return true;
  return target.tagName === "INPUT" && !CLICKED.includes(target.type);
}

export function UndoKeys({ isAllowed, onUndo, onRedo }) {
  const latest = useRef({});
  latest.current = { isAllowed, onUndo, onRedo };
  useLayoutEffect(() => {
    const onKeyDown = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.repeat || event.defaultPrevented) return;
      const key = event.key.toLowerCase();
      const isRedo = (key === "z" && event.shiftKey) || (key === "y" && !event.shiftKey);
      if (!isRedo && (key !== "z" || event.shiftKey)) return;
      if (!latest.current.isAllowed || isTyping(event.target) || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      if (isRedo) latest.current.onRedo();
      else latest.current.onUndo();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  return null;
}
