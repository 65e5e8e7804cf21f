// A menu at a point of the screen: arrow keys walk, Escape goes back to where it came from.
import { useEffect, useLayoutEffect, useRef } from "react";
import { Icon } from "./icons.jsx";

const EDGE = 8;

/** `place` is {x, y, isAtEnd, isAbove} while it is open, else null; `items` are {action, text, icon, keys, isDangerous}. */
export function PopMenu({ place, label, head = null, items, goBack, onClose, onChoose }) {
  const box = useRef(null);
  useEffect(() => {
    const element = box.current;
    const onToggle = (event) => event.newState === "closed" && onClose();
    element.addEventListener("toggle", onToggle);
    return () => element.removeEventListener("toggle", onToggle);
  });
  useLayoutEffect(() => {
    const element = box.current;
    if (!place) {
      if (element.matches(":popover-open")) element.hidePopover();
      return;
    }
    element.showPopover();
    const wanted = place.isAtEnd ? place.x - element.offsetWidth : place.x;
    const left = Math.min(wanted, window.innerWidth - element.offsetWidth - EDGE);
    const wantedTop = place.isAbove ? place.y - element.offsetHeight : place.y;
    const top = Math.min(wantedTop, window.innerHeight - element.offsetHeight - EDGE);
    element.style.left = `${Math.max(EDGE, left)}px`;
    element.style.top = `${Math.max(EDGE, top)}px`;
    element.querySelector("button")?.focus();
  }, [place]);

  const onKeyDown = (event) => {
    const buttons = [...box.current.querySelectorAll("button")];
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      const at = buttons.indexOf(document.activeElement);
      buttons[(at + steps[event.key] + buttons.length) % buttons.length].focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      onClose();
      goBack();
    } else return;
    event.preventDefault();
  };
  return (
    <div ref={box} popover="auto" className="menu" role="menu" aria-label={label} onKeyDown={onKeyDown}>
      {head}
      {items.map(({ action, icon, text, keys, isDangerous }) => (
        <button
          key={action}
          type="button"
          role="menuitem"
          tabIndex={-1}
          className={isDangerous ? "dangerous" : ""}
          onClick={() => {
            goBack();
            onClose();
            onChoose(action);
          }}
        >
          <Icon name={icon} />
          <span>{text}</span>
          {keys && <kbd>{keys}</kbd>}
        </button>
      ))}
    </div>
  );
}
