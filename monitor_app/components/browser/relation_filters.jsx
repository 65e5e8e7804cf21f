// What the table of relations is narrowed down by; all of it lives in the address.
import { Choice } from "./filters.jsx";
import { Icon } from "./icons.jsx";
import { ListSearch } from "./list_search.jsx";
import { ServicePicker } from "./service_picker.jsx";
import { useQuery, useSetQuery } from "./url.js";
import { plural } from "./words.js";

const FILTERS = ["search", "type", "enabled", "service"];
const TYPES = ["dependency", "communication", "data-flow"];
const NOTHING = Object.fromEntries(FILTERS.map((name) => [name, ""]));

function StandingChoice() {
  const query = useQuery();
  const setQuery = useSetQuery();
  const value = query.get("enabled") ?? "";
  return (
    <label className={`choice ${value ? "chosen" : ""}`}>
      <span className="for-readers">Enabled</span>
      <select value={value} onChange={(event) => setQuery({ enabled: event.target.value })}>
        <option value="">Enabled: any</option>
        <option value="on">enabled</option>
        <option value="off">disabled</option>
      </select>
      <Icon name="down" size={12} />
    </label>
  );
}

export function RelationFilters({ service, answers, onAsk }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const isFiltered = FILTERS.some((name) => query.get(name));
  return (
    <div className="facets">
      <ListSearch title="Search relations" />
      <Choice name="type" title="Type" options={TYPES} />
      <StandingChoice />
      <ServicePicker
        name="service"
        label="Service"
        placeholder="Service: any"
        chosen={service}
        answers={answers}
        onAsk={onAsk}
        onPick={(_, sid) => setQuery({ service: sid })}
        onDrop={() => setQuery({ service: "" })}
      />
      {isFiltered && (
        <button type="button" className="quiet" onClick={() => setQuery(NOTHING)}>
          <Icon name="close" size={12} /> Clear filters
        </button>
      )}
    </div>
  );
}

/** A filter that finds nothing says which one to drop. */
export function NoRelation({ hints }) {
  const setQuery = useSetQuery();
  return (
    <div className="no-match" role="status">
      <p>No relation matches all of these filters.</p>
      {hints.map(({ filter, text, count }) => (
        <button key={filter} type="button" className="plain" onClick={() => setQuery({ [filter]: "" })}>
          {text} <span className="muted">{count === 0 ? "finds nothing either" : `finds ${plural(count, "relation")}`}</span>
        </button>
      ))}
    </div>
  );
}
