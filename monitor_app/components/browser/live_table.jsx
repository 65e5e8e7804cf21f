// The board's table: rows once, then patches. One focused row at a time; every handler sits on the table.
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { BarPatterns, HistoryBar, PITCH, WIDTH, resultAt } from "./history.jsx";
import { Icon } from "./icons.jsx";
import { useKeys } from "./keys.js";
import { RowMenu } from "./menu.jsx";
import { Row } from "./row.jsx";
import { board, HISTORY } from "./store.js";
import { BarTip } from "./tip.jsx";
import { noteOpen, useQuery, useSetQuery } from "./url.js";
import { plural } from "./words.js";

const SKELETON_AFTER_MS = 300;
const SKELETON_ROWS = 12;
const REST_MS = 30000; // a pointer that has not moved for so long is parked, not reading

const COLUMNS = [
  { key: "status", title: "Status", sort: "urgency" },
  { key: "label", title: "Service", sort: "label" },
  { key: "history", title: "Last 60 checks" },
  { key: "response", title: "Response", sort: "response" },
  { key: "age", title: "Checked" },
  { key: "since", title: "For", sort: "changed" },
  { key: "menu", title: "" },
];

function useOrder() {
  return useSyncExternalStore((listener) => board.on("order", listener), board.order, () => NO_ROWS);
}

const NO_ROWS = [];

function useIsLoaded() {
  return useSyncExternalStore((listener) => board.on("order", listener), board.isLoaded, () => false);
}

