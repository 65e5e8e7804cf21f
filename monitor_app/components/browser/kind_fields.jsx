// The fields of a kind's own settings, as the API describes them: one form for all kinds.
import { useId } from "react";
import { Field } from "./secret_field.jsx";

const OPTIONAL = <span className="optional">optional</span>;

function Below({ id, error, help }) {
  return (
    <div id={id}>
      {error ? (
        <p className="wrong" role="alert">
          {error}
        </p>
      ) : (
        <p className="help">{help}</p>
      )}
    </div>
  );
}

function Switch({ field, name, value, error }) {
  const id = useId();
  return (
    <div className="field switch">
      <input id={id} name={name} type="checkbox" defaultChecked={value ?? field.default === "True"} aria-describedby={`${id}-below`} />
      <label htmlFor={id}>{field.title}</label>
      <Below id={`${id}-below`} error={error} help={field.description} />
    </div>
  );
}

function Choice({ field, name, value, error }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{field.title}</label>
      <div className="box">
        <select id={id} name={name} defaultValue={value ?? field.default} aria-invalid={Boolean(error)} aria-describedby={`${id}-below`}>
          {field.choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      </div>
      <Below id={`${id}-below`} error={error} help={field.description} />
    </div>
  );
}

function Lines({ field, name, value, error }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>
        {field.title} {!field.required && OPTIONAL}
      </label>
      <div className="box">
        <textarea id={id} rows="3" name={name} className="mono" defaultValue={value ?? ""} placeholder={field.default} aria-invalid={Boolean(error)} aria-describedby={`${id}-below`} spellCheck="false" />
      </div>
      <Below id={`${id}-below`} error={error} help={field.description} />
    </div>
  );
}

/** What a kind's field is called among those of its form. */
export const nameOf = (field) => `config.${field.name}`;

/** One field, which keeps by itself what is typed; `value` is what is stored, `example` stands in it otherwise. */
export function KindField({ field, value, error, example = "" }) {
  const name = nameOf(field);
  if (field.type === "switch") return <Switch field={field} name={name} value={value} error={error} />;
  if (field.type === "choice") return <Choice field={field} name={name} value={value} error={error} />;
  if (field.type === "mapping" || field.type === "multiline") return <Lines field={field} name={name} value={value} error={error} />;
  return (
    <Field
      label={
        field.required ? (
          field.title
        ) : (
          <>
            {field.title} {OPTIONAL}
          </>
        )
      }
      help={field.description}
      error={error}
      name={name}
      type={field.secret ? "password" : "text"}
      inputMode={field.type === "number" ? "numeric" : undefined}
      autoComplete={field.secret ? "new-password" : "off"}
      placeholder={field.default || example}
      defaultValue={value ?? ""}
    />
  );
}

/** A stored config as fields show it: a mapping is a name and a value a line. */
export function shownConfig(config) {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      if (value === null || typeof value !== "object") return [name, value];
      const lines = Object.entries(value).map(([key, text]) => `${key}: ${text}`);
      return [name, lines.join("\n")];
    }),
  );
}

/** What is typed, as the API takes it: what is blank has its default. `values` are those of the whole form. */
export function typedConfig(fields, values) {
  const config = {};
  for (const field of fields) {
    const value = values[nameOf(field)];
    if (value === undefined || value === "") continue;
    config[field.name] = field.type === "number" && Number.isFinite(Number(value)) ? Number(value) : value;
  }
  return config;
}
