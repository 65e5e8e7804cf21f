// A field for a service: what is typed is looked for, and what was found is offered.
import { useEffect, useId, useState } from "react";
import { ask } from "./post.js";
import { Field } from "./secret_field.jsx";

const TYPING_PAUSE_MS = 200;
const FOUND_LIMIT = 12;

/** Services with `text` in their name, id or group, as {service_id, label}. */
function useFound(text) {
  const [found, setFound] = useState([]);
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(() => {
      const query = new URLSearchParams({ search: text.trim(), limit: FOUND_LIMIT, fields: "service_id,label" });
      ask("GET", `/api/services?${query}`).then(
        ({ items }) => isCurrent && setFound(items),
        () => {}, // an id can be typed, too
      );
    }, TYPING_PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [text]);
  return found;
}

/** The value is a service_id. `onPick` is told when one of those that are offered was taken. */
export function ServiceField({ defaultValue = "", onPick, help = "Type some of its name, then choose it.", ...rest }) {
  const list = useId();
  const [text, setText] = useState(defaultValue);
  const found = useFound(text);
  const onChange = (event) => {
    setText(event.target.value);
    const taken = found.find(({ service_id }) => service_id === event.target.value);
    if (taken) onPick?.(taken, event.target);
  };
  return (
    <>
      <Field defaultValue={defaultValue} help={help} list={list} autoComplete="off" autoCapitalize="none" maxLength={63} onChange={onChange} {...rest} />
      <datalist id={list}>
        {found.map(({ service_id, label }) => (
          <option key={service_id} value={service_id}>
            {label}
          </option>
        ))}
      </datalist>
    </>
  );
}
