// The form of a service in steps, or as JSON. What is typed is kept: as a draft on the server, and here until it is there.
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { showWhatApplies, valuesOf } from "./form.jsx";
import { LIFE, forgetKept, putValues, readKept, withoutSecrets, writeKept } from "./kept_typing.js";

const STEPS = [
  ["where", "What and where"],
  ["how", "How"],
  ["preview", "Preview"],
];
const VIEWS = [
  ["form", "Form"],
  ["json", "JSON"],
];
const KEEP_MS = 1000;
const CHECK_MS = 400;
const AGAIN_MS = 5000;
const HERE_MS = 4000;
const AWAKE_MS = 10 * 60 * 1000; // who has not touched the page for so long is not there
const DOCUMENT = "form.document";

/** How many fields of each fold are not as they are by default. */
function countSet(form) {
  for (const fold of form.querySelectorAll("details.more")) {
    const fields = [...fold.querySelectorAll("[name]")];
    const count = fields.filter((field) => {
      if (field.type === "checkbox") return field.checked !== (field.dataset.default === "True");
      return field.tagName === "SELECT" ? field.value !== field.dataset.default : field.value.trim() !== "";
    }).length;
    fold.querySelector("[data-set]").textContent = count ? `${count} set` : "";
  }
}

/** A list offers what fits the whole field: behind the last comma each known tag. */
function offerNext(field) {
  const before = field.value.slice(0, field.value.lastIndexOf(",") + 1);
  for (const option of field.list?.options ?? []) option.value = before ? `${before} ${option.dataset.value}` : option.dataset.value;
}

