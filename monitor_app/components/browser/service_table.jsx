// The table of all services: one page of live rows, what is selected in it, and what is done with that.
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { Changes, Heading, NO_ROWS, Skeleton, endOf, idOf, openRow, pointOf, stepOf, underButton, useHold, useRowFocus, useStore } from "./live_grid.jsx";
import { SelectionBar } from "./selection_bar.jsx";
import { leastWidth, shownColumns } from "./service_columns.js";
import { ServiceMenu } from "./service_menu.jsx";
import { ServiceRow } from "./service_row.jsx";
import { board } from "./store.js";
import { serviceAddress, useQuery, useSetQuery } from "./url.js";

const CARDS = "(max-width: 640px)"; // rows are cards there (services.css)
const BOX = { key: "pick", width: 40 };
const MENU = { key: "menu", width: 44 };
const DRAWN = { pick: null, menu: null };
const BOXES = "[data-pick], [data-switch], [data-menu], a, button, label";

/** Whether this table's own rows are there: what an earlier page has left in the store does not count. */
function useIsLoaded() {
  const [before] = useState(() => board.loadId());
  const now = useStore("order", board.loadId, null);
  return now !== before;
}

/** What was just done to rows, shown until the server's own rows arrive. */
function usePatches() {
  const [patches, setPatches] = useState({});
  useEffect(() => board.on("order", () => setPatches({})), []);
  const patch = useCallback((ids, values) => {
    setPatches((known) => ({ ...known, ...Object.fromEntries(ids.map((id) => [id, { ...known[id], ...values }])) }));
  }, []);
  const forget = useCallback(() => setPatches({}), []);
  return [patches, patch, forget];
}

/** Those that are selected: the server keeps them; what was marked since its last answer is shown at once. */
function useSelection({ picked, count, answers, onPick }) {
  const [marks, setMarks] = useState({ at: answers, ids: {} });
  const ids = marks.at === answers ? marks.ids : {};
  const known = new Set(picked);
  const isPicked = (id) => ids[id] ?? known.has(id);
  const mark = (changed, isOn) => {
    const news = changed.filter((id) => isPicked(id) !== isOn);
    if (!news.length) return;
    setMarks({ at: answers, ids: { ...ids, ...Object.fromEntries(news.map((id) => [id, isOn])) } });
    onPick(news, isOn);
  };
  const more = Object.entries(ids).reduce((sum, [id, isOn]) => sum + (isOn === known.has(Number(id)) ? 0 : isOn ? 1 : -1), 0);
  return { isPicked, mark, count: Math.max(0, count + more) };
}

function PickPage({ order, selection }) {
  const box = useRef(null);
  const picked = order.filter(selection.isPicked).length;
  const isAll = picked > 0 && picked === order.length;
  useEffect(() => {
    box.current.indeterminate = picked > 0 && !isAll;
  });
  return (
    <label className="pick">
      <input
        ref={box}
        type="checkbox"
        checked={isAll}
        disabled={!order.length}
        aria-label="Select all of this page"
        onChange={() => selection.mark(order, !isAll)}
      />
    </label>
  );
}

/** Widths of columns. Set by script: a page may bring no styles of its own. */
function useWidths(cols, columns, least) {
  useLayoutEffect(() => {
    [BOX, ...columns, MENU].forEach(({ width }, index) => {
      cols.current.children[index].style.width = width ? `${width}px` : "";
    });
    cols.current.parentElement.style.minWidth = least ? `${least}px` : "";
  }, [cols, columns, least]);
}

/** Whether the columns take more than there is: the table scrolls within its frame then. Cards never do. */
function useIsWide(frame, least) {
  const [isWide, setIsWide] = useState(false);
  useEffect(() => {
    const look = () => setIsWide(frame.current.clientWidth < least && !window.matchMedia(CARDS).matches);
    const observer = new ResizeObserver(look);
    observer.observe(frame.current);
    look();
    return () => observer.disconnect();
  }, [frame, least]);
  return isWide;
}

