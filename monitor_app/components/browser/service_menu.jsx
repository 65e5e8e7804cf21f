// What can be done with one service of the table: at the end of its row, or on right-click.
import { PopMenu } from "./pop_menu.jsx";

// What each takes to be offered.
const NEEDS = { check: "check:run", delete: "service:delete-any" };

function itemsFor(row, may, isOwn) {
  const items = [
    { action: "open", icon: "details", text: "Open", keys: "Enter" },
    { action: "page", icon: "right", text: "Open its page" },
    { action: "edit", icon: "edit", text: "Edit", keys: "e" },
    { action: "duplicate", icon: "copy", text: "Duplicate" },
    { action: "check", icon: "clock", text: "Check now", keys: "c" },
    row.enabled ? { action: "pause", icon: "pause", text: "Pause…" } : { action: "resume", icon: "play", text: "Resume" },
    ...(row.enabled
      ? [row.hold ? { action: "maintenance-end", icon: "wrench", text: "End maintenance" } : { action: "maintenance", icon: "wrench", text: "Maintenance…" }]
      : []),
    { action: "relations", icon: "link", text: "Relations" },
    { action: "history", icon: "history", text: "History of changes" },
    { action: "delete", icon: "trash", text: "Delete…", isDangerous: true },
  ];
  return items.filter(({ action }) => {
    if (action === "check" && (!row.enabled || row.hold)) return false;
    return !NEEDS[action] || may.includes(NEEDS[action]) || (isOwn && action === "delete");
  });
}

export function ServiceMenu({ menu, may, own, onClose, onChoose }) {
  return (
    <PopMenu
      place={menu}
      label={menu?.row?.label}
      items={menu?.row ? itemsFor(menu.row, may, own.includes(menu.id)) : []}
      goBack={() => document.querySelector(`tr[data-id="${menu?.id}"]`)?.focus()}
      onClose={onClose}
      onChoose={(action) => onChoose(action, menu.id)}
    />
  );
}
