// The map without a browser: what is shown, circles, marks, the store, and where all stands.
import assert from "node:assert/strict";
import test from "node:test";
import { circlesFrom, neighbour, shapeOf, shownOf, wantedOf } from "../../../../monitor_app/components/browser/map_graph.js";
import { frameOf, framesAround } from "../../../../monitor_app/components/browser/map_layout.js";
import { marksOf, sideOfEdge } from "../../../../monitor_app/components/browser/map_marks.js";
import { createMapStore } from "../../../../monitor_app/components/browser/map_store.js";

const node = (id, group = "") => ({ id, sid: `s${id}`, label: `S${id}`, group, tags: id === 1 ? ["hot"] : [], environment: "" });
const wire = (more = {}) => ({
  load_id: "a", seq: 10, version: "1.1", statuses: { 1: 0, 2: 2, 3: 0, 4: 0 }, groups: { shop: 2 },
  nodes: [node(1, "shop"), node(2, "shop"), node(3, "data"), node(4)],
  edges: [[7, 1, 2, "dependency", true, ""], [8, 2, 3, "dependency", true, ""], [9, 1, 3, "data-flow", true, ""], [0, 4, 1, "member", true, ""], [5, 3, 4, "communication", false, ""]],
  paths: { shop: ["all", "shop"], data: ["data"] }, places: {}, ...more,
});

function set() {
  const due = [];
  const timers = { setTimeout: (act) => due.push(act), clearTimeout: () => due.splice(0) };
  const store = createMapStore({ timers, random: () => 0 });
  let reloads = 0;
  store.onReload(() => (reloads += 1));
  return { store, pass: () => due.splice(0).forEach((act) => act()), reloads: () => reloads };
}

const graphOf = () => {
  const { store } = set();
  store.onGraph(wire());
  return store.graph();
};
const all = wantedOf(new URLSearchParams());

test("folded groups are one node, and arrows to and from them are joined with their count", () => {
  const shown = shownOf(graphOf(), all, (name) => name === "shop");
  assert.deepEqual(shown.services.map(({ id }) => id), [3, 4]);
  assert.deepEqual(shown.edges.map(({ source, target, count, type }) => [source, target, count, type]), [
    ["g:shop", "3", 2, "mixed"],
    ["4", "g:shop", 1, "member"],
    ["3", "4", 1, "communication"],
  ]);
});

test("groups in groups are frames in frames; a folded one stands for all below it", () => {
  const shown = shownOf(graphOf(), all, () => false);
  const told = ({ groups }) => groups.map(({ name, parent, depth, members, inside }) => [name, parent, depth, members, inside]);
  assert.deepEqual(told(shown), [
    ["all", "", 0, [1, 2], ["g:shop"]],
    ["shop", "g:all", 1, [1, 2], ["1", "2"]],
    ["data", "", 0, [3], ["3"]],
  ]);
  const folded = shownOf(graphOf(), all, (name) => name === "all");
  assert.deepEqual(folded.groups.map(({ name, isFolded }) => [name, isFolded]), [["all", true], ["data", false]]);
  assert.deepEqual(folded.edges.map(({ source, target }) => [source, target]), [["g:all", "3"], ["4", "g:all"], ["3", "4"]]);
  // What lies around a group that is asked for is left out, on its own page it as well.
  assert.deepEqual(told(shownOf(graphOf(), wantedOf(new URLSearchParams("group=shop")), () => false)), [["shop", "", 0, [1, 2], ["1", "2"]]]);
  assert.deepEqual(told(shownOf(graphOf(), wantedOf(new URLSearchParams(), "all"), () => false)), [["shop", "", 0, [1, 2], ["1", "2"]]]);
});

test("a filter by group finds what is below, others narrow it down", () => {
  const idsOf = (text) => shownOf(graphOf(), wantedOf(new URLSearchParams(text)), () => false).services.map(({ id }) => id);
  assert.deepEqual(idsOf("group=all"), [1, 2]);
  assert.deepEqual(idsOf("group=shop&tag=hot"), [1]);
  assert.deepEqual(idsOf("group=shop,data&tag=hot,cold%252C"), [1]);
  assert.deepEqual(idsOf("group=data,shop"), [1, 2, 3]);
  assert.deepEqual(idsOf("environment=live"), []);
  assert.deepEqual(idsOf("status=failed"), [1, 2, 3, 4]);
  const typed = shownOf(graphOf(), wantedOf(new URLSearchParams("type=member,nonsense")), () => false);
  assert.deepEqual(typed.edges.map(({ id }) => id), ["m4>1"]);
});

test("the shape does not change with labels and notes", () => {
  const before = shapeOf(shownOf(graphOf(), all, () => false));
  const { store } = set();
  store.onGraph(wire({ nodes: wire().nodes.map((each) => ({ ...each, label: "other" })), statuses: {} }));
  assert.equal(shapeOf(shownOf(store.graph(), all, () => false)), before);
});

test("where an arrow would close a circle is known with the way; disabled arrows do not count", () => {
  const circles = circlesFrom(graphOf(), 3);
  assert.deepEqual([...circles.keys()].sort(), [1, 2, 3, 4]);
  assert.deepEqual(circles.get(1), [3, 1, 3]);
  assert.deepEqual(circles.get(4), [3, 4, 1, 3]);
  assert.deepEqual([...circlesFrom(graphOf(), 4).keys()], [4]);
});

