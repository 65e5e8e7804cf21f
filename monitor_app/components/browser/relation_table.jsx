// Relations as a table: order in the address, rows that are selected, switches that show at once.
import { useEffect, useRef, useState } from "react";
import { ActionMenu } from "./action_menu.jsx";
import { Icon } from "./icons.jsx";
import { useKeys } from "./keys.js";
import { useLiveStatuses } from "./live_statuses.js";
import { RelationArrow } from "./relation_arrow.jsx";
import { Ago } from "./stamp.jsx";
import { Glyph, STATUSES } from "./status.jsx";
import { useQuery, useSetQuery } from "./url.js";
import { plural } from "./words.js";

const SELECTED_LIMIT = 1000;
const SELECTED = "selected";
const HEADS = [
  ["source", "Source"],
  ["target", "Target"],
  ["type", "Type"],
  ["", "Note"],
  ["enabled", "Enabled"],
  ["since", "Since"],
  ["by", "Made by"],
];

/** The numbers of the selected rows; they stand in the address, written past the router. */
function useSelected() {
  const [selected, setSelected] = useState(() => {
    const text = typeof window === "undefined" ? "" : (new URLSearchParams(window.location.search).get(SELECTED) ?? "");
    return new Set(text.split(",").map(Number).filter((id) => Number.isInteger(id) && id > 0).slice(0, SELECTED_LIMIT));
  });
  const select = (next) => {
    setSelected(next);
    const url = new URL(window.location.href);
    if (next.size) url.searchParams.set(SELECTED, [...next].join(","));
    else url.searchParams.delete(SELECTED);
    window.history.replaceState(window.history.state, "", url);
  };
  return [selected, select];
}

/** What was switched and not answered yet shows as it is to be. */
function usePending(answered) {
  const [pending, setPending] = useState({});
  useEffect(() => setPending({}), [answered]);
  return [pending, (id, enabled) => setPending((known) => ({ ...known, [id]: enabled }))];
}

export function RelationTable({ rows, answered, feedState, feedVar, onSwitch, onAct, onBulk, onNew, onRefresh }) {
  const [selected, select] = useSelected();
  const [pending, setPending] = usePending(answered);
  const last = useRef(null); // where a range begins
  useKeys({ n: onNew });
  const statuses = useLiveStatuses({ feedState, feedVar, answered, onOther: onRefresh });

  const toggle = (id, isRange) => {
    const next = new Set(selected);
    const isOn = !next.has(id);
    const ids = rows.map((row) => row.id);
    const range = isRange && last.current !== null ? [ids.indexOf(last.current), ids.indexOf(id)].sort((a, b) => a - b) : null;
    for (const one of range && range[0] >= 0 ? ids.slice(range[0], range[1] + 1) : [id]) {
      if (isOn && next.size < SELECTED_LIMIT) next.add(one);
      else next.delete(one);
    }
    last.current = id;
    select(next);
  };
  const isAll = rows.length > 0 && rows.every(({ id }) => selected.has(id));
  const toggleAll = () => {
    const next = new Set(selected);
    for (const { id } of rows) {
      if (isAll) next.delete(id);
      else next.add(id);
    }
    select(next);
  };
  const bulk = (action) => {
    const ids = [...selected];
    if (action !== "delete") for (const id of ids) setPending(id, action === "enable");
    else select(new Set());
    onBulk(action, ids);
  };
  return (
    <>
      <table className="list relations">
        <caption className="for-readers">Relations</caption>
        <thead>
          <tr>
            <th scope="col" className="cell-check">
              <input type="checkbox" aria-label="Select all of this page" checked={isAll} onChange={toggleAll} />
            </th>
            {HEADS.map(([sort, title]) => (
              <Head key={title} sort={sort} title={title} />
            ))}
            <th scope="col" className="cell-actions">
              <span className="for-readers">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row
              key={row.id}
              row={row}
              isEnabled={pending[row.id] ?? row.enabled}
              isSelected={selected.has(row.id)}
              statuses={statuses}
              onToggle={(isRange) => toggle(row.id, isRange)}
              onSwitch={(enabled) => {
                setPending(row.id, enabled);
                onSwitch(row.id, enabled);
              }}
              onAct={(action) => onAct(action, row.id)}
            />
          ))}
        </tbody>
      </table>
      {selected.size > 0 && (
        <div className="selection-bar" role="region" aria-label="Selection">
          <span>{plural(selected.size, "relation")} selected</span>
          <button type="button" className="plain" onClick={() => bulk("enable")}>
            Enable
          </button>
          <button type="button" className="plain" onClick={() => bulk("disable")}>
            Disable
          </button>
          <button type="button" className="plain dangerous" onClick={() => bulk("delete")}>
            <Icon name="trash" /> Delete
          </button>
          <button type="button" className="quiet" onClick={() => select(new Set())}>
            Clear
          </button>
        </div>
      )}
    </>
  );
}