export function ServiceTable({ facts, own = [], may = [], openId, picked = [], count = 0, answers = 0, matched, job, choices, ...on }) {
  const isLoaded = useIsLoaded();
  const query = useQuery();
  const setQuery = useSetQuery();
  const hold = useHold();
  const frame = useRef(null);
  const table = useRef(null);
  const cols = useRef(null);
  const from = useRef(null); // where a range with Shift begins
  const { order, tabStop, setCurrent, focusRow } = useRowFocus(table);
  const [menu, setMenu] = useState(null);
  const [patches, patch, forget] = usePatches();
  useEffect(forget, [forget, job.refusals]);
  const selection = useSelection({ picked, count, answers, onPick: on.onPick });
  const text = query.get("columns");
  const columns = useMemo(() => shownColumns(text), [text]);
  const least = leastWidth(columns);
  const isWide = useIsWide(frame, least);
  useWidths(cols, columns, isWide ? least : 0);
  const open = (id) => openRow(id, on.onOpen);
  const navigate = useNavigate();
  const choose = (action, id) => {
    if (action === "open") open(id);
    else if (action === "page") navigate(serviceAddress(board.rows.get(id).sid));
    else on.onAction(action, id);
  };
  const showMenu = (id, place) => {
    const row = board.rows.get(id);
    setMenu({ id, ...place, row: row && { ...row, ...patches[id] } });
  };
  const pick = (id, isRange) => {
    const isOn = !selection.isPicked(id);
    const [a, b] = [order.indexOf(from.current), order.indexOf(id)];
    const ids = isRange && a !== -1 ? order.slice(Math.min(a, b), Math.max(a, b) + 1) : [id];
    selection.mark(ids, isRange && a !== -1 ? true : isOn);
    from.current = id;
  };
  const turn = (id) => {
    const isOn = !(patches[id]?.enabled ?? board.rows.get(id)?.enabled);
    patch([id], { enabled: isOn });
    on.onSwitch(id, isOn);
  };
  const onKeyDown = (event) => {
    if (event.target.tagName !== "TR" || event.ctrlKey || event.metaKey || event.altKey) return;
    const id = idOf(event);
    const step = stepOf(event.key, order);
    if (step !== undefined) {
      const to = focusRow(step);
      if (event.shiftKey) selection.mark([id, to], true);
    } else if (event.key === "Enter") open(id);
    else if (event.key === "x" || event.key === " " || event.key === "X") pick(id, event.shiftKey);
    else if (event.key === "m") showMenu(id, endOf(event.target));
    else if (event.key === "Escape" && selection.count) on.onClear();
    else return;
    event.preventDefault();
  };
  const onClick = (event) => {
    const id = idOf(event);
    if (id === null) return;
    if (event.target.closest(".pick")) {
      if (event.target.closest("[data-pick]")) pick(id, event.shiftKey);
      return;
    }
    const button = event.target.closest("[data-menu]");
    if (button) showMenu(id, underButton(button));
    else if (event.target.closest("[data-switch]")) turn(id);
    else if (!event.target.closest(BOXES) && !String(window.getSelection())) {
      setCurrent(id);
      open(id);
    }
  };
  const onContextMenu = (event) => {
    const id = idOf(event);
    if (id === null) return;
    event.preventDefault();
    showMenu(id, pointOf(event));
  };
  const run = (action, values, shown) => {
    if (shown) patch(order.filter(selection.isPicked), shown);
    on.onBulk(action, values);
  };

  return (
    <>
      <div ref={frame} className={`table-frame service-frame ${isWide ? "wide" : ""}`} tabIndex={isWide ? 0 : undefined} role={isWide ? "region" : undefined} aria-label={isWide ? "Services, scrolls sideways" : undefined}>
        <Changes />
        <table
          ref={table}
          role="grid"
          className={`live-table service-table ${query.get("density") === "compact" ? "compact" : ""}`}
          aria-label="Services"
          aria-multiselectable="true"
          aria-rowcount={order.length + 1}
          aria-busy={!isLoaded}
          onKeyDown={onKeyDown}
          onClick={onClick}
          onContextMenu={onContextMenu}
          onPointerMove={() => hold({ pointer: true })}
          onPointerLeave={() => hold({ pointer: false })}
          onFocus={() => hold({ focus: true })}
          onBlur={() => hold({ focus: false })}
        >
          <colgroup ref={cols}>
            {[BOX, ...columns, MENU].map(({ key }) => (
              <col key={key} />
            ))}
          </colgroup>
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col" className="cell-pick">
                <PickPage order={isLoaded ? order : NO_ROWS} selection={selection} />
              </th>
              {columns.map((column) => (
                <Heading key={column.key} column={column} sort={query.get("sort") || "label"} onSort={(sort) => setQuery({ sort: sort === "label" ? "" : sort })} />
              ))}
              <th role="columnheader" scope="col" className="cell-menu">
                <span className="for-readers">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            {isLoaded ? (
              order.map((id, index) => (
                <ServiceRow
                  key={id}
                  id={id}
                  index={index}
                  columns={columns}
                  facts={facts?.[id]}
                  patch={patches[id]}
                  isPicked={selection.isPicked(id)}
                  isCurrent={id === tabStop}
                  isOpen={id === openId}
                />
              ))
            ) : (
              <Skeleton columns={[BOX, ...columns, MENU]} draw={DRAWN} />
            )}
          </tbody>
        </table>
      </div>
      <SelectionBar
        count={selection.count}
        matched={matched}
        job={job}
        may={may}
        choices={choices}
        onMatching={on.onPickMatching}
        onClear={on.onClear}
        onRun={run}
        onAction={on.onChosen}
        onCancel={on.onCancel}
      />
      <ServiceMenu menu={menu} may={may} own={own} onClose={() => setMenu(null)} onChoose={choose} />
    </>
  );
}
