// What the command palette lists, and in which order. No DOM: tests run it in plain Node.

// The steps of engine/board_lookup.py: what the browser knows stands among what the server finds.
export const SAME = 0;
export const BEGINS = 1;
export const WORDS = 2;
export const NAMED = 3;
export const ANYWHERE = 4;
export const FUZZY = 5;
export const RECENT_LIMIT = 10;
const RECENT_SHOWN = 6;

const folded = (text) => text.toLocaleLowerCase().split(/\s+/).filter(Boolean).join(" ");

function isInOrder(characters, text) {
  let at = -1;
  return [...characters].every((character) => (at = text.indexOf(character, at + 1)) !== -1);
}

/** How well `title` matches what is typed, null when it does not; `words` find it too, but not as well. */
export function matchOf(typed, title, words = "") {
  const text = folded(typed);
  const name = folded(title);
  if (!text) return SAME;
  if (name === text) return SAME;
  if (name.startsWith(text)) return BEGINS;
  const parts = text.split(" ");
  const begins = (place) => parts.every((part) => place.split(/[\s\-_./:]+/).some((word) => word.startsWith(part)));
  if (begins(name)) return WORDS;
  if (parts.every((part) => name.includes(part))) return NAMED;
  if (begins(`${name} ${folded(words)}`)) return ANYWHERE;
  const packed = parts.join("");
  return packed.length >= 3 && isInOrder(packed, name) ? FUZZY : null;
}

/** Those of `items` that match, the best first; equal ones stay in their order. */
export function ranked(items, typed) {
  return items
    .map((item) => ({ ...item, match: item.match ?? matchOf(typed, item.title, item.words) }))
    .filter(({ match }) => match !== null)
    .sort((a, b) => a.match - b.match);
}

export const offered = (items, may) => items.filter(({ needs }) => !needs || may.includes(needs));

export const serviceItem = (service) => ({
  key: `service:${service.sid}`,
  kind: "service",
  title: service.label,
  note: service.group ? `${service.group} · ${service.target}` : service.target,
  match: service.match,
  service,
});

export const placeItem = (place) => ({ ...place, key: `place:${place.href}`, kind: "place" });

/** A command that is not for a service, or one whose service is to be chosen. */
export const commandItem = (command) => ({
  ...command,
  key: `command:${command.name}`,
  kind: "command",
  title: command.isOfService ? `${command.title}…` : command.title,
});

/** A command for a service that is known. */
export const runItem = (command, service, withLabel) => ({
  ...command,
  key: `run:${command.name}:${service.sid}`,
  kind: "run",
  title: withLabel ? `${command.title}: ${service.label}` : command.title,
  service,
});

/** A group, a tag or an environment: what narrows the board down. */
const namedItem = (kind, note, icon) => (name) => ({ key: `${kind}:${name}`, kind, title: name, icon, note });
const groupItem = namedItem("group", "Group", "tree");
const tagItem = namedItem("tag", "Services with this tag", "tag");
const incidentItem = ({ id, title }) => ({ key: `incident:${id}`, kind: "incident", title, icon: "bell", note: "Open incident", words: "incident", href: `/incidents/${id}` });
const environmentItem = namedItem("environment", "Services of this environment", "tag");

function byRecency(items, recent) {
  const known = new Map(items.map((item) => [item.key, item]));
  return recent.map((key) => known.get(key)).filter(Boolean);
}

const filled = (sections) => sections.filter(({ items }) => items.length);

/** Of a service: open it, and what one may do with it. */
function ofService({ service, commands, text }) {
  const open = { key: `open:${service.sid}`, kind: "service", title: "Open", icon: "details", keys: "Enter", words: "details show", service };
  const page = { key: `page:${service.sid}`, kind: "page", title: "Open its page", icon: "right", words: "charts history details", service };
  const runs = commands.filter(({ name }) => service.may.includes(name)).map((command) => runItem(command, service, false));
  return filled([{ title: service.label, items: ranked([open, page, ...runs], text) }]);
}

/** Nothing is typed: what was used last, what can be done here, then everything. */
function atFirst({ services, places, commands, own, here, recent }) {
  const hereItems = here ? commands.filter(({ name }) => here.may.includes(name)).map((one) => runItem(one, here, false)) : [];
  const all = [...services.map(serviceItem), ...places.map(placeItem), ...commands.map(commandItem), ...own];
  return filled([
    { title: here ? here.label : "", items: hereItems },
    { title: "Recent", items: byRecency(all, recent).slice(0, RECENT_SHOWN) },
    { title: "Go to", items: places.map(placeItem) },
    { title: "Do", items: [...commands.map(commandItem), ...own] },
  ]);
}

/**
 * The sections of the palette. `level` is null, {command} while its service is chosen, or {service} while what to do
 * with it is chosen. `commands`, `places` and `own` are those that one may have.
 */
export function sectionsOf({ level = null, text = "", services = [], groups = [], tags = [], environments = [], incidents = [], places = [], commands = [], own = [], here = null, recent = [] }) {
  if (level?.service) return ofService({ service: level.service, commands, text });
  if (level?.command) return filled([{ title: "Services", items: services.map(serviceItem) }]);
  if (!folded(text)) return atFirst({ services, places, commands, own, here, recent });
  const hereRuns = here ? commands.filter(({ name }) => here.may.includes(name)).map((one) => runItem(one, here, true)) : [];
  const sections = filled([
    { title: "Services", items: services.map(serviceItem) },
    { title: "Go to", items: ranked(places.map(placeItem), text) },
    { title: "Do", items: ranked([...hereRuns, ...commands.map(commandItem), ...own], text) },
    { title: "Incidents", items: ranked(incidents.map(incidentItem), text) },
    { title: "Groups", items: ranked(groups.map(groupItem), text) },
    { title: "Tags", items: ranked(tags.map(tagItem), text) },
    { title: "Environments", items: ranked(environments.map(environmentItem), text) },
  ]);
  return sections.sort((a, b) => a.items[0].match - b.items[0].match);
}

/** The keys of what was used, the last first. */
export function remembered(recent, key) {
  return [key, ...recent.filter((other) => other !== key)].slice(0, RECENT_LIMIT);
}

/** What is stored, whatever somebody made of it. */
export function readRecent(stored) {
  try {
    const keys = JSON.parse(stored ?? "[]");
    return Array.isArray(keys) ? keys.filter((key) => typeof key === "string").slice(0, RECENT_LIMIT) : [];
  } catch {
    return [];
  }
}
