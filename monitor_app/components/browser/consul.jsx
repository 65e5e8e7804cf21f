// Consul: its connections, its services with their checks, and the memory that it does not have. All through the API.
import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Checks, Day } from "./consul_checks.jsx";
import { rowsPath, useNews, useRows } from "./consul_data.js";
import { Connections, Deleting } from "./consul_connections.jsx";
import { ConnectionForm } from "./consul_form.jsx";
import { DisplayControls } from "./display_controls.jsx";
import { Facet } from "./facets.jsx";
import { Icon } from "./icons.jsx";
import { useKeys } from "./keys.js";
import { Modal } from "./modal.jsx";
import { Glyph } from "./status.jsx";
import { TagChips } from "./tag_chip.jsx";
import { serviceAddress, useQuery, useSetQuery } from "./url.js";
import { useDisplay } from "./use_display.js";
import { plural } from "./words.js";

const TYPING_MS = 200;
// Consul's words, with the shape and the colour of the status that each is here.
const SHOWN = {
  critical: { status: 2, word: "Critical" },
  warning: { status: 1, word: "Warning" },
  unknown: { status: 5, word: "Unknown" },
  maintenance: { status: 4, word: "Maintenance" },
  paused: { status: 4, word: "Paused" },
  gone: { status: 4, word: "Gone" },
  passing: { status: 0, word: "Passing" },
};
const COLOURS = ["ok", "degraded", "failed", "starting", "stopped", "unknown"];

/** How many of its checks are how: "2 passing, 1 critical". */
function summary(checks) {
  const counts = new Map();
  for (const { word } of checks) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(", ") || "none";
}

