// One incident: what it is, who is on it, what happened, what it affects, who was told, what was learned.
import { useEffect, useState } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { ACT, AcknowledgeForm, Affects, AssignForm, at, Banner, Ghosts, problemOf, Severity, tried, Who } from "./alert_parts.jsx";
import { AlertRow, incidentAddress } from "./alert_rows.jsx";
import { useLive } from "./alerts_watch.jsx";
import { Icon } from "./icons.jsx";
import { Affected, MergeForm, PostMortem, Story, Told } from "./incident_parts.jsx";
import { useKeys } from "./keys.js";
import { apiUrl, ask } from "./post.js";
import { toastWanted } from "./signals.js";
import { Ago, Stamp } from "./stamp.jsx";
import { duration, plural } from "./words.js";

const PATH = "/api/alerting/incidents";
const PLACE = "/incidents/";
const WRITE = "note:write";
const SHOWN = 10; // more alerts are folded

function Title({ incident, mayWrite, onChanged }) {
  const [text, setText] = useState(null); // null: nobody writes
  const save = async (event) => {
    event.preventDefault();
    if (text.trim() === incident.title) {
      setText(null);
      return;
    }
    const changed = await tried("PATCH", `${PATH}/${incident.incident_id}`, { title: text });
    if (!changed) return;
    onChanged(changed);
    setText(null);
  };
  if (text === null) {
    return (
      <h1>
        {incident.title}
        {mayWrite && (
          <button type="button" className="icon-button" aria-label="Rename it" title="Rename it" onClick={() => setText(incident.title)}>
            <Icon name="edit" size={14} />
          </button>
        )}
      </h1>
    );
  }
  return (
    <form className="title-form" noValidate onSubmit={save}>
      <input aria-label="Title" maxLength={200} autoFocus value={text} onChange={(event) => setText(event.target.value)} onKeyDown={(event) => event.key === "Escape" && setText(null)} />
      <button type="submit" className="plain">
        Save
      </button>
      <button type="button" className="quiet" onClick={() => setText(null)}>
        Cancel
      </button>
    </form>
  );
}

function Facts({ incident }) {
  const isOver = Boolean(incident.resolved_at);
  return (
    <p className="incident-facts">
      <Severity severity={incident.severity} isQuiet={isOver} />
      <b>{incident.severity}</b>
      <span>
        {incident.merged_into ? (
          <>
            merged <Stamp at={at(incident.resolved_at ?? incident.started_at)} />, began <Stamp at={at(incident.started_at)} />
          </>
        ) : isOver ? (
          <>
            over, lasted {duration(at(incident.resolved_at) - at(incident.started_at))}, ended <Stamp at={at(incident.resolved_at)} />
          </>
        ) : (
          <>
            open, began <Ago at={at(incident.started_at)} /> (<Stamp at={at(incident.started_at)} />)
          </>
        )}
      </span>
      <Who one={incident} />
      {!isOver && !incident.acknowledged_at && <span className="nobody">nobody is on it</span>}
    </p>
  );
}

/** The alert that tells what it affects: that of the service that it began with, if there is one. */
function firstOf({ items, service_id: root }) {
  const own = items.filter((one) => one.service_id === root);
  return (own.length ? own : items).find((one) => one.facts?.affects?.count);
}

function AlertsOf({ incident, mayAct, onChanged }) {
  const [chosen, setChosen] = useState(new Set());
  const [areAll, setAreAll] = useState(false);
  const items = incident.items;
  const open = items.filter((one) => !one.resolved_at).map((one) => one.alert_id);
  const selected = open.filter((id) => chosen.has(id));
  const weight = (one) => [Boolean(one.resolved_at), Boolean(one.held_by), one.service_id !== incident.service_id].reduce((sum, isLater) => 2 * sum + Number(isLater), 0);
  const ranked = [...items].sort((a, b) => weight(a) - weight(b));
  const shown = areAll ? ranked : ranked.slice(0, SHOWN);
  const check = (id) => setChosen((known) => (known.has(id) ? new Set([...known].filter((one) => one !== id)) : new Set([...known, id])));
  const split = async () => {
    const changed = await tried("POST", `${PATH}/${incident.incident_id}/split`, { alerts: selected });
    if (!changed) return;
    onChanged(changed);
    setChosen(new Set());
    toastWanted.send({ text: "They become an incident of their own in a moment" });
  };
  return (
    <section aria-labelledby="incident-alerts">
      <div className="section-line">
        <h2 id="incident-alerts">
          {plural(incident.alerts, "alert")}
          {incident.open_alerts > 0 && incident.open_alerts < incident.alerts && <span className="muted"> · {incident.open_alerts} open</span>}
        </h2>
        {selected.length > 0 && selected.length < open.length && (
          <button type="button" className="plain" onClick={split}>
            Split {plural(selected.length, "alert")} off
          </button>
        )}
        {selected.length > 0 && selected.length === open.length && <span className="help">One has to stay here.</span>}
      </div>
      {items.length < incident.alerts && <p className="help">The newest {items.length} of them are shown.</p>}
      <ul className="alert-list">
        {shown.map((one) => (
          <AlertRow key={one.alert_id} one={one} isChosen={chosen.has(one.alert_id)} isCurrent={false} mayAct={mayAct && open.length > 1} onCheck={check} />
        ))}
      </ul>
      {ranked.length > SHOWN && (
        <button type="button" className="alert-fold" aria-expanded={areAll} onClick={() => setAreAll(!areAll)}>
          <Icon name={areAll ? "down" : "right"} size={12} />
          {areAll ? "Fold" : `${ranked.length - SHOWN} more`}
        </button>
      )}
    </section>
  );
}

