// The form of a channel: the fields of its kind, the texts with a preview, and a test that shows the provider's answer.
import { useEffect, useId, useRef, useState } from "react";
import { valuesOf } from "./form.jsx";
import { Icon } from "./icons.jsx";
import { KindField, shownConfig, typedConfig } from "./kind_fields.jsx";
import { focusFirstError } from "./modal.jsx";
import { ask } from "./post.js";
import { Field } from "./secret_field.jsx";
import { toastWanted } from "./signals.js";

const PREVIEW_PATH = "/api/channels/preview";
const PREVIEW_MS = 400;
const MASK = "***";

/** Which examples stand in fields that have no default; from the schema of the kind. */
const exampleOf = (kind, name) => String(kind.json_schema.properties?.[name]?.examples?.[0] ?? "");

/** Markdown of a step: `code` and *names* only. */
function Step({ text }) {
  const parts = text.split(/(`[^`]+`|\*[^*]+\*|\[[^\]]+\]\(https:[^)]+\))/);
  return (
    <li>
      {parts.map((part, number) => {
        if (part.startsWith("`")) return <code key={number}>{part.slice(1, -1)}</code>;
        if (part.startsWith("*")) return <b key={number}>{part.slice(1, -1)}</b>;
        const link = part.match(/^\[([^\]]+)\]\(https:\/\/([^)]+)\)$/);
        if (link)
          return (
            <a key={number} href={`https://${link[2]}`} target="_blank" rel="noopener noreferrer">
              {link[1]}
            </a>
          );
        return part;
      })}
    </li>
  );
}

