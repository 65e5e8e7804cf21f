// Maintenance: the calendar of what is planned, the windows themselves, and silences. All goes through the API.
import { useCallback, useEffect, useState } from "react";
import { ActionMenu } from "./action_menu.jsx";
import { useFormats } from "./formats.jsx";
import { Icon } from "./icons.jsx";
import { useKeys } from "./keys.js";
import { MaintenanceCalendar } from "./maintenance_calendar.jsx";
import { MaintenanceForm } from "./maintenance_form.jsx";
import { Modal } from "./modal.jsx";
import { ask, patch, post } from "./post.js";
import { Question } from "./question.jsx";
import { lengthWords, recurrenceWords } from "./recurrence.js";
import { toastWanted } from "./signals.js";
import { Silences, scopeWords } from "./silences.jsx";
import { exact, exactSpan } from "./times.js";
import { useQuery, useSetQuery } from "./url.js";
import { holdEnd, plural } from "./words.js";

const PATH = "/api/maintenance-windows";
const WRITE = "maintenance:write";
const AGAIN_MS = 30_000;
const NEW = "new";

function Ghosts() {
  return (
    <div className="ghosts" aria-hidden="true">
      {[0, 1, 2, 3].map((line) => (
        <div key={line} className="ghost-line">
          <span className="ghost" />
        </div>
      ))}
    </div>
  );
}

function Empty({ mayWrite, onPlan }) {
  return (
    <div className="empty-list teaching">
      <div>
        <p>
          <b>Nothing is planned.</b> While a maintenance window is on, its services rest: nothing fires, nothing is downtime, and the board and status pages say why.
        </p>
        <p>{mayWrite ? "Plan one once, or every Sunday at two. What is still down when it ends is checked afresh, and told then." : "Editors can plan maintenance."}</p>
      </div>
      {mayWrite && (
        <button type="button" className="primary" onClick={onPlan}>
          <Icon name="plus" /> Plan maintenance
        </button>
      )}
      <a href="/help/maintenance">How maintenance works</a>
    </div>
  );
}

function When({ one }) {
  if (!one.enabled) return <span className="muted">off</span>;
  const starts = one.now && Date.parse(one.now.starts_at);
  return (
    <>
      {one.now && (
        <span className="status stopped" title={exactSpan(starts, Date.parse(one.now.ends_at))}>
          <Icon name="wrench" size={14} /> On until {holdEnd(Date.parse(one.now.ends_at))}
        </span>
      )}
      {one.next && (
        <span className={one.now ? "muted" : ""} title={exact(Date.parse(one.next.starts_at))}>
          {one.now ? "then " : ""}
          {exactSpan(Date.parse(one.next.starts_at), Date.parse(one.next.ends_at))}
        </span>
      )}
      {!one.now && !one.next && <span className="muted">over</span>}
    </>
  );
}

function items(one) {
  return [
    { action: "edit", icon: "edit", text: "Edit" },
    { action: "copy", icon: "copy", text: "Duplicate" },
    ...(one.now ? [{ action: "end", icon: "check", text: "End what is on now" }] : []),
    ...(one.next ? [{ action: "skip", icon: "turn", text: "Leave the next one out" }] : []),
    { action: "delete", icon: "trash", text: "Delete", isDangerous: true },
  ];
}

