// What the selected services get: tags, a group, an environment, an interval.
import { useId } from "react";
import { Modal } from "./modal.jsx";
import { plural } from "./words.js";

const UNITS = { s: 1, min: 60, h: 3600 };

function tagsOf(text) {
  return text
    .split(",")
    .map((tag) => tag.trim())
    .filter(Boolean);
}

function Field({ name, title, help, list, isWrong, ...more }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{title}</label>
      <div className="box">
        <input id={id} name={name} autoComplete="off" list={list?.length ? `${id}-list` : undefined} aria-describedby={help ? `${id}-help` : undefined} aria-invalid={isWrong || undefined} {...more} />
      </div>
      {list?.length > 0 && (
        <datalist id={`${id}-list`}>
          {list.map(({ value }) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      )}
      {help && (
        <p id={`${id}-help`} className="help">
          {help}
        </p>
      )}
    </div>
  );
}

const FORMS = {
  tag: {
    title: "Change tags",
    fields: ({ choices, isWrong }) => (
      <>
        <Field name="tags_add" title="Add" placeholder="web, production" help="Commas between several." isWrong={isWrong} data-autofocus="" list={choices.tag} />
        <Field name="tags_remove" title="Remove" list={choices.tag} />
      </>
    ),
    shown: ({ tags_add: add, tags_remove: remove }) => ({ tagsAdd: tagsOf(add), tagsRemove: tagsOf(remove) }),
  },
  group: {
    title: "Move to a group",
    fields: ({ choices, isWrong }) => (
      <Field name="group" title="Group" help="Empty: in no group." list={choices.group} isWrong={isWrong} maxLength={80} data-autofocus="" />
    ),
    shown: ({ group }) => ({ group: group.trim() }),
  },
  environment: {
    title: "Change the environment",
    fields: ({ choices, isWrong }) => (
      <Field name="environment" title="Environment" help="Such as production. Empty: none." list={choices.environment} isWrong={isWrong} maxLength={40} data-autofocus="" />
    ),
    shown: ({ environment }) => ({ env: environment.trim() }),
  },
  interval: {
    title: "Change the interval",
    fields: ({ isWrong }) => (
      <div className="pair-of-fields">
        <Field name="number" title="Check every" type="number" min={1} step={1} defaultValue={60} isWrong={isWrong} data-autofocus="" />
        <div className="field">
          <label htmlFor="bulk-unit">Unit</label>
          <div className="box">
            <select id="bulk-unit" name="unit" defaultValue="s">
              <option value="s">seconds</option>
              <option value="min">minutes</option>
              <option value="h">hours</option>
            </select>
          </div>
        </div>
        <p className="help">From 5 seconds to 24 hours.</p>
      </div>
    ),
    values: ({ number, unit }) => ({ interval_seconds: String(Math.round(Number(number) * UNITS[unit])) }),
    shown: ({ interval_seconds: seconds }) => (Number(seconds) > 0 ? { interval: Number(seconds) } : null),
  },
};

export function BulkForm({ change, count, choices = {}, job, onRun, onClose }) {
  const form = FORMS[change];
  return (
    <Modal isOpen={Boolean(form)} title={form?.title ?? ""} size="small" errorKey={job.refusals} onClose={onClose}>
      {form && (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            const typed = Object.fromEntries(new FormData(event.target));
            const values = form.values?.(typed) ?? typed;
            onRun(change, values, form.shown(values));
          }}
        >
          <div className="content">
            <p className="lead">{plural(count, "service gets", "services get")} this.</p>
            <div className="fields">{form.fields({ choices, isWrong: Boolean(job.refusal) })}</div>
            {job.refusal && (
              <p className="wrong" role="alert">
                {job.refusal}
              </p>
            )}
          </div>
          <footer>
            <span className="space" />
            <button type="button" className="plain" onClick={onClose}>
              Cancel
            </button>
            <button type="submit" className="primary">
              Change {plural(count, "service")}
            </button>
          </footer>
        </form>
      )}
    </Modal>
  );
}
