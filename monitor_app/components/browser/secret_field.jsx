// A labelled field of a form that goes to the API, and one for passwords.
import { useId, useState } from "react";

export function Field({ label, help, error, name, children, ...rest }) {
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
      </div>
    </div>
  );
}

/** A password: can be looked at, and tells of a caps lock that was left on. */
export function PasswordField({ help, ...rest }) {
  const [isShown, setIsShown] = useState(false);
  const [isLocked, setIsLocked] = useState(false);
  const look = (event) => setIsLocked(event.getModifierState?.("CapsLock") ?? false);
  return (
    <Field
      type={isShown ? "text" : "password"}
      autoCapitalize="none"
      help={isLocked ? "Caps lock is on." : help}
      onKeyDown={look}
      onKeyUp={look}
      {...rest}
    >
      <button
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
