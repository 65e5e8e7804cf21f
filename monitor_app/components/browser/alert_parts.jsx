// What lists of alerts and the page of an incident share: severities, who is on it, what one does about alerts.
import { useState } from "react";
import { Icon } from "./icons.jsx";
import { Modal } from "./modal.jsx";
import { ask } from "./post.js";
import { toastWanted } from "./signals.js";
import { Ago, Until } from "./stamp.jsx";
import { plural } from "./words.js";

export const ACT = "alert:acknowledge";
const ICONS = { critical: "octagon", warning: "warn", info: "details" };
const COLOURS = { critical: "failed", warning: "degraded", info: "starting" };
export const SEVERITIES = ["critical", "warning", "info"];
const DURATIONS = [
  [0, "Until it is over"],
  [30, "30 minutes"],
  [60, "1 hour"],
  [240, "4 hours"],
  [480, "8 hours"],
  [1440, "1 day"],
];
const NAMES_SHOWN = 6;

export const at = (moment) => (moment ? Date.parse(moment) : 0);

/** What is wrong, in one line. */
export const problemOf = (refused) => Object.values(refused.fields ?? {}).join(" ") || refused.detail || "It was refused.";

export function Severity({ severity, isQuiet = false }) {
  return (
    <span className={`severity ${isQuiet ? "quiet-severity" : COLOURS[severity]}`} title={severity}>
      <Icon name={ICONS[severity] ?? "details"} size={16} />
      <span className="for-readers">{severity}: </span>
    </span>
  );
}

/** "ada is on it for 20 min", "taken on by ben". */
export function Who({ one }) {
  const until = at(one.acknowledged_until);
  if (!one.acknowledged_at && !one.assignee) return null;
  return (
    <span className="alert-who">
      <Icon name="user" size={14} />
      {one.acknowledged_at ? (
        <span>
          {one.acknowledged_by} is on it{until > 0 && <span className="muted">, ends <Until at={until} over="now" /></span>}
        </span>
      ) : null}
      {one.assignee && one.assignee !== one.acknowledged_by && <span>assigned to {one.assignee}</span>}
    </span>
  );
}

/** "affects 23 services: Shop, Stock, ... and 18 more". */
export function Affects({ facts, isWhole = false }) {
  const affects = facts?.affects;
  if (!affects?.count) return null;
  const names = affects.names ?? [];
  const shown = isWhole ? names : names.slice(0, NAMES_SHOWN);
  const rest = affects.count - shown.length;
  return (
    <span className="alert-affects" title={names.join(", ")}>
      affects {plural(affects.count, "service")}
      {shown.length > 0 && `: ${shown.join(", ")}`}
      {shown.length > 0 && rest > 0 && ` and ${rest} more`}
    </span>
  );
}

/** Why nobody is told, or what it waits for. */
export function Held({ one }) {
  if (one.state === "resolved" || (!one.held_by && one.state !== "pending")) return null;
  const what = one.held_by ? "held" : "waiting";
  const why = one.held_why || (one.held_by ? one.held_by : "it has not lasted long enough yet");
  return (
    <span className="alert-held">
      <Icon name={one.held_by === "maintenance" ? "wrench" : one.held_by ? "pause" : "clock"} size={14} />
      {what}: {why.replace(/^(held|waiting): /, "")}
    </span>
  );
}

export function Since({ one }) {
  if (one.resolved_at) {
    return (
      <span>
        over <Ago at={at(one.resolved_at)} />
      </span>
    );
  }
  return <Ago at={at(one.since)} />;
}

function Form({ title, isOpen, action, children, run, onClose }) {
  const [problem, setProblem] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    setProblem("");
    try {
      await run(Object.fromEntries(new FormData(event.target)));
      onClose();
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setProblem(problemOf(refused));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <Modal isOpen={isOpen} title={title} size="small" guard={false} onClose={onClose}>
      <form noValidate onSubmit={submit}>
        <div className="content">
          {problem && (
            <p className="wrong" role="alert">
              {problem}
            </p>
          )}
          <div className="fields">{children}</div>
        </div>
        <footer>
          <span className="space" />
          <button type="button" className="plain" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" aria-disabled={isBusy}>
            {action}
          </button>
        </footer>
      </form>
    </Modal>
  );
}

