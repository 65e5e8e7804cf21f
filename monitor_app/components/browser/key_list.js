// All keys, for the dialog that lists them, the page of help and docs/keys.md. No DOM: tests read it in plain Node.

/** `where` is a selector of what has to be on the page; `needs` a permission. Two spaces stand between alternatives. */
export const KEY_LIST = [
  {
    title: "Everywhere",
    keys: [
      { keys: "Ctrl K", text: "Command palette: go anywhere, do anything" },
      { keys: "/", text: "Search" },
      { keys: "n", text: "New service", needs: "service:write" },
      { keys: "Ctrl Z", text: "Undo your last change", needs: "service:write" },
      { keys: "Ctrl Shift Z", text: "Redo it", needs: "service:write" },
      { keys: "g b", text: "Go to the board" },
      { keys: "g a", text: "Go to alerts", place: "/alerts" },
      { keys: "g m", text: "Go to the map", place: "/map" },
      { keys: "g e", text: "Go to reports", place: "/reports" },
      { keys: "g s", text: "Go to services", needs: "service:write", place: "/admin/services" },
      { keys: "g r", text: "Go to relations", needs: "relation:write", place: "/admin/relations" },
      { keys: "g g", text: "Go to groups", needs: "service:write", place: "/admin/groups" },
      { keys: "g t", text: "Go to status pages", needs: "status-page:write", place: "/admin/status-pages" },
      { keys: "?", text: "This list" },
    ],
  },
  {
    title: "The service that has the focus or is open",
    where: "[data-service]",
    keys: [
      { keys: "e", text: "Edit", needs: "service:write" },
      { keys: "p", text: "Pause or resume", needs: "service:write" },
      { keys: "c", text: "Check now", needs: "check:run" },
    ],
  },
  {
    title: "Board",
    where: ".live-table, .cards",
    keys: [
      { keys: "j  k  ↓  ↑", text: "Next or previous service" },
      { keys: "Home  End", text: "First or last service" },
      { keys: "Enter", text: "Open the service" },
      { keys: "←  →", text: "Walk through its last 60 checks; fold and unfold a group" },
      { keys: "Shift ←  Shift →", text: "Walk through its last 24 hours" },
      { keys: "Space", text: "Fold or unfold a group, or what follows a root cause" },
      { keys: "m", text: "What can be done with it" },
    ],
  },
  {
    title: "Alerts",
    where: ".alerts-shown",
    keys: [
      { keys: "j  k", text: "Next or previous alert" },
      { keys: "Enter", text: "Open its incident" },
      { keys: "x", text: "Select the alert", needs: "alert:acknowledge" },
      { keys: "e", text: "Acknowledge what is selected", needs: "alert:acknowledge" },
      { keys: "a", text: "Assign it", needs: "alert:acknowledge" },
      { keys: "s", text: "Silence it", needs: "alert:acknowledge" },
      { keys: "Esc", text: "Select no alert", needs: "alert:acknowledge" },
    ],
  },
  {
    title: "Incident",
    where: ".incident-page",
    keys: [
      { keys: "e", text: "Acknowledge it", needs: "alert:acknowledge" },
      { keys: "a", text: "Assign the incident", needs: "alert:acknowledge" },
      { keys: "Ctrl Enter", text: "Write the note down" },
    ],
  },
  {
    title: "Services",
    where: ".service-table",
    keys: [
      { keys: "x  Space", text: "Select it, with Shift all up to it", needs: "service:write" },
      { keys: "Esc", text: "Select none", needs: "service:write" },
    ],
  },
  {
    title: "Relations",
    where: "table.relations",
    keys: [
      { keys: "n", text: "New relation", needs: "relation:write" },
      { keys: "↓  ↑", text: "Next or previous relation" },
      { keys: "Enter", text: "Edit the relation", needs: "relation:write" },
      { keys: "Space", text: "Select it, with Shift all up to it", needs: "relation:write" },
    ],
  },
  {
    title: "Groups",
    where: ".group-tree",
    keys: [
      { keys: "n", text: "New group", needs: "service:write" },
      { keys: "↓  ↑", text: "Next or previous group", needs: "service:write" },
      { keys: "→  ←", text: "Unfold or fold it", needs: "service:write" },
      { keys: "Enter", text: "Open its page", needs: "service:write" },
      { keys: "F2", text: "Rename it", needs: "service:write" },
      { keys: "m", text: "What can be done with it", needs: "service:write" },
    ],
  },
  {
    title: "Alert rules",
    where: ".rule-list",
    keys: [{ keys: "n", text: "Make a rule", needs: "alert-rule:write" }],
  },
  {
    title: "On call",
    where: ".on-call-part",
    keys: [
      { keys: "n", text: "New escalation policy", needs: "on-call:write" },
      { keys: "Alt ↓  Alt ↑", text: "Move a step or a turn, in its form", needs: "on-call:write" },
    ],
  },
  {
    title: "Maintenance",
    where: ".silences",
    keys: [{ keys: "n", text: "Plan maintenance", needs: "maintenance:write" }],
  },
  {
    title: "Map",
    where: ".map-canvas",
    keys: [
      { keys: "←  →  ↓  ↑", text: "Next service that way" },
      { keys: "Enter", text: "Open the service" },
      { keys: "m", text: "What can be done with it" },
      { keys: "Shift ←  Shift →  Shift ↓  Shift ↑", text: "Move it" },
      { keys: "Delete", text: "Delete the chosen relation", needs: "relation:write" },
    ],
  },
  {
    title: "Charts of a service",
    where: ".chart-canvas",
    keys: [
      { keys: "←  →", text: "Walk through the times" },
      { keys: "Shift ←  Shift →", text: "Half a span earlier or later" },
      { keys: "Home  End", text: "First or last time" },
    ],
  },
  {
    title: "Dialogs and forms",
    keys: [
      { keys: "Esc", text: "Close what is open" },
      { keys: "Ctrl Enter", text: "Save" },
    ],
  },
];

/** The sections with the keys that somebody who `may` that can use, of `places` that exist; `isHere` tells of `where`. */
export function keysFor({ may, places, isHere = () => true }) {
  return KEY_LIST.filter(({ where }) => !where || isHere(where))
    .map(({ title, keys }) => ({
      title,
      keys: keys.filter(({ needs, place }) => (!needs || may.includes(needs)) && (!place || places.includes(place))),
    }))
    .filter(({ keys }) => keys.length);
}