const Row = memo(function Row({ row, minutes, isOpen, onToggle }) {
  const shown = SHOWN[row.current_status];
  const id = `checks-${row.service_id}`;
  return (
    <>
      <tr className={row.current_status === "gone" ? "gone" : undefined}>
        <th scope="row">
          <a className="link-button" href={serviceAddress(row.service_id)}>
            {row.label}
          </a>
        </th>
        <td>
          <span className={`status ${COLOURS[shown.status]}`} title={row.message}>
            <Glyph status={shown.status} />
            {shown.word}
          </span>
          {row.gone_at && <time className="help" dateTime={row.gone_at}> since {row.gone_at.slice(0, 16).replace("T", " ")} UTC</time>}
        </td>
        <td className="cell-day">
          <Day wire={row.day} label={row.label} minutes={minutes} />
        </td>
        <td className="mono cell-url">
          {row.url ? (
            <a href={row.url} target="_blank" rel="noopener noreferrer">
              {row.url.replace(/^https?:\/\//, "").replace(/\/$/, "")}
              <span className="for-readers"> in a new tab</span>
            </a>
          ) : (
            <span className="muted">{row.address}</span>
          )}
        </td>
        <td className="cell-tags">
          <TagChips names={row.tags.slice(0, 4)} />
          {row.tags.length > 4 && <span className="muted" title={row.tags.join(", ")}> +{row.tags.length - 4}</span>}
        </td>
        <td className="mono">{row.node}</td>
        <td>
          <button type="button" className="quiet" aria-expanded={isOpen} aria-controls={id} onClick={() => onToggle(row.service_id)}>
            <Icon name={isOpen ? "up" : "down"} size={12} /> {["unknown", "gone"].includes(row.current_status) && "last told: "}
            {summary(row.checks)}
          </button>
        </td>
      </tr>
      {isOpen && (
        <tr className="told" id={id}>
          <td colSpan={7}>
            <p>{row.message}</p>
            <Checks row={row} minutes={minutes} />
          </td>
        </tr>
      )}
    </>
  );
});

function Rows({ items }) {
  const { granularity } = useDisplay();
  const [open, setOpen] = useState(() => new Set());
  const toggle = useCallback((id) => setOpen((known) => new Set(known.has(id) ? [...known].filter((each) => each !== id) : [...known, id])), []);
  // A row that did not change is the same object as before, and is not drawn anew.
  const kept = useRef(new Map());
  const rows = useMemo(() => {
    const next = new Map(items.map((item) => [item.service_id, [JSON.stringify(item), item]]));
    for (const [id, [text, item]] of next) {
      const before = kept.current.get(id);
      next.set(id, before?.[0] === text ? before : [text, item]);
    }
    kept.current = next;
    return [...next.values()].map(([, item]) => item);
  }, [items]);
  return (
    <div className="consul-table">
      <table className="list">
        <thead>
          <tr>
            {["Service", "Status", "Last 24 hours", "Address", "Tags", "Node", "Checks"].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.service_id} row={row} minutes={granularity} isOpen={open.has(row.service_id)} onToggle={toggle} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function choicesOf(counts, shown = (value) => ({ text: value || "none" })) {
  return Object.entries(counts).map(([value, count]) => ({ value, count, ...shown(value) }));
}

function Filters({ facets, query, setQuery }) {
  const [typed, setTyped] = useState(query.get("search") ?? "");
  useEffect(() => {
    // Another search begins at the first page, so nothing may be set that is there already.
    if (typed.trim() === (query.get("search") ?? "")) return undefined;
    const timer = setTimeout(() => setQuery({ search: typed.trim() }, { replace: true }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  // Dropped elsewhere.
  const search = query.get("search") ?? "";
  useEffect(() => {
    if (!search) setTyped("");
  }, [search]);
  const statuses = Object.keys(SHOWN).filter((word) => facets.statuses[word]);
  const hasAny = ["datacentre", "tag", "status", "search"].some((name) => query.get(name));
  return (
    <div className="consul-filters">
      <input type="search" aria-label="Search services" placeholder="Search" value={typed} onChange={(event) => setTyped(event.target.value)} />
      <Facet
        facet={{ name: "status", title: "Status" }}
        choices={statuses.map((word) => ({ value: word, text: SHOWN[word].word, count: facets.statuses[word], status: SHOWN[word].status }))}
        query={query}
        setQuery={setQuery}
      />
      <Facet facet={{ name: "datacentre", title: "Datacentre" }} choices={choicesOf(facets.datacentres)} query={query} setQuery={setQuery} />
      <Facet facet={{ name: "tag", title: "Tag" }} choices={choicesOf(facets.tags)} query={query} setQuery={setQuery} />
      {hasAny && (
        <button
          type="button"
          className="quiet"
          onClick={() => {
            setTyped("");
            setQuery({ datacentre: "", tag: "", status: "", search: "" });
          }}
        >
          Clear
        </button>
      )}
    </div>
  );
}

const FILTERS = { search: "the search", status: "the status", datacentre: "the datacentre", tag: "the tag" };

/** What is said instead of rows: which filter may be dropped. */
function NoneFits({ query, setQuery }) {
  const set = Object.keys(FILTERS).filter((name) => query.get(name));
  return (
    <p className="help consul-none">
      <span>No service fits {set.map((name) => `${FILTERS[name]} ${query.get(name).split(",").join(" or ")}`).join(" and ")}.</span>
      {set.map((name) => (
        <button key={name} type="button" className="plain" onClick={() => setQuery({ [name]: "" })}>
          Drop {FILTERS[name]}
        </button>
      ))}
    </p>
  );
}

function Empty({ mayWrite, onNew }) {
  return (
    <div className="empty-list consul-empty">
      <h2>Consul knows how your services are. It does not remember how they were.</h2>
      <p>
        Connect an agent or a server, and each service instance in its catalogue becomes a service here: with its checks, 24 hours of history, alerts and a
        place on the map. Nothing has to be added by hand, and what Consul forgets is kept.
      </p>
      <p className="help">
        All it takes is an address such as <code>http://127.0.0.1:8500</code>; with ACLs a token with <code>node:read</code>, <code>service:read</code> and{" "}
        <code>agent:read</code>.
      </p>
      {mayWrite ? (
        <button type="button" className="primary" onClick={onNew}>
          <Icon name="plus" /> Connect to Consul
        </button>
      ) : (
        <p className="help">Editors and administrators can make the connection.</p>
      )}
    </div>
  );
}

function Ghosts() {
  return (
    <div className="ghosts" aria-hidden="true">
      {[0, 1, 2, 3, 4, 5].map((line) => (
        <div key={line} className="ghost-line">
          <span className="ghost" />
        </div>
      ))}
    </div>
  );
}

function Pages({ found, setQuery }) {
  if (found.pages < 2) return null;
  const go = (page) => setQuery({ page: page > 1 ? String(page) : "" });
  return (
    <nav className="consul-pages" aria-label="Pages">
      <button type="button" className="plain" disabled={found.page <= 1} onClick={() => go(found.page - 1)}>
        Previous
      </button>
      <span className="muted">
        Page {found.page} of {found.pages}
      </span>
      <button type="button" className="plain" disabled={found.page >= found.pages} onClick={() => go(found.page + 1)}>
        Next
      </button>
    </nav>
  );
}

/** `may` are the permissions of who looks. */
export function ConsulPage({ may = [], intervals = [], granularities = [], snapshot, feedState, feedVar, onTake, onListen, onRest }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const chosen = useDisplay();
  const { found, problem, load, news } = useRows(rowsPath(query), !chosen.autoRefresh);
  useNews({ isLive: !chosen.autoRefresh, snapshot, feedState, feedVar, onListen, onRest, news });
  const [refreshes, setRefreshes] = useState(0);
  const [open, setOpen] = useState(null);
  const mayWrite = may.includes("source:write");
  const refresh = () => load().finally(() => setRefreshes((count) => count + 1));
  const create = () => mayWrite && setOpen({ action: "edit", source: null });
  useKeys({ n: create });
  const done = () => {
    setOpen(null);
    load();
  };
  const sources = found?.sources ?? [];
  return (
    <>
      <div className="admin-head">
        <div className="words">
          <h1>Consul</h1>
          <p className="muted">What Consul tells of its services, with the history that it does not keep.</p>
        </div>
        <DisplayControls refreshes={refreshes} intervals={intervals} granularities={granularities} onRefresh={refresh} onTake={onTake} />
        {mayWrite && sources.length > 0 && (
          <button type="button" className="primary" onClick={create}>
            <Icon name="plus" /> New connection
          </button>
        )}
      </div>
      {problem && (
        <div className="banner bad" role="alert">
          <Icon name="warn" /> <span>{problem}</span>
          <button type="button" className="plain" onClick={load}>
            Try again
          </button>
        </div>
      )}
      {!found && !problem && <Ghosts />}
      {found && !sources.length && !found.total && <Empty mayWrite={mayWrite} onNew={create} />}
      {sources.length > 0 && <Connections sources={sources} may={may} onAct={(action, source) => setOpen({ action, source })} onChanged={load} />}
      {found && found.total > 0 && (
        <>
          <div className="consul-bar">
            <Filters facets={found.facets} query={query} setQuery={setQuery} />
            <p className="muted" role="status">
              {found.matched === found.total ? plural(found.total, "service") : `${found.matched} of ${plural(found.total, "service")}`}
            </p>
          </div>
          {found.items.length > 0 ? <Rows items={found.items} /> : <NoneFits query={query} setQuery={setQuery} />}
          <Pages found={found} setQuery={setQuery} />
        </>
      )}
      <Modal
        isOpen={open !== null}
        title={open?.action === "delete" ? `Delete the connection ${open.source.label}?` : open?.source ? `Connection ${open.source.label}` : "Connect to Consul"}
        size={open?.action === "delete" ? "small" : "medium"}
        guard={open?.action !== "delete"}
        onClose={() => setOpen(null)}
      >
        {open?.action === "edit" && <ConnectionForm source={open.source} onSaved={done} onClose={() => setOpen(null)} />}
        {open?.action === "delete" && <Deleting source={open.source} onDone={done} onClose={() => setOpen(null)} />}
      </Modal>
    </>
  );
}
