// Which part of the graph is shown, and where an arrow would close a circle.
// No DOM: tests run it in plain Node.
import { valuesOf } from "./address_values.js";
import { groupId } from "./map_store.js";

export const TYPES = ["dependency", "communication", "data-flow", "member"];
export const FILTERS = ["group", "tag", "environment", "status", "type"];

/** What the address asks for, several values of each; `fixedGroup` is that of a page which shows one group only. */
export function wantedOf(query, fixedGroup = "") {
  return {
    groups: fixedGroup ? [fixedGroup] : valuesOf(query.get("group")),
    isFixed: Boolean(fixedGroup),
    tags: valuesOf(query.get("tag")),
    environments: valuesOf(query.get("environment")),
    statuses: valuesOf(query.get("status")),
    types: new Set(valuesOf(query.get("type")).filter((type) => TYPES.includes(type))),
  };
}

/** The groups that a service is in, the outermost first; "" stands for none. */
export function pathOf(graph, group) {
  return graph.paths[group] ?? [group];
}

/** Whether a service is on the map; its status only fades it, so that no change of one makes another layout. */
export function isWanted(node, wanted, graph) {
  const { groups, tags, environments } = wanted;
  if (groups.length && !pathOf(graph, node.group).some((name) => groups.includes(name))) return false;
  if (tags.length && !node.tags.some((tag) => tags.includes(tag))) return false;
  return !environments.length || environments.includes(node.environment);
}

/** The frames around a service: what lies around a group that is asked for is left out, on its own page itself, too. */
function framesOf(node, wanted, graph) {
  const path = pathOf(graph, node.group);
  const from = wanted.groups.length ? path.findIndex((name) => wanted.groups.includes(name)) : 0;
  return path.slice(wanted.isFixed ? from + 1 : from);
}

/**
 * What is drawn: services, groups in groups with what is in them, and arrows between what is there.
 *
 * A group has all services below it as its `members`, and as `inside` the ids of what stands directly in its frame. A
 * folded group is one node for all below it; arrows to and from it are joined, with their count.
 */
export function shownOf(graph, wanted, isFolded) {
  const nodes = graph.nodes.filter((node) => isWanted(node, wanted, graph));
  const groups = new Map();
  const placeOf = new Map(); // of each service the id of what stands for it
  const services = [];
  for (const node of nodes) {
    let parent = null;
    for (const name of framesOf(node, wanted, graph)) {
      const hasFrame = name !== "" || isFolded(name);
      if (!hasFrame) break;
      if (!groups.has(name)) {
        const depth = parent ? parent.depth + 1 : 0;
        groups.set(name, { id: groupId(name), name, parent: parent?.id ?? "", depth, members: [], inside: [], isFolded: isFolded(name) });
        parent?.inside.push(groupId(name));
      }
      parent = groups.get(name);
      parent.members.push(node.id);
      if (parent.isFolded) break;
    }
    if (parent?.isFolded) placeOf.set(node.id, parent.id);
    else {
      placeOf.set(node.id, String(node.id));
      services.push(node);
      parent?.inside.push(String(node.id));
    }
  }
  return { services, groups: [...groups.values()], edges: edgesOf(graph, wanted, placeOf), placeOf, total: nodes.length };
}

function edgesOf(graph, wanted, placeOf) {
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
  return [...edges.values()];
}

/** Another text whenever another layout is due: not when a status, a label or a note changes. */
export function shapeOf(shown) {
  return JSON.stringify([
    shown.services.map(({ id }) => id),
    shown.groups.map(({ id, inside }) => [id, inside]),
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
