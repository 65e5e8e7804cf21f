// What can be done with a row: at its end, on right-click, or with the key m.
import { useEffect, useLayoutEffect, useRef } from "react";
import { Icon } from "./icons.jsx";

const EDGE = 8;

function itemsFor(row) {
  return [
    { action: "open", icon: "details", text: "Check details", keys: "Enter" },
    { action: "edit", icon: "edit", text: "Edit" },
    row.enabled
      ? { action: "pause", icon: "pause", text: "Pause" }
      : { action: "resume", icon: "play", text: "Resume" },
    ...(row.brk
      ? [{ action: "breaker-close", icon: "breaker", text: "Close the breaker" }]
      : row.enabled
        ? [{ action: "breaker-open", icon: "breaker", text: "Open the breaker" }]
        : []),
    { action: "delete", icon: "trash", text: "Delete", isDangerous: true },
  ];
}

export function RowMenu({ menu, onClose, onChoose }) {
  const box = useRef(null);
  useEffect(() => {
    const element = box.current;
    const onToggle = (event) => event.newState === "closed" && onClose();
    element.addEventListener("toggle", onToggle);
    return () => element.removeEventListener("toggle", onToggle);
  });
  useLayoutEffect(() => {
    const element = box.current;
    if (!menu) {
      if (element.matches(":popover-open")) element.hidePopover();
      return;
    }
    element.showPopover();
    const wanted = menu.isAtEnd ? menu.x - element.offsetWidth : menu.x;
    const left = Math.min(wanted, window.innerWidth - element.offsetWidth - EDGE);
    const top = Math.min(menu.y, window.innerHeight - element.offsetHeight - EDGE);
    element.style.left = `${Math.max(EDGE, left)}px`;
    element.style.top = `${Math.max(EDGE, top)}px`;
    element.querySelector("button")?.focus();
  }, [menu]);

  const backToRow = () => document.querySelector(`tr[data-id="${menu?.id}"]`)?.focus();
  const onKeyDown = (event) => {
    const buttons = [...box.current.querySelectorAll("button")];
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      const at = buttons.indexOf(document.activeElement);
      buttons[(at + steps[event.key] + buttons.length) % buttons.length].focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      onClose();
      backToRow();
    } else return;
    event.preventDefault();
  };
  return (
    <div ref={box} popover="auto" className="menu" role="menu" aria-label={menu?.row?.label} onKeyDown={onKeyDown}>
      {menu?.row &&
        itemsFor(menu.row).map(({ action, icon, text, keys, isDangerous }) => (
          <button
            key={action}
            type="button"
            role="menuitem"
            tabIndex={-1}
            className={isDangerous ? "dangerous" : ""}
            onClick={() => {
              backToRow();
              onClose();
              onChoose(action, menu.id);
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
