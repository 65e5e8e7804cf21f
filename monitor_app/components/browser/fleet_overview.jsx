// All services over weeks: day by day, which stand out, and what of the error budgets of groups is left.
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { valuesOf } from "./address_values.js";
import { useAsked } from "./asked.js";
import { Facet } from "./facets.jsx";
import { HeatMap, Legend } from "./heat_map.jsx";
import { Icon } from "./icons.jsx";
import { ListSearch } from "./list_search.jsx";
import { PageTurner } from "./page_turner.jsx";
import { ask } from "./post.js";
import { BudgetBar, Ghosts, Problem } from "./report_parts.jsx";
import { changeWords, percent, targetWords } from "./report_words.js";
import { groupAddress, serviceAddress, useQuery, useSetQuery } from "./url.js";
import { plural, responseTime, shortDuration } from "./words.js";

const AGAIN_MS = 60_000;
const ON_A_PAGE = 50;
const RANKED = 5;
const BUDGETS = 8;
const SPANS = ["30", "60", "90"];
const SPAN = "30";
const SORTS = [
  ["worst", "Down longest first"],
  ["flakiest", "Most downtimes first"],
  ["slowest", "Slowest first"],
  ["changed", "Most changed first"],
  ["label", "By name"],
  ["group", "By group"],
];
const FILTERS = ["search", "group", "tag"];

/** The groups and tags that there are, as choices of filters. */
export function useChoices() {
  const [choices, setChoices] = useState({ group: [], tag: [] });
  useEffect(() => {
    let isCurrent = true;
    const named = (path) => ask("GET", `${path}?limit=200`).then(({ items }) => items.map(({ name, services }) => ({ value: name, text: name, count: services })));
    Promise.all([named("/api/groups"), named("/api/tags")]).then(
      ([group, tag]) => isCurrent && setChoices({ group, tag }),
      () => {}, // the list itself says that the API does not answer
    );
    return () => {
      isCurrent = false;
    };
  }, []);
  return choices;
}

function Bar({ query, setQuery, choices }) {
  const days = SPANS.includes(query.get("days")) ? query.get("days") : SPAN;
  const isFiltered = FILTERS.some((name) => query.get(name));
  return (
    <div className="report-bar">
      <ListSearch title="Search services" />
      <div className="facets" role="group" aria-label="Filters">
        <Facet facet={{ name: "group", title: "Group" }} choices={choices.group} query={query} setQuery={setQuery} />
        <Facet facet={{ name: "tag", title: "Tag" }} choices={choices.tag} query={query} setQuery={setQuery} />
        {isFiltered && (
          <button type="button" className="quiet" onClick={() => setQuery(Object.fromEntries(FILTERS.map((name) => [name, ""])))}>
            <Icon name="close" size={12} /> Clear filters
          </button>
        )}
      </div>
      <span className="space" />
      <label className="choice">
        <span className="for-readers">Order</span>
        <select value={query.get("sort") || "worst"} onChange={(event) => setQuery({ sort: event.target.value === "worst" ? "" : event.target.value })}>
          {SORTS.map(([key, words]) => (
            <option key={key} value={key}>
              {words}
            </option>
          ))}
        </select>
        <Icon name="down" size={12} />
      </label>
      <div className="sort-choice" role="group" aria-label="How many days">
        {SPANS.map((span) => (
          <button key={span} type="button" aria-pressed={days === span} onClick={() => setQuery({ days: span === SPAN ? "" : span })}>
            {span} d
          </button>
        ))}
      </div>
    </div>
  );
}

function Ranking({ title, help, items, empty, figure }) {
  return (
    <section className="ranking" aria-label={title}>
      <h2>{title}</h2>
      <p className="help">{help}</p>
      {items.length ? (
        <ol>
          {items.slice(0, RANKED).map((one) => (
            <li key={one.service_id}>
              <Link to={serviceAddress(one.service_id)} title={one.label}>
                {one.label}
              </Link>
              <span className="mono">{figure(one)}</span>
            </li>
          ))}
        </ol>
      ) : (
        <p className="muted none">{empty}</p>
      )}
    </section>
  );
}

function Rankings({ found }) {
  return (
    <div className="rankings">
      <Ranking title="Slowest" help="Mean response time of the last 7 whole days." items={found.slowest} empty="No response times yet." figure={(one) => responseTime(one.mean_ms)} />
      <Ranking
        title="Flakiest"
        help="Down most often in these days."
        items={found.flakiest}
        empty="Nothing was down."
        figure={(one) => (one.downtimes ? `${one.downtimes} × down, ${shortDuration(one.down_seconds * 1000)}` : plural(one.status_changes, "change"))}
      />
      <Ranking title="Most changed" help="The last 7 days against the 7 before." items={found.changed} empty="Nothing changed to speak of." figure={(one) => changeWords(one, responseTime)} />
    </div>
  );
}

