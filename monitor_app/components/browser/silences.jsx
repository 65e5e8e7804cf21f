// Silences: alerts that nobody is told of until a moment. What is silent now, later, and was; and the form of a new one.
import { useCallback, useEffect, useId, useRef, useState } from "react";
import { useFormats } from "./formats.jsx";
import { Icon } from "./icons.jsx";
import { focusFirstError, Modal } from "./modal.jsx";
import { ask, post } from "./post.js";
import { ScopeFields, plainScope, scopeProblem, useReach } from "./scope_fields.jsx";
import { Field } from "./secret_field.jsx";
import { toastWanted } from "./signals.js";
import { exactSpan, fromField } from "./times.js";
import { plural } from "./words.js";

const PATH = "/api/silences";
const AGAIN_MS = 30_000;
const SPANS = [
  ["60", "1 hour"],
  ["240", "4 hours"],
  ["1440", "1 day"],
  ["10080", "1 week"],
];
const LISTS = { services: "", groups: "group", tags: "tag", types: "type", environments: "environment", except_services: "but not" };

/** "group Sales, tag db, shop": a scope in words; `services` is how many it is about now. */
export function scopeWords(scope, services) {
  const parts = Object.entries(LISTS).flatMap(([name, word]) => (scope[name] ?? []).map((value) => `${word} ${value}`.trim()));
  // Services that were deleted are named no more; what was about them alone is about nothing.
  if (!parts.length) return services === 0 ? "services that are gone" : "every service";
  return parts.length > 4 ? `${parts.slice(0, 4).join(", ")} and ${parts.length - 4} more` : parts.join(", ");
}

function useRules() {
  const [rules, setRules] = useState([]);
  useEffect(() => {
    let isCurrent = true;
    ask("GET", "/api/alert-rules").then(
      ({ items }) => isCurrent && setRules(items),
      () => {}, // a silence about all rules can be made all the same
    );
    return () => {
      isCurrent = false;
    };
  }, []);
  return rules;
}

