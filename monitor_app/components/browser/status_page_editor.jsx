// The form of a status page, with what readers would see beside it.
import { useEffect, useId, useRef, useState } from "react";
import { Icon } from "./icons.jsx";
import { focusFirstError } from "./modal.jsx";
import { slugOf } from "./page_order.js";
import { ask, post } from "./post.js";
import { Field, PasswordField } from "./secret_field.jsx";
import { PageEntries } from "./status_page_entries.jsx";
import { PagePreview } from "./status_page_preview.jsx";

const PATH = "/api/admin/status-pages";
const LOGO_LIMIT = 200_000;
const PICTURES = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const EMPTY = { slug: "", title: "", description: "", colour: "", host_name: "", access: "public", password: "", is_indexed: true, entries: [] };
const CHANGED = "Somebody else changed this page meanwhile. Load it anew, then change it.";
const ACCESSES = [
  ["public", "Everybody", "Whoever has the address. It can be found by search engines unless you say otherwise."],
  ["password", "Who knows the password", "One password for all readers. They are asked once in 30 days."],
  ["login", "Who is logged in", "Everybody with an account here, whatever their role."],
];

function valuesOf(page) {
  return Object.fromEntries(Object.keys(EMPTY).map((name) => [name, page[name] ?? EMPTY[name]]));
}

/** The picture as the API takes it. Throws what is to be said. */
async function read(file) {
  if (file.size > LOGO_LIMIT) throw new Error(`${file.name} is too large: at most 200 kB.`);
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error(`${file.name} cannot be read.`));
    reader.readAsDataURL(file);
  });
  return { type: PICTURES.includes(file.type) ? file.type : PICTURES[0], base64: url.slice(url.indexOf(",") + 1) };
}

/** Where the picture is: the one that was chosen, else the one that is stored; "" without one. */
function addressOf(page, { type, base64, isGone }) {
  if (base64 !== null) return `data:${type};base64,${base64}`;
  return page?.has_logo && !isGone ? `/status/${page.slug}/logo?${page.revision}` : "";
}

/** Takes back what was saved, {act, words}; null where the password or the picture of before is not known here. */
function wayBack(page, values, kept, isLogoSame) {
  if (!page) return { act: () => ask("DELETE", `${PATH}/${kept.slug}`), words: `${kept.title} is taken back.` };
  const isPasswordSame = values.password === "" && (page.access !== "password" || values.access === "password");
  if (!isPasswordSame || !isLogoSame) return null;
  return { act: () => ask("PUT", `${PATH}/${kept.slug}`, valuesOf(page), kept.etag), words: `${page.title} is as it was.` };
}

/** There Escape takes away what was typed. */
function isSearching(field) {
  return field.type === "search" && field.value !== "";
}

