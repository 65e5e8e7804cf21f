// The form of a connection to Consul: its fields are those of the kind's own settings, as the API tells them.
import { useEffect, useId, useRef, useState } from "react";
import { PATH } from "./consul_data.js";
import { Icon } from "./icons.jsx";
import { focusFirstError } from "./modal.jsx";
import { ask } from "./post.js";
import { Field } from "./secret_field.jsx";
import { toastWanted } from "./signals.js";
import { plural } from "./words.js";

const KIND = "consul";
const COMMON = { label: "", interval_seconds: 60, keep_gone_days: 30, group: "" };
const NUMBERS = ["interval_seconds", "keep_gone_days"];

/** One field of the settings: a switch, several lines, or one. */
function Setting({ field, value, error, onChange }) {
  const id = useId();
  const help = error ? <p className="wrong" role="alert">{error}</p> : <p className="help">{field.description}</p>;
  if (field.type === "switch") {
    return (
      <div className="field switch">
        <input id={id} type="checkbox" checked={value ?? field.default === "True"} aria-describedby={`${id}-below`} onChange={(event) => onChange(event.target.checked)} />
        <label htmlFor={id}>{field.title}</label>
        <div id={`${id}-below`}>{help}</div>
      </div>
    );
  }
  if (field.type === "multiline") {
    return (
      <div className="field">
        <label htmlFor={id}>
          {field.title} <span className="optional">optional</span>
        </label>
        <div className="box">
          <textarea
            id={id}
            rows="3"
            className={field.secret ? "mono dots" : "mono"}
            value={value ?? ""}
            aria-invalid={Boolean(error)}
            aria-describedby={`${id}-below`}
            spellCheck="false"
            onChange={(event) => onChange(event.target.value)}
          />
        </div>
        <div id={`${id}-below`}>{help}</div>
      </div>
    );
  }
  return (
    <Field
      label={field.required ? field.title : <>{field.title} <span className="optional">optional</span></>}
      help={field.description}
      error={error}
      name={field.name}
      type={field.secret ? "password" : "text"}
      autoComplete="off"
      placeholder={field.name === "address" ? "http://127.0.0.1:8500" : field.default}
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** What is typed, as the API takes it: what is blank has its default. */
function configOf(fields, values) {
  const config = {};
  for (const { name, type } of fields) {
    const value = values[name];
    if (value === undefined || value === "") continue;
    config[name] = type === "number" ? Number(value) : value;
  }
  return config;
}

function Tried({ tried }) {
  if (!tried) return null;
  if (!tried.is_reached) {
    return (
      <div className="banner bad" role="alert">
        <Icon name="warn" /> <span>{tried.error}</span>
      </div>
    );
  }
  const { datacentre, nodes } = tried.facts;
  return (
    <div className={tried.warning ? "banner" : "banner good"} role="status">
      <Icon name={tried.warning ? "warn" : "check"} />
      <span>
        It answers: {plural(tried.services, "service")}, {plural(tried.checks, "check")}, {plural(nodes, "node")}
        {datacentre && ` in ${datacentre}`}.{tried.facts.is_filtered && " The token does not show everything."}
        {!tried.services && " No service at all: does the token show any?"} {tried.warning}
      </span>
    </div>
  );
}

/** `source` is null for a new one. */
export function ConnectionForm({ source, onSaved, onClose }) {
  const form = useRef(null);
  const [fields, setFields] = useState(null);
  const [common, setCommon] = useState(() => Object.fromEntries(Object.keys(COMMON).map((name) => [name, source?.[name] ?? COMMON[name]])));
  const [values, setValues] = useState(() => ({ ...source?.config }));
  const [problem, setProblem] = useState(null);
  const [tried, setTried] = useState(null);
  const [busy, setBusy] = useState("");
  useEffect(() => {
    ask("GET", `${PATH}/kinds`).then(
      (kinds) => setFields(Object.values(kinds).find(({ name }) => name === KIND).fields),
      (refused) => setProblem(refused),
    );
  }, []);
  useEffect(() => {
    if (problem) focusFirstError(form.current);
  }, [problem]);
  const errors = problem?.fields ?? {};
  const body = () => ({ ...common, ...Object.fromEntries(NUMBERS.map((name) => [name, Number(common[name])])), config: configOf(fields, values) });
  const run = async (what, act) => {
    if (busy || !fields) return;
    setBusy(what);
    try {
      await act();
      setProblem(null);
    } catch (refused) {
      setProblem(refused);
    } finally {
      setBusy("");
    }
  };
  const test = () =>
    run("test", async () => {
      setTried(null);
      setTried(await ask("POST", `${PATH}/test`, { kind: KIND, config: configOf(fields, values), slug: source?.slug ?? "" }));
    });
  const save = (event) => {
    event.preventDefault();
    run("save", async () => {
      const saved = source ? await ask("PATCH", `${PATH}/${source.slug}`, body()) : await ask("POST", PATH, { kind: KIND, ...body() });
      toastWanted.send({ text: `${saved.label} is ${source ? "saved" : "connected: its services appear in a moment"}` });
      onSaved(saved);
    });
  };
  const set = (name) => (event) => setCommon({ ...common, [name]: event.target.value });
  const setting = (field) => (
    <Setting
      key={field.name}
      field={field}
      value={values[field.name]}
      error={errors[field.name]}
      onChange={(value) => {
        setTried(null);
        setValues((known) => ({ ...known, [field.name]: value }));
      }}
    />
  );
  const usual = fields?.filter(({ rare }) => !rare) ?? [];
  const rare = fields?.filter((each) => each.rare) ?? [];
  const known = new Set([...Object.keys(COMMON), ...(fields ?? []).map(({ name }) => name)]);
  const others = Object.entries(errors).filter(([name]) => !known.has(name));
  return (
    <form ref={form} noValidate onSubmit={save}>
      <div className="content">
        {problem && (others.length > 0 || !Object.keys(errors).length) && (
          <p className="wrong" role="alert">
            {others.length ? others.map(([name, text]) => `${name}: ${text}`).join("; ") : problem.detail}
          </p>
        )}
        <div className="fields">
          <Field label="Name" help="What people read." error={errors.label} value={common.label} maxLength={120} onChange={set("label")} placeholder="Main datacentre" />
          {usual.map(setting)}
          <Field label="Poll every, in seconds" help="10 to 3600. Changes come at once where the agent allows it." error={errors.interval_seconds} inputMode="numeric" value={common.interval_seconds} onChange={set("interval_seconds")} />
          <Field
            label={<>Group of new services <span className="optional">optional</span></>}
            help="You can move each of them later."
            error={errors.group}
            value={common.group}
            maxLength={80}
            onChange={set("group")}
          />
        </div>
        <details className="more">
          <summary>More</summary>
          <div className="fields">
            <Field label="Delete gone services after, in days" help="Until then they are kept with their history." error={errors.keep_gone_days} inputMode="numeric" value={common.keep_gone_days} onChange={set("keep_gone_days")} />
            {rare.map(setting)}
          </div>
        </details>
        <Tried tried={tried} />
      </div>
      <footer>
        <button type="button" className="plain" aria-disabled={busy !== ""} onClick={test}>
          {busy === "test" ? "Testing…" : "Test now"}
        </button>
        <span className="space" />
        <button type="button" className="plain" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" className="primary" aria-disabled={busy !== ""}>
          {busy === "save" ? "Saving…" : "Save"}
        </button>
      </footer>
    </form>
  );
}
