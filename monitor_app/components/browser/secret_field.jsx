// A labelled field of a form that goes to the API, and one for passwords.
import { useEffect, useId, useRef, useState } from "react";

/** `note` is said besides the help or what is wrong. */
export function Field({ label, help, error, note, name, children, ...rest }) {
  const id = useId();
  const below = `${id}-below`;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="box">
        <input id={id} name={name} aria-invalid={Boolean(error)} aria-describedby={below} spellCheck="false" {...rest} />
        {children}
      </div>
      <div id={below}>
        {error ? (
          <p className="wrong" role="alert">
            {error}
          </p>
        ) : (
          help && <p className="help">{help}</p>
        )}
        {note && (
          <p className="help" role="status">
            {note}
          </p>
        )}
      </div>
    </div>
  );
}

/** A password: can be looked at until it is sent, and tells of a caps lock that was left on. */
export function PasswordField(rest) {
  const [isShown, setIsShown] = useState(false);
  const [isLocked, setIsLocked] = useState(false);
  const look = (event) => setIsLocked(event.getModifierState?.("CapsLock") ?? false);
  const button = useRef(null);
  useEffect(() => {
    // A browser remembers what it saw in a field for text.
    const { form } = button.current;
    const hide = () => setIsShown(false);
    form?.addEventListener("submit", hide);
    return () => form?.removeEventListener("submit", hide);
  }, []);
  return (
    <Field
      type={isShown ? "text" : "password"}
      autoCapitalize="none"
      note={isLocked && "Caps lock is on."}
      onKeyDown={look}
      onKeyUp={look}
      onBlur={() => setIsLocked(false)}
      {...rest}
    >
      <button
        ref={button}
        type="button"
        className="show-password"
        aria-pressed={isShown}
        aria-label={isShown ? "Hide the password" : "Show the password"}
        onClick={() => setIsShown(!isShown)}
      >
        {isShown ? "Hide" : "Show"}
      </button>
    </Field>
  );
}
