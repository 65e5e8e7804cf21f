import assert from "node:assert/strict";
import test from "node:test";
import { createAlertStore } from "../../../../monitor_app/components/browser/alert_store.js";

const SNAPSHOT = { load_id: "a", seq: 10, revision: 3, counts: [2, 1, 0, 0], who: [[7, "ada"]] };

function begun() {
  let at = 0;
  const store = createAlertStore({ now: () => at });
  let reloads = 0;
  store.onReload(() => (reloads += 1));
  store.ask();
  at += 10_000;
  const told = [];
  for (const topic of ["counts", "revision", "who:7", "who:8"]) store.on(topic, () => told.push(topic));
  return { store, told, reloads: () => reloads, pass: (ms) => (at += ms) };
}

test("a snapshot tells what is, once", () => {
  const { store, told } = begun();
  store.onSnapshot(SNAPSHOT);
  store.onSnapshot({ ...SNAPSHOT, counts: [9, 9, 9, 9] }); // what the server still has of it
  assert.deepEqual(store.counts(), [2, 1, 0, 0]);
  assert.equal(store.who(7), "ada");
  assert.deepEqual(told, ["who:7", "counts", "revision"]);
});

test("who has stopped all checks is told, and that it is over", () => {
  const { store, told } = begun();
  store.on("stopped", () => told.push("stopped"));
  store.onSnapshot({ ...SNAPSHOT, stopped: null });
  told.length = 0;
  store.onPatch({ seq: 11, stopped: { what: "All checks have been stopped", why: "By ada." } });
  assert.equal(store.stopped().why, "By ada.");
  store.onPatch({ seq: 12 });
  store.onPatch({ seq: 13, stopped: null });
  assert.equal(store.stopped(), null);
  assert.deepEqual(told, ["stopped", "stopped"]);
});

test("a patch changes what it names and tells nobody else", () => {
  const { store, told } = begun();
  store.onSnapshot(SNAPSHOT);
  told.length = 0;
  store.onPatch({ seq: 11, revision: 4, counts: [2, 1, 0, 0], who: [[7, ""], [8, "ben"]] });
  assert.deepEqual([store.who(7), store.who(8), store.revision()], ["", "ben", 4]);
  assert.deepEqual(told, ["who:7", "who:8", "revision"]);
});

test("a patch that came before the snapshot is not lost", () => {
  const { store } = begun();
  store.onPatch({ seq: 11, revision: 4, counts: [1, 0, 0, 0], who: [] });
  store.onPatch({ seq: 10, revision: 2, counts: [5, 5, 0, 0], who: [] });
  store.onSnapshot(SNAPSHOT);
  assert.deepEqual([store.counts(), store.revision()], [[1, 0, 0, 0], 4]);
});

test("where a patch is missing everything is asked for, not too often", () => {
  const { store, reloads, pass } = begun();
  store.onSnapshot(SNAPSHOT);
  store.onPatch({ seq: 13, revision: 9, counts: [0, 0, 0, 0], who: [] });
  store.onPatch({ seq: 14 });
  assert.equal(reloads(), 2);
  assert.equal(store.revision(), 3);
  pass(6000);
  store.onPatch({ seq: 15 });
  assert.equal(reloads(), 3);
});

test("whoever hears nothing knows it", () => {
  const { store, pass } = begun();
  assert.ok(store.isSilent(1000));
  store.onSnapshot(SNAPSHOT);
  pass(900);
  store.onPatch({ seq: 11 });
  pass(900);
  assert.ok(!store.isSilent(1000));
  pass(200);
  assert.ok(store.isSilent(1000));
});

test("what the server still has of an earlier life of the page counts for nothing", () => {
  const store = createAlertStore();
  store.onSnapshot(SNAPSHOT);
  assert.equal(store.counts(), null);
  assert.ok(store.isSilent(60_000));
  store.ask();
  store.onSnapshot({ ...SNAPSHOT, load_id: "b" });
  assert.deepEqual(store.counts(), [2, 1, 0, 0]);
});
