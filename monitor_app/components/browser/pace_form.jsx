// How much of alerting is told together, how often, and how long a message that fails is tried.
import { useEffect, useRef, useState } from "react";
import { focusFirstError } from "./modal.jsx";
import { ask } from "./post.js";
import { Field } from "./secret_field.jsx";
import { toastWanted } from "./signals.js";

const PATH = "/api/alerting/settings";
const FIELDS = [
  ["group_seconds", "Together", "seconds", "What happens within this time is one message of a channel: 0 to 300."],
  ["update_minutes", "Updates", "minutes", "The least time between two messages of one incident; its end never waits: 1 to 1440."],
  ["repeat_minutes", "Reminders", "minutes", "When what is still open, and nobody has acknowledged, is told again: up to 10080, 0 for never."],
  ["give_up_hours", "Keep trying", "hours", "How long a message that fails is tried again, before it is told elsewhere: 1 to 72."],
];

export function PaceForm({ onDone, onClose }) {
  const form = useRef(null);
  const [known, setKnown] = useState(null);
  const [problem, setProblem] = useState({ fields: {} });
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => {
    ask("GET", PATH).then(setKnown, setProblem);
  }, []);
  useEffect(() => focusFirstError(form.current), [problem]);
  const save = async (event) => {
    event.preventDefault();
    if (isBusy || !known) return;
    const typed = new FormData(form.current);
    // What is no number is left as it was typed: the answer says what is allowed.
    const values = Object.fromEntries(FIELDS.map(([name]) => [name, /^\d+$/.test(typed.get(name).trim()) ? Number(typed.get(name)) : typed.get(name)]));
    setIsBusy(true);
    try {
      await ask("PUT", PATH, values);
      toastWanted.send({ text: "From the next message on" });
      onDone();
    } catch (refused) {
      setProblem(refused);
      setIsBusy(false);
    }
  };
  const isElsewhere = problem.detail && !FIELDS.some(([name]) => problem.fields?.[name]);
  return (
    <form ref={form} noValidate onSubmit={save}>
      <div className="content">
        {known && (
          <div className="fields">
            {FIELDS.map(([name, label, unit, help], place) => (
              <Field key={name} label={label} name={name} inputMode="numeric" defaultValue={known[name]} error={problem.fields?.[name]} help={help} {...(place ? {} : { "data-autofocus": "" })}>
                <span className="unit">{unit}</span>
              </Field>
            ))}
          </div>
        )}
        {isElsewhere && (
          <p className="wrong" role="alert">
            {problem.detail}
          </p>
        )}
      </div>
      <footer>
        <span className="space" />
        <button type="button" className="plain" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" className="primary" aria-disabled={isBusy || !known}>
          {isBusy ? "Saving…" : "Save"}
        </button>
      </footer>
    </form>
  );
}