test("a circle that got in anyway ends the search", () => {
  const { store } = set();
  store.onGraph(wire({ edges: [[1, 1, 2, "dependency", true, ""], [2, 2, 1, "dependency", true, ""]] }));
  assert.deepEqual([...circlesFrom(store.graph(), 1).keys()].sort(), [1, 2]);
});

test("arrow keys go to what lies that way", () => {
  const places = new Map([["a", { x: 0, y: 0 }], ["b", { x: 100, y: 10 }], ["c", { x: 0, y: 80 }]]);
  assert.equal(neighbour(places, "a", "ArrowRight"), "b");
  assert.equal(neighbour(places, "a", "ArrowDown"), "c");
  assert.equal(neighbour(places, "a", "ArrowUp"), null);
  assert.equal(neighbour(places, "gone", "ArrowUp"), null);
});

test("marks tell origins, reasons, sides and what is faded", () => {
  const graph = graphOf();
  const base = { graph, wantedStatuses: null, statusOf: () => 0, causes: { roots: [2], because: [[1, [2, 3]]] } };
  const plain = marksOf(base);
  assert.deepEqual(plain.get("2"), { isRoot: true });
  assert.equal(plain.get("1").because, "because of S2 and 1 more");
  const impact = marksOf({ ...base, impact: { id: 2, dependents: [[1, 1]], dependencies: [[3, 1]] } });
  assert.equal(impact.get("4").isFaded, true);
  assert.equal(sideOfEdge(impact.get("1").side, impact.get("2").side), "above");
  assert.equal(sideOfEdge(impact.get("2").side, impact.get("3").side), "below");
  assert.equal(sideOfEdge(impact.get("1").side, impact.get("3").side), "");
  const what = marksOf({ ...base, simulation: { down: [3], fails: [[2, 1]], weakened: [4] } });
  assert.deepEqual(["3", "2", "4"].map((id) => what.get(id).fate), ["down", "fails", "weakened"]);
  assert.equal(marksOf({ ...base, wantedStatuses: new Set([2]) }).get("g:data").isFaded, true);
  assert.deepEqual(plain.get("g:all"), { isRoot: true });
  assert.deepEqual(impact.get("g:all"), { side: "chosen", says: "it is in here" });
  assert.deepEqual(what.get("g:shop"), { fate: "fails", says: "1 would fail" });
});

test("a patch tells only the nodes that changed; a gap or another map asks anew", () => {
  const { store, pass, reloads } = set();
  const told = [];
  store.onPatch({ seq: 11, version: "1.1", rows: [[3, 1]], groups: [] }); // overtook its graph
  store.onGraph(wire());
  assert.equal(store.status(3), 1);
  for (const id of [1, 2]) store.on(`node:${id}`, () => told.push(id));
  store.onPatch({ seq: 12, version: "1.1", rows: [[1, 2]], groups: [["shop", 1]] });
  store.onPatch({ seq: 12, version: "1.1", rows: [[1, 0]], groups: [] }); // old
  assert.deepEqual([store.status(1), store.groupStatus("shop"), told], [2, 1, [1]]);
  pass();
  assert.equal(reloads(), 0);
  store.onPatch({ seq: 14, version: "1.1", rows: [], groups: [] });
  pass();
  assert.equal(reloads(), 1);
  store.onPatch({ seq: 15, version: "1.2", rows: [], groups: [] });
  pass();
  assert.equal(reloads(), 2);
});

test("what somebody else moves is told with its place; one change after the other asks once in a while", () => {
  const due = [];
  let time = 0;
  const timers = { setTimeout: (act, ms) => due.push(ms), clearTimeout: () => {} };
  const store = createMapStore({ timers, random: () => 0, now: () => time });
  store.onGraph(wire());
  let told = 0;
  store.on("places", () => (told += 1));
  store.onPatch({ seq: 11, version: "1.1", rows: [], groups: [], places: [[1, 40, 80], [99, 1, 1]] });
  assert.deepEqual([told, [...store.moved()], store.graph().places], [1, [["1", { x: 40, y: 80 }]], { s1: [40, 80] }]);
  time = 500;
  store.onPatch({ seq: 12, version: "1.2", rows: [], groups: [] });
  assert.deepEqual(due, [1500]);
});

test("marks that stay the same tell nobody", () => {
  const { store } = set();
  let told = 0;
  store.on("node:1", () => (told += 1));
  store.setMarks(new Map([["1", { isRoot: true }]]));
  store.setMarks(new Map([["1", { isRoot: true }]]));
  assert.equal(told, 1);
});

test("a frame holds its boxes, and the frames in it", () => {
  const frame = frameOf([{ x: 0, y: 0, width: 188, height: 52 }, { x: 200, y: 100, width: 188, height: 52 }]);
  assert.ok(frame.x < 0 && frame.y < 0 && frame.x + frame.width > 388 && frame.y + frame.height > 152);
  const { groups } = shownOf(graphOf(), all, () => false);
  const frames = framesAround(groups, new Map([["1", { x: 0, y: 0 }], ["2", { x: 300, y: 0 }], ["3", { x: 900, y: 0 }]]));
  const [outer, inner] = [frames.get("g:all"), frames.get("g:shop")];
  assert.ok(outer.x < inner.x && outer.y < inner.y && outer.x + outer.width > inner.x + inner.width);
  assert.ok(outer.x + outer.width < frames.get("g:data").x);
});