function Acts({ incident, isActing, onAct, mayAct }) {
  const isOpen = !incident.resolved_at;
  return (
    <div className="incident-acts">
      {mayAct && isOpen && (
        <>
          {incident.acknowledged_at ? (
            <button type="button" className="plain" aria-disabled={isActing} onClick={() => onAct("take-back")}>
              Take back
            </button>
          ) : (
            <button type="button" className="primary" aria-disabled={isActing} onClick={() => onAct("acknowledge")}>
              Acknowledge
            </button>
          )}
          <button type="button" className="plain" onClick={() => onAct("assign")}>
            Assign
          </button>
          <button type="button" className="plain" onClick={() => onAct("merge")}>
            Merge
          </button>
        </>
      )}
      <a className="plain" href={apiUrl(`${PATH}/${incident.incident_id}/export`)} download={`incident-${incident.incident_id}.md`}>
        <Icon name="download" size={14} /> Export
      </a>
    </div>
  );
}

/** `may` are the permissions of who looks, `me` their name. */
export function Incident({ may = [], me = "" }) {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const number = pathname.startsWith(PLACE) ? pathname.slice(PLACE.length).replace(/\/$/, "") : "";
  const isNumber = /^[1-9]\d{0,8}$/.test(number);
  const { found, setFound, problem, load } = useLive(isNumber ? `${PATH}/${number}` : "");
  const [form, setForm] = useState("");
  const [people, setPeople] = useState([]);
  const [isActing, setIsActing] = useState(false);
  const mayAct = may.includes(ACT);
  const mayWrite = may.includes(WRITE);
  const incident = found && String(found.incident_id) === number ? found : null;
  const show = (whole) => setFound((known) => ({ ...whole, path: known?.path }));
  const title = incident?.title;
  useEffect(() => {
    if (title) document.title = `${title} · Lightbulb`;
  }, [title]);
  useEffect(() => {
    if (form === "assign") ask("GET", "/api/alerts/choices").then((answer) => setPeople(answer.people), () => setPeople([]));
  }, [form]);
  /** Shows at once, and falls back when it is refused. */
  const change = async (method, path, body, guess) => {
    const before = incident;
    setIsActing(true);
    show({ ...incident, ...guess });
    try {
      show(await ask(method, path, body));
    } catch (refused) {
      show(before);
      throw refused;
    } finally {
      setIsActing(false);
    }
  };
  const address = `${PATH}/${number}`;
  const acknowledge = ({ minutes, note }) => change("POST", `${address}/acknowledge`, { minutes, note }, { acknowledged_by: me, acknowledged_at: new Date().toISOString(), acknowledged_until: null });
  const act = (action) => {
    if (!incident || incident.resolved_at || !mayAct) return;
    if (action !== "take-back") setForm(action);
    else {
      change("DELETE", `${address}/acknowledge`, undefined, { acknowledged_by: "", acknowledged_at: null, acknowledged_until: null }).catch((refused) =>
        toastWanted.send({ text: problemOf(refused), tone: "failed" }),
      );
    }
  };
  useKeys(mayAct ? { e: () => act("acknowledge"), a: () => act("assign") } : {});
  if (!isNumber || problem?.status === 404) {
    return (
      <div className="empty-board">
        <h1>There is no such incident</h1>
        <p className="lead">It is older than what is kept, or the address has a slip in it.</p>
        <div className="other">
          <Link to="/alerts">Go to the alerts</Link>
        </div>
      </div>
    );
  }
  if (!incident) {
    return (
      <>
        <Banner problem={problem} onAgain={load} />
        {!problem && <Ghosts />}
      </>
    );
  }
  const first = firstOf(incident);
  return (
    <div className="incident-page">
      <div className="admin-head">
        <div className="words">
          <Title incident={incident} mayWrite={mayWrite} onChanged={show} />
          <Facts incident={incident} />
        </div>
        <Acts incident={incident} isActing={isActing} mayAct={mayAct} onAct={act} />
      </div>
      <Banner problem={problem} onAgain={load} />
      {incident.merged_into && (
        <div className="banner">
          <Icon name="link" />
          <span>
            It is one with <Link to={incidentAddress(incident.merged_into)}>another incident</Link>: what happens is told there.
          </span>
        </div>
      )}
      {incident.cause && (
        <p className="incident-cause">
          <span className="muted">Probable cause</span> {incident.cause}
        </p>
      )}
      {first && (
        <p className="incident-cause">
          <Affects facts={first.facts} isWhole />
        </p>
      )}
      {incident.merged.length > 0 && (
        <p className="muted">
          One with {incident.merged.map((id) => (
            <Link key={id} to={incidentAddress(id)}>
              {" "}incident {id}
            </Link>
          ))}
        </p>
      )}
      <div className="incident-columns">
        <div>
          {(incident.alerts > 0 || !incident.merged_into) && <AlertsOf incident={incident} mayAct={mayAct && !incident.resolved_at} onChanged={show} />}
          <Story incident={incident} mayWrite={mayWrite} onChanged={show} />
        </div>
        <div>
          <Affected id={number} />
          <PostMortem incident={incident} mayWrite={mayWrite} onChanged={show} />
          <Told id={incident.incident_id} notifications={incident.notifications} />
        </div>
      </div>
      <AcknowledgeForm isOpen={form === "acknowledge"} count={1} run={acknowledge} onClose={() => setForm("")} />
      <AssignForm isOpen={form === "assign" && people.length > 0} count={1} people={people} run={(username) => change("POST", `${address}/assign`, { username }, { assignee: username ?? "" })} onClose={() => setForm("")} />
      <MergeForm
        incident={incident}
        isOpen={form === "merge"}
        onMerged={(whole) => {
          setForm("");
          navigate(incidentAddress(whole.incident_id));
        }}
        onClose={() => setForm("")}
      />
    </div>
  );
}
