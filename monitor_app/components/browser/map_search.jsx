// Search that flies to what it finds: a field with a list, walked by arrow keys.
import { useId, useRef, useState } from "react";
import { Icon } from "./icons.jsx";
import { useKeys } from "./keys.js";
import { map } from "./map_store.js";
import { Glyph } from "./status.jsx";

const SHOWN = 8;

function matching(nodes, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const found = nodes.filter(({ label, sid, group, tags }) => {
    const all = [label, sid, group, ...tags].join(" ").toLowerCase();
    return words.every((word) => all.includes(word));
  });
  const rank = ({ label, sid }) => (label.toLowerCase().startsWith(words[0]) || sid.startsWith(words[0]) ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b)).slice(0, SHOWN);
}

export function MapSearch({ nodes, onFind }) {
  const input = useRef(null);
  const listId = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const found = matching(nodes, text);
  useKeys({ "/": () => input.current?.select() });
  const take = (node) => {
    setText("");
    input.current.blur();
    onFind(node);
  };
  const onKeyDown = (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && found.length) setAt((at + steps[event.key] + found.length) % found.length);
    else if (event.key === "Enter" && found.length) take(found[Math.min(at, found.length - 1)]);
    else if (event.key === "Escape") {
      setText("");
      input.current.blur();
    } else return;
    event.preventDefault();
  };
  return (
    <div className="search map-search" role="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        role="combobox"
        aria-label="Find a service on the map"
        aria-expanded={found.length > 0}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={found.length ? `${listId}-${at}` : undefined}
        placeholder="Find a service"
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setText("")}
      />
      <kbd aria-hidden="true">/</kbd>
      <ul id={listId} role="listbox" aria-label="Services found" hidden={!text.trim()}>
        {found.map((node, index) => (
          <li
            key={node.id}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === at}
            onPointerDown={(event) => {
              event.preventDefault();
              take(node);
            }}
          >
            <Glyph status={map.status(node.id)} />
            <span className="map-label">{node.label}</span>
            <span className="muted">{node.group}</span>
          </li>
        ))}
        {!found.length && <li className="muted">Nothing found</li>}
      </ul>
    </div>
  );
}
