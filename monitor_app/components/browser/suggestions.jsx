// Relations that seem to be missing: nothing of it is added before somebody says so.
import { useEffect, useState } from "react";
import { Icon } from "./icons.jsx";
import { Glyph, STATUSES } from "./status.jsx";
import { plural } from "./words.js";

export function Suggestions({ items, total, dismissed, answered, isFirst, onAccept, onDismiss, onBringBack }) {
  const [selected, setSelected] = useState(new Set());
  useEffect(() => {
    const there = new Set(items.map(({ key }) => key));
    setSelected((known) => new Set([...known].filter((key) => there.has(key))));
  }, [answered]);
  if (!total && !dismissed) return null;
  const toggle = (key) => {
    const next = new Set(selected);
    if (!next.delete(key)) next.add(key);
    setSelected(next);
  };
  const isAll = items.length > 0 && items.every(({ key }) => selected.has(key));
  return (
    <details className="suggestions" open={isFirst && total > 0}>
      <summary>
        <Icon name="bulb" /> {total ? `${plural(total, "relation")} may be missing` : "Nothing more to suggest"}
      </summary>
      <p className="help">
        Guesses from hosts, groups and what the checks name. Nothing is added before you accept it.
        {total > items.length && ` The ${items.length} surest are shown.`}
      </p>
      <ul>
        {items.map(({ key, source, target, sentence, why }) => (
          <li key={key}>
            <label>
              <input type="checkbox" checked={selected.has(key)} onChange={() => toggle(key)} />
              <span className="guess">
                <span className="ends">
                  <Glyph status={source.status} />
                  <span className="for-readers">{STATUSES[source.status].word}: </span>
                  {sentence}
                </span>
                <span className="why">{why.join("; ")}</span>
              </span>
            </label>
            <button type="button" className="plain" aria-label={`Accept: ${sentence}`} onClick={() => onAccept([key])}>
              Accept
            </button>
            <button type="button" className="icon-button" aria-label={`Dismiss: ${sentence}`} title="Do not suggest this to me again" onClick={() => onDismiss([key])}>
              <Icon name="close" size={12} />
            </button>
            <span className="for-readers">{STATUSES[target.status].word}</span>
          </li>
        ))}
      </ul>
      <div className="actions">
        {items.length > 1 && (
          <button type="button" className="quiet" onClick={() => setSelected(isAll ? new Set() : new Set(items.map(({ key }) => key)))}>
            {isAll ? "Select none" : "Select all"}
          </button>
        )}
        {selected.size > 0 && (
          <>
            <button type="button" className="plain" onClick={() => onAccept([...selected])}>
              Accept {selected.size}
            </button>
            <button type="button" className="plain" onClick={() => onDismiss([...selected])}>
              Dismiss {selected.size}
            </button>
          </>
        )}
        {dismissed > 0 && (
          <button type="button" className="quiet" onClick={onBringBack}>
            Bring back {plural(dismissed, "dismissed one")}
          </button>
        )}
      </div>
    </details>
  );
}
