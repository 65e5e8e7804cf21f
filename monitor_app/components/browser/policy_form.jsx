// The form of an escalation policy: its steps, each with whom it tells, and what comes after the last one.
import { useEffect, useRef, useState } from "react";
import { valuesOf } from "./form.jsx";
import { Icon } from "./icons.jsx";
import { focusFirstError } from "./modal.jsx";
import { OrderList } from "./order_list.jsx";
import { Target } from "./policies.jsx";
import { ask } from "./post.js";
import { Choice } from "./rule_conditions.jsx";
import { typedNumber } from "./rule_words.js";
import { Field } from "./secret_field.jsx";
import { toastWanted } from "./signals.js";

export const PATH = "/api/escalation-policies";
const KNOWN = ["name", "rounds", "fallback_channel", "steps", "is_default"];
const LATER = 15;
const TITLES = { schedule: "Who is on call", account: "People", channel: "Channels" };

let keys = 0;
const newStep = (after, targets = []) => ({ key: (keys += 1), after: String(after), targets });

const sameAs = (one) => (other) => other.type === one.type && other.id === one.id;

/** What a step can name, by its sort. */
function choicesOf({ channels, people, schedules }) {
  return {
    schedule: schedules.map(({ schedule_id: id, name }) => ({ type: "schedule", id, name })),
    account: people.map(({ person_id: id, username: name }) => ({ type: "account", id, name })),
    channel: channels.filter(({ owner }) => !owner).map(({ channel_id: id, name, enabled }) => ({ type: "channel", id, name, isOff: !enabled })),
  };
}

function AddTarget({ step, place, choices, onAdd }) {
  const all = Object.values(choices).flat();
  return (
    <select
      className="add-target"
      aria-label={`Add somebody to step ${place + 1}`}
      value=""
      onChange={(event) => {
        const [type, id] = event.target.value.split(" ");
        onAdd(all.find(sameAs({ type, id: Number(id) })));
      }}
    >
      <option value="">+ Add…</option>
      {Object.entries(choices).map(([type, some]) => {
        const left = some.filter((one) => !step.targets.some(sameAs(one)));
        if (!left.length) return null;
        return (
          <optgroup key={type} label={TITLES[type]}>
            {left.map((one) => (
              <option key={one.id} value={`${type} ${one.id}`} disabled={one.isOff}>
                {one.name}
                {one.isOff ? " (off)" : ""}
              </option>
            ))}
          </optgroup>
        );
      })}
    </select>
  );
}

function Step({ step, place, choices, onChange }) {
  return (
    <div className="step-fields">
      <label className="step-after">
        {place === 0 ? "After" : "Then after"}
        <input inputMode="numeric" maxLength={5} aria-label={`Minutes before step ${place + 1}`} value={step.after} onChange={(event) => onChange({ ...step, after: event.target.value })} />
        min
      </label>
      <ul className="step-targets" aria-label={`Told in step ${place + 1}`}>
        {step.targets.map((target) => (
          <li key={`${target.type} ${target.id}`}>
            <Target target={target} />
            <button type="button" className="icon-button" aria-label={`Take ${target.name || "what is gone"} out of step ${place + 1}`} onClick={() => onChange({ ...step, targets: step.targets.filter((one) => !sameAs(target)(one)) })}>
              <Icon name="close" size={12} />
            </button>
          </li>
        ))}
        <li>
          <AddTarget step={step} place={place} choices={choices} onAdd={(target) => onChange({ ...step, targets: [...step.targets, target] })} />
        </li>
      </ul>
    </div>
  );
}

