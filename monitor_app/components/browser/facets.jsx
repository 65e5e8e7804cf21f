// Filters with several values each, and the table's own looks: all of it lives in the address.
import { useState } from "react";
import { valuesOf, valuesText } from "./address_values.js";
import { Icon } from "./icons.jsx";
import { Panel } from "./panel.jsx";
import { columnsText, COLUMNS, isFixed, moved, shownColumns, toggled } from "./service_columns.js";
import { Glyph, STATUSES } from "./status.jsx";
import { useQuery, useSetQuery } from "./url.js";

const SEARCHED = 8; // so many values are searched in
const SIZES = ["25", "50", "100", "200"];
const SIZE = "50";
const STATUS_ORDER = [2, 1, 0, 4, 5, 3];

/** Each filter: its name in the address. Those that are not `isUsual` are offered behind "Filter". */
const FACETS = [
  { name: "status", title: "Status", isUsual: true },
  { name: "kind", title: "Kind", isUsual: true },
  { name: "group", title: "Group", isUsual: true },
  { name: "tag", title: "Tag", isUsual: true },
  { name: "environment", title: "Environment" },
  { name: "enabled", title: "Checked", isOne: true },
  { name: "type", title: "Type" },
  { name: "owner", title: "Owner" },
  { name: "file", title: "Made by file" },
];
const FIXED_CHOICES = {
  status: STATUS_ORDER.map((status) => ({ value: STATUSES[status].key, text: STATUSES[status].word, status })),
  enabled: [
    { value: "yes", text: "Yes" },
    { value: "no", text: "No, paused" },
  ],
};
const FILTERS = ["q", ...FACETS.map(({ name }) => name)];

