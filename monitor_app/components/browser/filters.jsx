// Search, counts that are filters, group, environment and tag: all of it lives in the address.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Icon } from "./icons.jsx";
import { useKeys } from "./keys.js";
import { Glyph, STATUSES } from "./status.jsx";
import { board } from "./store.js";
import { useQuery, useSetQuery } from "./url.js";
import { boardSentence, plural } from "./words.js";

const TYPING_PAUSE_MS = 200;
// In the order of what deserves a look first; Starting shows only when something is.
const CHIPS = [2, 1, 0, 4, 5, 3];
const ALWAYS_SHOWN = 5;

export function useCounts() {
  return useSyncExternalStore((listener) => board.on("counts", listener), board.counts, () => null);
}

/** What keeps the board from being current, null while nothing does. */
export function useHealth() {
  return useSyncExternalStore((listener) => board.on("health", listener), board.health, () => null);
}

export function SearchBox() {
  const query = useQuery();
  const setQuery = useSetQuery();
  const input = useRef(null);
  const timer = useRef(null);
  const inAddress = query.get("q") ?? "";
  const [text, setText] = useState(null); // what is typed and not in the address yet
  useKeys({ "/": () => input.current?.select() });
  useEffect(() => () => clearTimeout(timer.current), []);

  const search = (value) => {
    clearTimeout(timer.current);
    setQuery({ q: value.trim() }, { replace: true });
    setText(null);
  };
  const onChange = (event) => {
    const { value } = event.target;
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setQuery({ q: value.trim() }, { replace: true });
    }, TYPING_PAUSE_MS);
  };
  const onKeyDown = (event) => {
    if (event.key === "Enter") search(event.target.value);
    if (event.key === "Escape") {
      search("");
      event.target.blur();
    }
  };
  return (
    <div className="search" role="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label="Search services"
        placeholder="Search services"
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        value={text ?? inAddress}
        onChange={onChange}
        onKeyDown={onKeyDown}
        onBlur={(event) => search(event.target.value)}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}

function toneOf(counts, health) {
  if (!counts) return "";
  if (counts[2]) return "failed";
  if (counts[1]) return "degraded";
  return counts[0] && !health ? "ok" : "";
}

export function Headline() {
  const counts = useCounts();
  const health = useHealth();
  return (
    <h1 className={`headline ${toneOf(counts, health)}`} aria-live="polite">
      {boardSentence(counts, health) || <span className="ghost" />}
    </h1>
  );
}

export function CountFilters() {
  const counts = useCounts();
  const query = useQuery();
  const setQuery = useSetQuery();
  const chosen = new Set((query.get("status") ?? "").split(",").filter(Boolean));
  const toggle = (key) => {
    const next = new Set(chosen);
    if (!next.delete(key)) next.add(key);
    setQuery({ status: [...next].join(",") });
  };
  return (
    <div className="counts" role="group" aria-label="Filter by status">
      {CHIPS.map((status, i) => {
        const { key, word } = STATUSES[status];
        const count = counts?.[status];
        if (i >= ALWAYS_SHOWN && !count && !chosen.has(key)) return null;
        return (
          <button
            key={key}
            type="button"
            className={`count ${key} ${count ? "" : "none"}`}
            aria-pressed={chosen.has(key)}
            onClick={() => toggle(key)}
          >
            <Glyph status={status} />
            <span className="mono number">{count ?? "–"}</span>
            <span>{word}</span>
          </button>
        );
      })}
    </div>
  );
}

export function Choice({ name, title, options }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const value = query.get(name) ?? "";
  if (!options.length && !value) return null;
  const all = options.includes(value) || !value ? options : [value, ...options];
  return (
    <label className={`choice ${value ? "chosen" : ""}`}>
      <span className="for-readers">{title}</span>
      <select value={value} onChange={(event) => setQuery({ [name]: event.target.value })}>
        <option value="">{title}: any</option>
        {all.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
      <Icon name="down" size={12} />
    </label>
  );
}

const FILTERS = ["q", "status", "group", "environment", "tag"];

/** `kept` is what the page itself narrows down by: it is not offered, and never cleared. */
export function FacetFilters({ groups, environments, tags, kept = "" }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const filters = FILTERS.filter((name) => name !== kept);
  const isFiltered = filters.some((name) => query.get(name));
  return (
    <div className="facets">
      {kept !== "group" && <Choice name="group" title="Group" options={groups} />}
      <Choice name="environment" title="Environment" options={environments} />
      <Choice name="tag" title="Tag" options={tags} />
      {isFiltered && (
        <button type="button" className="quiet" onClick={() => setQuery(Object.fromEntries(filters.map((name) => [name, ""])))}>
          <Icon name="close" size={12} /> Clear filters
        </button>
      )}
    </div>
  );
}

/** A filter that finds nothing says which one to drop. */
export function NoMatch({ hints }) {
  const setQuery = useSetQuery();
  return (
    <div className="no-match" role="status">
      <p>No service matches all of these filters.</p>
      {hints.map(({ filter, value, text, count }) => (
        <button key={filter} type="button" className="plain" onClick={() => setQuery({ [filter]: value })}>
          {text} <span className="muted">{count === 0 ? "finds nothing either" : `finds ${plural(count, "service")}`}</span>
        </button>
      ))}
    </div>
  );
}

export function Pager({ page, pages, matched, size, one = "service", isCounted = true }) {
  const setQuery = useSetQuery();
  if (!matched) return null;
  const first = (page - 1) * size + 1;
  const last = Math.min(matched, page * size);
  const go = (to) => to >= 1 && to <= pages && setQuery({ page: to > 1 ? String(to) : "" });
  if (pages === 1) {
    return (
      <div className="pager single">
        <span className="mono muted">{plural(matched, one)}</span>
      </div>
    );
  }
  // Not `disabled` at the ends: that would take the focus away.
  return (
    <nav className="pager" aria-label="Pages">
      <span className="mono muted">{isCounted ? `${first}–${last} of ${matched}` : `Page ${page} of ${pages}`}</span>
      <button type="button" className="icon-button" aria-label="Previous page" aria-disabled={page <= 1} onClick={() => go(page - 1)}>
        <Icon name="left" />
      </button>
      <button type="button" className="icon-button" aria-label="Next page" aria-disabled={page >= pages} onClick={() => go(page + 1)}>
        <Icon name="right" />
      </button>
    </nav>
  );
}
