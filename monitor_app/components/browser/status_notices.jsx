// Notices: what people tell readers of status pages about incidents and maintenance, update by update.
import { useCallback, useEffect, useId, useRef, useState } from "react";
import { ActionMenu } from "./action_menu.jsx";
import { Icon } from "./icons.jsx";
import { Modal, focusFirstError } from "./modal.jsx";
import { ask, post } from "./post.js";
import { Question } from "./question.jsx";
import { Field } from "./secret_field.jsx";
import { toastWanted } from "./signals.js";
import { Stamp } from "./stamp.jsx";
import { plural } from "./words.js";

const PATH = "/api/admin/notices";
const PAGE_SIZE = 50;
const STATES = {
  incident: { investigating: "Investigating", identified: "Identified", monitoring: "Monitoring", resolved: "Resolved" },
  maintenance: { scheduled: "Scheduled", "in-progress": "In progress", completed: "Completed" },
};
const IMPACTS = { none: "None", minor: "Minor", major: "Major", critical: "Critical" };
const KINDS = { incident: "Incident", maintenance: "Maintenance" };
const PHASES = { upcoming: "planned", current: "now", past: "over" };
const ITEMS = [
  { action: "tell", icon: "plus", text: "Tell how it goes on" },
  { action: "edit", icon: "edit", text: "Edit" },
  { action: "delete", icon: "trash", text: "Delete", isDangerous: true },
];

/** For a field of a date and a time, in the browser's own time. */
function localTime(iso) {
  if (!iso) return "";
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function toIso(local) {
  return local ? new Date(local).toISOString() : null;
}

export function Select({ label, name, options, value, onChange, help }) {
  const id = useId();
  return (
    <div className="field half">
      <label htmlFor={id}>{label}</label>
      <div className="box">
        <select id={id} name={name} value={value} onChange={(event) => onChange(event.target.value)}>
          {Object.entries(options).map(([key, words]) => (
            <option key={key} value={key}>
              {words}
            </option>
          ))}
        </select>
      </div>
      {help && <p className="help">{help}</p>}
    </div>
  );
}

function Words({ value, error, isFirst = false, onChange }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>What readers are told</label>
      <div className="box">
        <textarea id={id} rows={4} maxLength={5000} value={value} data-autofocus={isFirst ? "" : undefined} aria-invalid={Boolean(error)} placeholder="What happens, what it means for readers, and when they will hear more." onChange={(event) => onChange(event.target.value)} />
      </div>
      {error ? (
        <p className="wrong" role="alert">
          {error}
        </p>
      ) : (
        <p className="help">Plain text; addresses become links, an empty line begins a paragraph.</p>
      )}
    </div>
  );
}

function Choices({ legend, options, chosen, error, empty, help = "", onChange }) {
  const toggle = (key) => onChange(chosen.includes(key) ? chosen.filter((other) => other !== key) : [...chosen, key]);
  return (
    <fieldset className="choices">
      <legend>{legend}</legend>
      {options.length === 0 && <p className="help">{empty}</p>}
      {options.map(({ key, title }) => (
        <label key={key}>
          <input type="checkbox" checked={chosen.includes(key)} onChange={() => toggle(key)} />
          <span>{title}</span>
        </label>
      ))}
      {error ? (
        <p className="wrong" role="alert">
          {error}
        </p>
      ) : (
        help && <p className="help">{help}</p>
      )}
    </fieldset>
  );
}

/** What the pages show, by service: the first public name of each. */
function servicesOf(pages, slugs) {
  const found = new Map();
  for (const page of pages.filter(({ slug }) => slugs.includes(slug))) {
    for (const entry of page.entries) if (!found.has(entry.service_id)) found.set(entry.service_id, entry.public_name);
  }
  return [...found].map(([key, title]) => ({ key, title }));
}

/** Sends what a form says, once; `problem` is why it was refused, and the first wrong field has the focus then. */
function useSending(onDone) {
  const form = useRef(null);
  const [problem, setProblem] = useState(null);
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => {
    if (problem) focusFirstError(form.current);
  }, [problem]);
  const send = async (work) => {
    if (isBusy) return;
    setIsBusy(true);
    setProblem(null);
    try {
      onDone(await work());
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setProblem(refused);
      setIsBusy(false);
    }
  };
  return { form, problem, isBusy, send, errors: problem?.fields ?? {} };
}