/** `known` are the channels, people and schedules that steps can name; `like` is one that a new one begins as. */
export function PolicyForm({ policy, like, known, isFirst, onSaved, onClose }) {
  const from = policy ?? like;
  const form = useRef(null);
  const given = useRef(null);
  const [steps, setSteps] = useState(() => from?.steps.map((step) => newStep(step.after_minutes, step.targets)) ?? [newStep(0)]);
  const [before] = useState(() => JSON.stringify(steps));
  const [problem, setProblem] = useState(null);
  const [isBusy, setIsBusy] = useState(false);
  const choices = choicesOf(known);
  useEffect(() => {
    if (problem) focusFirstError(form.current);
  }, [problem]);
  useEffect(() => {
    given.current.value = JSON.stringify(steps); // lets the dialog see a change before it throws it away
  }, [steps]);
  const errors = problem?.fields ?? {};
  const ofSteps = Object.entries(errors)
    .filter(([name]) => name.startsWith("steps"))
    .map(([, words]) => words);
  const others = Object.entries(errors).filter(([name]) => !KNOWN.includes(name) && !name.startsWith("steps"));
  const save = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    const values = valuesOf(form.current);
    const body = {
      name: values.name.trim(),
      steps: steps.map(({ after, targets }) => ({ after_minutes: typedNumber(after || "0"), targets: targets.map(({ type, id }) => ({ type, id })) })),
      rounds: typedNumber(values.rounds),
      is_default: values.is_default,
      fallback_channel: values.fallback_channel ? Number(values.fallback_channel) : null,
    };
    try {
      const saved = policy ? await ask("PATCH", `${PATH}/${policy.policy_id}`, body) : await ask("POST", PATH, body);
      toastWanted.send({ text: `${saved.name} is saved` });
      onSaved();
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setProblem(refused);
      setIsBusy(false);
    }
  };
  return (
    <form ref={form} noValidate onSubmit={save}>
      <div className="content">
        {problem && (others.length > 0 || !Object.keys(errors).length) && (
          <p className="wrong" role="alert">
            {others.length ? others.map(([name, words]) => `${name} ${words}`).join("; ") : problem.detail}
          </p>
        )}
        <div className="fields">
          <Field label="Name" name="name" data-autofocus="" defaultValue={policy?.name ?? (like ? `${like.name} copy` : "")} maxLength={80} error={errors.name} placeholder="Nights" autoComplete="off" />
        </div>
        <section className="steps-part" aria-label="Steps">
          <h3>Steps</h3>
          <input ref={given} type="text" className="for-readers" tabIndex={-1} aria-hidden="true" readOnly defaultValue={before} />
          <OrderList items={steps.map((step, place) => ({ ...step, name: `step ${place + 1}` }))} label="Steps in their order" className="steps" onChange={setSteps}>
            {(step, place) => <Step step={step} place={place} choices={choices} onChange={(next) => setSteps(steps.map((one) => (one.key === next.key ? next : one)))} />}
          </OrderList>
          {ofSteps.map((words) => (
            <p key={words} className="wrong" role="alert" tabIndex={-1} aria-invalid="true">
              {words}
            </p>
          ))}
          <button type="button" className="plain" onClick={() => setSteps([...steps, newStep(steps.length ? LATER : 0)])}>
            <Icon name="plus" /> Add a step
          </button>
          <p className="help">Somebody who acknowledges stops it. When it gets worse, it begins anew.</p>
        </section>
        <div className="fields">
          <div className="half-field">
            <Field label="Gone through" name="rounds" inputMode="numeric" defaultValue={from?.rounds ?? 1} error={errors.rounds} help="1 to 10, until somebody acknowledges.">
              <span className="unit">times</span>
            </Field>
          </div>
          <Choice
            label="When a step reaches nobody"
            name="fallback_channel"
            className="field half"
            defaultValue={from?.fallback_channel ?? ""}
            options={[["", "the default channels"], ...choices.channel.map(({ id, name }) => [id, name])]}
            error={errors.fallback_channel}
            help="Such as when nobody is on call."
          />
          <label className="field switch-line">
            <input type="checkbox" name="is_default" defaultChecked={policy ? policy.is_default : !like && isFirst} /> <span>Default: for rules that name no policy. The one that was it before no longer is.</span>
          </label>
        </div>
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