export function Field({ id, label, help, optional = false, children }) {
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} {optional && <span className="optional">optional</span>}
      </label>
      <div className="box">{children}</div>
      {help && <p className="help">{help}</p>}
    </div>
  );
}

/** `run({minutes, note})` may refuse. */
export function AcknowledgeForm({ isOpen, count, run, onClose }) {
  return (
    <Form title={count > 1 ? `Acknowledge ${count} alerts` : "Acknowledge"} isOpen={isOpen} action="Acknowledge" onClose={onClose} run={({ minutes, note }) => run({ minutes: Number(minutes), note })}>
      <Field id="ack-minutes" label="For how long" help="Nobody else is told meanwhile. When it is over, that is told all the same.">
        <select id="ack-minutes" name="minutes" data-autofocus="" defaultValue="0">
          {DURATIONS.map(([minutes, text]) => (
            <option key={minutes} value={minutes}>
              {text}
            </option>
          ))}
        </select>
      </Field>
      <Field id="ack-note" label="Note" optional>
        <input id="ack-note" name="note" maxLength={200} autoComplete="off" placeholder="looking at the disks" />
      </Field>
    </Form>
  );
}

/** `run({minutes, reason})` may refuse. */
export function SilenceForm({ isOpen, count, run, onClose }) {
  return (
    <Form title={count > 1 ? `Silence ${count} alerts` : "Silence"} isOpen={isOpen} action="Silence" onClose={onClose} run={({ minutes, reason }) => run({ minutes: Number(minutes), reason })}>
      <Field id="silence-minutes" label="For how long" help="These rules tell nobody of these services until then. It is recorded and shown all the same.">
        <select id="silence-minutes" name="minutes" data-autofocus="" defaultValue="60">
          {DURATIONS.slice(1).map(([minutes, text]) => (
            <option key={minutes} value={minutes}>
              {text}
            </option>
          ))}
          <option value={10_080}>1 week</option>
        </select>
      </Field>
      <Field id="silence-reason" label="Reason">
        <input id="silence-reason" name="reason" maxLength={200} autoComplete="off" placeholder="a known defect" />
      </Field>
    </Form>
  );
}

/** `run(username or null)` may refuse. */
export function AssignForm({ isOpen, count, people, run, onClose }) {
  return (
    <Form title={count > 1 ? `Assign ${count} alerts` : "Assign"} isOpen={isOpen} action="Assign" onClose={onClose} run={({ username }) => run(username || null)}>
      <Field id="assign-to" label="To">
        <select id="assign-to" name="username" data-autofocus="" defaultValue={people[0] ?? ""}>
          {people.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
          <option value="">Nobody</option>
        </select>
      </Field>
    </Form>
  );
}

export function Banner({ problem, onAgain }) {
  if (!problem) return null;
  return (
    <div className="banner bad" role="alert">
      <Icon name="warn" /> <span>{problemOf(problem)}</span>
      <button type="button" className="plain" onClick={onAgain}>
        Try again
      </button>
    </div>
  );
}

export function Ghosts() {
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

/** Asks for a change; a refusal is told at the bottom of the page, and gives back false. */
export async function tried(method, path, body) {
  try {
    return await ask(method, path, body);
  } catch (refused) {
    toastWanted.send({ text: problemOf(refused), tone: "failed" });
    return false;
  }
}

/** More of a list: first the live page grows, then there are pages behind it (older.js). `children` say what is shown. */
export function More({ size, sizes, older, onSize, children }) {
  if (!older.hasMore) return null;
  const isLargest = size >= sizes.at(-1);
  return (
    <p className="alert-more">
      {isLargest && <span className="muted">{children}</span>}
      <button type="button" className="plain" aria-disabled={older.isReading} onClick={() => (isLargest ? !older.isReading && older.more() : onSize(sizes[sizes.indexOf(size) + 1]))}>
        {older.isReading ? "Reading…" : "Show more"}
      </button>
    </p>
  );
}
