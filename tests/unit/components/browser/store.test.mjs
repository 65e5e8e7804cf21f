// The rows' store, in plain Node: patches, gaps, repeats, held rows.
import assert from "node:assert/strict";
import test from "node:test";
import { createRowStore, lineKey, mergeNews } from "../../../../monitor_app/components/browser/store.js";

/** A store whose timers and clock only move when told. */
function setUp() {
  const due = new Map();
  let now = 1_000_000;
  let nextTimer = 1;
  const timers = {
    setTimeout(act, delay) {
      due.set(nextTimer, { act, at: now + delay });
      return nextTimer++;
    },
    clearTimeout(timer) {
      due.delete(timer);
    },
  };
  let isHidden = false;
  const store = createRowStore({ timers, random: () => 0.5, now: () => now, isHidden: () => isHidden });
  let reloads = 0;
  store.onReload(() => (reloads += 1));
  const pass = (milliseconds) => {
    const until = now + milliseconds;
    for (;;) {
      const next = [...due].filter(([, { at }]) => at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (!next) break;
      due.delete(next[0]);
      now = next[1].at;
      next[1].act();
    }
    now = until;
  };
  const hide = (hidden) => {
    isHidden = hidden;
    store.onVisibility();
  };
  return { store, pass, reloads: () => reloads, hide };
}

const row = (id, more = {}) => ({
  id, label: `s${id}`, status: 0, ms: 10, at: 1000, since: 500, msg: "200 OK", hs: "00", hm: [9, 10], ht: [400, 1], ...more,
});
const snapshot = (loadId, seq, rows = [row(1), row(2)]) => ({
  load_id: loadId, seq, now: 1_000_500, counts: [2, 0, 0, 0, 0, 0], rows,
});
/** Each news with the status of its result as the row's. */
const news = ([id, status, ms, at, message = null, since = null]) => [id, status, ms, at, message, since, { status }];
const patch = (seq, ...rows) => ({ seq, t: 2000, rows: rows.map(news) });

test("a patch changes the row it names and no other", () => {
  const { store } = setUp();
  store.onSnapshot(snapshot("a", 5));
  const other = store.rows.get(2);
  const told = [];
  store.on("row:1", () => told.push(1));
  store.on("row:2", () => told.push(2));
  store.onPatch(patch(6, [1, 2, null, 30, "refused", -10]));
  assert.deepEqual(told, [1]);
  const changed = store.rows.get(1);
  assert.equal(changed.status, 2);
  assert.equal(changed.at, 2030);
  assert.equal(changed.since, 1990);
  assert.equal(changed.msg, "refused");
  assert.equal(changed.hs, "002");
  assert.deepEqual(changed.ht, [400, 1400, 2030]);
  assert.equal(store.rows.get(2), other);
});

test("what a patch leaves out stays as it was, and an empty message counts", () => {
  const before = { ...row(1), flash: { status: 0, ms: 0 } };
  const kept = mergeNews(before, [1, 0, 12, 5], 2000);
  assert.equal(kept.msg, "200 OK");
  assert.equal(kept.since, 500);
  assert.deepEqual(kept.flash, { status: 0, ms: 1 });
  assert.equal(mergeNews(before, [1, 0, 10, 5, ""], 2000).msg, "");
  assert.equal(mergeNews(before, [1, 2, 10, 5, null, 7], 2000).msg, "200 OK");
});

test("a failure that is not confirmed stands in the history and leaves the status", () => {
  const before = { ...row(1), flash: { status: 0, ms: 0 } };
  const pend = [2, 1, 3, 2005, "refused"];
  const after = mergeNews(before, [1, 2, null, 5, "refused", null, { status: 0, pend }], 2000);
  assert.equal(after.status, 0);
  assert.equal(after.hs.at(-1), "2");
  assert.deepEqual(after.pend, pend);
  assert.equal(mergeNews(after, [1, 0, 9, 9, "200 OK", null, { status: 0 }], 2000).pend, null);
});

test("news without a result change the status and no history", () => {
  const before = { ...row(1), flash: { status: 0, ms: 0 } };
  const brk = ["open", 2000, 302000, 5, "", ""];
  const after = mergeNews(before, [1, null, 10, 5, null, null, { status: 2, brk }], 2000);
  assert.equal(after.status, 2);
  assert.equal(after.hs, before.hs);
  assert.equal(after.at, before.at);
  assert.deepEqual(after.brk, brk);
  assert.equal(after.flash.status, 1);
});

test("a row remembers 60 results and no more", () => {
  let full = { ...row(1, { hs: "0".repeat(60), hm: Array(60).fill(1), ht: Array(60).fill(1) }), flash: { status: 0, ms: 0 } };
  full = mergeNews(full, [1, 2, 5, 0], 9000);
  assert.equal(full.hs.length, 60);
  assert.equal(full.hs.at(-1), "2");
  assert.equal(full.hm.length, 60);
  assert.equal(full.ht.at(-1), 9000);
});

test("a repeated patch is ignored", () => {
  const { store, pass, reloads } = setUp();
  store.onSnapshot(snapshot("a", 5));
  store.onPatch(patch(6, [1, 2, 1, 0]));
  store.onPatch(patch(6, [1, 0, 1, 0]));
  pass(10_000);
  assert.equal(store.rows.get(1).status, 2);
  assert.equal(reloads(), 0);
});

test("a gap asks for a fresh page, once and after a jitter", () => {
  const { store, pass, reloads } = setUp();
  store.onSnapshot(snapshot("a", 5));
  store.onPatch(patch(7, [1, 2, 1, 0]));
  store.onPatch(patch(8, [1, 2, 1, 0]));
  assert.equal(reloads(), 0);
  pass(250);
  assert.equal(reloads(), 1);
  assert.equal(store.rows.get(1).status, 0);
  store.onSnapshot(snapshot("b", 7));
  assert.equal(store.rows.get(1).status, 2, "the patch that came after the fresh page is kept");
  pass(60_000);
  assert.equal(reloads(), 1);
});

test("a request that got lost is repeated", () => {
  const { store, pass, reloads } = setUp();
  store.onSnapshot(snapshot("a", 5));
  store.onPatch(patch(9, [1, 2, 1, 0]));
  pass(250 + 4000);
  assert.equal(reloads(), 2);
});

test("patches that overtake their snapshot are merged once it is there", () => {
  const { store, pass, reloads } = setUp();
  store.onPatch(patch(6, [1, 1, 1, 0]));
  store.onPatch(patch(7, [1, 2, 1, 0]));
  store.onSnapshot(snapshot("a", 6));
  assert.equal(store.rows.get(1).status, 2);
  pass(10_000);
  assert.equal(reloads(), 0);
});

test("a snapshot that is repeated by a reconnect does not rewind the rows", () => {
  const { store } = setUp();
  store.onSnapshot(snapshot("a", 5));
  store.onPatch(patch(6, [1, 2, 1, 0]));
  store.onSnapshot(snapshot("a", 5));
  store.onSnapshot({});
  assert.equal(store.rows.get(1).status, 2);
});

test("counts come with a patch", () => {
  const { store } = setUp();
  store.onSnapshot(snapshot("a", 5));
  store.onPatch({ ...patch(6), counts: [1, 0, 1, 0, 0, 0] });
  assert.deepEqual(store.counts(), [1, 0, 1, 0, 0, 0]);
});

test("how the services of a wall are is told beside how all are", () => {
  const { store } = setUp();
  const told = [];
  store.on("own", () => told.push(store.own()?.counts[2] ?? null));
  store.onSnapshot({ ...snapshot("a", 5), own: { counts: [1, 0, 0, 0, 0, 0], oldest: null } });
  store.onPatch({ ...patch(6), own: { counts: [0, 0, 1, 0, 0, 0], oldest: { id: 1 } } });
  store.onPatch(patch(7));
  assert.equal(store.own().oldest.id, 1);
  store.onSnapshot(snapshot("b", 8));
  assert.equal(store.own(), null);
  assert.deepEqual(told, [0, 1, null]);
});

test("changes of the list wait while somebody points at it, and are counted", () => {
  const { store, pass, reloads } = setUp();
  store.onSnapshot(snapshot("a", 5));
  store.hold(true);
  store.onPatch({ ...patch(6), stale: 2 });
  store.onPatch({ ...patch(7), stale: 1 });
  pass(20_000);
  assert.equal(reloads(), 0);
  assert.equal(store.changes(), 3);
  store.hold(false);
  pass(0);
  assert.equal(reloads(), 1);
  store.onSnapshot(snapshot("b", 7));
  assert.equal(store.changes(), 0);
});

test("changes that are on their way to the screen are none that wait", () => {
  const { store } = setUp();
  const told = [];
  store.onSnapshot(snapshot("a", 5));
  store.on("changes", () => told.push(store.changes()));
  store.onPatch({ ...patch(6), stale: 1 });
  assert.equal(store.changes(), 0);
  store.hold(true);
  assert.equal(store.changes(), 1);
  store.hold(false);
  assert.equal(store.changes(), 0);
  assert.deepEqual(told.slice(-2), [1, 0]);
});

test("changes show at once when nobody points, but a board in turmoil rests in between", () => {
  const { store, pass, reloads } = setUp();
  store.onSnapshot(snapshot("a", 5));
  pass(5000);
  store.onPatch({ ...patch(6), stale: 1 });
  pass(0);
  assert.equal(reloads(), 1);
  store.onSnapshot(snapshot("b", 6));
  store.onPatch({ ...patch(7), stale: 1 });
  pass(1900);
  assert.equal(reloads(), 1);
  pass(200);
  assert.equal(reloads(), 2);
});

test("a list that nobody sees is not fetched anew until somebody does", () => {
  const { store, pass, reloads, hide } = setUp();
  store.onSnapshot(snapshot("a", 5));
  pass(5000);
  hide(true);
  store.onPatch({ ...patch(6, [1, 2, 30, 0]), stale: 1 });
  pass(60_000);
  assert.equal(reloads(), 0);
  assert.equal(store.rows.get(1).status, 2); // for the page's title and icon
  hide(false);
  pass(0);
  assert.equal(reloads(), 1);
});

test("a list that is hidden before it is fetched anew waits as well", () => {
  const { store, pass, reloads, hide } = setUp();
  store.onSnapshot(snapshot("a", 5));
  store.onPatch({ ...patch(6), stale: 1 });
  pass(1000);
  hide(true);
  pass(60_000);
  assert.equal(reloads(), 0);
  hide(false);
  pass(0);
  assert.equal(reloads(), 1);
});

test("a patch for a row of another page is passed over", () => {
  const { store, pass, reloads } = setUp();
  store.onSnapshot(snapshot("a", 5));
  store.onPatch(patch(6, [99, 2, 1, 0]));
  pass(10_000);
  assert.equal(reloads(), 0);
  assert.equal(store.rows.size, 2);
});

test("ages follow the server's clock", () => {
  const { store } = setUp();
  store.onSnapshot(snapshot("a", 5));
  assert.equal(store.serverNow(), 1_000_500);
});

test("silence is told once it is long, and ends with the next word, be it without news", () => {
  const { store, pass } = setUp();
  assert.equal(store.silentSince(12_000), null); // nothing was heard yet: still connecting
  store.onSnapshot(snapshot("a", 5));
  pass(5000);
  store.onPatch(patch(6));
  pass(12_000);
  assert.equal(store.silentSince(12_000), null);
  pass(1);
  assert.equal(store.silentSince(12_000), 1_005_000);
  store.onPatch(patch(7));
  assert.equal(store.silentSince(12_000), null);
});

test("a page without rows does not wait for news", () => {
  const { store, pass } = setUp();
  store.onSnapshot(snapshot("a", 5));
  store.stop();
  pass(60_000);
  assert.equal(store.silentSince(12_000), null);
});

test("patches of the list before are dropped, those of the list to come are kept for it", () => {
  const { store, pass, reloads } = setUp();
  store.onSnapshot({ ...snapshot("a", 5), view: "old" });
  store.onPatch({ ...patch(71, [1, 2, 1, 0]), view: "new" }); // its snapshot is still on the way
  store.onPatch({ ...patch(8), view: "old" }); // a gap in the list that is being left
  store.onSnapshot({ ...snapshot("b", 70), view: "new" });
  assert.equal(store.rows.get(1).status, 2);
  store.onPatch({ ...patch(9), view: "old" });
  store.onPatch({ ...patch(72, [2, 1, 1, 0]), view: "new" });
  assert.equal(store.rows.get(2).status, 1);
  pass(10_000);
  assert.equal(reloads(), 0);
});

test("what keeps the board from being current comes with the snapshot and goes with a patch", () => {
  const { store } = setUp();
  const health = { what: "Nothing has been checked", since: 5, why: "Look there." };
  let told = 0;
  store.on("health", () => (told += 1));
  store.onSnapshot({ ...snapshot("a", 5), health });
  assert.equal(store.health(), health);
  store.onPatch(patch(6, [1, 0, 9, 30]));
  assert.equal(store.health(), health);
  store.onPatch({ ...patch(7), health: null });
  assert.equal(store.health(), null);
  assert.equal(told, 2);
});

test("lines are headings and rows; without any, each row is one", () => {
  const { store } = setUp();
  store.onSnapshot(snapshot("a", 5));
  assert.deepEqual(store.lines().map(lineKey), ["r:1", "r:2"]);
  const lines = [{ group: "Shop", depth: 0, folded: false }, [1, 1, 3, 0], [2, 1, 0, 0, "db-main"]];
  store.onSnapshot({ ...snapshot("b", 6), lines, groups: { Shop: [2, 0.5, [1, 0, 1, 0, 0, 0], 2] } });
  assert.deepEqual(store.lines().map(lineKey), ["g:Shop", "r:1", "r:2"]);
  assert.deepEqual([store.lines()[1].followers, store.lines()[2].because], [3, "db-main"]);
  assert.equal(store.group("Shop").total, 2);
});

test("what is true of a group is told to its heading only", () => {
  const { store } = setUp();
  const groups = { Shop: [0, 1, [2, 0, 0, 0, 0, 0], 2], Office: [0, 1, [1, 0, 0, 0, 0, 0], 1] };
  store.onSnapshot({ ...snapshot("a", 5), lines: [], groups });
  const told = [];
  store.on("group:Shop", () => told.push("Shop"));
  store.on("group:Office", () => told.push("Office"));
  store.onPatch({ ...patch(6), groups: { Shop: [2, 0.5, [1, 0, 1, 0, 0, 0], 2] } });
  assert.deepEqual(told, ["Shop"]);
  assert.equal(store.group("Shop").status, 2);
});

test("the oldest problem and news come with patches", () => {
  const { store } = setUp();
  const heard = [];
  store.on("news", () => heard.push(store.news().downs));
  store.onSnapshot({ ...snapshot("a", 5), oldest: { id: 1 } });
  assert.equal(store.oldest().id, 1);
  store.onPatch({ ...patch(6), oldest: null, news: { down: [[1, "s1", "Shop", "refused"]], downs: 1, back: [], backs: 0 } });
  assert.equal(store.oldest(), null);
  assert.deepEqual(heard, [1]);
});

test("who went down while a patch was missed is counted by the next snapshot", () => {
  const { store } = setUp();
  const heard = [];
  store.on("news", () => heard.push(store.news().downs));
  store.onSnapshot(snapshot("a", 5));
  store.onSnapshot({ ...snapshot("b", 9), counts: [0, 0, 2, 0, 0, 0] });
  store.onSnapshot({ ...snapshot("c", 10), counts: [2, 0, 0, 0, 0, 0] });
  assert.deepEqual(heard, [2]);
});