function Refusal({ problem }) {
  if (!problem || Object.keys(problem.fields).length) return null;
  return (
    <p className="wrong" role="alert">
      {problem.detail}
    </p>
  );
}

function Foot({ isBusy, text, onClose }) {
  return (
    <footer>
      <span className="space" />
      <button type="button" className="plain" onClick={onClose}>
        Cancel
      </button>
      <button type="submit" className="primary" aria-disabled={isBusy}>
        {isBusy ? "Saving…" : text}
      </button>
    </footer>
  );
}

/** What differs: what somebody else changed meanwhile stays, and a time that was not touched keeps its seconds. */
function differing(values, begun) {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(begun[name])));
}

/** A new notice, or the frame of one that was told. */
function NoticeForm({ notice, pages, onDone, onClose }) {
  const { form, problem, isBusy, send, errors } = useSending(onDone);
  const [values, setValues] = useState(() => ({
    kind: notice?.kind ?? "incident",
    title: notice?.title ?? "",
    impact: notice?.impact ?? "minor",
    state: notice?.state ?? "investigating",
    text: "",
    starts_at: localTime(notice?.starts_at),
    ends_at: localTime(notice?.ends_at),
    pages: notice?.pages ?? (pages.length === 1 ? [pages[0].slug] : []),
    services: notice?.services ?? [],
  }));
  const [begun] = useState(values);
  const set = (name) => (value) => setValues((known) => ({ ...known, [name]: value }));
  const setKind = (kind) =>
    setValues((known) => ({ ...known, kind, state: Object.keys(STATES[kind])[0], impact: kind === "incident" ? "minor" : "none" }));
  const offered = servicesOf(pages, values.pages);
  const body = (all) => ({
    ...all,
    ...("starts_at" in all && { starts_at: toIso(all.starts_at) ?? undefined }),
    ...("ends_at" in all && { ends_at: toIso(all.ends_at) }),
  });
  const save = async () => {
    if (!notice) return post(PATH, body({ ...values, services: values.services.filter((key) => offered.some((one) => one.key === key)) }));
    const changed = body(differing(values, begun));
    return Object.keys(changed).length ? ask("PATCH", `${PATH}/${notice.notice_id}`, changed) : null;
  };
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        send(save);
      }}
    >
      <div className="content">
        <Refusal problem={problem} />
        <div className="fields">
          {!notice && <Select label="What it is" name="kind" options={KINDS} value={values.kind} onChange={setKind} />}
          <Select label="Impact" name="impact" options={IMPACTS} value={values.impact} onChange={set("impact")} help={values.kind === "incident" ? "Colours the page: minor degraded, major and critical down." : ""} />
          <Field label="Title" name="title" data-autofocus="" value={values.title} error={errors.title} maxLength={200} placeholder={values.kind === "incident" ? "Orders take long" : "New disks for mail"} onChange={(event) => set("title")(event.target.value)} />
          {!notice && (
            <>
              <Select label="State" name="state" options={STATES[values.kind]} value={values.state} onChange={set("state")} />
              <Words value={values.text} error={errors.text} onChange={set("text")} />
            </>
          )}
          <div className="field half">
            <Field label={values.kind === "incident" ? "Began" : "Begins"} name="starts_at" type="datetime-local" value={values.starts_at} error={errors.starts_at} help="In your time; empty: now." onChange={(event) => set("starts_at")(event.target.value)} />
          </div>
          <div className="field half">
            <Field label={values.kind === "incident" ? "Ended" : "Ends"} name="ends_at" type="datetime-local" value={values.ends_at} error={errors.ends_at} help="Empty: nobody knows." onChange={(event) => set("ends_at")(event.target.value)} />
          </div>
        </div>
        <Choices legend="On these pages" options={pages.map(({ slug, title }) => ({ key: slug, title }))} chosen={values.pages} error={errors.pages} empty="There is no status page yet: the notice is kept until there is one." help={pages.length && !values.pages.length ? "On none of them nobody reads it yet." : ""} onChange={set("pages")} />
        <Choices legend="About these services" options={offered} chosen={values.services} error={errors.services} empty="Choose a page first: what it shows stands here." onChange={set("services")} />
      </div>
      <Foot isBusy={isBusy} text={notice ? "Save" : values.pages.length ? "Tell readers" : "Keep it"} onClose={onClose} />
    </form>
  );
}

