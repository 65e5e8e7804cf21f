// What tables of live rows share: the order that holds still under a pointer, rows that keys walk, headings that sort.
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Icon } from "./icons.jsx";
import { useKeys } from "./keys.js";
import { board } from "./store.js";
import { noteOpen } from "./url.js";
import { plural } from "./words.js";

const SKELETON_AFTER_MS = 300;
const SKELETON_ROWS = 12;
const REST_MS = 30000; // a pointer that has not moved for so long is parked, not reading
export const NO_ROWS = [];

/** What `read` gives of the rows' store, anew with each word on the topic. */
export function useStore(topic, read, empty) {
  return useSyncExternalStore((listener) => board.on(topic, listener), read, () => empty);
}

/** Hold the order while the pointer or the focus is inside; a parked pointer does not count. */
export function useHold() {
  const inside = useRef({ pointer: false, focus: false, timer: null });
  return useCallback((change) => {
    const now = inside.current;
    Object.assign(now, change);
    clearTimeout(now.timer);
    if (now.pointer) {
      now.timer = setTimeout(() => {
        now.pointer = false;
        board.hold(now.focus);
      }, REST_MS);
    }
    board.hold(now.pointer || now.focus);
  }, []);
}

/** The rows as keys walk them: `tabStop` is the one that Tab reaches, `focusRow` goes so many on and returns its id. */
export function useRowFocus(table) {
  const order = useStore("order", board.order, NO_ROWS);
  const [current, setCurrent] = useState(null);
  const focusRow = useCallback(
    (step) => {
      const ids = board.order();
      if (!ids.length) return undefined;
      const focused = document.activeElement?.closest?.("tr[data-id]");
      const from = focused ? ids.indexOf(Number(focused.dataset.id)) : -1;
      const to = from === -1 ? 0 : Math.min(ids.length - 1, Math.max(0, from + step));
      const row = table.current?.querySelector(`tr[data-id="${ids[to]}"]`);
      setCurrent(ids[to]);
      row?.focus();
      row?.scrollIntoView({ block: "nearest" });
      return ids[to];
    },
    [table],
  );
  useKeys({ j: () => focusRow(1), k: () => focusRow(-1) });
  return { order, tabStop: order.includes(current) ? current : order[0], setCurrent, focusRow };
}

/** How far a key of walking goes; nothing for any other. */
export function stepOf(key, order) {
  return { ArrowDown: 1, ArrowUp: -1, Home: -order.length, End: order.length }[key];
}

/** The row an event happened in, or null. */
export function idOf(event) {
  const row = event.target.closest?.("tr[data-id]");
  return row ? Number(row.dataset.id) : null;
}

/** Open a row's service, and note it in the address. */
export function openRow(id, onOpen) {
  const row = board.rows.get(id);
  if (!row) return;
  noteOpen(row.sid);
  onOpen(id);
}

/** Where a row's menu opens: at its end, by a key. */
export function endOf(row) {
  const box = row.getBoundingClientRect();
  return { x: box.right - 8, y: box.bottom, isAtEnd: true };
}

/** The same under the button with the dots. */
export function underButton(button) {
  const box = button.getBoundingClientRect();
  return { x: box.right, y: box.bottom + 4, isAtEnd: true };
}

/** The same for a right click, or for the menu key of a keyboard, which comes without a place. */
export function pointOf(event) {
  if (event.clientX) return { x: event.clientX, y: event.clientY, isAtEnd: false };
  return endOf(event.target.closest("[data-id]"));
}

/** A heading: one with `sort` is a button. */
export function Heading({ column, sort, onSort }) {
  const isDescending = sort === `-${column.sort}`;
  const isSorted = isDescending || sort === column.sort;
  const direction = isSorted ? (isDescending ? "descending" : "ascending") : undefined;
  const label = column.title || <span className="for-readers">Actions</span>;
  return (
    <th role="columnheader" scope="col" className={`cell-${column.key} ${column.isNumber ? "number" : ""}`} aria-sort={direction}>
      {column.sort ? (
        <button type="button" className="sort" onClick={() => onSort(isSorted && !isDescending ? `-${column.sort}` : column.sort)}>
          {label}
          {isSorted && <Icon name={isDescending ? "down" : "up"} size={12} />}
        </button>
      ) : (
        label
      )}
    </th>
  );
}

/** Rows in the real shape while they are on the way; `draw` is what stands in a column instead of a grey bar. */
export function Skeleton({ columns, draw = {} }) {
  const [isDue, setIsDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsDue(true), SKELETON_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return Array.from({ length: SKELETON_ROWS }, (_, i) => (
    <tr key={i} role="row" className={`row skeleton ${isDue ? "" : "not-yet"}`} aria-hidden="true">
      {columns.map(({ key }) => (
        <td key={key} role="gridcell" className={`cell-${key}`}>
          {key in draw ? draw[key] : <span className="ghost" />}
        </td>
      ))}
    </tr>
  ));
}

/** How many rows want to come, go or move while the order is held. */
export function Changes() {
  const count = useStore("changes", board.changes, 0);
  return (
    <div className="changes" role="status">
      {count > 0 && (
        <button type="button" className="changes-chip" onClick={board.showChanges}>
          {plural(count, "change")}
        </button>
      )}
    </div>
  );
}
