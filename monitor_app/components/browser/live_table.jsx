// The board's table: rows once, then patches. One focused row at a time; every handler sits on the table.
import { useRef, useState } from "react";
import { BarPatterns, HistoryBar, PITCH, WIDTH, resultAt } from "./history.jsx";
import { Changes, Heading, Skeleton, endOf, idOf, openRow, pointOf, stepOf, underButton, useHold, useRowFocus, useStore } from "./live_grid.jsx";
import { RowMenu } from "./menu.jsx";
import { Row } from "./row.jsx";
import { board, HISTORY } from "./store.js";
import { BarTip } from "./tip.jsx";
import { useQuery, useSetQuery } from "./url.js";

const COLUMNS = [
  { key: "status", title: "Status", sort: "urgency" },
  { key: "label", title: "Service", sort: "label" },
  { key: "history", title: "Last 60 checks" },
  { key: "response", title: "Response", sort: "response" },
  { key: "age", title: "Checked" },
  { key: "since", title: "For", sort: "changed" },
  { key: "menu", title: "" },
];

const DRAWN = { history: <HistoryBar statuses="" />, menu: null };

export function LiveTable({ openId, may = [], own = [], onOpen, onAction, onCheck, onOpenBreaker, onCloseBreaker }) {
  const isLoaded = useStore("order", board.isLoaded, false);
  const query = useQuery();
  const setQuery = useSetQuery();
  const hold = useHold();
  const table = useRef(null);
  const { order, tabStop, setCurrent, focusRow } = useRowFocus(table);
  const [bar, setBar] = useState(null); // { id, index }: the bar a tooltip stands at
  const [menu, setMenu] = useState(null); // { id, x, y }

  const open = (id) => openRow(id, onOpen);
  const choose = (action, id) => {
    if (action === "open") open(id);
    else if (action === "check") onCheck(id);
    else if (action === "breaker-open") onOpenBreaker(id);
    else if (action === "breaker-close") onCloseBreaker(id);
    else onAction(action, id);
  };
  const showMenu = (id, place) => {
    setBar(null);
    setMenu({ id, ...place, row: board.rows.get(id) });
  };

  const onKeyDown = (event) => {
    if (event.target.tagName !== "TR" || event.ctrlKey || event.metaKey || event.altKey) return;
    const id = idOf(event);
    const step = stepOf(event.key, order);
    if (step !== undefined) focusRow(step);
    else if (event.key === "Enter") open(id);
    else if (event.key === "m") showMenu(id, endOf(event.target));
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
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
      showMenu(id, underButton(button));
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
    showMenu(id, pointOf(event));
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
      <Changes />
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
            <Skeleton columns={COLUMNS} draw={DRAWN} />
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