/** Those with least left first; all of them when somebody wants. */
function Budgets({ groups }) {
  const [isWhole, setIsWhole] = useState(false);
  if (!groups.length) return null;
  const ordered = [...groups].sort((a, b) => (a.left ?? 2) - (b.left ?? 2));
  const shown = isWhole ? ordered : ordered.slice(0, BUDGETS);
  return (
    <section className="group-budgets" aria-label="Error budgets of groups">
      <h2>Error budgets of groups</h2>
      <p className="help">What of the time that may be down is left, for the mean service of each group. A group without an objective of its own is held against 99.9 %.</p>
      <table className="list report-list">
        <thead>
          <tr>
            <th scope="col">Group</th>
            <th scope="col" className="number">
              Services
            </th>
            <th scope="col" className="number">
              Available
            </th>
            <th scope="col" className="number">
              Target
            </th>
            <th scope="col">Error budget</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((one) => (
            <tr key={one.group}>
              <th scope="row">
                <Link to={groupAddress(one.group)}>{one.group}</Link>
              </th>
              <td className="number mono" data-label="Services">
                {one.services}
              </td>
              <td className="number mono" data-label="Available">
                {percent(one.availability)}
              </td>
              <td className="number mono" data-label="Target" title={one.is_own_target ? "Of its objective" : "It has no objective"}>
                {targetWords(one.target)}
                {!one.is_own_target && <span className="muted"> usual</span>}
              </td>
              <td className="wide-cell">
                <BudgetBar budget={one} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {groups.length > BUDGETS && (
        <button type="button" className="quiet" aria-expanded={isWhole} onClick={() => setIsWhole(!isWhole)}>
          {isWhole ? "Show fewer" : `Show all ${groups.length} groups`}
        </button>
      )}
    </section>
  );
}

function Nothing({ query, setQuery }) {
  const dropped = FILTERS.filter((name) => query.get(name));
  if (!dropped.length) {
    return (
      <div className="empty-list">
        <p>This page shows how each service did on each day. It fills by itself once services are checked.</p>
        <Link className="plain" to="/">
          Add services on the board
        </Link>
      </div>
    );
  }
  return (
    <div className="empty-list">
      <p>No service goes through these filters.</p>
      {dropped.map((name) => (
        <button key={name} type="button" className="plain" onClick={() => setQuery({ [name]: "" })}>
          Drop {name === "search" ? `“${query.get(name)}”` : `${name} ${valuesOf(query.get(name)).join(", ")}`}
        </button>
      ))}
    </div>
  );
}

function addressOf(query) {
  const wanted = new URLSearchParams({
    days: SPANS.includes(query.get("days")) ? query.get("days") : SPAN,
    sort: SORTS.some(([key]) => key === query.get("sort")) ? query.get("sort") : "worst",
    limit: ON_A_PAGE,
    page: Math.max(1, Number.parseInt(query.get("page"), 10) || 1),
    search: query.get("search") ?? "",
    group: valuesOf(query.get("group")).join(","),
    tag: valuesOf(query.get("tag")).join(","),
  });
  return `/api/fleet?${wanted}`;
}

export function FleetOverview() {
  const query = useQuery();
  const setQuery = useSetQuery();
  const choices = useChoices();
  const { found, problem, isStale, load } = useAsked(addressOf(query), { againMs: AGAIN_MS });
  return (
    <>
      <Bar query={query} setQuery={setQuery} choices={choices} />
      <Problem words={problem} onRetry={load} />
      {!found && !problem && <Ghosts lines={12} />}
      {found && !found.total && <Nothing query={query} setQuery={setQuery} />}
      {found && found.total > 0 && (
        <div className="overview-parts" aria-busy={isStale}>
          <section aria-label="Availability day by day">
            <HeatMap rows={found.items} dates={found.dates} isStale={isStale} />
            <div className="heat-foot">
              <Legend />
              <PageTurner number={found.page} pages={found.pages} total={found.total} one="service" onTurn={(page) => setQuery({ page: page === 1 ? "" : String(page) })} />
            </div>
            <p className="help">Days of UTC. What is in maintenance, paused or unknown counts neither as up nor as down; coverage is what is left.</p>
          </section>
          <Rankings found={found} />
          <Budgets groups={found.groups} />
        </div>
      )}
    </>
  );
}
