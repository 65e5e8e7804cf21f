// A report on the screen: figures of all together, of groups, of each service, and the downtimes.
import { Link } from "react-router";
import { useAsked } from "./asked.js";
import { useFormats } from "./formats.jsx";
import { Icon } from "./icons.jsx";
import { PageTurner } from "./page_turner.jsx";
import { Ghosts, Problem } from "./report_parts.jsx";
import { NOTHING, percent, seconds, targetWords } from "./report_words.js";
import { serviceAddress, useQuery, useSetQuery } from "./url.js";
import { dayClock, exact, exactSpan, plural, responseTime } from "./words.js";

const ON_A_PAGE = 50;
const SORTS = [
  ["worst", "Least available first"],
  ["slowest", "Slowest first"],
  ["label", "By name"],
  ["group", "By group"],
];
const SLA = { met: ["ok", "check"], missed: ["failed", "octagon"], unknown: ["unknown", "whatif"] };

function Sla({ sla }) {
  const [tone, icon] = SLA[sla] ?? SLA.unknown;
  return (
    <span className={`verdict ${tone}`}>
      <Icon name={icon} size={14} /> {sla}
    </span>
  );
}

function Figure({ title, children }) {
  return (
    <div className="report-figure">
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Together({ told }) {
  const { total, groups } = told;
  return (
    <>
      <dl className="report-figures">
        <Figure title="Available">
          <span className="mono">{percent(total.availability)}</span>
        </Figure>
        <Figure title={`Target ${targetWords(told.target)}`}>
          <Sla sla={total.sla} />
        </Figure>
        <Figure title="Coverage">
          <span className="mono">{percent(total.coverage)}</span>
        </Figure>
        <Figure title="Services">
          <span className="mono">{total.services}</span>
        </Figure>
      </dl>
      {groups.length > 1 && (
        <details className="report-groups">
          <summary>Groups ({told.groups_total})</summary>
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
                <th scope="col">Target</th>
                <th scope="col" className="number">
                  Coverage
                </th>
              </tr>
            </thead>
            <tbody>
              {groups.map((one) => (
                <tr key={one.group}>
                  <th scope="row">{one.group || <span className="muted">in no group</span>}</th>
                  <td className="number mono" data-label="Services">
                    {one.services}
                  </td>
                  <td className="number mono" data-label="Available">
                    {percent(one.availability)}
                  </td>
                  <td>
                    <Sla sla={one.sla} />
                  </td>
                  <td className="number mono" data-label="Coverage">
                    {percent(one.coverage)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </>
  );
}

const COLUMNS = [
  ["Down", (one) => seconds(one.down_seconds)],
  ["Downtimes", (one) => one.downtimes || "none"],
  ["Longest", (one) => (one.downtimes ? seconds(one.longest_downtime_seconds) : NOTHING)],
  ["Maintenance", (one) => seconds(one.maintenance_seconds)],
  ["Paused", (one) => seconds(one.paused_seconds)],
  ["Unknown", (one) => seconds(one.unknown_seconds)],
  ["Coverage", (one) => percent(one.coverage)],
  ["p50", (one) => responseTime(one.p50_ms)],
  ["p95", (one) => responseTime(one.p95_ms)],
];

// A phone leaves out what there was none of: a service takes half the room there then.
const NONE = new Set([NOTHING, "none"]);

function Services({ services }) {
  return (
    <div className="sla-scroll" tabIndex={0} role="region" aria-label="Services of the report">
      <table className="list report-list sla-table">
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col" className="number">
              Available
            </th>
            <th scope="col" className="sla-cell">
              Target
            </th>
            {COLUMNS.map(([title]) => (
              <th key={title} scope="col" className="number">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {services.map((one) => (
            <tr key={one.service_id}>
              <th scope="row">
                <Link to={serviceAddress(one.service_id)}>{one.label}</Link>
              </th>
              <td className="number mono" data-label="Available">
                {percent(one.availability)}
              </td>
              <td className="sla-cell">
                <Sla sla={one.sla} />
              </td>
              {COLUMNS.map(([title, figure]) => (
                <td key={title} className={`number mono ${NONE.has(figure(one)) ? "none" : ""}`} data-label={title}>
                  {figure(one)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Downtimes({ told, onTurn }) {
  return (
    <section aria-label="Downtimes of the report">
      <h3>Downtimes</h3>
      {!told.downtimes.length && <p className="muted">Nothing was down.</p>}
      {told.downtimes.length > 0 && (
        <table className="list report-list">
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col">Began</th>
              <th scope="col" className="number">
                Lasted
              </th>
              <th scope="col">Cause</th>
            </tr>
          </thead>
          <tbody>
            {told.downtimes.map((one, index) => (
              <tr key={index}>
                <th scope="row">
                  <Link to={serviceAddress(one.service_id)}>{one.service}</Link>
                </th>
                <td className="mono" title={exact(Date.parse(one.started_at))}>
                  {dayClock(Date.parse(one.started_at))}
                </td>
                <td className="number mono" data-label="Lasted">
                  {one.ended_at ? seconds(one.duration_seconds) : "lasts"}
                </td>
                <td className="wide-cell cause">{one.cause}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <PageTurner number={told.downtimes_page} pages={told.downtimes_pages} total={told.downtimes_total} one="downtime" onTurn={onTurn} />
      {told.has_more_downtimes && <p className="help">The newest {told.downtimes_total}; older ones are left out.</p>}
    </section>
  );
}

function numberIn(query, name) {
  return Math.max(1, Number.parseInt(query.get(name), 10) || 1);
}

export function ReportShown({ reportId }) {
  useFormats();
  const query = useQuery();
  const setQuery = useSetQuery();
  const sort = SORTS.some(([key]) => key === query.get("sort")) ? query.get("sort") : "worst";
  const wanted = new URLSearchParams({ sort, limit: ON_A_PAGE, page: numberIn(query, "page"), downtimes_page: numberIn(query, "downtimes") });
  const { found: told, problem, isStale, load } = useAsked(`/api/reports/${encodeURIComponent(reportId)}/content?${wanted}`);
  const turn = (name) => (to) => setQuery({ page: query.get("page"), [name]: to === 1 ? "" : String(to) });
  if (problem) return <Problem words={problem} onRetry={load} />;
  if (!told) return <Ghosts />;
  return (
    <section className={`report-shown ${isStale ? "stale" : ""}`} aria-label={`Report ${told.title}`} aria-busy={isStale}>
      <h2>{told.title}</h2>
      <p className="muted">
        {exactSpan(Date.parse(told.since), Date.parse(told.until))} · made {dayClock(Date.parse(told.made_at))} by {told.made_by}
      </p>
      <Together told={told} />
      <div className="report-bar">
        <h3>{plural(told.total.services, "service")}</h3>
        <span className="space" />
        <label className="choice">
          <span className="for-readers">Order</span>
          <select value={sort} onChange={(event) => setQuery({ sort: event.target.value === "worst" ? "" : event.target.value })}>
            {SORTS.map(([key, words]) => (
              <option key={key} value={key}>
                {words}
              </option>
            ))}
          </select>
          <Icon name="down" size={12} />
        </label>
      </div>
      <Services services={told.services} />
      <PageTurner number={told.page} pages={told.pages} total={told.total.services} one="service" onTurn={turn("page")} />
      <p className="help">Availability is of the time about which something is known. Maintenance, pauses and unknown times are told apart; coverage is what they leave.</p>
      <Downtimes told={told} onTurn={turn("downtimes")} />
    </section>
  );
}