export function ServiceFrame(props) {
  const { mark, subject, isNew, generation, view, errorKey, kept, differences, children } = props;
  const latest = useRef(props);
  latest.current = props;
  const form = useRef(null);
  const [step, setStep] = useState("where");
  const focused = useRef(null); // where somebody types, by its id
  const since = useRef(null); // what was typed while the server draws the fields anew
  const unsent = useRef(0); // the number of the last keeping that is not confirmed
  const timers = useRef({});
  const isTyped = useRef(false);
  const isSaving = useRef(false);
  const touchedAt = useRef(Date.now());

  const goTo = useCallback((name) => {
    form.current.dataset.step = name; // at once: the focus may go there next
    form.current.closest("dialog").scrollTop = 0;
    setStep(name);
    if (name === "preview") latest.current.onLook(valuesOf(form.current));
  }, []);
  const redraw = (ask) => {
    since.current = {};
    ask(valuesOf(form.current));
  };
  const keep = useCallback(() => {
    clearTimeout(timers.current.keep);
    timers.current.keep = 0;
    if (!isTyped.current || !form.current) return;
    unsent.current = Date.now();
    latest.current.onKeep(valuesOf(form.current), unsent.current);
  }, []);
  const noteTyping = useCallback(() => {
    isTyped.current = true;
    form.current.setAttribute("data-typed", "");
    writeKept(latest.current.mark, { subject: latest.current.subject, isOpen: true, life: LIFE, values: withoutSecrets(form.current) });
    clearTimeout(timers.current.keep);
    timers.current.keep = setTimeout(keep, KEEP_MS);
  }, [keep]);

  // Another life of this page had the form open, or was cut off: what it had typed comes back.
  useEffect(() => {
    const before = readKept(latest.current.mark);
    if (before?.subject === subject && before.isOpen && before.life !== LIFE) latest.current.onReopen(subject);
    else if (before?.subject !== subject) forgetKept();
    writeKept(latest.current.mark, { subject, isOpen: true, life: LIFE });
    isTyped.current = false;
  }, [subject]);
  useLayoutEffect(() => {
    const before = readKept(latest.current.mark);
    const values = { ...(before?.subject === subject ? before.values : null), ...since.current };
    since.current = null;
    if (Object.keys(values).length) {
      putValues(form.current, values);
      noteTyping();
    }
    showWhatApplies(form.current);
    countSet(form.current);
    const place = focused.current && document.getElementById(focused.current);
    if (place && document.activeElement !== place && !form.current.contains(document.activeElement)) place.focus();
  }, [generation, subject, noteTyping]);
  useEffect(() => {
    if (kept && kept >= unsent.current && unsent.current) {
      unsent.current = 0;
      writeKept(latest.current.mark, { values: null });
    }
  }, [kept]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (unsent.current) latest.current.onKeep(valuesOf(form.current), unsent.current);
    }, AGAIN_MS);
    const onHidden = () => document.visibilityState === "hidden" && keep();
    document.addEventListener("visibilitychange", onHidden);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", onHidden);
    };
  }, [keep]);

  // Closing keeps what is typed; the dialog says so first.
  useEffect(() => {
    const dialog = form.current.closest("dialog");
    const running = timers.current;
    const onClosing = () => {
      keep();
      writeKept(latest.current.mark, { isOpen: false });
    };
    dialog.addEventListener("modal-closing", onClosing);
    return () => {
      dialog.removeEventListener("modal-closing", onClosing);
      Object.values(running).forEach(clearTimeout);
      if (isSaving.current) forgetKept();
    };
  }, [keep]);

  // Who else has this form open.
  useEffect(() => {
    if (isNew) return undefined;
    const tell = () => Date.now() - touchedAt.current < AWAKE_MS && latest.current.onHere();
    tell();
    const timer = setInterval(tell, HERE_MS);
    return () => clearInterval(timer);
  }, [isNew, subject]);

  // The step with the first wrong field comes up; the dialog moves the focus there.
  useLayoutEffect(() => {
    if (!errorKey) return;
    isSaving.current = false;
    // A mask that is refused is of no use any more: its secret has to be typed.
    for (const field of form.current.querySelectorAll('[aria-invalid="true"]')) if (field.value === "***") field.value = "";
    const wrong = form.current.querySelector('[data-in] [aria-invalid="true"]');
    const name = wrong?.closest("[data-in]").dataset.in;
    if (name && view === "form") goTo(name);
    else if (!wrong) form.current.closest("dialog").scrollTop = 0; // what is wrong with the whole stands on top
  }, [errorKey, view, goTo]);
  useLayoutEffect(() => showWhatApplies(form.current));

  // Of what two people have changed, the fields show what is chosen.
  const mine = useRef({});
  useEffect(() => {
    for (const { key, value, choice } of differences) {
      const field = form.current.elements.namedItem(key);
      if (!field) continue;
      const present = field.type === "checkbox" ? field.checked : field.value;
      if (choice === "theirs" && !(key in mine.current)) {
        mine.current[key] = present;
        putValues(form.current, { [key]: value });
      } else if (choice === "mine" && key in mine.current) {
        putValues(form.current, { [key]: mine.current[key] });
        delete mine.current[key];
      }
    }
    if (!differences.length) mine.current = {};
  }, [differences]);

  const onInput = ({ target }) => {
    touchedAt.current = Date.now();
    if (!target.name) return;
    if (since.current) since.current[target.name] = target.type === "checkbox" ? target.checked : target.value;
    const row = differences.find((each) => each.key === target.name && each.choice === "theirs");
    if (row) {
      delete mine.current[row.key];
      latest.current.onDecide(row.key, "mine");
    }
    if (target.name === "tags") offerNext(target);
    if (target.name === DOCUMENT) {
      clearTimeout(timers.current.check);
      timers.current.check = setTimeout(() => form.current && latest.current.onDocument(valuesOf(form.current)), CHECK_MS);
    }
    noteTyping();
  };
  const onChange = ({ target }) => {
    if (target.id === "field-kind") redraw((values) => latest.current.onKind(target.value, values));
    showWhatApplies(form.current);
    countSet(form.current);
  };
  const onPaste = ({ target, clipboardData }) => {
    const text = clipboardData?.getData("text") ?? "";
    if (!text.trim() || !target.closest("[data-target]") || target.tagName !== "INPUT") return;
    setTimeout(() => {
      if (target.value.trim() === text.trim()) redraw((values) => latest.current.onUnderstand(text, values));
    });
  };
  const onClick = ({ target }) => {
    if (target.closest("[data-test]")) {
      if (view === "form") goTo("preview");
      latest.current.onTest(valuesOf(form.current));
    } else if (target.closest("[data-back]")) {
      redraw((values) => latest.current.onKind(target.closest("[data-back]").dataset.back, values));
    } else if (target.closest("[data-discard]")) {
      Object.values(timers.current).forEach(clearTimeout);
      const isClosing = target.closest("[data-discard]").dataset.discard === "close";
      isTyped.current = false;
      unsent.current = 0;
      form.current.removeAttribute("data-typed");
      writeKept(latest.current.mark, { values: null, isOpen: !isClosing });
      latest.current.onDiscard(isClosing);
    }
  };
  const at = STEPS.findIndex(([name]) => name === step);
  return (
    <form
      ref={form}
      noValidate
      className="service-form"
      data-step={step}
      data-view={view}
      onSubmit={(event) => {
        event.preventDefault();
        isSaving.current = true;
        if (timers.current.keep) keep(); // should the save be lost on its way, what was typed is not
        latest.current.onSave(valuesOf(form.current));
      }}
      onInput={onInput}
      onChange={onChange}
      onPaste={onPaste}
      onClick={onClick}
      onFocus={({ target }) => {
        if (target.id) focused.current = target.id;
        touchedAt.current = Date.now();
      }}
      onBlur={({ target: { name, value, type } }) => {
        if (!name || name === DOCUMENT) return;
        if (timers.current.keep) keep();
        if (type !== "checkbox" && value.trim()) latest.current.onLeave(name, valuesOf(form.current));
      }}
    >
      <input type="hidden" name="form.subject" value={subject} readOnly />
      <div className="form-bar">
        {view === "form" && (
          <nav className="form-steps" aria-label="Steps">
            {STEPS.map(([name, title], index) => (
              <button
                key={name}
                type="button"
                className={index < at ? "done" : ""}
                aria-current={name === step ? "step" : undefined}
                onClick={() => goTo(name)}
              >
                <b aria-hidden="true">{index + 1}</b>
                {title}
              </button>
            ))}
          </nav>
        )}
        <span className="space" />
        <div className="views" role="group" aria-label="View">
          {VIEWS.map(([name, title]) => (
            <button key={name} type="button" aria-pressed={view === name} onClick={() => view !== name && redraw((values) => latest.current.onView(name, values))}>
              {title}
            </button>
          ))}
        </div>
      </div>
      {children}
    </form>
  );
}

/** Stands outside of the dialog: opens the form again that a reload or a restart of the server has closed. */
export function FormKeeper({ mark, isOpen, onReopen }) {
  const ask = useRef(onReopen);
  ask.current = onReopen;
  useEffect(() => {
    if (isOpen || !mark) return undefined;
    const timer = setTimeout(() => {
      const before = readKept(mark);
      if (!before?.isOpen || !before.subject) return;
      writeKept(mark, { life: LIFE });
      ask.current(before.subject);
    }, 300);
    return () => clearTimeout(timer);
  }, [isOpen, mark]);
  return null;
}