/** How it goes on, or an earlier update in other words. */
function UpdateForm({ notice, update, onDone, onClose }) {
  const { form, problem, isBusy, send, errors } = useSending(onDone);
  const [state, setState] = useState(update?.state ?? notice.state);
  const [text, setText] = useState(update?.text ?? "");
  const path = `${PATH}/${notice.notice_id}/updates`;
  const save = () => (update ? ask("PATCH", `${path}/${update.update_id}`, { state, text }) : post(path, { state, text }));
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        send(save);
      }}
    >
      <div className="content">
        <Refusal problem={problem} />
        <div className="fields">
          <Select label="State" name="state" options={STATES[notice.kind]} value={state} onChange={setState} help={state === Object.keys(STATES[notice.kind]).at(-1) ? "This ends the notice." : ""} />
          <Words value={text} error={errors.text} isFirst onChange={setText} />
        </div>
      </div>
      <Foot isBusy={isBusy} text={update ? "Save" : "Tell readers"} onClose={onClose} />
    </form>
  );
}

function Confirm({ words, button, work, onDone, onClose }) {
  return (
    <Question act={work} button={button} onDone={onDone} onClose={onClose}>
      <p>{words}</p>
    </Question>
  );
}

function NoticeCard({ notice, titles, onAct }) {
  const level = notice.phase !== "current" ? "resting" : notice.kind === "maintenance" || notice.impact === "none" ? "calm" : notice.impact === "minor" ? "minor" : "major";
  const pages = notice.pages.map((slug) => titles.get(slug) ?? slug).join(", ");
  return (
    <li className={`notice-card ${level}`}>
      <div className="notice-head">
        <h2>{notice.title}</h2>
        <span className="chip">{PHASES[notice.phase]}</span>
        <span className="space" />
        {notice.phase !== "past" && (
          <button type="button" className="plain" onClick={() => onAct("tell", notice)}>
            <Icon name="plus" /> Update
          </button>
        )}
        <ActionMenu label={`What can be done with ${notice.title}`} items={ITEMS} onChoose={(action) => onAct(action, notice)} />
      </div>
      <p className="help">
        {KINDS[notice.kind]}
        {notice.kind === "incident" && `, impact ${IMPACTS[notice.impact].toLowerCase()}`} · <Stamp at={Date.parse(notice.starts_at)} />
        {notice.ends_at && (
          <>
            {" to "}
            <Stamp at={Date.parse(notice.ends_at)} />
          </>
        )}
        {" · "}
        {pages || "on no page"}
        {notice.services.length > 0 && ` · ${plural(notice.services.length, "service")}`}
      </p>
      <ol className="told-updates">
        {notice.updates.map((update) => (
          <li key={update.update_id}>
            <b>{STATES[notice.kind][update.state]}</b>
            <span className="help">
              <Stamp at={Date.parse(update.at)} /> by {update.who}
            </span>
            <button type="button" className="icon-button" aria-label={`Edit the update “${STATES[notice.kind][update.state]}” of ${notice.title}`} onClick={() => onAct("retell", notice, update)}>
              <Icon name="edit" size={12} />
            </button>
            {notice.updates.length > 1 && (
              <button type="button" className="icon-button" aria-label={`Take back the update “${STATES[notice.kind][update.state]}” of ${notice.title}`} onClick={() => onAct("untell", notice, update)}>
                <Icon name="trash" size={12} />
              </button>
            )}
            <p>{update.text}</p>
          </li>
        ))}
      </ol>
    </li>
  );
}

const TITLES = { new: "New notice", edit: "Edit the notice", tell: "Tell how it goes on", retell: "Edit the update", untell: "Take back the update?", delete: "Delete the notice?" };

