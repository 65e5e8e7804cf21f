// Keys that work everywhere on a page, except while somebody types or a dialog or a menu is open.
import { useLayoutEffect, useRef, useSyncExternalStore } from "react";
import { createKeyOrder, keyOf } from "./key_order.js";

const OFF = "keys"; // set in this browser: single keys do nothing
const sets = []; // of bindings, as components came up
const listeners = new Set();
const order = createKeyOrder({ onChange: () => listeners.forEach((listener) => listener()) });

function isTyping(target) {
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

/** Whether something stands before the page. */
export function isCovered() {
  return Boolean(document.querySelector("dialog[open], [popover]:popover-open"));
}

export function keysAreOn() {
  return localStorage.getItem(OFF) !== "off";
}

export function switchKeys(isOn) {
  if (isOn) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "off");
}

function bindingsNow() {
  const ordered = [...sets].sort((a, b) => b.isFallback - a.isFallback);
  return Object.assign({}, ...ordered.map((set) => set.latest.current));
}

function isOurs(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.key === "Shift") return false;
  return !isTyping(event.target) && !isCovered() && keysAreOn();
}

function onKeyDown(event) {
  if (!isOurs(event)) return;
  const bindings = bindingsNow();
  const name = order.press(keyOf(event), Object.keys(bindings));
  if (name === null && !order.waiting()) return;
  event.preventDefault();
  if (name !== null) bindings[name]();
}

/** The second key of a sequence: nothing else on the page gets it. */
function onSecondKey(event) {
  if (!order.waiting() || event.key === "Shift") return;
  if (!isOurs(event)) {
    order.stop();
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  const bindings = bindingsNow();
  const name = order.press(keyOf(event), Object.keys(bindings));
  if (name !== null) bindings[name]();
}

function listen(isOn) {
  const change = isOn ? "addEventListener" : "removeEventListener";
  window[change]("keydown", onSecondKey, true);
  document[change]("keydown", onKeyDown);
}

/**
 * `bindings` maps a key, or two that follow one another ("g b"), to what it does. What a page binds goes before what
 * the frame binds for all of them (`isFallback`).
 */
export function useKeys(bindings, { isFallback = false } = {}) {
  const latest = useRef(bindings);
  latest.current = bindings;
  // Whoever sees it can press its keys.
  useLayoutEffect(() => {
    const set = { latest, isFallback };
    if (!sets.length) listen(true);
    sets.push(set);
    return () => {
      sets.splice(sets.indexOf(set), 1);
      if (!sets.length) listen(false);
    };
  }, [isFallback]);
}

/** The first key of a sequence while it waits for the second, else "". */
export function useWaitingKey() {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    order.waiting,
    () => "",
  );
}

/** The service that a key means: that of what has the focus, else the one that is open; null for none. */
export function serviceInHand() {
  const place = document.activeElement?.closest("[data-service]") ?? document.querySelector("aside[data-service], .service-actions[data-service]");
  return place ? Number(place.dataset.service) : null;
}
