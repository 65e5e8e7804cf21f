// A dialog on the browser's own: focus stays inside, Escape closes, what was typed is not lost by accident.
import { useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { placeOfFocus } from "./focus_place.js";
import { Icon } from "./icons.jsx";

export function isChanged(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const options = [...field.options];
  const first = options.find((option) => option.defaultSelected) ?? options[0];
  return Boolean(field.name) && field.value !== first?.value;
}

/** Whether something would be lost. A select without a name only chooses what is asked. */
function isTyped(dialog) {
  return [...dialog.querySelectorAll("input, textarea, select")].some(isChanged);
}

/** Where one begins to type. */
function firstField(dialog) {
  const places = ["[data-autofocus]", 'input[type="radio"]:checked', ".fields :is(input, textarea, select)", "input, textarea, select"];
  return places.map((place) => dialog.querySelector(place)).find(Boolean);
}

/** The first wrong field gets the focus, opened if it was folded away. */
export function focusFirstError(place) {
  const wrong = place.querySelector('[aria-invalid="true"]');
  const fold = wrong?.closest("details");
  if (fold) fold.open = true;
  wrong?.focus();
}

export function Modal({ isOpen, title, size = "medium", guard = true, errorKey = "", onClose, children }) {
  const dialog = useRef(null);
  const [isAsking, setIsAsking] = useState(false);
  const titleId = useId();
  const goBack = useRef(() => {});

  useEffect(() => {
    const element = dialog.current;
    if (isOpen && !element.open) {
      goBack.current = placeOfFocus();
      element.showModal();
      setIsAsking(false);
      firstField(element)?.focus();
    }
  }, [isOpen]);
  // With what else is drawn now: a key that is pressed then is for the page again.
  useLayoutEffect(() => {
    if (isOpen || !dialog.current.open) return;
    dialog.current.close();
    goBack.current();
  }, [isOpen]);
  useEffect(() => {
    if (errorKey) focusFirstError(dialog.current);
  }, [errorKey]);

  const close = useCallback(() => {
    if (guard && isTyped(dialog.current)) {
      setIsAsking(true);
      return;
    }
    dialog.current.dispatchEvent(new Event("modal-closing")); // what is inside may want to keep something first
    onClose();
  }, [guard, onClose]);
  const stepBack = () => (isAsking ? setIsAsking(false) : close());
  const onKeyDown = (event) => {
    if (event.key === "Escape") {
      // Taken here: the browser lets a second Escape in a row close a dialog, whatever `cancel` says.
      event.preventDefault();
      stepBack();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      dialog.current.querySelector("form")?.requestSubmit();
    }
  };
  return (
    <dialog
      ref={dialog}
      className={`modal ${size}`}
      aria-labelledby={titleId}
      onKeyDown={onKeyDown}
      onCancel={(event) => {
        event.preventDefault();
        stepBack();
      }}
      onClose={() => isOpen && onClose()}
      onClick={(event) => event.target === dialog.current && close()}
    >
      {isOpen && (
        <div className="modal-body">
          <header>
            <h2 id={titleId}>{title}</h2>
            <button type="button" className="icon-button" aria-label="Close" onClick={close}>
              <Icon name="close" />
            </button>
          </header>
          {children}
          {isAsking && (
            <div className="ask" role="alertdialog" aria-label="Close without saving?">
              <span>What you typed is not saved.</span>
              <button type="button" className="plain" autoFocus onClick={() => setIsAsking(false)}>
                Keep editing
              </button>
              <button type="button" className="plain dangerous" onClick={onClose}>
                Throw it away
              </button>
            </div>
          )}
        </div>
      )}
    </dialog>
  );
}
