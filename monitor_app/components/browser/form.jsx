// The frame of a form: its values go to the server on save, on "Test now" and when a field is left.
// Inputs keep what was typed by themselves, whatever the server answers.
import { useEffect, useRef } from "react";

export function valuesOf(form) {
  const values = {};
  for (const field of form.elements) {
    if (!field.name || (field.type === "radio" && !field.checked)) continue;
    values[field.name] = field.type === "checkbox" ? field.checked : field.value;
  }
  return values;
}

/** Fields that mean something only while another one has a certain value are out of sight otherwise, unless set. */
export function showWhatApplies(form) {
  for (const place of form.querySelectorAll("[data-when]")) {
    const [name, value] = place.dataset.when.split("=");
    const field = place.querySelector("[name]");
    const isWanted = !name || form.elements[name]?.value === value;
    place.hidden = !isWanted && !field?.value && field?.getAttribute("aria-invalid") !== "true";
  }
}

export function FormFrame({ onSave, onTest, onLeave, children }) {
  const form = useRef(null);
  useEffect(() => showWhatApplies(form.current));
  const onClick = (event) => {
    if (event.target.closest("[data-test]")) onTest(valuesOf(form.current));
  };
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSave(valuesOf(form.current));
      }}
      onChange={() => showWhatApplies(form.current)}
      onClick={onClick}
      onBlur={(event) => {
        const { name, value, type } = event.target;
        if (name && type !== "checkbox" && value.trim()) onLeave?.(name, valuesOf(form.current));
      }}
    >
      {children}
    </form>
  );
}
