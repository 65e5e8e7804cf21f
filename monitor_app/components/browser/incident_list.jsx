// Incidents, those that are open and those of the past.
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { at, Banner, Ghosts, More, Severity, Who } from "./alert_parts.jsx";
import { incidentAddress } from "./alert_rows.jsx";
import { useLive } from "./alerts_watch.jsx";
import { ListSearch } from "./list_search.jsx";
import { useOlder } from "./older.js";
import { Ago, Stamp } from "./stamp.jsx";
import { useQuery, useSetQuery } from "./url.js";
import { duration, plural } from "./words.js";

const PATH = "/api/alerting/incidents";
const SIZES = [50, 100, 200];
const STATES = [
  ["", "All"],
  ["open", "Open"],
  ["resolved", "Over"],
];

export function IncidentList() {
  const query = useQuery();
  const setQuery = useSetQuery();
  const [size, setSize] = useState(SIZES[0]);
  const state = query.get("state") ?? "";
  const search = query.get("search") ?? "";
  useEffect(() => setSize(SIZES[0]), [state, search]);
  const path = `${PATH}?${new URLSearchParams({ state: state || "all", search: search.slice(0, 100), limit: String(size) })}`;
  const { found, problem, load } = useLive(path);
  const older = useOlder(path, found);
  const items = [...(found?.items ?? []), ...older.items];
  return (
    <>
      <div className="alert-bar">
        <div className="sort-choice" role="group" aria-label="Which incidents">
          {STATES.map(([key, text]) => (
            <button key={key} type="button" aria-pressed={state === key} onClick={() => setQuery({ state: key })}>
              {text}
            </button>
          ))}
        </div>
        <ListSearch title="Search incidents" />
      </div>
      <Banner problem={problem} onAgain={load} />
      {!found && !problem && <Ghosts />}
      {found && !items.length && <p className="empty-list">{search || state ? "There is no such incident." : "There was no incident yet. Alerts of one outage come together in one."}</p>}
      <ul className="alert-list" aria-label="Incidents">
        {items.map((one) => (
          <li key={one.incident_id} className={`alert-row ${one.resolved_at ? "over" : ""}`}>
            <Severity severity={one.severity} isQuiet={Boolean(one.resolved_at)} />
            <div className="alert-what">
              <p className="alert-name">
                <Link to={incidentAddress(one.incident_id)}>{one.title}</Link>
                <span className="muted">
                  {plural(one.alerts, "alert")}
                  {one.open_alerts > 0 && one.open_alerts < one.alerts && `, ${one.open_alerts} open`}
                </span>
                {one.has_post_mortem && <span className="chip">post-mortem</span>}
              </p>
              {one.cause && <p className="alert-cause">{one.cause}</p>}
            </div>
            <div className="alert-side">
              <span className="mono muted">{one.resolved_at ? <Stamp at={at(one.started_at)} /> : <Ago at={at(one.started_at)} />}</span>
              {one.resolved_at ? <span className="muted">lasted {duration(at(one.resolved_at) - at(one.started_at))}</span> : <Who one={one} />}
            </div>
          </li>
        ))}
      </ul>
      <More size={size} sizes={SIZES} older={older} onSize={setSize}>
        These are the newest {plural(items.length, "incident")}.
      </More>
    </>
  );
}