function Heading({ column, sort, onSort }) {
  const isDescending = sort === `-${column.sort}`;
  const isSorted = isDescending || sort === column.sort;
  const direction = isSorted ? (isDescending ? "descending" : "ascending") : undefined;
  const label = column.title || <span className="for-readers">Actions</span>;
  return (
    <th role="columnheader" scope="col" className={`cell-${column.key}`} aria-sort={direction}>
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

function Skeleton() {
  const [isDue, setIsDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsDue(true), SKELETON_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return Array.from({ length: SKELETON_ROWS }, (_, i) => (
    <tr key={i} role="row" className={`row skeleton ${isDue ? "" : "not-yet"}`} aria-hidden="true">
      {COLUMNS.map(({ key }) => (
        <td key={key} role="gridcell" className={`cell-${key}`}>
          {key === "history" ? <HistoryBar statuses="" /> : key !== "menu" && <span className="ghost" />}
        </td>
      ))}
    </tr>
  ));
}

function ChangesChip() {
  const count = useSyncExternalStore((listener) => board.on("changes", listener), board.changes, () => 0);
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

/** Hold the order while the pointer or the focus is inside; a parked pointer does not count. */
function useHold() {
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

export function LiveTable({ openId, may = [], own = [], onOpen, onAction, onCheck, onOpenBreaker, onCloseBreaker }) {
  const order = useOrder();
  const isLoaded = useIsLoaded();
  const query = useQuery();
  const setQuery = useSetQuery();
  const hold = useHold();
  const table = useRef(null);
  const [current, setCurrent] = useState(null); // the row that Tab reaches
  const [bar, setBar] = useState(null); // { id, index }: the bar a tooltip stands at
  const [menu, setMenu] = useState(null); // { id, x, y }
  const tabStop = order.includes(current) ? current : order[0];

  const open = (id) => {
    const row = board.rows.get(id);
    if (!row) return;
    noteOpen(row.sid);
    onOpen(id);
  };
  const choose = (action, id) => {
    if (action === "open") open(id);
    else if (action === "check") onCheck(id);
    else if (action === "breaker-open") onOpenBreaker(id);
    else if (action === "breaker-close") onCloseBreaker(id);
    else onAction(action, id);
  };
  const rowOf = (event) => event.target.closest?.("tr[data-id]");
  const idOf = (event) => {
    const row = rowOf(event);
    return row ? Number(row.dataset.id) : null;
  };
  const showMenu = (id, x, y, isAtEnd) => {
    setBar(null);
    setMenu({ id, x, y, isAtEnd, row: board.rows.get(id) });
  };

  const focusRow = useCallback(
    (step) => {
      const ids = board.order();
      if (!ids.length) return;
      const focused = document.activeElement?.closest?.("tr[data-id]");
      const from = focused ? ids.indexOf(Number(focused.dataset.id)) : -1;
      const to = from === -1 ? 0 : Math.min(ids.length - 1, Math.max(0, from + step));
      const row = table.current?.querySelector(`tr[data-id="${ids[to]}"]`);
      setCurrent(ids[to]);
      row?.focus();
      row?.scrollIntoView({ block: "nearest" });
    },
    [setCurrent],
  );
  useKeys({ j: () => focusRow(1), k: () => focusRow(-1) });

  const onKeyDown = (event) => {
    if (event.target.tagName !== "TR" || event.ctrlKey || event.metaKey || event.altKey) return;
    const id = idOf(event);
    const steps = { ArrowDown: 1, ArrowUp: -1, Home: -order.length, End: order.length };
    if (event.key in steps) focusRow(steps[event.key]);
    else if (event.key === "Enter") open(id);
    else if (event.key === "m") {
      const box = event.target.getBoundingClientRect();
      showMenu(id, box.right - 8, box.bottom, true);
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const from = bar?.id === id ? bar.index : HISTORY;
      const index = Math.min(HISTORY - 1, Math.max(0, from + (event.key === "ArrowLeft" ? -1 : 1)));
      setBar({ id, index, byKey: true });
    } else if (event.key === "Escape" && bar) setBar(null);
    else return;
    event.preventDefault();
  };
  const onClick = (event) => {
    const id = idOf(event);
    if (id === null) return;
    const button = event.target.closest("[data-menu]");
    if (button) {
      const box = button.getBoundingClientRect();
      showMenu(id, box.right, box.bottom + 4, true);
      return;
    }
    if (String(window.getSelection())) return; // somebody marks text to copy it
    setBar(null);
    setCurrent(id);
    open(id);
  };
  const onContextMenu = (event) => {
    const id = idOf(event);
    if (id === null) return;
    event.preventDefault();
    const box = rowOf(event).getBoundingClientRect();
    // The menu key of a keyboard comes without a place.
    if (event.clientX) showMenu(id, event.clientX, event.clientY, false);
    else showMenu(id, box.right - 8, box.bottom, true);
  };
  const onPointerMove = (event) => {
    hold({ pointer: true });
    const drawing = event.target.closest?.(".cell-history")?.querySelector("svg.history");
    const id = drawing ? idOf(event) : null;
    if (id === null) {
      if (bar && !bar.byKey) setBar(null);
      return;
    }
    const box = drawing.getBoundingClientRect();
    const index = Math.floor((((event.clientX - box.left) / box.width) * WIDTH) / PITCH);
    if (index < 0 || index >= HISTORY) setBar(null);
    else if (bar?.id !== id || bar.index !== index) setBar({ id, index });
  };

  return (
    <div className="table-frame">
      <BarPatterns />
      <ChangesChip />
      <table
        ref={table}
        role="grid"
        className="live-table"
        aria-label="Services"
        aria-rowcount={order.length + 1}
        aria-busy={!isLoaded}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onContextMenu={onContextMenu}
        onPointerMove={onPointerMove}
        onPointerLeave={() => {
          hold({ pointer: false });
          setBar(null);
        }}
        onFocus={() => hold({ focus: true })}
        onBlur={() => {
          hold({ focus: false });
          if (bar?.byKey) setBar(null);
        }}
      >
        <thead role="rowgroup">
          <tr role="row">
            {COLUMNS.map((column) => (
              <Heading key={column.key} column={column} sort={query.get("sort") || "urgency"} onSort={(sort) => setQuery({ sort })} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {isLoaded ? (
            order.map((id, index) => (
              <Row
                key={id}
                id={id}
                index={index}
                isCurrent={id === tabStop}
                isOpen={id === openId}
                cursor={bar?.id === id ? bar.index : null}
              />
            ))
          ) : (
            <Skeleton />
          )}
        </tbody>
      </table>
      <BarTip bar={bar} table={table} resultAt={resultAt} />
      <RowMenu
        menu={menu}
        may={may}
        own={own}
        onClose={() => setMenu(null)}
        onChoose={choose}
      />
    </div>
  );
}
