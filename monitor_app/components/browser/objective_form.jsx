// The form of an objective: of a service or of a group, its target in percent, and its window.
import { useEffect, useId, useRef, useState } from "react";
import { focusFirstError } from "./modal.jsx";
import { ask, patch, post } from "./post.js";
import { TARGET, givenTarget, targetWords } from "./report_words.js";
import { Field } from "./secret_field.jsx";
import { ServiceField } from "./service_field.jsx";

const ADMIN_PATH = "/api/admin/objectives";
const GROUPS_LIMIT = 200;
const WINDOW = { least: 1, most: 366, usual: 30 };

/** Names of groups, as far as a list of them goes. */
function useGroups() {
  const [groups, setGroups] = useState([]);
  useEffect(() => {
    let isCurrent = true;
    ask("GET", `/api/groups?limit=${GROUPS_LIMIT}&fields=name`).then(
      ({ items }) => isCurrent && setGroups(items.map(({ name }) => name)),
      () => {}, // a name can be typed, too
    );
    return () => {
      isCurrent = false;
    };
  }, []);
  return groups;
}

function GroupField({ error, ...rest }) {
  const list = useId();
  const groups = useGroups();
  return (
    <>
      <Field label="Group" name="group" error={error} help="With all groups in it; the figures are those of its mean service." list={list} autoComplete="off" maxLength={80} {...rest} />
      <datalist id={list}>
        {groups.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}

/** What the API takes of what was typed, or {problems} by field. */
function valuesOf({ name, of, service, group, target, days }) {
  const problems = {};
  const given = givenTarget(target);
  const window = Number(days.trim());
  if (!name.trim()) problems.name = "must not be empty";
  if (of === "service" && !service.trim()) problems.service_id = "must be a service that exists: type some of its name and choose it";
  if (of === "group" && !group.trim()) problems.group = "must be a group that exists: choose one";
  if (given.problem) problems.target = given.problem;
  if (!Number.isInteger(window) || window < WINDOW.least || window > WINDOW.most) {
    problems.window_days = `must be whole days from ${WINDOW.least} to ${WINDOW.most}, got ${days.trim() === "" ? "nothing" : `“${days.trim()}”`}`;
  }
  if (Object.keys(problems).length) return { problems };
  const subject = of === "service" ? { service_id: service.trim() } : { group: group.trim() };
  return { values: { name: name.trim(), ...subject, target: given.share, window_days: window } };
}

/** `objective` is the one that is changed, undefined for a new one. */
export function ObjectiveForm({ objective, onDone, onClose }) {
  const form = useRef(null);
  const [of, setOf] = useState(objective?.group ? "group" : "service");
  const [problem, setProblem] = useState({ fields: {} });
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => focusFirstError(form.current), [problem]);
  const errors = problem.fields;
  const save = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    const typed = Object.fromEntries(new FormData(form.current));
    const { values, problems } = valuesOf({ service: "", group: "", ...typed, of });
    if (problems) {
      setProblem({ fields: problems });
      return;
    }
    setIsBusy(true);
    try {
      onDone(objective ? await patch(`${ADMIN_PATH}/${objective.objective_id}`, values) : await post(ADMIN_PATH, values));
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setProblem(refused);
      setIsBusy(false);
    }
  };
  const isElsewhere = problem.detail && !["name", "service_id", "group", "target", "window_days"].some((name) => errors[name]);
  return (
    <form ref={form} noValidate onSubmit={save}>
      <div className="content">
        <div className="fields">
          <Field label="Name" name="name" data-autofocus="" defaultValue={objective?.name} error={errors.name} maxLength={80} placeholder="Checkout works" autoComplete="off" />
          <fieldset className="roles subject-choice">
            <legend>What it is about</legend>
            {[
              ["service", "A service"],
              ["group", "A group and the groups in it"],
            ].map(([value, title]) => (
              <label key={value} className="role-card">
                <input type="radio" name="of" value={value} checked={of === value} onChange={() => setOf(value)} />
                <span>
                  <b>{title}</b>
                </span>
              </label>
            ))}
          </fieldset>
          {of === "service" && <ServiceField label="Service" name="service" defaultValue={objective?.service_id ?? ""} error={errors.service_id} />}
          {of === "group" && <GroupField defaultValue={objective?.group ?? ""} error={errors.group} />}
          <Field label="Target" name="target" inputMode="decimal" defaultValue={objective ? targetWords(objective.target).replace(" %", "") : "99.9"} error={errors.target} help={`To be up for so much of the time that is known: ${TARGET.least} to ${TARGET.most} percent.`}>
            <span className="unit">%</span>
          </Field>
          <Field label="Window" name="days" inputMode="numeric" defaultValue={objective?.window_days ?? WINDOW.usual} error={errors.window_days} help={`The last so many days, ${WINDOW.least} to ${WINDOW.most}.`}>
            <span className="unit">days</span>
          </Field>
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
          {isBusy ? "Saving…" : "Save"}
        </button>
      </footer>
    </form>
  );
}
