// The tree of groups: folds, is walked with arrow keys, and a group is moved by dragging it into another one.
import { useEffect, useMemo, useRef, useState } from "react";
import { Link, useNavigate } from "react-router";
import { movedRows } from "./group_move.js";
import { Icon } from "./icons.jsx";
import { useKeys } from "./keys.js";
import { PopMenu } from "./pop_menu.jsx";
import { StatusWord } from "./status.jsx";
import { groupAddress } from "./url.js";
import { plural } from "./words.js";

const GAP = 4;
const LEVEL_PX = 20;
const ITEMS = [
  { action: "open", icon: "right", text: "Open its page", keys: "Enter" },
  { action: "edit", icon: "edit", text: "Edit" },
  { action: "rename", icon: "edit", text: "Rename" },
  { action: "move", icon: "up", text: "Move to…" },
  { action: "rule", icon: "check", text: "How its status follows" },
  { action: "inside", icon: "plus", text: "New group in it" },
  { action: "delete", icon: "trash", text: "Delete", isDangerous: true },
];

/** What is true of a group, in a word; one without services has none. */
export function GroupStatus({ status }) {
  return status < 0 ? <span className="muted">Empty</span> : <StatusWord status={status} />;
}

/** The row that follows, or comes before; of a folded row none of those in it is there. */
function stepTo(rows, at, key) {
  const row = rows[at];
  if (key === "ArrowDown") return Math.min(rows.length - 1, at + 1);
  if (key === "ArrowUp") return Math.max(0, at - 1);
  if (key === "Home") return 0;
  if (key === "End") return rows.length - 1;
  if (key === "ArrowRight") return row.open && row.inner ? at + 1 : at;
  return rows.findLastIndex((other, index) => index < at && other.depth < row.depth);
}

/** What was moved shows where it is to be until the server has answered, with other rows or with a refusal. */
function useMoves(told, answered, onMove) {
  const [move, setMove] = useState(null);
  useEffect(() => setMove(null), [answered]);
  const rows = useMemo(() => (move ? movedRows(told, move.name, move.target) : told), [told, move]);
  const start = (name, target) => {
    setMove({ name, target });
    onMove(name, target);
  };
  return [rows, start];
}

