// The board's table: rows once, then patches. One focused line at a time; every handler sits on the table.
import { useRef, useState, useSyncExternalStore } from "react";
import { lineOf, useFolds, useLineFocus } from "./board_lines.jsx";
import { display } from "./display.js";
import { GroupHeading, groupLineProps } from "./group_line.jsx";
import { BarPatterns, HistoryBar, PITCH, WIDTH, resultAt } from "./history.jsx";
import { Changes, Heading, Skeleton, endOf, pointOf, stepOf, underButton, useHold, useStore } from "./live_grid.jsx";
import { Row } from "./row.jsx";
import { useServiceActions } from "./service_actions.jsx";
import { board, HISTORY, lineKey } from "./store.js";
import { BarTip } from "./tip.jsx";
import { useQuery, useSetQuery } from "./url.js";

const COLUMNS = [
  { key: "status", title: "Status", sort: "urgency" },
  { key: "label", title: "Service", sort: "label" },
  { key: "day", title: "Last 24 hours" },
  { key: "history", title: "Last 60 checks" },
  { key: "response", title: "Response", sort: "response" },
  { key: "age", title: "Checked" },
  { key: "since", title: "For", sort: "changed" },
  { key: "menu", title: "" },
];

const DAY_MINUTES = 1440;
const DRAWN = { day: null, history: <HistoryBar statuses="" />, menu: null };

// Where assets/board.css hides two of the columns. A heading that spans columns which are not there would make them.
const NARROW = "(max-width: 1200px)";
const HIDDEN_IF_NARROW = 2;

function useColumnCount() {
  const isNarrow = useSyncExternalStore(
    (listener) => {
      const media = window.matchMedia(NARROW);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => window.matchMedia(NARROW).matches,
    () => false,
  );
  return COLUMNS.length - (isNarrow ? HIDDEN_IF_NARROW : 0);
}

function GroupRow({ line, index, isCurrent }) {
  const columns = useColumnCount();
  return (
    <tr role="row" className="group-row" aria-rowindex={index + 2} {...groupLineProps(line, isCurrent)}>
      <td role="gridcell" colSpan={columns}>
        <GroupHeading line={line} />
      </td>
    </tr>
  );
}

export function LiveTable({ openId, may = [], own = [], ...handlers }) {
  const isLoaded = useStore("order", board.isLoaded, false);
  const query = useQuery();
  const setQuery = useSetQuery();
  const hold = useHold();
  const folds = useFolds();
  const table = useRef(null);
  const { lines, tabStop, setCurrent, focusLine } = useLineFocus(table);
  const hasHeadings = lines.some((line) => line.id === undefined);
  const actions = useServiceActions({ may, own, ...handlers });
  const [bar, setBar] = useState(null); // { id, index }: the bar a tooltip stands at

  const showMenu = (id, place) => {
    setBar(null);
    actions.showMenu(id, place);
  };

  const onRowKey = (event, { element, id }) => {
    if (event.key === "Enter") actions.open(id);
    else if (event.key === "m") showMenu(id, endOf(element));
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const isDay = event.shiftKey;
      const count = isDay ? DAY_MINUTES / display.get().granularity : HISTORY;
      const from = bar?.id === id && Boolean(bar.isDay) === isDay ? bar.index : count;
      const index = Math.min(count - 1, Math.max(0, from + (event.key === "ArrowLeft" ? -1 : 1)));
      setBar({ id, index, byKey: true, isDay });
    } else if (event.key === "Escape" && bar) setBar(null);
    else return false;
    return true;
  };
  const onGroupKey = (event, { element, group }) => {
    const isFolded = element.getAttribute("aria-expanded") === "false";
    if (event.key === "Enter") folds.foldGroup(group, !isFolded);
    else if (event.key === "ArrowRight" && isFolded) folds.foldGroup(group, false);
    else if (event.key === "ArrowLeft" && !isFolded) folds.foldGroup(group, true);
    else return false;
    return true;
  };
  const onKeyDown = (event) => {
    if (event.target.tagName !== "TR" || event.ctrlKey || event.metaKey || event.altKey) return;
    const line = lineOf(event);
    if (!line) return;
    const step = stepOf(event.key, lines);
    if (step !== undefined) focusLine(step);
    else if (event.key === " ") folds.toggle(line);
    else if (!(line.id === undefined ? onGroupKey(event, line) : onRowKey(event, line))) return;
    event.preventDefault();
  };
  const onClick = (event) => {
    const line = lineOf(event);
    if (!line || event.target.closest("[data-link]")) return;
    if (line.id === undefined || event.target.closest("[data-follow]")) {
      folds.toggle(line);
      return;
    }
    const button = event.target.closest("[data-menu]");
    if (button) {
      showMenu(line.id, underButton(button));
      return;
    }
    if (String(window.getSelection())) return; // somebody marks text to copy it
    setBar(null);
    setCurrent(line.element.dataset.line);
    actions.open(line.id);
  };
  const onContextMenu = (event) => {
    const line = lineOf(event);
    if (line?.id === undefined) return;
    event.preventDefault();
    showMenu(line.id, pointOf(event));
  };
  const onPointerMove = (event) => {
    hold({ pointer: true });
    const drawing = event.target.closest?.(".cell-history")?.querySelector("svg.history");
    const id = drawing ? lineOf(event)?.id : undefined;
    if (id === undefined) {
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
        role="treegrid"
        className="live-table"
        data-headings={hasHeadings || undefined}
        aria-label="Services"
        aria-rowcount={lines.length + 1}
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
            lines.map((line, index) =>
              line.id === undefined ? (
                <GroupRow key={lineKey(line)} line={line} index={index} isCurrent={lineKey(line) === tabStop} />
              ) : (
                <Row
                  key={lineKey(line)}
                  id={line.id}
                  index={index}
                  depth={line.depth}
                  isFollower={line.depth > 0 && !hasHeadings}
                  followers={line.followers}
                  areFollowersShown={line.isOpen}
                  because={line.because}
                  isCurrent={lineKey(line) === tabStop}
                  isOpen={line.id === openId}
                  cursor={bar?.id === line.id && !bar.isDay ? bar.index : null}
                  dayCursor={bar?.id === line.id && bar.isDay ? bar.index : null}
                />
              ),
            )
          ) : (
            <Skeleton columns={COLUMNS} draw={DRAWN} />
          )}
        </tbody>
      </table>
      <BarTip bar={bar?.isDay ? null : bar} table={table} resultAt={resultAt} />
      {actions.menu}
    </div>
  );
}
