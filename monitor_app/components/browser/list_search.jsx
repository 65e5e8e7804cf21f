// Searches a list as one types; what is looked for stands in the address.
import { useEffect, useRef, useState } from "react";
import { Icon } from "./icons.jsx";
import { useKeys } from "./keys.js";
import { useQuery, useSetQuery } from "./url.js";

const TYPING_PAUSE_MS = 250;

export function ListSearch({ title }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const input = useRef(null);
  const timer = useRef(null);
  const [text, setText] = useState(null); // what is typed and not in the address yet
  useKeys({ "/": () => input.current?.select() });
  useEffect(() => () => clearTimeout(timer.current), []);
  const inAddress = query.get("search") ?? "";
  const take = (value) => {
    if (value.trim() !== inAddress) setQuery({ search: value.trim() }, { replace: true });
  };
  const search = (value) => {
    clearTimeout(timer.current);
    take(value);
    setText(null);
  };
  return (
    <div className="search list-search" role="search" aria-label={title}>
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label={title}
        placeholder={title}
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        value={text ?? inAddress}
        onChange={({ target: { value } }) => {
          setText(value);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => take(value), TYPING_PAUSE_MS);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") search(event.target.value);
          if (event.key === "Escape") search("");
        }}
        onBlur={(event) => search(event.target.value)}
      />
    </div>
  );
}

/** Drops what is looked for. */
export function ClearSearch({ children }) {
  const setQuery = useSetQuery();
  return (
    <button type="button" className="plain" onClick={() => setQuery({ search: "" })}>
      {children}
    </button>
  );
}
