// The rows of the board live here, outside React: a patch touches only the rows it names.
// No DOM: tests run it in plain Node.
import { dayOf, withResult } from "./day_ring.js";
import { createTopics } from "./topics.js";

export const HISTORY = 60; // results a row remembers
const DOWN = 2;
const KEEP_PATCHES = 64; // patches that may overtake the snapshot they belong to
const RETRY_MS = 4000; // ask again when a reload got lost
const JITTER_MS = 500; // many browsers must not reload in the same instant
const STALE_PAUSE_MS = 2000; // a board in turmoil is fetched anew at most this often

/** Times of a row's history: the first is epoch milliseconds, each further one seconds after the one before. */
function absoluteTimes(relative) {
  const times = [];
  for (const [i, value] of relative.entries()) times.push(i === 0 ? value : times[i - 1] + value * 1000);
  return times;
}

/** A row of the wire as the screen holds it, its last 24 hours unpacked; `flash` counts what changed, for a cell's tint. */
function rowOf(wire) {
  const unpacked = { ht: absoluteTimes(wire.ht), day: dayOf(wire.day) };
  return { pend: null, brk: null, hold: null, ...wire, ...unpacked, flash: { status: 0, ms: 0 } };
}

/** What seldom changes of a row: status, what is not confirmed yet, the circuit breaker. */
function standingOf(standing) {
  return standing ? { status: standing.status, pend: standing.pend ?? null, brk: standing.brk ?? null, hold: standing.hold ?? null } : {};
}

/** News of a row, merged into it: a result, or (its status null) only what changed without one. */
export function mergeNews(row, [, result, ms, sinceBase, message, since, standing], base, now = Infinity) {
  const merged = {
    ...row,
    ...standingOf(standing),
    msg: message ?? row.msg,
    since: since === undefined || since === null ? row.since : base + since,
  };
  const flash = { ...row.flash, status: row.flash.status + (merged.status === row.status ? 0 : 1) };
  const at = base + sinceBase;
  const day = result === null ? row.day : withResult(row.day, result, at, now);
  merged.day = standing?.day ? dayOf(standing.day) : day; // as a whole it holds this result already
  if (result === null) return { ...merged, flash };
  const keep = (list, value) => [...list.slice(list.length >= HISTORY ? 1 : 0), value];
  return {
    ...merged,
    ms,
    at,
    hs: (row.hs.length >= HISTORY ? row.hs.slice(1) : row.hs) + result,
    hm: keep(row.hm, ms),
    ht: keep(row.ht, at),
    flash: { ...flash, ms: row.flash.ms + (ms === row.ms ? 0 : 1) },
  };
}

/** A line of the wire: a service, what follows it folded or shown below it; or the heading of a group. */
function lineOf(wire) {
  if (typeof wire === "number") return { id: wire, depth: 0, followers: 0, isOpen: false, because: "" };
  if (Array.isArray(wire)) {
    const [id, depth, followers, isOpen, because = ""] = wire;
    return { id, depth, followers, isOpen: Boolean(isOpen), because };
  }
  return { group: wire.group, depth: wire.depth, isFolded: wire.folded, isAgain: Boolean(wire.again) };
}

/** Names a line among the others of its page. */
export function lineKey(line) {
  return line.id === undefined ? `g:${line.group}` : `r:${line.id}`;
}

/**
 * Rows, their order, counts, and how far behind they are.
 *
 * `reload` asks the server for a fresh snapshot; while the page `isHidden` nothing is asked for because rows moved. Topics: "row:<id>", "group:<name>", "order", "counts", "health",
 * "changes", "oldest", "own", "news".
 */