function KindChoice({ kinds, onChoose }) {
  const first = useRef(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <div className="content">
      <ul className="kind-cards">
        {kinds.map((kind, number) => (
          <li key={kind.name}>
            <button ref={number === 0 ? first : undefined} type="button" data-autofocus={number === 0 ? "" : undefined} onClick={() => onChoose(kind.name)}>
              <b>{kind.title}</b>
              <span className="help">{kind.description}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Tried({ tried }) {
  if (!tried) return null;
  const { is_sent: isSent, answer, seconds, is_ambiguous: isAmbiguous } = tried;
  return (
    <div className={`banner tried ${isSent ? "good" : "bad"}`} role={isSent ? "status" : "alert"}>
      <Icon name={isSent ? "check" : "warn"} />
      <span>
        {isSent ? "Taken" : "Not delivered"} {seconds < 0.1 ? "at once" : `after ${seconds.toFixed(1)} s`}: <span className="mono">{answer}</span>
        {isAmbiguous && " It may have arrived all the same."}
      </span>
    </div>
  );
}

/** The texts, and what a message says in them: of the newest real alert, as soon as there is one. */
function Texts({ templates, errors, form }) {
  const [isOpen, setIsOpen] = useState(Boolean(templates.title || templates.body));
  const [preview, setPreview] = useState(null);
  const [problem, setProblem] = useState({});
  const timer = useRef(0);
  const asked = useRef(0); // how often: only the newest question's answer counts
  const body = useId();
  const look = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(async () => {
      const typed = templatesOf(valuesOf(form.current));
      const number = (asked.current += 1);
      try {
        const answer = await ask("POST", PREVIEW_PATH, { templates: typed });
        if (number !== asked.current) return;
        setPreview(answer);
        setProblem({});
      } catch (refused) {
        if (number === asked.current) setProblem(refused.fields ?? {});
      }
    }, PREVIEW_MS);
  };
  useEffect(() => {
    if (isOpen) look();
    return () => clearTimeout(timer.current);
  }, [isOpen]);
  const wrong = { ...problem, ...errors };
  return (
    <details className="more" open={isOpen} onToggle={(event) => setIsOpen(event.target.open)}>
      <summary>Texts of your own</summary>
      <div className="channel-texts">
        <div className="fields" onInput={look}>
          <Field label="Title" name="template_title" defaultValue={templates.title ?? ""} maxLength={200} placeholder="{{title}}" error={wrong.template_title} help="Empty: the standard one." autoComplete="off" />
          <div className="field">
            <label htmlFor={body}>Text</label>
            <div className="box">
              <textarea id={body} name="template_body" rows="6" className="mono" defaultValue={templates.body ?? ""} maxLength={4000} placeholder="{{text}}" aria-invalid={Boolean(wrong.template_body)} aria-describedby={`${body}-below`} spellCheck="false" />
            </div>
            <div id={`${body}-below`}>
              {wrong.template_body ? (
                <p className="wrong" role="alert">
                  {wrong.template_body}
                </p>
              ) : (
                <p className="help">Empty: the standard one. Names in double braces stand for what happened.</p>
              )}
            </div>
          </div>
          {preview && (
            <details className="template-names">
              <summary>The names</summary>
              <dl>
                {Object.entries(preview.names).map(([name, words]) => (
                  <div key={name}>
                    <dt className="mono">{`{{${name}}}`}</dt>
                    <dd>{words}</dd>
                  </div>
                ))}
              </dl>
            </details>
          )}
        </div>
        <section className="message-preview" aria-label="Preview" aria-live="polite">
          <p className="help">{preview?.is_real ? "The newest alert would read:" : "An alert would read:"}</p>
          {preview && (
            <>
              <b>{preview.title}</b>
              <pre>{preview.text}</pre>
            </>
          )}
        </section>
      </div>
    </details>
  );
}

function templatesOf(values) {
  return { title: (values.template_title ?? "").trim(), body: values.template_body ?? "" };
}

function ErrorsElsewhere({ problem, known }) {
  if (!problem) return null;
  const others = Object.entries(problem.fields ?? {}).filter(([name]) => !known.includes(name));
  if (Object.keys(problem.fields ?? {}).length && !others.length) return null;
  return (
    <p className="wrong" role="alert">
      {others.length ? others.map(([name, text]) => `${name}: ${text}`).join("; ") : problem.detail}
    </p>
  );
}

/** Secrets are shown to nobody, so a copy begins without them. */
function withoutMasks(config) {
  return Object.fromEntries(Object.entries(shownConfig(config)).filter(([, value]) => !String(value).includes(MASK)));
}

/** `channel` is the one that is changed, null for a new one; `copied` is one that a new one begins as. */
export function ChannelForm({ channel, copied, kinds, people, isWriter, path, onSaved, onClose }) {
  const from = channel ?? copied;
  const form = useRef(null);
  const [kindName, setKindName] = useState(from?.kind ?? "");
  const [problem, setProblem] = useState(null);
  const [tried, setTried] = useState(null);
  const [busy, setBusy] = useState("");
  useEffect(() => {
    if (problem) focusFirstError(form.current);
  }, [problem]);
  // Who has chosen a kind goes on with its first field.
  useEffect(() => {
    if (kindName !== (from?.kind ?? "")) form.current?.querySelector("[data-autofocus]")?.focus();
  }, [kindName]);
  const kind = kinds.find(({ name }) => name === kindName);
  // Who may not change the channels of all has messages sent to providers themselves only.
  if (!kind) return <KindChoice kinds={kinds.filter(({ public_hosts: hosts }) => isWriter || hosts.length > 0)} onChoose={setKindName} />;
  const errors = problem?.fields ?? {};
  const stored = from?.kind === kind.name ? (channel ? shownConfig(channel.config) : withoutMasks(copied.config)) : {};
  const body = () => {
    const values = valuesOf(form.current);
    const common = { name: values.name.trim(), kind: kind.name, config: typedConfig(kind.fields, values), templates: templatesOf(values) };
    return isWriter ? { ...common, is_default: values.is_default ?? false, owner: values.owner ?? "" } : common;
  };
  const run = async (what, act) => {
    if (busy) return;
    setBusy(what);
    try {
      await act();
      setProblem(null);
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setProblem(refused);
    } finally {
      setBusy("");
    }
  };
  const test = () =>
    run("test", async () => {
      setTried(null);
      const { config, templates } = body();
      setTried(await ask("POST", `${path}/test`, { ...(channel ? { channel_id: channel.channel_id } : {}), kind: kind.name, config, templates }));
    });
  const save = (event) => {
    event.preventDefault();
    run("save", async () => {
      const saved = channel ? await ask("PATCH", `${path}/${channel.channel_id}`, body()) : await ask("POST", path, body());
      toastWanted.send({ text: `${saved.name} is saved` });
      onSaved();
    });
  };
  const usual = kind.fields.filter(({ rare }) => !rare);
  const rare = kind.fields.filter((each) => each.rare);
  const setting = (field) => <KindField key={`${kind.name}.${field.name}`} field={field} value={stored[field.name]} error={errors[field.name]} example={exampleOf(kind, field.name)} />;
  const known = ["name", "owner", "template_title", "template_body", ...kind.fields.map(({ name }) => name)];
  return (
    <form ref={form} noValidate onSubmit={save} onInput={() => setTried(null)}>
      <div className="content">
        <ErrorsElsewhere problem={problem} known={known} />
        <div className="channel-kind">
          <p>
            <b>{kind.title}</b> <span className="muted">{kind.description}</span>
          </p>
          {!channel && (
            <button type="button" className="quiet" onClick={() => setKindName("")}>
              Another kind
            </button>
          )}
        </div>
        <details className="set-up" open={!from}>
          <summary>What to do before</summary>
          <ol>
            {kind.set_up.map((text) => (
              <Step key={text} text={text} />
            ))}
          </ol>
        </details>
        <div className="fields">
          <Field label="Name" name="name" data-autofocus="" defaultValue={channel?.name ?? (copied ? `${copied.name} copy` : "")} maxLength={80} error={errors.name} help="What people read where it is chosen." placeholder={`${kind.title} of operations`} autoComplete="off" />
          {usual.map(setting)}
          {isWriter && (
            <>
              <OwnerField people={people} owner={from?.owner ?? ""} error={errors.owner} />
              <DefaultField isDefault={from ? from.is_default : true} />
            </>
          )}
        </div>
        {rare.length > 0 && (
          <details className="more">
            <summary>More{rare.some(({ name }) => stored[name] !== undefined) && ` (${rare.filter(({ name }) => stored[name] !== undefined).length} set)`}</summary>
            <div className="fields">{rare.map(setting)}</div>
          </details>
        )}
        <Texts templates={from?.templates ?? {}} errors={errors} form={form} />
      </div>
      <footer>
        <Tried tried={tried} />
        <button type="button" className="plain" aria-disabled={busy !== ""} onClick={test}>
          {busy === "test" ? "Sending…" : "Send a test"}
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

function OwnerField({ people, owner, error }) {
  const id = useId();
  const names = owner && !people.includes(owner) ? [owner, ...people] : people;
  return (
    <div className="field">
      <label htmlFor={id}>Whose</label>
      <div className="box">
        <select id={id} name="owner" defaultValue={owner} aria-invalid={Boolean(error)} aria-describedby={`${id}-below`}>
          <option value="">Everybody's</option>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <div id={`${id}-below`}>
        {error ? (
          <p className="wrong" role="alert">
            {error}
          </p>
        ) : (
          <p className="help">That of a person is used when they are on call or named in a policy.</p>
        )}
      </div>
    </div>
  );
}

function DefaultField({ isDefault }) {
  const id = useId();
  return (
    <div className="field switch">
      <input id={id} name="is_default" type="checkbox" defaultChecked={isDefault} aria-describedby={`${id}-below`} />
      <label htmlFor={id}>Default</label>
      <div id={`${id}-below`}>
        <p className="help">Alerts that no escalation policy sends elsewhere go here. Has no meaning for a person&apos;s.</p>
      </div>
    </div>
  );
}
