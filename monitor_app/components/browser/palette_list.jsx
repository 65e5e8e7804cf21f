// The answers of the command palette: a listbox that the field above it walks.
import { useLayoutEffect, useRef } from "react";
import { Icon } from "./icons.jsx";
import { Keys } from "./keys_dialog.jsx";
import { Glyph, STATUSES } from "./status.jsx";

function Sign({ item }) {
  if (item.kind === "service" && !item.icon) {
    const { status } = item.service;
    return (
      <>
        <Glyph status={status} />
        <span className="for-readers">{STATUSES[status].word}: </span>
      </>
    );
  }
  return <Icon name={item.icon || "right"} />;
}

export function PaletteList({ id, sections, active, onActive, onChoose }) {
  const box = useRef(null);
  useLayoutEffect(() => {
    const option = box.current?.querySelector('[aria-selected="true"]');
    if (!option) return;
    if (active === 0) box.current.scrollTop = 0;
    else option.scrollIntoView({ block: "nearest" });
  }, [active, sections]);
  if (!sections.length) return null;
  let at = -1;
  return (
    <div ref={box} id={id} role="listbox" aria-label="Answers" className="palette-list">
      {sections.map(({ title, items }, section) => (
        <div key={title} role="group" aria-labelledby={`${id}-title-${section}`}>
          <div id={`${id}-title-${section}`} className="palette-title" role="presentation">
            {title}
          </div>
          {items.map((item) => {
            at += 1;
            const index = at;
            return (
              <div
                key={item.key}
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === active}
                className={`palette-item ${item.name === "delete" ? "dangerous" : ""}`}
                onPointerMove={() => index !== active && onActive(index)}
                onPointerDown={(event) => event.preventDefault()}
                onClick={() => onChoose(item)}
              >
                <Sign item={item} />
                <span className="title">{item.title}</span>
                {item.note && <span className="note">{item.note}</span>}
                {item.keys && (
                  <span className="keys-of" aria-hidden="true">
                    <Keys keys={item.keys} />
                  </span>
                )}
              </div>
            );
          })}
        </div>
      ))}
    </div>
  );
}