export function createRowStore({ timers = globalThis, random = Math.random, now = Date.now, isHidden = () => false } = {}) {
  const rows = new Map();
  const topics = createTopics();
  let reload = () => {};
  const groups = new Map(); // what is true of each group whose heading is shown: { status, share, counts, total }
  let order = [];
  let lines = []; // the rows with the headings between them
  let counts = null;
  let oldest = null; // the oldest problem: { id, sid, label, status, since, msg }
  let own = null; // how the services of a narrowed wall are: { counts, oldest }; null where all are meant
  let news = null; // what went down or came back last: { down, downs, back, backs }
  let health = null; // what keeps the rows from being current: { what, since, why }
  let loadId = null;
  let seq = -1;
  let view; // which list this is: the server numbers each list's patches by itself
  let waiting = []; // patches that arrived before the snapshot they belong to
  let retry = null;
  let changes = 0; // of membership or order, not shown yet
  let isHeld = false; // pointer or focus is inside: nothing may move
  let staleTimer = null;
  let loadedAt = 0;
  let clockOffset = 0; // server clock minus ours
  let heardAt = null; // when the server last told anything; it does so each 5 s, be it that there is nothing

  function setHealth(value) {
    health = value ?? null;
    topics.tell("health");
  }

  function setOldest(value) {
    oldest = value ?? null;
    topics.tell("oldest");
  }

  function setOwn(value) {
    own = value ?? null;
    topics.tell("own");
  }

  function setGroups(wire) {
    for (const [name, [status, share, byStatus, total]] of Object.entries(wire)) {
      groups.set(name, { status, share, counts: byStatus, total });
      topics.tell(`group:${name}`);
    }
  }

  /** A patch was missed, and with it who went down: then at least that somebody did. */
  function tellMissed(countsNow) {
    const downs = counts === null ? 0 : countsNow[DOWN] - counts[DOWN];
    if (downs <= 0) return;
    news = { down: [], downs, back: [], backs: 0 };
    topics.tell("news");
  }

  function askForReload(delay) {
    if (retry !== null) return; // one request at a time
    retry = timers.setTimeout(() => {
      reload();
      retry = timers.setTimeout(() => {
        retry = null;
        askForReload(0);
      }, RETRY_MS);
    }, delay);
  }

  function setChanges(value) {
    if (value === changes) return;
    changes = value;
    topics.tell("changes");
  }

  function showChangesWhenFree() {
    if (!changes || isHeld || isHidden() || staleTimer !== null) return;
    const delay = Math.max(0, loadedAt + STALE_PAUSE_MS - now());
    staleTimer = timers.setTimeout(() => {
      staleTimer = null;
      if (changes && !isHeld && !isHidden()) askForReload(0);
    }, delay);
  }

  function apply(patch) {
    seq = patch.seq;
    for (const change of patch.rows) {
      const row = rows.get(change[0]);
      if (!row) continue;
      rows.set(row.id, mergeNews(row, change, patch.t, now() + clockOffset));
      topics.tell(`row:${row.id}`);
    }
    if (patch.counts) {
      counts = patch.counts;
      topics.tell("counts");
    }
    if (patch.health !== undefined) setHealth(patch.health);
    if (patch.oldest !== undefined) setOldest(patch.oldest);
    if (patch.own !== undefined) setOwn(patch.own);
    if (patch.groups) setGroups(patch.groups);
    if (patch.news) {
      news = patch.news;
      topics.tell("news");
    }
    if (patch.stale) {
      setChanges(changes + patch.stale);
      showChangesWhenFree();
    }
  }

  /** Apply what is contiguous, drop what is old; false when something in between is missing. */
  function catchUp() {
    const ours = waiting.filter((patch) => patch.view === view && patch.seq > seq).sort((a, b) => a.seq - b.seq);
    waiting = waiting.filter((patch) => patch.view !== view); // of a list whose snapshot is still on the way
    while (ours.length && ours[0].seq === seq + 1) apply(ours.shift());
    waiting.push(...ours);
    return ours.length === 0;
  }

  return {
    rows,
    on: topics.on,
    order: () => order,
    lines: () => lines,
    group: (name) => groups.get(name),
    oldest: () => oldest,
    own: () => own,
    news: () => news,
    counts: () => counts,
    health: () => health,
    /** How many wait for whoever points to look; those on their way to the screen need no sign. */
    changes: () => (isHeld ? changes : 0),
    isLoaded: () => loadId !== null,
    loadId: () => loadId,
    serverNow: () => now() + clockOffset,
    /** Since when the server has been silent, null while it has not been for `ms`. */
    silentSince: (ms) => (heardAt !== null && now() - heardAt > ms ? heardAt : null),
    /** When the server was heard last, null before that. */
    heardAt: () => heardAt,
    onReload(ask) {
      reload = ask;
    },
    onSnapshot(snapshot) {
      if (!snapshot?.rows || snapshot.load_id === loadId) return; // a re-hydrate repeats the stale server copy
      loadId = snapshot.load_id;
      seq = snapshot.seq;
      view = snapshot.view;
      waiting = waiting.filter((patch) => patch.view === view);
      loadedAt = heardAt = now();
      clockOffset = snapshot.now - loadedAt;
      timers.clearTimeout(retry);
      retry = null;
      const gone = order.filter((id) => rows.has(id));
      rows.clear();
      for (const row of snapshot.rows) rows.set(row.id, rowOf(row));
      order = snapshot.rows.map((row) => row.id);
      lines = (snapshot.lines ?? order).map(lineOf);
      tellMissed(snapshot.counts);
      counts = snapshot.counts;
      groups.clear();
      setGroups(snapshot.groups ?? {});
      setOldest(snapshot.oldest);
      setOwn(snapshot.own);
      setHealth(snapshot.health);
      setChanges(0);
      for (const id of new Set([...gone, ...order])) topics.tell(`row:${id}`);
      topics.tell("order");
      topics.tell("counts");
      if (!catchUp()) askForReload(random() * JITTER_MS);
    },
    onPatch(patch) {
      if (!patch?.rows) return;
      heardAt = now();
      waiting.push(patch);
      if (waiting.length > KEEP_PATCHES) waiting.shift();
      if (loadId !== null && !catchUp()) askForReload(random() * JITTER_MS);
    },
    /** While held, order and membership stay as they are. */
    hold(held) {
      if (held === isHeld) return;
      isHeld = held;
      if (changes) topics.tell("changes");
      showChangesWhenFree();
    },
    /** The page was hidden, or is seen again. */
    onVisibility: showChangesWhenFree,
    showChanges() {
      askForReload(0);
    },
    stop() {
      timers.clearTimeout(retry);
      timers.clearTimeout(staleTimer);
      retry = staleTimer = null;
      heardAt = null; // a page without rows hears nothing, and that is no silence
    },
  };
}

// The one board of a page: the table, the counts and the page's title all look at it.
export const board = createRowStore({ isHidden: () => document.hidden });