function Rows({ windows, mayWrite, onAct, onToggle }) {
  return (
    <table className="list window-list" aria-label="Maintenance windows">
      <thead>
        <tr>
          <th scope="col">Window</th>
          <th scope="col">Repeats</th>
          <th scope="col">Next</th>
          <th scope="col">About</th>
          <th scope="col">By</th>
          <th scope="col">On</th>
          <th scope="col">
            <span className="for-readers">What can be done</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {windows.map((one) => (
          <tr key={one.window_id} className={one.enabled ? "" : "off"}>
            <th scope="row">
              {mayWrite ? (
                <button type="button" className="link-button" onClick={() => onAct("edit", one)}>
                  {one.name}
                </button>
              ) : (
                one.name
              )}
              {one.reason && <span className="muted reason">{one.reason}</span>}
              <span className="window-notes">
                {one.public_title && (
                  <span className="chip" title={`Readers of status pages are told: ${one.public_title}`}>
                    told to readers
                  </span>
                )}
                {one.clashes.length > 0 && (
                  <span className="chip" title={one.clashes.join(", ")}>
                    at the same time as {one.clashes[0]}
                    {one.clashes.length > 1 && ` and ${one.clashes.length - 1} more`}
                  </span>
                )}
              </span>
            </th>
            <td>
              {recurrenceWords(one.recurrence, one.starts_at)}, {lengthWords(one.minutes)} <span className="muted">{one.time_zone.replaceAll("_", " ")}</span>
            </td>
            <td className="window-when">
              <When one={one} />
            </td>
            <td>
              {plural(one.services, "service")} <span className="muted">{scopeWords(one.scope, one.services)}</span>
            </td>
            <td>{one.who}</td>
            <td data-label="On">
              <button type="button" role="switch" className="switch-button" aria-checked={one.enabled} disabled={!mayWrite} aria-label={`${one.name} takes place`} onClick={() => onToggle(one, !one.enabled)}>
                <i />
              </button>
            </td>
            <td className="cell-actions">{mayWrite && <ActionMenu label={`What can be done with ${one.name}`} items={items(one)} onChoose={(action) => onAct(action, one)} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const WORDS = {
  delete: (one) => ({
    title: `Delete ${one.name}?`,
    text: one.now ? "It is on now: its services are watched again at once, and what is down then is told." : "It takes place no more. What was in maintenance because of it stays in the history.",
    button: "Delete",
    keep: "Keep it",
    isDangerous: true,
  }),
  end: (one) => ({
    title: `End ${one.name} now?`,
    text: `It would be on until ${exact(Date.parse(one.now.ends_at))}. Its services are checked afresh; what is down then is told. Later ones take place as planned.`,
    button: "End it now",
    keep: "Let it go on",
  }),
  skip: (one) => ({
    title: "Leave the next one out?",
    text: `${one.name} does not take place on ${exactSpan(Date.parse(one.next.starts_at), Date.parse(one.next.ends_at))}. Others do; this cannot be taken back.`,
    button: "Leave it out",
    keep: "Keep it",
  }),
};

function Doing({ doing: action, one, onDone, onClose }) {
  const { text, button, keep, isDangerous = false } = WORDS[action](one);
  const path = `${PATH}/${one.window_id}`;
  const act = () => (action === "delete" ? ask("DELETE", path) : post(`${path}/skip`, { occurrence: (action === "end" ? one.now : one.next).occurrence }));
  return (
    <Question act={act} button={button} keep={keep} isDangerous={isDangerous} onDone={() => onDone(action, one)} onClose={onClose}>
      <p>{text}</p>
    </Question>
  );
}

/** As they are given to the API: to bring one back that was deleted. */
function valuesOf({ name, reason, public_title, scope, starts_at, time_zone, minutes, recurrence, enabled }) {
  return { name, reason, public_title, scope, starts_at, time_zone, minutes, recurrence, enabled };
}

/** What is on comes first, then what comes next, then what is over. */
function inOrder(windows) {
  const at = (one) => (one.now ? 0 : one.next ? Date.parse(one.next.starts_at) : Infinity);
  return [...windows].sort((one, other) => at(one) - at(other) || one.name.localeCompare(other.name));
}

/** `may` are the permissions of who looks. */
export function Maintenance({ may = [] }) {
  useFormats();
  const query = useQuery();
  const setQuery = useSetQuery();
  const [windows, setWindows] = useState(null);
  const [version, setVersion] = useState(0);
  const [problem, setProblem] = useState("");
  const [asking, setAsking] = useState(null);
  const [template, setTemplate] = useState(null);
  const [day, setDay] = useState("");
  const mayWrite = may.includes(WRITE);
  const load = useCallback(async () => {
    try {
      const answer = await ask("GET", PATH);
      setWindows(inOrder(answer.items));
      setVersion((count) => count + 1);
      setProblem("");
    } catch (refused) {
      setProblem(refused.detail ?? "Maintenance windows cannot be read.");
    }
  }, []);
  useEffect(() => {
    load();
    const timer = setInterval(() => document.visibilityState === "visible" && load(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [load]);
  const editing = query.get("edit") ?? "";
  const edited = editing && editing !== NEW ? windows?.find(({ window_id: id }) => String(id) === editing) : null;
  const isOpen = Boolean(mayWrite && windows && (editing === NEW || edited));
  const plan = (on = "", from = null) => {
    if (!mayWrite) return;
    setDay(on);
    setTemplate(from);
    setQuery({ edit: NEW });
  };
  useKeys({ n: () => plan() });
  const close = () => setQuery({ edit: null });
  const act = (action, one) => {
    if (action === "edit") setQuery({ edit: String(one.window_id) });
    else if (action === "copy") plan("", one);
    else setAsking({ action, one });
  };
  const bringBack = async (one) => {
    try {
      await post(PATH, valuesOf(one));
      toastWanted.send({ text: `${one.name} is back` });
    } catch (refused) {
      toastWanted.send({ text: Object.values(refused.fields ?? {})[0] ?? refused.detail, tone: "failed" });
    }
    load();
  };
  const done = (action, one) => {
    setAsking(null);
    if (action === "delete") toastWanted.send({ text: `${one.name} is deleted`, action: "Undo", act: () => bringBack(one) });
    else toastWanted.send({ text: action === "end" ? `${one.name} is over` : "The next one is left out" });
    load();
  };
  const toggle = async (one, enabled) => {
    // Seen at once; back again when it is refused.
    const shown = (value) => setWindows((known) => known.map((each) => (each.window_id === one.window_id ? { ...each, enabled: value } : each)));
    shown(enabled);
    try {
      await patch(`${PATH}/${one.window_id}`, { enabled });
      load();
    } catch (refused) {
      shown(!enabled);
      toastWanted.send({ text: Object.values(refused.fields ?? {})[0] ?? refused.detail, tone: "failed" });
    }
  };
  const open = ({ window_id: id }) => mayWrite && setQuery({ edit: String(id) });
  const question = asking && WORDS[asking.action](asking.one);
  return (
    <>
      <div className="admin-head">
        <div className="words">
          <h1>Maintenance</h1>
          <p className="muted">While it is on, services rest: nothing fires, nothing is downtime.</p>
        </div>
        {mayWrite && windows?.length > 0 && (
          <button type="button" className="primary" onClick={() => plan()}>
            <Icon name="plus" /> Plan maintenance
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
      {!windows && !problem && <Ghosts />}
      {windows?.length === 0 && <Empty mayWrite={mayWrite} onPlan={() => plan()} />}
      {windows?.length > 0 && (
        <>
          <MaintenanceCalendar version={version} mayPlan={mayWrite} onOpen={open} onPlan={(on) => plan(on)} />
          <Rows windows={windows} mayWrite={mayWrite} onAct={act} onToggle={toggle} />
        </>
      )}
      {windows && <Silences may={may} />}
      <Modal isOpen={isOpen} title={edited ? edited.name : "Plan maintenance"} size="medium" onClose={close}>
        {isOpen && (
          <MaintenanceForm
            key={editing}
            window={edited ?? undefined}
            template={edited ? null : template}
            day={day}
            onDone={(saved) => {
              toastWanted.send({ text: edited ? `${saved.name} is changed` : `${saved.name} is planned` });
              close();
              load();
            }}
            onClose={close}
          />
        )}
      </Modal>
      <Modal isOpen={asking !== null} title={question?.title ?? ""} size="small" guard={false} onClose={() => setAsking(null)}>
        {asking && <Doing doing={asking.action} one={asking.one} onDone={done} onClose={() => setAsking(null)} />}
      </Modal>
    </>
  );
}
