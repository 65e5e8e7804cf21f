// The form of an alert rule: what, on which services, for how long, how bad, who is told; and a look at the past.
import { useEffect, useRef, useState } from "react";
import { valuesOf } from "./form.jsx";
import { focusFirstError } from "./modal.jsx";
import { ask } from "./post.js";
import { Amount, Choice, ConditionFields } from "./rule_conditions.jsx";
import { RuleTrial } from "./rule_trial.jsx";
import { CONDITIONS, SEVERITIES, conditionOf, fieldsOf, forFields, forSeconds } from "./rule_words.js";
import { ScopeFields, plainScope, scopeProblem, useReach } from "./scope_fields.jsx";
import { Field } from "./secret_field.jsx";
import { toastWanted } from "./signals.js";

export const PATH = "/api/alert-rules";
const CONDITION = "condition.";
const KNOWN = ["name", "severity", "for_seconds", "policy"];
const FOR_UNITS = [
  ["s", "seconds"],
  ["min", "minutes"],
  ["h", "hours"],
  ["d", "days"],
];

/** What a form of a rule holds, as the API takes it. */
function bodyOf(values, type, scope) {
  const statuses = Object.keys(values)
    .filter((name) => name.startsWith("status.") && values[name])
    .map((name) => name.slice("status.".length));
  return {
    name: values.name.trim(),
    severity: values.severity,
    condition: conditionOf(type, { ...values, statuses }),
    scope: plainScope(scope),
    for_seconds: forSeconds(values.for, values.for_unit),
    policy: values.policy ? Number(values.policy) : null,
  };
}

/** The fields of each sort of condition: those of the rule, else what they begin with. */
function fieldsAtFirst(rule) {
  const kept = Object.fromEntries(CONDITIONS.map(({ type, start }) => [type, start]));
  return rule ? { ...kept, [rule.condition.type]: fieldsOf(rule.condition) } : kept;
}

function Part({ number, title, children }) {
  return (
    <section className="rule-part" aria-label={title}>
      <h3>
        <span aria-hidden="true">{number}</span> {title}
      </h3>
      <div>{children}</div>
    </section>
  );
}

function Severity({ value, error }) {
  return (
    <fieldset className="field half segments severity-choice" role="radiogroup" aria-invalid={Boolean(error)}>
      <legend>How bad it is</legend>
      {SEVERITIES.map(([key, text]) => (
        <label key={key}>
          <input type="radio" name="severity" value={key} defaultChecked={key === value} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Who is told by a rule that names no policy. */
function defaultWords(policies) {
  const named = policies.find((policy) => policy.is_default);
  return named ? `The default policy (${named.name})` : "All default channels";
}

/** `rule` is the one that is changed, null for a new one; `like` is one that a new one begins as. */
export function RuleForm({ rule, like, policies, onSaved, onClose }) {
  const from = rule ?? like;
  const form = useRef(null);
  const kept = useRef(null);
  kept.current ??= fieldsAtFirst(from?.condition ? from : null);
  const [type, setType] = useState(from?.condition?.type ?? CONDITIONS[0].type);
  const [scope, setScope] = useState(from?.scope ?? {});
  const [problem, setProblem] = useState(null);
  const [isBusy, setIsBusy] = useState(false);
  const reach = useReach(plainScope(scope));
  useEffect(() => {
    if (problem) focusFirstError(form.current);
  }, [problem]);
  const errors = problem?.fields ?? {};
  const ofCondition = Object.fromEntries(Object.entries(errors).map(([name, words]) => [name.startsWith(CONDITION) ? name.slice(CONDITION.length) : name === "condition" ? "type" : "", words]));
  const others = Object.entries(errors).filter(([name]) => !KNOWN.includes(name) && !name.startsWith("scope") && !name.startsWith("condition"));
  const body = () => bodyOf(valuesOf(form.current), type, scope);
  const check = () => (scopeProblem(scope) ? { scope: scopeProblem(scope) } : null);
  const changeType = (next) => {
    const values = valuesOf(form.current);
    const statuses = Object.keys(values).filter((name) => name.startsWith("status.") && values[name]);
    kept.current[type] = { ...kept.current[type], ...values, ...("statuses" in kept.current[type] ? { statuses: statuses.map((name) => name.slice("status.".length)) } : {}) };
    setType(next);
  };
  const save = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    const fields = check();
    if (fields) {
      setProblem({ fields });
      return;
    }
    setIsBusy(true);
    try {
      const saved = rule ? await ask("PATCH", `${PATH}/${rule.rule_id}`, body()) : await ask("POST", PATH, body());
      toastWanted.send({ text: `${saved.name} is saved` });
      onSaved();
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setProblem(refused);
      setIsBusy(false);
    }
  };
  const [amount, unit] = forFields(from?.for_seconds ?? 0);
  return (
    <form ref={form} noValidate onSubmit={save} className="rule-form">
      <div className="content">
        {problem && (others.length > 0 || !Object.keys(errors).length) && (
          <p className="wrong" role="alert">
            {others.length ? others.map(([name, words]) => `${name} ${words}`).join("; ") : problem.detail}
          </p>
        )}
        <div className="fields">
          <Field label="Name" name="name" data-autofocus="" defaultValue={rule ? rule.name : (like?.name ?? "")} maxLength={120} error={errors.name} help="It stands in each message." placeholder="The shop is slow" autoComplete="off" />
        </div>
        <Part number="1" title="What is to be told">
          <ConditionFields type={type} kept={kept.current} errors={ofCondition} metrics={reach.metrics} onType={changeType} />
        </Part>
        <Part number="2" title="Of which services">
          <ScopeFields scope={scope} reach={reach} errors={errors} onChange={setScope} />
        </Part>
        <Part number="3" title="For how long, and how bad it is">
          <div className="fields">
            <Amount label="Has to hold for" name="for" unitName="for_unit" units={FOR_UNITS} value={amount} unit={unit} error={errors.for_seconds} help="0: it fires as soon as that is certain." />
            <Severity value={from?.severity ?? "critical"} error={errors.severity} />
          </div>
        </Part>
        <Part number="4" title="Who is told">
          <div className="fields">
            <Choice
              label="Escalation policy"
              name="policy"
              defaultValue={from?.policy ?? ""}
              options={[["", defaultWords(policies)], ...policies.map((policy) => [policy.policy_id, policy.name])]}
              error={errors.policy}
              help="Policies say who is told first, and who when nobody answers. They are made under On call."
            />
          </div>
        </Part>
        <Part number="5" title="What it would have told">
          <RuleTrial bodyOf={body} check={check} onRefused={setProblem} onTried={() => setProblem(null)} />
        </Part>
      </div>
      <footer>
        <span className="space" />
        <button type="button" className="plain" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" className="primary" aria-disabled={isBusy}>
          {isBusy ? "Saving…" : "Save"}
        </button>
      </footer>
    </form>
  );
}