export function GroupTree({ rows: told, answered, onFold, onAct, onMove, onNew }) {
  const [rows, move] = useMoves(told, answered, onMove);
  const navigate = useNavigate();
  useKeys({ n: () => onNew() });
  const table = useRef(null);
  const [current, setCurrent] = useState(null);
  const [menu, setMenu] = useState(null);
  const [dragged, setDragged] = useState(null);
  const [over, setOver] = useState(null); // the name of the group below the pointer; "" for the top
  const parents = useMemo(() => new Map(rows.map((row) => [row.name, row.parent])), [rows]);
  const tabStop = parents.has(current) ? current : rows[0]?.name;

  const rowOf = (name) => [...(table.current?.querySelectorAll("tr[data-name]") ?? [])].find((row) => row.dataset.name === name);
  const focus = (name) => {
    setCurrent(name);
    const row = rowOf(name);
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  };
  const choose = (action, name) => (action === "open" ? navigate(groupAddress(name)) : onAct(action, name));
  const showMenu = (name, x, y) => setMenu({ name, x, y, isAtEnd: true });

  const mayDrop = (target) => {
    if (dragged === null || parents.get(dragged) === target) return false;
    for (let name = target; name; name = parents.get(name)) if (name === dragged) return false;
    return true;
  };
  const dropProps = (target) => ({
    onDragOver: (event) => {
      if (!mayDrop(target)) return;
      event.preventDefault();
      event.stopPropagation();
      if (over !== target) setOver(target);
    },
    onDrop: (event) => {
      event.preventDefault();
      if (mayDrop(target)) move(dragged, target);
      setDragged(null);
      setOver(null);
    },
  });

  const onKeyDown = (event) => {
    if (event.target.tagName !== "TR" || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = rows.findIndex((row) => row.name === event.target.dataset.name);
    const row = rows[at];
    if (!row) return;
    if (event.key === "Enter") choose("open", row.name);
    else if (event.key === "m") {
      const box = event.target.getBoundingClientRect();
      showMenu(row.name, box.right - 8, box.bottom);
    } else if (event.key === "F2") onAct("rename", row.name);
    else if (event.key === "ArrowRight" && row.inner && !row.open) onFold(row.name);
    else if (event.key === "ArrowLeft" && row.inner && row.open) onFold(row.name);
    else if (["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
      const to = stepTo(rows, at, event.key);
      if (to >= 0) focus(rows[to].name);
    } else return;
    event.preventDefault();
  };

  return (
    <div className={`group-tree ${dragged === null ? "" : "dragging"}`}>
      <div className={`to-top ${over === "" ? "over" : ""}`} aria-hidden="true" {...dropProps("")}>
        Drop here for the top
      </div>
      <table ref={table} role="treegrid" className="list" aria-label="Groups" onKeyDown={onKeyDown}>
        <thead>
          <tr role="row">
            <th role="columnheader" scope="col">Group</th>
            <th role="columnheader" scope="col">Status</th>
            <th role="columnheader" scope="col" className="number">Up</th>
            <th role="columnheader" scope="col" className="number">Services</th>
            <th role="columnheader" scope="col">Description</th>
            <th role="columnheader" scope="col">
              <span className="for-readers">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={row.name}
              role="row"
              data-name={row.name}
              data-status={row.status}
              className={over === row.name ? "over" : ""}
              aria-level={row.depth}
              aria-expanded={row.inner ? row.open : undefined}
              tabIndex={row.name === tabStop ? 0 : -1}
              onFocus={() => setCurrent(row.name)}
              draggable
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = "move";
                event.dataTransfer.setData("text/plain", row.name);
                // Not at once: a page that changes while a drag begins ends it.
                setTimeout(() => setDragged(row.name));
              }}
              onDragEnd={() => {
                setDragged(null);
                setOver(null);
              }}
              {...dropProps(row.name)}
            >
              <th role="rowheader" scope="row">
                <div className="branch" style={{ paddingLeft: `${(row.depth - 1) * LEVEL_PX}px` }}>
                  {row.inner ? (
                    <button
                      type="button"
                      className={`icon-button fold ${row.open ? "open" : ""}`}
                      tabIndex={-1}
                      aria-label={`${row.open ? "Fold" : "Unfold"} ${row.name}`}
                      onClick={() => onFold(row.name)}
                    >
                      <Icon name="right" size={12} />
                    </button>
                  ) : (
                    <span className="no-fold" />
                  )}
                  <Link to={groupAddress(row.name)} className="username" draggable={false}>
                    {row.name}
                  </Link>
                  {row.inner > 0 && !row.open && <span className="muted small">{plural(row.inner, "group")}</span>}
                  {row.managed_by && (
                    <span className="chip" title={`Described by ${row.managed_by}`}>
                      from a file
                    </span>
                  )}
                </div>
              </th>
              <td role="gridcell" title={row.counts || undefined}>
                <GroupStatus status={row.status} />
              </td>
              <td role="gridcell" className="number mono" title={row.up || undefined} data-label="Up">
                {row.share || <span className="muted">–</span>}
              </td>
              <td role="gridcell" className="number mono" data-label="Services">
                {row.total}
              </td>
              <td role="gridcell" className="says">
                {row.description && <span>{row.description}</span>}
                {row.rule && <span className="muted small">{row.rule}</span>}
              </td>
              <td role="gridcell" className="cell-actions">
                <button
                  type="button"
                  className="icon-button"
                  aria-label={`Actions for ${row.name}`}
                  aria-haspopup="menu"
                  onClick={(event) => {
                    const box = event.currentTarget.getBoundingClientRect();
                    setCurrent(row.name);
                    showMenu(row.name, box.right, box.bottom + GAP);
                  }}
                >
                  <Icon name="dots" />
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <PopMenu
        place={menu}
        label={menu ? `Actions for ${menu.name}` : ""}
        items={menu ? ITEMS : []}
        goBack={() => rowOf(menu?.name)?.focus()}
        onClose={() => setMenu(null)}
        onChoose={(action) => choose(action, menu.name)}
      />
    </div>
  );
}
