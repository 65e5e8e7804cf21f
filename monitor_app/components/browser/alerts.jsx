// What fires, what is held and why, what was over: filtered, chosen and dealt with. All goes through the API.
import { useEffect, useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import { valuesOf } from "./address_values.js";
import { ACT, AcknowledgeForm, AssignForm, at, Banner, Ghosts, More, problemOf, SEVERITIES, SilenceForm } from "./alert_parts.jsx";
import { AlertGroup, AlertRow, incidentAddress } from "./alert_rows.jsx";
import { useAlertCounts, useLive } from "./alerts_watch.jsx";
import { Facet } from "./facets.jsx";
import { Icon } from "./icons.jsx";
import { IncidentList } from "./incident_list.jsx";
import { useKeys } from "./keys.js";
import { ListSearch } from "./list_search.jsx";
import { useOlder } from "./older.js";
import { ask } from "./post.js";
import { SectionTabs } from "./section_tabs.jsx";
import { toastWanted } from "./signals.js";
import { Ago } from "./stamp.jsx";
import { useQuery, useSetQuery } from "./url.js";
import { plural } from "./words.js";

const PATH = "/api/alerts";
const SIZES = [50, 100, 200];
const PARTS = [
  { key: "alerts", title: "Alerts" },
  { key: "incidents", title: "Incidents" },
];
const STATES = [
  ["", "Open"],
  ["pending", "Waiting"],
  ["resolved", "Resolved"],
  ["all", "All"],
];
const word = (value) => ({ value, text: value });
const HELD = [
  { value: "none", text: "Told to somebody" },
  { value: "dependency", text: "By a dependency" },
  { value: "maintenance", text: "By maintenance" },
  { value: "silence", text: "By a silence" },
  { value: "flapping", text: "Flapping" },
  { value: "offline", text: "Monitor offline" },
];
const ACKNOWLEDGED = [
  { value: "no", text: "By nobody yet" },
  { value: "yes", text: "By somebody" },
];
const FILTERS = ["severity", "held", "acknowledged", "assignee", "rule", "group", "tag", "service", "search"];
// What each filter of the address is called by the API.
const NAMES = { rule: "rule_id", service: "service_id" };

function pathOf(query, size) {
  const wanted = new URLSearchParams({ limit: String(size) });
  if (query.get("state")) wanted.set("state", query.get("state"));
  for (const name of FILTERS) {
    const value = name === "search" ? query.get(name) : valuesOf(query.get(name))[0];
    if (value) wanted.set(NAMES[name] ?? name, name === "acknowledged" ? String(value === "yes") : value);
  }
  return `${PATH}?${wanted}`;
}

/** Those of one incident together, in the order of the newest of each. */
function grouped(items) {
  const groups = new Map();
  for (const one of items) {
    const key = one.incident_id ?? 0;
    if (!groups.has(key)) groups.set(key, { id: one.incident_id, title: one.incident || "By themselves", items: [] });
    groups.get(key).items.push(one);
  }
  return [...groups.values()];
}

function States({ query, setQuery, counts }) {
  const state = query.get("state") ?? "";
  const numbers = counts ? { "": counts[0] + counts[2], pending: counts[3] } : {};
  return (
    <div className="sort-choice" role="group" aria-label="Which alerts">
      {STATES.map(([key, text]) => (
        <button key={key} type="button" aria-pressed={state === key} onClick={() => setQuery({ state: key })}>
          {text}
          {numbers[key] > 0 && <span className="mono muted"> {numbers[key]}</span>}
        </button>
      ))}
    </div>
  );
}

function Filters({ query, setQuery, choices, items, isFlat }) {
  const services = new Map(items.filter((one) => one.service_id).map((one) => [one.service_id, one.label || one.service_id]));
  const facets = [
    [{ name: "severity", title: "Severity", isOne: true }, SEVERITIES.map(word)],
    [{ name: "held", title: "Held", isOne: true }, HELD],
    [{ name: "acknowledged", title: "Acknowledged", isOne: true }, ACKNOWLEDGED],
    [{ name: "rule", title: "Rule", isOne: true }, (choices?.rules ?? []).map(({ rule_id: id, name }) => ({ value: String(id), text: name }))],
    [{ name: "service", title: "Service", isOne: true }, [...services].map(([value, text]) => ({ value, text }))],
    [{ name: "group", title: "Group", isOne: true }, (choices?.groups ?? []).map(word)],
    [{ name: "tag", title: "Tag", isOne: true }, (choices?.tags ?? []).map(word)],
    [{ name: "assignee", title: "Assigned to", isOne: true }, (choices?.people ?? []).map(word)],
  ];
  const isFiltered = FILTERS.some((name) => query.get(name));
  return (
    <div className="facets alert-filters" role="group" aria-label="Filters">
      <ListSearch title="Search alerts" />
      {facets
        .filter(([facet, all]) => all.length > 0 || query.get(facet.name))
        .map(([facet, all]) => (
          <Facet key={facet.name} facet={facet} choices={all} query={query} setQuery={setQuery} />
        ))}
      {isFiltered && (
        <button type="button" className="quiet" onClick={() => setQuery(Object.fromEntries(FILTERS.map((name) => [name, ""])))}>
          <Icon name="close" size={12} /> Clear filters
        </button>
      )}
      <span className="space" />
      <button type="button" className="quiet" aria-pressed={isFlat} onClick={() => setQuery({ view: isFlat ? "" : "flat" }, { replace: true })}>
        {isFlat ? "By incident" : "One by one"}
      </button>
    </div>
  );
}

/** When there is nothing: why, and what to do about it. */
function Nothing({ query, setQuery, may }) {
  const state = query.get("state") ?? "";
  const filters = FILTERS.filter((name) => query.get(name));
  const { found: last } = useLive(filters.length || state ? "" : `${PATH}?state=resolved&limit=1`);
  const { found: channels } = useLive(filters.length || state ? "" : "/api/channels");
  if (filters.length) {
    return (
      <div className="empty-list">
        <p>Nothing fits these filters. Drop {filters.length === 1 ? `the filter ${filters[0]}` : "one of them"} to see more.</p>
        <button type="button" className="plain" onClick={() => setQuery(Object.fromEntries(FILTERS.map((name) => [name, ""])))}>
          Clear filters
        </button>
      </div>
    );
  }
  if (state) return <p className="empty-list">{state === "pending" ? "Nothing waits." : "There is none yet."}</p>;
  const hasChannel = channels?.items?.some(({ enabled }) => enabled);
  const one = last?.items?.[0];
  return (
    <div className="empty-list teaching">
      <div>
        <p>
          <b>Nothing fires.</b>{" "}
          {one ? (
            <>
              The last was <Link to={one.incident_id ? incidentAddress(one.incident_id) : "/alerts?state=resolved"}>{one.label || one.rule}</Link>, over <Ago at={at(one.resolved_at)} />.
            </>
          ) : (
            "Nothing ever has. When a service goes down, it stands here, with what it affects and who is on it."
          )}
        </p>
        {channels && !hasChannel && <p>Nobody would be told, though: there is no channel that is on.</p>}
      </div>
      {channels && !hasChannel ? (
        <Link className="primary" to="/alerting/channels">
          <Icon name="plus" /> Add a channel
        </Link>
      ) : (
        <Link to="/alerting/rules">{may.includes("alert-rule:write") ? "Say what is worth an alert" : "What is worth an alert"}</Link>
      )}
    </div>
  );
}

function Bar({ count, onAct, onClear }) {
  if (!count) return null;
  return (
    <div className="chosen-bar" role="toolbar" aria-label="What to do with the selected alerts">
      <span className="count" role="status">
        <b className="mono">{count}</b> selected
      </span>
      <span className="chosen-actions">
        <button type="button" className="quiet" onClick={() => onAct("acknowledge")}>
          Acknowledge…
        </button>
        <button type="button" className="quiet" onClick={() => onAct("take-back")}>
          Take back
        </button>
        <button type="button" className="quiet" onClick={() => onAct("assign")}>
          Assign…
        </button>
        <button type="button" className="quiet" onClick={() => onAct("silence")}>
          Silence…
        </button>
      </span>
      <button type="button" className="icon-button" aria-label="Select none" title="Select none" onClick={onClear}>
        <Icon name="close" size={14} />
      </button>
    </div>
  );
}

/** Changes that show at once and fall back when they are refused. */
function useDoing({ setFound, load, me }) {
  return async (path, ids, body, guess, said) => {
    const numbers = new Set(ids);
    setFound((known) => known && { ...known, isGuess: true, items: known.items.map((one) => (numbers.has(one.alert_id) && !one.resolved_at ? { ...one, ...guess } : one)) });
    try {
      const answer = await ask("POST", path, { alerts: ids, ...body });
      if (path.startsWith(PATH)) {
        const changed = new Map(answer.items.map((one) => [one.alert_id, one]));
        setFound((known) => known && { ...known, items: known.items.map((one) => changed.get(one.alert_id) ?? one) });
      } else load();
      toastWanted.send(said);
    } catch (refused) {
      load();
      throw refused;
    }
  };
}

function AlertList({ may, me }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const [size, setSize] = useState(SIZES[0]);
  const path = pathOf(query, size);
  const { found, setFound, problem, load } = useLive(path);
  const { found: choices } = useLive(`${PATH}/choices`);
  const counts = useAlertCounts();
  const [chosen, setChosen] = useState(new Set());
  const [current, setCurrent] = useState(null);
  const [form, setForm] = useState(null); // {action, ids}
  const box = useRef(null);
  const from = useRef(null);
  const mayAct = may.includes(ACT);
  const isFlat = query.get("view") === "flat";
  const older = useOlder(path, found);
  const items = useMemo(() => [...(found?.items ?? []), ...older.items], [found, older.items]);
  const groups = useMemo(() => (isFlat ? [] : grouped(items)), [items, isFlat]);
  const open = new Set(items.filter((one) => !one.resolved_at).map((one) => one.alert_id));
  const selected = [...chosen].filter((id) => open.has(id));
  useEffect(() => setSize(SIZES[0]), [pathOf(query, 0)]);
  const doing = useDoing({ setFound, load, me });

  const rows = () => [...(box.current?.querySelectorAll("[data-alert]") ?? [])];
  const shownIds = () => rows().map((row) => Number(row.dataset.alert));
  const inHand = () => {
    const row = document.activeElement?.closest?.("[data-alert]");
    return row ? Number(row.dataset.alert) : null;
  };
  const target = () => (selected.length ? selected : [inHand()].filter((id) => id !== null && open.has(id)));
  const step = (by) => {
    const all = rows();
    const index = all.findIndex((row) => row === document.activeElement?.closest?.("[data-alert]"));
    const next = all[index === -1 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, index + by))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  const check = (id, isRange = false) => {
    const ids = shownIds().filter((one) => open.has(one));
    const next = new Set(chosen);
    if (isRange && from.current !== null && ids.includes(from.current)) {
      const [a, b] = [ids.indexOf(from.current), ids.indexOf(id)].sort((x, y) => x - y);
      ids.slice(a, b + 1).forEach((one) => next.add(one));
    } else if (next.has(id)) next.delete(id);
    else next.add(id);
    from.current = id;
    setChosen(next);
  };
  const checkAll = (ids, isOn) => {
    const next = new Set(chosen);
    ids.forEach((id) => (isOn ? next.add(id) : next.delete(id)));
    setChosen(next);
  };
  const now = () => new Date().toISOString();
  const takeBack = (ids) =>
    doing(`${PATH}/unacknowledge`, ids, {}, { acknowledged_by: "", acknowledged_at: null, acknowledged_until: null }, { text: "Nobody is on it now" });
  const acknowledge = (ids, { minutes = 0, note = "" }) =>
    doing(`${PATH}/acknowledge`, ids, { minutes, note }, { acknowledged_by: me, acknowledged_at: now(), acknowledged_until: minutes ? new Date(Date.now() + minutes * 60_000).toISOString() : null }, {
      text: ids.length > 1 ? `${ids.length} alerts acknowledged` : "Acknowledged: nobody else is told",
      action: "Undo",
      act: () => quietly(takeBack(ids)),
    });
  const quietly = (promise) => promise.catch((refused) => toastWanted.send({ text: problemOf(refused), tone: "failed" }));
  const act = (action, id = null) => {
    const ids = id === null ? target() : [id];
    if (!ids.length || !mayAct) return;
    if (action === "quick") quietly(acknowledge(ids, {}));
    else if (action === "take-back") quietly(takeBack(ids));
    else setForm({ action, ids });
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    ...(mayAct
      ? {
          x: () => inHand() !== null && open.has(inHand()) && check(inHand()),
          e: () => act("acknowledge"),
          a: () => act("assign"),
          s: () => act("silence"),
          Escape: () => setChosen(new Set()),
        }
      : {}),
  });
  const onKeyDown = (event) => {
    if (event.target !== event.target.closest("[data-alert]") || event.key !== "Enter") return;
    const one = items.find((each) => each.alert_id === Number(event.target.dataset.alert));
    const link = event.target.querySelector("a");
    if (one?.incident_id) event.target.closest(".alert-group")?.querySelector("h2 a")?.click() ?? event.target.querySelector(".alert-incident")?.click();
    else link?.click();
  };
  const close = () => setForm(null);
  const ids = form?.ids ?? [];
  const shared = { chosen, current: current ?? items[0]?.alert_id, mayAct, onCheck: check, onAct: act, onFocus: setCurrent };
  return (
    <>
      <div className="alert-bar">
        <States query={query} setQuery={setQuery} counts={counts} />
        <Filters query={query} setQuery={setQuery} choices={choices} items={items} isFlat={isFlat} />
      </div>
      <Banner problem={problem} onAgain={load} />
      {!found && !problem && <Ghosts />}
      {found && !items.length && <Nothing query={query} setQuery={setQuery} may={may} />}
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div ref={box} className="alerts-shown" onKeyDown={onKeyDown}>
        {isFlat ? (
          <ul className="alert-list" aria-label="Alerts">
            {items.map((one) => (
              <AlertRow key={one.alert_id} one={one} withIncident isChosen={chosen.has(one.alert_id)} isCurrent={one.alert_id === shared.current} mayAct={mayAct} onCheck={check} onAct={act} onFocus={setCurrent} />
            ))}
          </ul>
        ) : (
          groups.map((group) => <AlertGroup key={group.id ?? 0} group={group} isCut={older.hasMore} {...shared} onCheckAll={checkAll} />)
        )}
      </div>
      <More size={size} sizes={SIZES} older={older} onSize={setSize}>
        These are the newest {plural(items.length, "alert")}.
      </More>
      {mayAct && <Bar count={selected.length} onAct={act} onClear={() => setChosen(new Set())} />}
      <AcknowledgeForm isOpen={form?.action === "acknowledge"} count={ids.length} run={(given) => acknowledge(ids, given)} onClose={close} />
      <AssignForm isOpen={form?.action === "assign"} count={ids.length} people={choices?.people ?? []} onClose={close} run={(username) => doing(`${PATH}/assign`, ids, { username }, { assignee: username ?? "" }, { text: username ? `Assigned to ${username}` : "Assigned to nobody" })} />
      <SilenceForm isOpen={form?.action === "silence"} count={ids.length} onClose={close} run={(given) => doing("/api/silences/alerts", ids, given, {}, { text: "Silenced: nobody is told of it until then" })} />
    </>
  );
}

/** `may` are the permissions of who looks, `me` their name. */
export function Alerts({ may = [], me = "" }) {
  const query = useQuery();
  const counts = useAlertCounts();
  const lead = !counts ? "What fires now, what is held, and why." : counts[0] ? `${plural(counts[0], "alert")} firing, ${counts[1] ? `${counts[1]} not acknowledged` : "all acknowledged"}${counts[2] ? `, ${counts[2]} held` : ""}.` : counts[2] ? `Nobody is to be told of anything now; ${counts[2]} held.` : "Nothing fires.";
  return (
    <>
      <div className="admin-head">
        <div className="words">
          <h1>Alerts</h1>
          <p className="muted" role="status">
            {lead}
          </p>
        </div>
        <SectionTabs parts={PARTS} label="Alerts and incidents" />
      </div>
      {query.get("tab") === "incidents" ? <IncidentList /> : <AlertList may={may} me={me} />}
    </>
  );
}