function End({ choice, onChoose, error }) {
  return (
    <fieldset className="hold-end field">
      <legend>For how long</legend>
      <div className="hold-choices">
        {[...SPANS, ["at", "Until…"]].map(([value, text]) => (
          <label key={value} className="hold-choice">
            <input type="radio" name="choice" value={value} defaultChecked={value === choice} onChange={() => onChoose(value)} />
            <span>{text}</span>
          </label>
        ))}
      </div>
      {choice !== "at" && error && (
        <p className="wrong" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}

function SilenceForm({ onDone, onClose }) {
  const form = useRef(null);
  const ruleId = useId();
  const rules = useRules();
  const [scope, setScope] = useState({ isOfSome: true });
  const reach = useReach(plainScope(scope));
  const [choice, setChoice] = useState("240");
  const [isLater, setIsLater] = useState(false);
  const [problem, setProblem] = useState({ fields: {} });
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => focusFirstError(form.current), [problem]);
  const errors = problem.fields;
  const save = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    const typed = Object.fromEntries(new FormData(form.current));
    const moment = (text) => (text ? new Date(fromField(text)).toISOString() : null);
    const body = { scope: plainScope(scope), rule: typed.rule ? Number(typed.rule) : null, reason: typed.reason.trim(), starts_at: isLater ? moment(typed.starts_at) : null };
    if (choice !== "at") body.minutes = Number(choice);
    else if (typed.ends_at) body.ends_at = moment(typed.ends_at);
    const missing = {};
    if (!body.reason) missing.reason = "must not be empty: others read it where an alert is held";
    if (choice === "at" && !typed.ends_at) missing.ends_at = "must be a day and a time";
    if (isLater && !typed.starts_at) missing.starts_at = "must be a day and a time";
    if (scopeProblem(scope)) missing.scope = scopeProblem(scope);
    if (Object.keys(missing).length) {
      setProblem({ fields: missing });
      return;
    }
    setIsBusy(true);
    try {
      onDone(await post(PATH, body));
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setProblem({ ...refused, fields: refused.fields ?? {} });
      setIsBusy(false);
    }
  };
  const endError = errors.ends_at ?? errors.minutes;
  const isElsewhere = problem.detail && !Object.keys(errors).some((name) => ["rule", "reason", "starts_at", "ends_at", "minutes"].includes(name) || name.startsWith("scope"));
  return (
    <form ref={form} noValidate onSubmit={save}>
      <div className="content">
        <p className="help">Alerts are recorded and shown all the same; nobody is told. What still holds when the silence ends is told then.</p>
        <div className="fields apart">
          <div className="field">
            <ScopeFields scope={scope} reach={reach} errors={errors} onChange={setScope} />
          </div>
          <div className="field">
            <label htmlFor={ruleId}>Rule</label>
            <div className="box">
              <select id={ruleId} name="rule" defaultValue="" aria-invalid={Boolean(errors.rule)}>
                <option value="">All rules</option>
                {rules.map((rule) => (
                  <option key={rule.rule_id} value={rule.rule_id}>
                    {rule.name}
                  </option>
                ))}
              </select>
            </div>
            {errors.rule && (
              <p className="wrong" role="alert">
                {errors.rule}
              </p>
            )}
          </div>
          <Field label="Reason" name="reason" error={errors.reason} maxLength={200} placeholder="A known defect, mended on Monday" autoComplete="off" help="Others read it where an alert is held." />
          <End choice={choice} onChoose={setChoice} error={endError} />
          {choice === "at" && <Field label="Ends" name="ends_at" type="datetime-local" error={endError} help="In your time, within 90 days." />}
          <div className="field switch">
            <input id="silence-later" type="checkbox" name="later" onChange={(event) => setIsLater(event.target.checked)} />
            <label htmlFor="silence-later">Begins later</label>
          </div>
          {isLater && <Field label="Begins" name="starts_at" type="datetime-local" error={errors.starts_at} help="In your time." />}
        </div>
        {isElsewhere && (
          <p className="wrong" role="alert">
            {[problem.detail, ...Object.values(errors)].join(" ")}
          </p>
        )}
      </div>
      <footer>
        <span className="space" />
        <button type="button" className="plain" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" className="primary" aria-disabled={isBusy}>
          {isBusy ? "Saving…" : "Be silent"}
        </button>
      </footer>
    </form>
  );
}

const phaseOf = (silence) => (silence.is_active ? "now" : Date.parse(silence.ends_at) <= Date.now() ? "over" : "later");
const PHASES = { now: "Silent now", later: "Later", over: "Over" };

function Rows({ items, mayEnd, onEnd }) {
  return (
    <table className="list silence-list" aria-label="Silences">
      <thead>
        <tr>
          {["About", "Why", "When", "By"].map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
          <th scope="col">
            <span className="for-readers">What can be done</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((silence) => {
          const phase = phaseOf(silence);
          return (
            <tr key={silence.silence_id} className={phase === "over" ? "off" : ""}>
              <th scope="row">
                {scopeWords(silence.scope, silence.services)} <span className="muted">{plural(silence.services, "service")}, {silence.rule === null ? "all rules" : `rule ${silence.rule_name || "that is gone"}`}</span>
              </th>
              <td>{silence.reason}</td>
              <td>
                <span className={`chip phase-${phase}`}>{PHASES[phase]}</span> {exactSpan(Date.parse(silence.starts_at), Date.parse(silence.ends_at))}
              </td>
              <td>{silence.who}</td>
              <td className="cell-actions">
                {mayEnd && phase !== "over" && (
                  <button type="button" className="plain" aria-label={`End the silence about ${scopeWords(silence.scope, silence.services)} now`} onClick={() => onEnd(silence)}>
                    End now
                  </button>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** `may` are the permissions of who looks. */
export function Silences({ may = [] }) {
  useFormats();
  const [items, setItems] = useState(null);
  const [withEnded, setWithEnded] = useState(false);
  const [problem, setProblem] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  const mayEnd = may.includes("alert:acknowledge");
  const load = useCallback(async () => {
    try {
      setItems((await ask("GET", `${PATH}${withEnded ? "?ended=true" : ""}`)).items);
      setProblem("");
    } catch (refused) {
      setProblem(refused.detail ?? "Silences cannot be read.");
    }
  }, [withEnded]);
  useEffect(() => {
    load();
    const timer = setInterval(() => document.visibilityState === "visible" && load(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [load]);
  const end = async (silence) => {
    try {
      await ask("DELETE", `${PATH}/${silence.silence_id}`);
      toastWanted.send({ text: "The silence is over: what fires is told again" });
    } catch (refused) {
      toastWanted.send({ text: Object.values(refused.fields ?? {})[0] ?? refused.detail, tone: "failed" });
    }
    load();
  };
  const order = Object.keys(PHASES);
  const sorted = [...(items ?? [])].sort((one, other) => order.indexOf(phaseOf(one)) - order.indexOf(phaseOf(other)) || Date.parse(one.ends_at) - Date.parse(other.ends_at));
  return (
    <section className="silences" aria-label="Silences">
      <div className="calendar-bar">
        <h2>Silences</h2>
        <span className="space" />
        <button type="button" className="plain" aria-pressed={withEnded} onClick={() => setWithEnded(!withEnded)}>
          Those that are over, too
        </button>
        {mayEnd && (
          <button type="button" className="plain" onClick={() => setIsOpen(true)}>
            <Icon name="plus" /> Be silent
          </button>
        )}
      </div>
      {problem && (
        <p className="wrong" role="alert">
          {problem}
        </p>
      )}
      {items?.length === 0 && (
        <p className="help">
          {withEnded ? "There was no silence yet. " : "Nothing is silent. "}A silence keeps alerts that you know of from telling people, for a while and with a reason; checks go on, and downtime counts. For planned work a maintenance window is better.
        </p>
      )}
      {sorted.length > 0 && <Rows items={sorted} mayEnd={mayEnd} onEnd={end} />}
      <Modal isOpen={isOpen} title="Be silent" onClose={() => setIsOpen(false)}>
        {isOpen && (
          <SilenceForm
            onDone={() => {
              setIsOpen(false);
              toastWanted.send({ text: "Silent: alerts about it are recorded, nobody is told" });
              load();
            }}
            onClose={() => setIsOpen(false)}
          />
        )}
      </Modal>
    </section>
  );
}