function Head({ sort, title }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  if (!sort) return <th scope="col">{title}</th>;
  const now = query.get("sort") || "source";
  const isUp = now === sort;
  const isDown = now === `-${sort}`;
  return (
    <th scope="col" aria-sort={isUp ? "ascending" : isDown ? "descending" : undefined}>
      <button type="button" className="sort" onClick={() => setQuery({ sort: isUp ? `-${sort}` : sort === "source" ? "" : sort })}>
        {title}
        {(isUp || isDown) && <Icon name={isUp ? "up" : "down"} size={12} />}
      </button>
    </th>
  );
}

function End({ end, statuses }) {
  const status = statuses.get(end.pk)?.status ?? end.status;
  return (
    <span className="end">
      <Glyph status={status} />
      <span className="for-readers">{STATUSES[status].word}: </span>
      <span className="label" title={`${end.label} (${end.sid}): ${STATUSES[status].word}`}>
        {end.label}
      </span>
      {end.label !== end.sid && <span className="mono id">{end.sid}</span>}
    </span>
  );
}

function Row({ row, isEnabled, isSelected, statuses, onToggle, onSwitch, onAct }) {
  const { source, target, title, line, note, since, by, drift, sentence } = row;
  const items = [
    { action: "edit", icon: "edit", text: "Edit" },
    isEnabled ? { action: "disable", icon: "pause", text: "Disable" } : { action: "enable", icon: "play", text: "Enable" },
    { action: "delete", icon: "trash", text: "Delete", isDangerous: true },
  ];
  const act = (action) => (action === "edit" || action === "delete" ? onAct(action) : onSwitch(action === "enable"));
  const onKeyDown = (event) => {
    if (event.target !== event.currentTarget) return;
    const steps = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" };
    if (event.key === "Enter") onAct("edit");
    else if (event.key === " ") onToggle(event.shiftKey);
    else if (event.key in steps) event.currentTarget[steps[event.key]]?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <tr
      tabIndex={0}
      aria-label={sentence}
      className={`${isEnabled ? "" : "off"} ${isSelected ? "selected" : ""}`}
      onKeyDown={onKeyDown}
      onClick={(event) => !event.target.closest("button, input, a, label, .menu") && onAct("edit")}
    >
      <td className="cell-check">
        <label>
          <span className="for-readers">Select: {sentence}</span>
          <input type="checkbox" checked={isSelected} onChange={(event) => onToggle(event.nativeEvent.shiftKey)} />
        </label>
      </td>
      <th scope="row">
        <End end={source} statuses={statuses} />
      </th>
      <td className="cell-target">
        <span className="to">
          <RelationArrow line={line} width={24} />
          <End end={target} statuses={statuses} />
        </span>
      </td>
      <td className="cell-type">{title}</td>
      <td className="cell-note" title={note}>
        {note}
      </td>
      <td className="cell-switch">
        <button
          type="button"
          role="switch"
          className="switch-button"
          aria-checked={isEnabled}
          aria-label={`Enabled: ${sentence}`}
          onClick={() => onSwitch(!isEnabled)}
        >
          <i />
        </button>
      </td>
      <td className="cell-since muted">
        <Ago at={since} />
      </td>
      <td className="cell-by muted" title={drift ? `Not as the file says: ${drift}` : by}>
        {by ? <span className="mono">{by}</span> : "a person"}
        {drift && <span className="drift"> drifted</span>}
      </td>
      <td className="cell-actions">
        <ActionMenu label={`Actions for: ${sentence}`} items={items} onChoose={act} />
      </td>
    </tr>
  );
}
