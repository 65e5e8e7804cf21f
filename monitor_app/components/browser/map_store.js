// What the map knows, outside React: a status that changes renders the one node it belongs to, and lays out nothing.
// No DOM: tests run it in plain Node.
import { createTopics } from "./topics.js";

const JITTER_MS = 500; // many browsers must not ask in the same instant
const PAUSE_MS = 2000; // while one change follows another, the whole map is asked for no more often than this
const NOTHING = Object.freeze({});
export const UNKNOWN = 5;

export function groupId(name) {
  return `g:${name}`;
}

/** A graph as it comes from the server, with what is looked up in it all the time. */
function indexed(wire) {
  const byId = new Map(wire.nodes.map((node) => [node.id, node]));
  const edges = wire.edges.map(([relation, source, target, type, enabled, note]) => ({ relation, source, target, type, enabled, note }));
  return { nodes: wire.nodes, edges, byId, paths: wire.paths, places: wire.places, loadId: wire.load_id };
}

/** Topics: "graph", "statuses", "places", "marks", and of one node or group "node:<id>". */
export function createMapStore({ timers = globalThis, random = Math.random, now = Date.now } = {}) {
  const topics = createTopics();
  let reload = () => {};
  let graph = null;
  let statuses = new Map(); // by service number
  let groups = new Map(); // by name
  let marks = new Map(); // by node id: how it is to look, beside its status
  let current = null; // the node that Tab reaches
  let loadId = null;
  let seq = -1;
  let version = null;
  let early = []; // patches that arrived before the graph they belong to
  let timer = null;
  let loadedAt = -Infinity;
  let moved = new Map(); // by node id, what the last patch has moved

  function ask() {
    if (timer !== null) return;
    timer = timers.setTimeout(
      () => {
        timer = null;
        reload();
      },
      Math.max(0, loadedAt + PAUSE_MS - now()) + random() * JITTER_MS,
    );
  }

  function move(places) {
    moved = new Map(places.filter(([id]) => graph.byId.has(id)).map(([id, x, y]) => [String(id), { x, y }]));
    for (const [id, { x, y }] of moved) graph.places[graph.byId.get(Number(id)).sid] = [x, y];
    topics.tell("places");
  }

  function apply(patch) {
    if (patch.seq <= seq) return;
    const isGap = patch.seq !== seq + 1;
    seq = patch.seq;
    for (const [id, status] of patch.rows) {
      statuses.set(id, status);
      topics.tell(`node:${id}`);
    }
    for (const [name, status] of patch.groups) {
      groups.set(name, status);
    }
    if (patch.rows.length || patch.groups.length) {
      for (const name of groups.keys()) topics.tell(`node:${groupId(name)}`);
      topics.tell("statuses");
    }
    if (patch.places?.length) move(patch.places);
    if (isGap || patch.version !== version) ask();
  }

  return {
    on: topics.on,
    graph: () => graph,
    status: (id) => statuses.get(id) ?? UNKNOWN,
    groupStatus: (name) => groups.get(name),
    moved: () => moved,
    mark: (id) => marks.get(id) ?? NOTHING,
    current: () => current,
    setCurrent(id) {
      const before = current;
      current = id;
      for (const each of [before, id]) if (each !== null && before !== id) topics.tell(`node:${each}`);
    },
    onReload(act) {
      reload = act;
    },
    onGraph(wire) {
      if (!wire?.nodes || wire.load_id === loadId) return; // a re-hydrate repeats what the server has no more
      loadId = wire.load_id;
      loadedAt = now();
      ({ seq, version } = wire);
      statuses = new Map(Object.entries(wire.statuses).map(([id, status]) => [Number(id), status]));
      groups = new Map(Object.entries(wire.groups));
      graph = indexed(wire);
      early.forEach(apply);
      early = [];
      for (const { id } of graph.nodes) topics.tell(`node:${id}`);
      for (const name of groups.keys()) topics.tell(`node:${groupId(name)}`);
      topics.tell("graph");
      topics.tell("statuses");
    },
    onPatch(patch) {
      if (!patch?.rows) return;
      if (loadId === null) early.push(patch);
      else apply(patch);
    },
    /** How nodes are to look now; only those that look otherwise than before are told. */
    setMarks(next) {
      const before = marks;
      marks = next;
      for (const id of new Set([...before.keys(), ...next.keys()])) {
        if (JSON.stringify(before.get(id)) !== JSON.stringify(next.get(id))) topics.tell(`node:${id}`);
        else marks.set(id, before.get(id)); // the same object: what looks at it has nothing to render
      }
      topics.tell("marks");
    },
    stop() {
      timers.clearTimeout(timer);
      timer = null;
    },
  };
}

// The one map of a page.
export const map = createMapStore();