/** `pages` are all status pages. `isOpening`: somebody wants to tell something new; that is taken by `onOpened`. */
export function Notices({ pages, isOpening, onOpened }) {
  const [found, setFound] = useState(null);
  const [number, setNumber] = useState(1);
  const [problem, setProblem] = useState("");
  const [open, setOpen] = useState(null);
  const [said, setSaid] = useState("");
  const titles = new Map(pages.map(({ slug, title }) => [slug, title]));
  const load = useCallback(async () => {
    try {
      setFound(await ask("GET", `${PATH}?limit=${PAGE_SIZE}&page=${number}`));
      setProblem("");
    } catch (refused) {
      setProblem(refused.detail ?? "Notices cannot be read.");
    }
  }, [number]);
  useEffect(() => {
    load();
  }, [load]);
  useEffect(() => {
    if (!isOpening) return;
    setOpen({ action: "new" });
    onOpened();
  }, [isOpening, onOpened]);
  const close = () => setOpen(null);
  const done = (words) => () => {
    setOpen(null);
    setSaid(words);
    load();
  };
  const undoable = (text, back, words) => {
    done("")();
    const undo = () => back().then(done(words), (refused) => toastWanted.send({ text: `Not undone: ${refused.detail}`, tone: "failed" }));
    toastWanted.send({ text, action: "Undo", act: undo });
  };
  const made = ({ notice_id, title, pages: told }) => undoable(told.length ? `Readers are told of “${title}”.` : `“${title}” is kept. It is on no page yet.`, () => ask("DELETE", `${PATH}/${notice_id}`), "The notice is taken back.");
  const changed = (text) => (kept) => {
    // Nothing was changed in the form.
    if (!kept) return close();
    undoable(`“${kept.title}”: ${text}.`, () => post(`${PATH}/${kept.notice_id}/undo`, { updated_at: kept.updated_at }), "The notice is as it was.");
  };
  const deleted = () => {
    const of = open.notice;
    undoable(`“${of.title}” is deleted.`, () => post(`${PATH}/${of.notice_id}/restore`), "The notice is told again.");
  };
  const { action, notice, update } = open ?? {};
  const path = notice ? `${PATH}/${notice.notice_id}` : "";
  return (
    <section aria-label="Notices">
      <p className="saved-words" role="status">
        {said}
      </p>
      {problem && (
        <div className="banner bad" role="alert">
          <Icon name="warn" /> <span>{problem}</span>
          <button type="button" className="plain" onClick={load}>
            Try again
          </button>
        </div>
      )}
      {found && !found.items.length && (
        <div className="empty-list">
          <p>Nothing was told yet. A notice tells readers what happens, or what is planned, and how it goes on.</p>
          <button type="button" className="plain" onClick={() => setOpen({ action: "new" })}>
            Tell something
          </button>
        </div>
      )}
      {found && found.items.length > 0 && (
        <ul className="notice-cards">
          {found.items.map((one) => (
            <NoticeCard key={one.notice_id} notice={one} titles={titles} onAct={(what, of, told) => setOpen({ action: what, notice: of, update: told })} />
          ))}
        </ul>
      )}
      {found && found.pages > 1 && (
        <nav className="audit-pager" aria-label="Pages of notices">
          <button type="button" className="plain" disabled={number === 1} onClick={() => setNumber(number - 1)}>
            Newer
          </button>
          <button type="button" className="plain" disabled={number >= found.pages} onClick={() => setNumber(number + 1)}>
            Older
          </button>
        </nav>
      )}
      <Modal isOpen={open !== null} title={TITLES[action] ?? ""} size={action === "delete" || action === "untell" ? "small" : "medium"} onClose={close}>
        {(action === "new" || action === "edit") && <NoticeForm notice={notice} pages={pages} onDone={action === "new" ? made : changed("changed")} onClose={close} />}
        {(action === "tell" || action === "retell") && <UpdateForm notice={notice} update={update} onDone={changed(action === "tell" ? "readers are told how it goes on" : "told in other words")} onClose={close} />}
        {action === "delete" && <Confirm words={`“${notice.title}” goes from all pages and feeds, with all that was told.`} button="Delete" work={() => ask("DELETE", path)} onDone={deleted} onClose={close} />}
        {action === "untell" && <Confirm words={`“${STATES[notice.kind][update.state]}” goes from all pages and feeds.`} button="Take it back" work={() => ask("DELETE", `${path}/updates/${update.update_id}`)} onDone={changed("the update is taken back")} onClose={close} />}
      </Modal>
    </section>
  );
}
