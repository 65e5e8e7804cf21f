// What can be done with a row of the board: at its end, on right-click, or with the key m.
import { PopMenu } from "./pop_menu.jsx";

// What each takes to be offered; looking is for all.
const NEEDS = {
  edit: "service:write",
  duplicate: "service:write",
  check: "check:run",
  hold: "service:write",
  maintenance: "service:write",
  "maintenance-end": "service:write",
  resume: "service:write",
  "breaker-close": "breaker:operate",
  "breaker-open": "breaker:operate",
  rule: "alert-rule:write",
  delete: "service:delete-any", // or one made it oneself
};

function itemsFor(row, may, isOwn) {
  const items = [
    { action: "open", icon: "details", text: "Check details", keys: "Enter" },
    { action: "page", icon: "right", text: "Open its page" },
    { action: "edit", icon: "edit", text: "Edit", keys: "e" },
    { action: "duplicate", icon: "copy", text: "Duplicate" },
    ...(row.enabled && !row.hold ? [{ action: "check", icon: "check", text: "Check now", keys: "c" }] : []),
    row.enabled
      ? { action: "hold", icon: "pause", text: "Pause…" }
      : { action: "resume", icon: "play", text: "Resume" },
    ...(row.enabled && row.hold
      ? [{ action: "maintenance-end", icon: "wrench", text: "End maintenance" }]
      : row.enabled
        ? [{ action: "maintenance", icon: "wrench", text: "Maintenance…" }]
        : []),
    ...(row.brk
      ? [{ action: "breaker-close", icon: "breaker", text: "Close the breaker" }]
      : row.enabled && !row.hold
        ? [{ action: "breaker-open", icon: "breaker", text: "Open the breaker" }]
        : []),
    { action: "rule", icon: "bell", text: "Make a rule" },
    { action: "delete", icon: "trash", text: "Delete", isDangerous: true },
  ];
  return items.filter(({ action }) => !NEEDS[action] || may.includes(NEEDS[action]) || (isOwn && action === "delete"));
}

const goToRow = (id) => document.querySelector(`[data-line="r:${id}"]`)?.focus();

/** `without` are actions that are to be had beside the menu. */
export function RowMenu({ menu, may, own, without = [], goBack = goToRow, onClose, onChoose }) {
  const items = menu?.row ? itemsFor(menu.row, may, own.includes(menu.id)) : [];
  return (
    <PopMenu
      place={menu}
      label={menu?.row?.label}
      items={items.filter(({ action }) => !without.includes(action))}
      goBack={() => goBack(menu?.id)}
      onClose={onClose}
      onChoose={(action) => onChoose(action, menu.id)}
    />
  );
}
