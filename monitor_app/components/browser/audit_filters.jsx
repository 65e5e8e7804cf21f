// Who, what, how it ended and when: the audit log's filters, which live in the address, and the way to older lines.
import { Choice } from "./filters.jsx";
import { useFormats } from "./formats.jsx";
import { Icon } from "./icons.jsx";
import { ListSearch } from "./list_search.jsx";
import { fieldTime, fromField } from "./times.js";
import { useQuery, useSetQuery } from "./url.js";

const HOUR_MS = 3_600_000;
const SPANS = [
  [HOUR_MS, "Last hour"],
  [24 * HOUR_MS, "Last 24 hours"],
  [7 * 24 * HOUR_MS, "Last 7 days"],
  [30 * 24 * HOUR_MS, "Last 30 days"],
];
const OUTCOMES = ["done", "denied", "failed"];
const FILTERS = ["who", "action", "outcome", "target_type", "search", "since", "until"];

/** As the field shows it, in the zone that the person has chosen; "" for what is no time. */
function shownTime(text) {
  const at = Date.parse(text ?? "");
  return Number.isNaN(at) ? "" : fieldTime(at);
}

function iso(shown) {
  return new Date(fromField(shown)).toISOString();
}

function startOfToday() {
  return iso(`${fieldTime(Date.now()).slice(0, 10)}T00:00`);
}

function TimeChoice() {
  const query = useQuery();
  const setQuery = useSetQuery();
  const isSet = Boolean(query.get("since") || query.get("until"));
  const choose = (value) => {
    if (value === "between") setQuery({ since: startOfToday(), until: "" });
    else setQuery({ since: value && new Date(Date.now() - Number(value)).toISOString(), until: "" });
  };
  return (
    <label className={`choice ${isSet ? "chosen" : ""}`}>
      <span className="for-readers">Time</span>
      <select value={isSet ? "between" : ""} onChange={(event) => choose(event.target.value)}>
        <option value="">Time: any</option>
        {SPANS.map(([span, text]) => (
          <option key={span} value={span}>
            {text}
          </option>
        ))}
        <option value="between">Between…</option>
      </select>
      <Icon name="down" size={12} />
    </label>
  );
}

/** Taken over when it is left or Enter is pressed: while one types, the date is not whole. */
function Moment({ name, title }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  useFormats();
  const value = shownTime(query.get(name));
  const take = (text) => {
    if (text !== value) setQuery({ [name]: text && iso(text) });
  };
  return (
    <label className="moment">
      <span className="muted">{title}</span>
      <input
        key={value}
        type="datetime-local"
        defaultValue={value}
        onBlur={(event) => take(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && take(event.target.value)}
      />
    </label>
  );
}

export function AuditFilters({ people, actions }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const hasTime = Boolean(query.get("since") || query.get("until"));
  const isFiltered = FILTERS.some((name) => query.get(name));
  return (
    <div className="facets">
      <ListSearch title="Search by target" />
      <Choice name="who" title="Who" options={people} />
      <Choice name="action" title="Action" options={actions} />
      <Choice name="outcome" title="Outcome" options={OUTCOMES} />
      <TimeChoice />
      {hasTime && <Moment name="since" title="from" />}
      {hasTime && <Moment name="until" title="to" />}
      {isFiltered && <ClearFilters />}
    </div>
  );
}

export function ClearFilters({ className = "quiet" }) {
  const setQuery = useSetQuery();
  return (
    <button type="button" className={className} onClick={() => setQuery(Object.fromEntries(FILTERS.map((name) => [name, ""])))}>
      <Icon name="close" size={12} /> Clear filters
    </button>
  );
}

/** The lines as a file, with the same filters. */
export function ExportLinks({ query }) {
  return (
    <span className="exports">
      <a className="plain" href={`/api/audit.csv?${query}`} download>
        <Icon name="download" /> CSV
      </a>
      <a className="plain" href={`/api/audit.json?${query}`} download>
        <Icon name="download" /> JSON
      </a>
    </span>
  );
}

export function AuditPager({ older, isNewest }) {
  const setQuery = useSetQuery();
  if (!older && isNewest) return null;
  const go = (before) => {
    setQuery({ before });
    window.scrollTo({ top: 0 });
  };
  return (
    <nav className="audit-pager" aria-label="Pages of the log">
      {!isNewest && (
        <button type="button" className="plain" onClick={() => go("")}>
          Newest
        </button>
      )}
      {older > 0 && (
        <button type="button" className="plain" onClick={() => go(String(older))}>
          Load older
        </button>
      )}
    </nav>
  );
}