function Access({ access, onChange }) {
  return (
    <fieldset className="roles">
      <legend>Who may read it</legend>
      {ACCESSES.map(([value, title, text]) => (
        <label key={value} className="role-card">
          <input type="radio" name="access" value={value} checked={access === value} onChange={() => onChange(value)} />
          <span>
            <b>{title}</b>
            <span className="help">{text}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Colour({ value, ours, error, onChange }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>
        Colour <span className="optional">optional</span>
      </label>
      <div className="box colour-box">
        <input type="color" aria-label="Choose the colour" value={/^#[0-9a-fA-F]{6}$/.test(value) ? value : ours} onChange={(event) => onChange(event.target.value)} />
        <input id={id} className="mono" value={value} maxLength={20} placeholder={ours} aria-invalid={Boolean(error)} onChange={(event) => onChange(event.target.value)} />
      </div>
      {error ? (
        <p className="wrong" role="alert">
          {error}
        </p>
      ) : (
        <p className="help">Of the line on top and of links; made readable by itself.</p>
      )}
    </div>
  );
}

function Logo({ page, logo, error, onChoose, onRemove }) {
  const id = useId();
  const isThere = addressOf(page, logo) !== "";
  return (
    <div className="field">
      <label htmlFor={id}>
        Logo <span className="optional">optional</span>
      </label>
      <div className="logo-box">
        {isThere && logo.base64 !== null && <img src={`data:${logo.type};base64,${logo.base64}`} alt="The logo as chosen" />}
        {isThere && logo.base64 === null && <img src={`/status/${page.slug}/logo?${page.revision}`} alt="The logo as it is" />}
        <input id={id} type="file" accept={PICTURES.join(",")} aria-invalid={Boolean(error)} onChange={(event) => onChoose(event.target.files[0])} />
        {isThere && (
          <button type="button" className="plain" onClick={onRemove}>
            Remove
          </button>
        )}
      </div>
      {error ? (
        <p className="wrong" role="alert">
          {error}
        </p>
      ) : (
        <p className="help">PNG, JPEG, WebP or GIF, at most 200 kB. Shown up to 64 px high.</p>
      )}
    </div>
  );
}

/** `page` is what was read, null for a new one; `colour` is that of pages without one of their own. */
export function PageEditor({ page, colour, onSaved, onClose }) {
  const form = useRef(null);
  const ids = { description: useId(), indexed: useId() };
  const [values, setValues] = useState(() => valuesOf(page ?? EMPTY));
  const [isSlugTyped, setIsSlugTyped] = useState(Boolean(page));
  const [logo, setLogo] = useState({ type: "", base64: null, isGone: false });
  const [problem, setProblem] = useState(null);
  const [isBusy, setIsBusy] = useState(false);
  const [isAsking, setIsAsking] = useState(false);
  const begun = useRef(JSON.stringify(values));
  const isChanged = JSON.stringify(values) !== begun.current || logo.base64 !== null || logo.isGone;
  const errors = problem?.fields ?? {};
  useEffect(() => {
    if (problem) focusFirstError(form.current);
  }, [problem]);
  useEffect(() => {
    if (!isChanged) return undefined;
    const warn = (event) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isChanged]);

  const set = (name) => (value) => setValues((known) => ({ ...known, [name]: value }));
  const typed = (name) => ({ name, value: values[name], error: errors[name], onChange: (event) => set(name)(event.target.value) });
  const onTitle = (event) => {
    const title = event.target.value;
    setValues((known) => ({ ...known, title, slug: isSlugTyped ? known.slug : slugOf(title) }));
  };
  const chooseLogo = async (file) => {
    if (!file) return;
    try {
      setLogo({ ...(await read(file)), isGone: false });
      setProblem(null);
    } catch (err) {
      setProblem({ fields: { logo: err.message } });
    }
  };
  const save = async () => {
    if (isBusy) return;
    setIsBusy(true);
    setProblem(null);
    let kept = null;
    try {
      kept = page ? await ask("PUT", `${PATH}/${page.slug}`, values, page.etag) : await post(PATH, values);
      if (logo.base64 !== null) await ask("PUT", `${PATH}/${kept.slug}/logo`, { base64: logo.base64 });
      else if (logo.isGone) await ask("DELETE", `${PATH}/${kept.slug}/logo`);
      onSaved(kept, "", wayBack(page, values, kept, logo.base64 === null && !logo.isGone));
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      if (kept) onSaved(kept, `Its logo was refused: ${refused.detail}`);
      else setProblem(refused.status === 412 ? { ...refused, fields: {}, detail: CHANGED } : refused);
      setIsBusy(false);
    }
  };
  const close = () => (isChanged ? setIsAsking(true) : onClose());
  const isAlone = problem && !Object.keys(errors).length;
  return (
    <div className="page-editor">
      <form
        ref={form}
        noValidate
        aria-label={page ? `Status page ${page.title}` : "New status page"}
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            save();
          } else if (event.key === "Escape" && !isSearching(event.target)) {
            if (isAsking) setIsAsking(false);
            else close();
          }
        }}
      >
        {isAlone && (
          <p className="banner bad" role="alert">
            <Icon name="warn" /> <span>{problem.detail}</span>
          </p>
        )}
        <Field label="Title" {...typed("title")} maxLength={120} placeholder="Acme status" autoFocus={!page} onChange={onTitle} />
        <Field
          label="Address"
          help={`${typeof location === "undefined" ? "" : location.origin}/status/${values.slug || "…"}`}
          {...typed("slug")}
          maxLength={63}
          placeholder="acme"
          onChange={(event) => {
            setIsSlugTyped(true);
            set("slug")(event.target.value);
          }}
        />
        <div className="field">
          <label htmlFor={ids.description}>
            Description <span className="optional">optional</span>
          </label>
          <div className="box">
            <textarea id={ids.description} rows={3} maxLength={2000} value={values.description} aria-invalid={Boolean(errors.description)} placeholder="What this page is about, and where to ask" onChange={(event) => set("description")(event.target.value)} />
          </div>
          {errors.description && (
            <p className="wrong" role="alert">
              {errors.description}
            </p>
          )}
        </div>
        <PageEntries entries={values.entries} errors={errors} onChange={set("entries")} />
        <Access access={values.access} onChange={set("access")} />
        {values.access === "password" && (
          <PasswordField label="Password for readers" help={page?.has_password ? "There is one. Type another to change it." : "At least 8 characters."} autoComplete="new-password" maxLength={128} {...typed("password")} />
        )}
        {values.access === "public" && (
          <div className="field switch">
            <input id={ids.indexed} type="checkbox" checked={values.is_indexed} onChange={(event) => set("is_indexed")(event.target.checked)} />
            <label htmlFor={ids.indexed}>Search engines may list it</label>
          </div>
        )}
        <Colour value={values.colour} ours={colour} error={errors.colour} onChange={set("colour")} />
        <Logo page={page} logo={logo} error={errors.logo} onChoose={chooseLogo} onRemove={() => setLogo({ type: "", base64: null, isGone: Boolean(page?.has_logo) })} />
        <Field label="Host name of its own" help="Have its name point to this server. Nothing but this page is shown under it." {...typed("host_name")} maxLength={253} placeholder="status.example.org" autoCapitalize="none" />
        {isAsking && (
          <div className="ask" role="alertdialog" aria-label="Leave without saving?">
            <span>What you changed is not saved.</span>
            <button type="button" className="plain" autoFocus onClick={() => setIsAsking(false)}>
              Keep editing
            </button>
            <button type="button" className="plain dangerous" onClick={onClose}>
              Throw it away
            </button>
          </div>
        )}
        <footer className="editor-foot">
          <button type="button" className="plain" onClick={close}>
            Back
          </button>
          <button type="submit" className="primary" aria-disabled={isBusy}>
            {isBusy ? "Saving…" : page ? "Save" : "Publish"}
          </button>
        </footer>
      </form>
      <PagePreview values={values} logo={addressOf(page, logo)} />
    </div>
  );
}
