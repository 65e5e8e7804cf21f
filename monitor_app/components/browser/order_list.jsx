// A list whose order matters: moved by buttons, by dragging, or with Alt and the arrows.
import { useRef, useState } from "react";
import { Icon } from "./icons.jsx";

export function moved(items, from, to) {
  if (to < 0 || to >= items.length || from === to) return items;
  const rest = items.filter((_, place) => place !== from);
  return [...rest.slice(0, to), items[from], ...rest.slice(to)];
}

/** `items` are {key, name, ...}; `children` makes what stands in one of them. */
export function OrderList({ items, label, className = "", onChange, children }) {
  const list = useRef(null);
  const [drag, setDrag] = useState(null); // {from, over}
  const move = (from, to, button = "") => {
    const next = moved(items, from, to);
    if (next === items) return;
    onChange(next);
    // The focus goes along, on another button where this one is of no use any more.
    requestAnimationFrame(() => {
      const line = list.current?.children[to];
      (line?.querySelector(`[data-move="${button}"]:not(:disabled)`) ?? line?.querySelector("[data-move]:not(:disabled)"))?.focus();
    });
  };
  const drop = (from) => {
    onChange(items.filter((_, place) => place !== from));
    requestAnimationFrame(() => {
      const lines = list.current?.children ?? [];
      lines[Math.min(from, lines.length - 1)]?.querySelector("[data-drop]")?.focus();
    });
  };
  return (
    <ol ref={list} className={`order-list ${className}`} aria-label={label}>
      {items.map((item, place) => (
        <li
          key={item.key}
          className={drag?.over === place && drag.from !== place ? "over" : ""}
          draggable={drag?.from === place}
          onKeyDown={(event) => {
            if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
            event.preventDefault();
            move(place, place + (event.key === "ArrowUp" ? -1 : 1), event.key === "ArrowUp" ? "up" : "down");
          }}
          onDragStart={(event) => {
            event.dataTransfer.effectAllowed = "move";
            event.dataTransfer.setData("text/plain", String(place));
          }}
          onDragOver={(event) => {
            if (!drag) return;
            event.preventDefault();
            if (drag.over !== place) setDrag({ ...drag, over: place });
          }}
          onDrop={(event) => {
            event.preventDefault();
            if (drag) onChange(moved(items, drag.from, place));
            setDrag(null);
          }}
          onDragEnd={() => setDrag(null)}
        >
          <span className="grip" aria-hidden="true" onPointerDown={() => setDrag({ from: place, over: place })} onPointerUp={() => setDrag(null)}>
            <Icon name="grip" size={14} />
          </span>
          <div className="ordered">{children(item, place)}</div>
          <button type="button" className="icon-button" data-move="up" disabled={place === 0} aria-label={`Move ${item.name} up`} onClick={() => move(place, place - 1, "up")}>
            <Icon name="up" size={12} />
          </button>
          <button type="button" className="icon-button" data-move="down" disabled={place === items.length - 1} aria-label={`Move ${item.name} down`} onClick={() => move(place, place + 1, "down")}>
            <Icon name="down" size={12} />
          </button>
          <button type="button" className="icon-button" data-drop="" aria-label={`Take out ${item.name}`} onClick={() => drop(place)}>
            <Icon name="close" size={12} />
          </button>
        </li>
      ))}
    </ol>
  );
}
