// A form that stands on a page: it tells that something is not saved, and asks before that is lost.
import { useEffect, useRef, useState } from "react";
import { useBlocker } from "react-router";
import { valuesOf } from "./form.jsx";
import { focusFirstError, isChanged } from "./modal.jsx";

const QUESTION = "What you changed is not saved. Leave all the same?";

function useAsking(isDirty) {
  const blocker = useBlocker(isDirty);
  useEffect(() => {
    if (blocker.state !== "blocked") return;
    if (window.confirm(QUESTION)) blocker.proceed();
    else blocker.reset();
  }, [blocker]);
  useEffect(() => {
    if (!isDirty) return undefined;
    const onLeave = (event) => event.preventDefault();
    window.addEventListener("beforeunload", onLeave);
    return () => window.removeEventListener("beforeunload", onLeave);
  }, [isDirty]);
}

/** `saved` and `refusals` are counted by the server. */
export function SettingsForm({ saved, refusals, onSave, onLeave, children }) {
  const form = useRef(null);
  const [isDirty, setIsDirty] = useState(false);
  const look = () => setIsDirty([...form.current.elements].some((field) => field.name && isChanged(field)));
  const takeOver = () => {
    form.current.reset();
    look();
  };
  useAsking(isDirty);
  useEffect(() => {
    if (saved) takeOver(); // the fields' defaults are what is stored now
  }, [saved]);
  useEffect(() => {
    if (refusals) focusFirstError(form.current);
  }, [refusals]);
  return (
    <form
      ref={form}
      className="settings-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSave(valuesOf(form.current));
      }}
      onInput={look}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        form.current.requestSubmit();
      }}
      onBlur={(event) => {
        const { name, type } = event.target;
        if (name && type !== "checkbox" && isChanged(event.target)) onLeave(name, valuesOf(form.current));
      }}
    >
      {children}
      <div className="save-bar" role="status" data-shown={isDirty}>
        {isDirty && (
          <>
            <span>Not saved yet</span>
            <button type="button" className="plain" onClick={takeOver}>
              Discard
            </button>
            <button type="submit" className="primary">
              Save changes
            </button>
          </>
        )}
      </div>
    </form>
  );
}
