// A field for a service: what is typed is looked for, and what was found is offered.
import { useEffect, useId, useRef, useState } from "react";
import { ask } from "./post.js";
import { Field } from "./secret_field.jsx";

const TYPING_PAUSE_MS = 200;
const FOUND_LIMIT = 12;

async function search(text) {
  const query = new URLSearchParams({ search: text.trim(), limit: FOUND_LIMIT, fields: "service_id,label" });
  return (await ask("GET", `/api/services?${query}`)).items;
}

/** Services with `text` in their name, id or group, as {of, items}: `of` is the text that they were found for. */
function useFound(text) {
  const [found, setFound] = useState({ of: null, items: [] });
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(() => {
      search(text).then(
        (items) => isCurrent && setFound({ of: text, items }),
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

/** The one that somebody means who typed this; null: none, or more than one. */
function meant(text, items) {
  const typed = text.trim().toLowerCase();
  const same = items.filter(({ service_id: id, label }) => id === typed || label.toLowerCase() === typed);
  if (same.length) return same.find(({ service_id: id }) => id === typed) ?? (same.length === 1 ? same[0] : null);
  return items.length === 1 ? items[0] : null;
}

/** Typing "mail" on the way to "mail-archive" chooses nothing; a choice from the list comes without such an event. */
function isOnTheWay(event, taken, items) {
  const { inputType = "" } = event.nativeEvent;
  const isTyped = inputType !== "insertReplacementText" && /^(insert|delete)/.test(inputType);
  return isTyped && items.some(({ service_id: id }) => id !== taken.service_id && id.startsWith(taken.service_id));
}

/** The value is a service_id. `onPick` is told of each that is taken: from the list, by Enter, or by leaving the field;
 * `onTyped` of what stands in the field and is none yet. */
export function ServiceField({ defaultValue = "", onPick, onTyped, error, help = "Type some of its name, then choose it.", ...rest }) {
  const list = useId();
  const [text, setText] = useState(defaultValue);
  const [problem, setProblem] = useState("");
  const found = useFound(text);
  const pick = useRef(onPick);
  pick.current = onPick; // an answer that comes later is for what is shown by then
  const type = (typed) => {
    setText(typed);
    setProblem("");
    onTyped?.(typed.trim());
  };
  const onChange = (event) => {
    type(event.target.value);
    const taken = found.items.find(({ service_id }) => service_id === event.target.value);
    if (taken && !isOnTheWay(event, taken, found.items)) pick.current?.(taken, event.target);
  };
  const take = async (element) => {
    const items = found.of === text ? found.items : await search(text).catch(() => []);
    const one = meant(text, items);
    if (one) pick.current(one, element);
    else setProblem(`"${text.trim()}" is ${items.length ? "not one service: choose from the list" : "in no service's name"}`);
  };
  const picking = onPick && {
    onKeyDown: (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !text.trim()) return;
      event.preventDefault(); // it means the service, not the form
      take(event.target);
    },
    onBlur: (event) => text.trim() && take(event.target),
  };
  return (
    <>
      <Field defaultValue={defaultValue} help={help} list={list} autoComplete="off" autoCapitalize="none" maxLength={63} onChange={onChange} error={problem || error} {...picking} {...rest} />
      <datalist id={list}>
        {found.items.map(({ service_id, label }) => (
          <option key={service_id} value={service_id}>
            {label}
          </option>
        ))}
      </datalist>
    </>
  );
}
