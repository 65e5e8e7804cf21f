// The columns of the table of services: which there are, which are shown, and in which order.
// No import, no DOM: tests run it in plain Node.

/** `width` in px; the one without takes what is left. `sort` is its name in the address. */
export const COLUMNS = [
  { key: "status", title: "Status", sort: "urgency", width: 116 },
  { key: "label", title: "Service", sort: "label", least: 240 },
  { key: "enabled", title: "Checked", sort: "enabled", width: 84 },
  { key: "kind", title: "Kind", sort: "kind", width: 124 },
  { key: "type", title: "Type", sort: "service_type", width: 124 },
  { key: "group", title: "Group", sort: "group", width: 124 },
  { key: "tags", title: "Tags", sort: "tags", width: 184 },
  { key: "environment", title: "Environment", sort: "environment", width: 118 },
  { key: "interval", title: "Every", sort: "interval", width: 78, isNumber: true },
  { key: "response", title: "Response", sort: "response", width: 96, isNumber: true },
  { key: "age", title: "Last check", sort: "checked", width: 100, isNumber: true },
  { key: "since", title: "For", sort: "changed", width: 76, isNumber: true },
  { key: "target", title: "Target", sort: "target", width: 220 },
  { key: "sid", title: "Id", sort: "service_id", width: 150 },
  { key: "owner", title: "Owner", sort: "owner", width: 110 },
  { key: "file", title: "Made by file", sort: "managed_by", width: 150 },
  { key: "updated", title: "Changed", sort: "updated_at", width: 96, isNumber: true },
  { key: "created", title: "Added", sort: "created_at", width: 96, isNumber: true },
];
export const USUAL = ["status", "label", "enabled", "kind", "group", "tags", "interval", "response", "age"];
const FIXED = "label"; // a row without its name is of no use
const BY_KEY = new Map(COLUMNS.map((column) => [column.key, column]));
const AROUND = 40 + 44; // the box before, the menu behind

/** The columns that an address asks for, in its order; whatever it says wrong is left out. */
export function shownColumns(text) {
  const keys = [...new Set((text || "").split(","))].filter((key) => BY_KEY.has(key));
  if (!keys.length) return USUAL.map((key) => BY_KEY.get(key));
  if (!keys.includes(FIXED)) keys.unshift(FIXED);
  return keys.map((key) => BY_KEY.get(key));
}

/** As the address has them: nothing when they are the usual ones. */
export function columnsText(keys) {
  const text = keys.join(",");
  return text === USUAL.join(",") ? "" : text;
}

export function isFixed(key) {
  return key === FIXED;
}

/** `keys` with one of them shown or not; a new one comes last. */
export function toggled(keys, key) {
  if (isFixed(key)) return keys;
  return keys.includes(key) ? keys.filter((each) => each !== key) : [...keys, key];
}

/** `keys` with one of them at another place. */
export function moved(keys, key, to) {
  const rest = keys.filter((each) => each !== key);
  rest.splice(Math.max(0, Math.min(rest.length, to)), 0, key);
  return rest;
}

/** What the table takes at least, in px. */
export function leastWidth(columns) {
  return columns.reduce((sum, { width, least }) => sum + (width ?? least), AROUND);
}