/** One filter with several values; `setQuery` takes what of the address changes. */
export function Facet({ facet, choices, query, setQuery }) {
  const [typed, setTyped] = useState("");
  const chosen = valuesOf(query.get(facet.name));
  const known = choices.map(({ value }) => value);
  const all = [...choices, ...chosen.filter((value) => !known.includes(value)).map((value) => ({ value, text: value, count: 0 }))];
  const found = all.filter(({ text }) => text.toLowerCase().includes(typed.trim().toLowerCase()));
  const words = chosen.map((value) => all.find((choice) => choice.value === value).text);
  const note = words.length > 2 ? `${words.length} chosen` : words.join(", ");
  const toggle = (value) => {
    const next = chosen.includes(value) ? chosen.filter((each) => each !== value) : facet.isOne ? [value] : [...chosen, value];
    setQuery({ [facet.name]: valuesText(next) });
  };
  return (
    <Panel
      label={note ? `${facet.title}: ${note}` : facet.title}
      text={facet.title}
      note={note}
      className={`facet ${chosen.length ? "chosen" : ""}`}
      width={260}
    >
      {all.length > SEARCHED && (
        <input
          type="search"
          className="panel-search"
          data-autofocus=""
          aria-label={`Search in ${facet.title}`}
          placeholder={facet.title}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
      <div className="panel-list" role="group" aria-label={facet.title}>
        {found.map(({ value, text, count, status }) => (
          <label key={value} className="panel-choice">
            <input type="checkbox" checked={chosen.includes(value)} onChange={() => toggle(value)} />
            {status !== undefined && <Glyph status={status} />}
            <span className="text">{text}</span>
            {count !== undefined && <span className="mono muted">{count}</span>}
          </label>
        ))}
        {!found.length && <p className="help">Nothing like that is in use.</p>}
      </div>
      {chosen.length > 0 && (
        <button type="button" className="quiet" onClick={() => setQuery({ [facet.name]: "" })}>
          Any {facet.title.toLowerCase()}
        </button>
      )}
    </Panel>
  );
}

export function ServiceFilters({ choices = {} }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const [added, setAdded] = useState([]); // asked for, and nothing chosen yet
  const of = ({ name }) => FIXED_CHOICES[name] ?? choices[name] ?? [];
  const isShown = (facet) => query.get(facet.name) || added.includes(facet.name) || (facet.isUsual && of(facet).length > 0);
  const others = FACETS.filter((facet) => !isShown(facet) && of(facet).length > 0);
  const isFiltered = FILTERS.some((name) => query.get(name));
  return (
    <div className="facets" role="group" aria-label="Filters">
      {FACETS.filter(isShown).map((facet) => (
        <Facet key={facet.name} facet={facet} choices={of(facet)} query={query} setQuery={setQuery} />
      ))}
      {others.length > 0 && (
        <Panel label="More filters" icon="plus" text="Filter" className="facet" width={180}>
          {(close) => (
            <div className="panel-list">
              {others.map(({ name, title }) => (
                <button
                  key={name}
                  type="button"
                  className="panel-choice"
                  onClick={() => {
                    setAdded([...added, name]);
                    close();
                  }}
                >
                  {title}
                </button>
              ))}
            </div>
          )}
        </Panel>
      )}
      {isFiltered && (
        <button
          type="button"
          className="quiet"
          onClick={() => {
            setAdded([]);
            setQuery(Object.fromEntries(FILTERS.map((name) => [name, ""])));
          }}
        >
          <Icon name="close" size={12} /> Clear filters
        </button>
      )}
    </div>
  );
}

/** One column of the list: shown or not, and where; dragged, or moved with Alt and the arrows. */
function ColumnLine({ column, place, isShown, onToggle, onMove, onDrag, isOver }) {
  const onKeyDown = (event) => {
    if (!event.altKey || !isShown || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    onMove(place + (event.key === "ArrowUp" ? -1 : 1));
  };
  return (
    <div
      className={`column-line ${isOver ? "over" : ""}`}
      draggable={isShown}
      onKeyDown={onKeyDown}
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", column.key);
        onDrag({ key: column.key });
      }}
      onDragOver={(event) => {
        if (!isShown) return;
        event.preventDefault();
        onDrag({ over: column.key });
      }}
      onDrop={(event) => {
        event.preventDefault();
        onDrag({ dropped: place });
      }}
      onDragEnd={() => onDrag(null)}
    >
      <label className="panel-choice">
        <input type="checkbox" checked={isShown} disabled={isFixed(column.key)} onChange={onToggle} />
        <span className="text">{column.title}</span>
      </label>
      {isShown && (
        <>
          <button type="button" className="icon-button" aria-label={`Move ${column.title} forward`} onClick={() => onMove(place - 1)}>
            <Icon name="up" size={12} />
          </button>
          <button type="button" className="icon-button" aria-label={`Move ${column.title} back`} onClick={() => onMove(place + 1)}>
            <Icon name="down" size={12} />
          </button>
          <span className="grip" aria-hidden="true">
            <Icon name="grip" size={14} />
          </span>
        </>
      )}
    </div>
  );
}

function Columns() {
  const query = useQuery();
  const setQuery = useSetQuery();
  const [drag, setDrag] = useState(null);
  const shown = shownColumns(query.get("columns")).map(({ key }) => key);
  const rest = COLUMNS.filter(({ key }) => !shown.includes(key)).map(({ key }) => key);
  const take = (keys) => setQuery({ columns: columnsText(keys), page: query.get("page") }, { replace: true });
  const onDrag = (change) => {
    if (change === null) setDrag(null);
    else if (change.dropped === undefined) setDrag({ ...drag, ...change });
    else {
      if (drag?.key) take(moved(shown, drag.key, change.dropped));
      setDrag(null);
    }
  };
  return (
    <div className="columns" role="group" aria-label="Columns">
      {[...shown, ...rest].map((key) => (
        <ColumnLine
          key={key}
          column={COLUMNS.find((column) => column.key === key)}
          place={shown.indexOf(key)}
          isShown={shown.includes(key)}
          isOver={drag?.over === key && drag.key !== key}
          onToggle={() => take(toggled(shown, key))}
          onMove={(to) => take(moved(shown, key, to))}
          onDrag={onDrag}
        />
      ))}
    </div>
  );
}

function Segments({ title, name, options, usual }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const value = query.get(name) || usual;
  return (
    <div className="choices-row" role="radiogroup" aria-label={title}>
      <span className="muted">{title}</span>
      {options.map(([option, text]) => (
        <button
          key={option}
          type="button"
          role="radio"
          aria-checked={value === option}
          onClick={() => setQuery({ [name]: option === usual ? "" : option }, { replace: true })}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

/** Columns, their order, the height of rows and how many there are on a page. */
export function DisplayPanel() {
  const query = useQuery();
  const setQuery = useSetQuery();
  return (
    <Panel label="Columns and rows" icon="sliders" text="Display" isAtEnd width={300}>
      <Segments
        title="Rows"
        name="density"
        usual="roomy"
        options={[
          ["roomy", "Roomy"],
          ["compact", "Compact"],
        ]}
      />
      <Segments title="On a page" name="size" usual={SIZE} options={SIZES.map((size) => [size, size])} />
      <p className="panel-title">Columns</p>
      <Columns />
      {query.get("columns") && (
        <button type="button" className="quiet" onClick={() => setQuery({ columns: "", page: query.get("page") }, { replace: true })}>
          The usual columns
        </button>
      )}
    </Panel>
  );
}
