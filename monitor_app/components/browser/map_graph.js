// Which part of the graph is shown, and where an arrow would close a circle.
// No DOM: tests run it in plain Node.
import { groupId } from "./map_store.js";

export const TYPES = ["dependency", "communication", "data-flow", "member"];
export const FILTERS = ["group", "tag", "environment", "status", "type"];
const URGENCY = [2, 1, 5, 3, 4, 0]; // statuses, what deserves a look first

const namesOf = (query, name) => (query.get(name) ?? "").split(",").filter(Boolean);

/** What the address asks for; `fixedGroup` is that of a page which shows one group only. */
export function wantedOf(query, fixedGroup = "") {
  return {
    group: fixedGroup || query.get("group") || "",
    tag: query.get("tag") ?? "",
    environment: query.get("environment") ?? "",
    statuses: namesOf(query, "status"),
    types: new Set(namesOf(query, "type").filter((type) => TYPES.includes(type))),
  };
}

/** Whether a service is on the map; its status only fades it, so that no change of one makes another layout. */
export function isWanted(node, wanted, paths) {
  if (wanted.group && !(paths[node.group] ?? [node.group]).includes(wanted.group)) return false;
  if (wanted.tag && !node.tags.includes(wanted.tag)) return false;
  return !wanted.environment || node.environment === wanted.environment;
}

/** The most urgent of some statuses; unknown for none. */
export function worst(statuses) {
  return URGENCY.find((status) => statuses.includes(status)) ?? 5;
}

/**
 * What is drawn: services, groups with their members, and arrows between what is there.
 *
 * A folded group is one node; arrows to and from it are joined, with their count.
 */
export function shownOf(graph, wanted, isFolded) {
  const nodes = graph.nodes.filter((node) => isWanted(node, wanted, graph.paths));
  const members = new Map();
  for (const { id, group } of nodes) members.set(group, [...(members.get(group) ?? []), id]);
  const groups = [...members].map(([name, ids]) => ({ id: groupId(name), name, members: ids, isFolded: isFolded(name) }));
  const folded = new Set(groups.filter((group) => group.isFolded).map((group) => group.name));
  const placeOf = new Map(nodes.map((node) => [node.id, folded.has(node.group) ? groupId(node.group) : String(node.id)]));
  const edges = new Map();
  for (const edge of graph.edges) {
    if (wanted.types.size && !wanted.types.has(edge.type)) continue;
    const source = placeOf.get(edge.source);
    const target = placeOf.get(edge.target);
    if (!source || !target || source === target) continue;
    const isJoined = source.startsWith("g:") || target.startsWith("g:");
    const id = isJoined ? `j${source}>${target}` : edge.relation ? `r${edge.relation}` : `m${source}>${target}`;
    const known = edges.get(id);
    if (known) Object.assign(known, { count: known.count + 1, type: known.type === edge.type ? edge.type : "mixed" });
    else edges.set(id, { id, source, target, type: edge.type, enabled: edge.enabled, note: edge.note, relation: isJoined ? 0 : edge.relation, count: 1 });
  }
  return {
    services: nodes.filter((node) => !folded.has(node.group)),
    groups: groups.filter((group) => group.name || group.isFolded),
    edges: [...edges.values()],
    total: nodes.length,
  };
}

/** Another text whenever another layout is due: not when a status, a label or a note changes. */
export function shapeOf(shown) {
  return JSON.stringify([
    shown.services.map(({ id, group }) => [id, group]),
    shown.groups.filter((group) => group.isFolded).map(({ id }) => id),
    shown.edges.map(({ source, target }) => [source, target]),
  ]);
}

/**
 * Where an arrow from `source` may not lead, each with the circle that it would close: source, target, ..., source.
 *
 * Relations of every type count, and members; disabled ones do not.
 */
export function circlesFrom(graph, source) {
  const sourcesOf = new Map();
  for (const edge of graph.edges) {
    if (edge.enabled) sourcesOf.set(edge.target, [...(sourcesOf.get(edge.target) ?? []), edge.source]);
  }
  const onward = new Map([[source, null]]);
  const waiting = [source];
  while (waiting.length) {
    const node = waiting.shift();
    for (const before of sourcesOf.get(node) ?? []) {
      if (onward.has(before)) continue;
      onward.set(before, node);
      waiting.push(before);
    }
  }
  const circles = new Map();
  for (const start of onward.keys()) {
    const way = [source];
    for (let node = start; node !== null; node = onward.get(node)) way.push(node);
    circles.set(start, way);
  }
  return circles;
}

/** The node next to `from` in a direction, by their middles; null where there is none. */
export function neighbour(places, from, key) {
  const here = places.get(from);
  if (!here) return null;
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  let best = null;
  for (const [id, place] of places) {
    const along = (place.x - here.x) * dx + (place.y - here.y) * dy;
    const aside = Math.abs((place.x - here.x) * dy) + Math.abs((place.y - here.y) * dx);
    if (id === from || along <= 1) continue;
    const distance = along + aside * 2;
    if (!best || distance < best.distance) best = { id, distance };
  }
  return best?.id ?? null;
}
