// What becomes of alerts, outside React: how many there are, who is on which service. No DOM: tests run it in plain Node.
import { createTopics } from "./topics.js";

const EARLY = 20; // patches that may come before what they follow
const RETRY_MS = 5000;

/** Topics: "counts", "revision", "stopped", and of one service "who:<number>". `reload` asks the server to begin anew. */
export function createAlertStore({ now = Date.now } = {}) {
  const topics = createTopics();
  let reload = () => {};
  let who = new Map(); // by service number
  let counts = null; // [firing, of these not acknowledged, held, pending]
  let revision = null;
  let stopped = null; // by whom and why no check is started: { what, since, why, ordered }
  let loadId = null;
  let seq = -1;
  let early = [];
  let heardAt = null;
  let askedAt = -Infinity;

  function ask() {
    if (now() - askedAt < RETRY_MS) return;
    askedAt = now();
    reload();
  }

  function take(figures) {
    if (String(figures.counts) !== String(counts)) {
      counts = figures.counts;
      topics.tell("counts");
    }
    if (figures.revision !== revision) {
      revision = figures.revision;
      topics.tell("revision");
    }
  }

  function takeStopped(value) {
    if (value === undefined) return;
    stopped = value;
    topics.tell("stopped");
  }

  function apply(patch) {
    if (patch.seq <= seq) return;
    if (patch.seq !== seq + 1) {
      ask(); // something in between is missing
      return;
    }
    seq = patch.seq;
    for (const [id, name] of patch.who ?? []) {
      if (name) who.set(id, name);
      else who.delete(id);
      topics.tell(`who:${id}`);
    }
    if (patch.counts) take(patch);
    takeStopped(patch.stopped);
  }

  return {
    on: topics.on,
    counts: () => counts,
    revision: () => revision,
    stopped: () => stopped,
    who: (id) => who.get(id) ?? "",
    /** Whether nothing was heard for `ms`. */
    isSilent: (ms) => heardAt === null || now() - heardAt > ms,
    ask,
    onReload(act) {
      reload = act;
    },
    onSnapshot(snapshot) {
      // A re-hydrate repeats the stale server copy; what comes unasked is of an earlier life of the page.
      if (!snapshot?.load_id || snapshot.load_id === loadId || askedAt === -Infinity) return;
      loadId = snapshot.load_id;
      seq = snapshot.seq;
      heardAt = now();
      const before = who;
      who = new Map(snapshot.who);
      for (const id of new Set([...before.keys(), ...who.keys()])) if (before.get(id) !== who.get(id)) topics.tell(`who:${id}`);
      take(snapshot);
      if (snapshot.stopped !== stopped) takeStopped(snapshot.stopped);
      const waiting = early.sort((a, b) => a.seq - b.seq);
      early = [];
      waiting.forEach(apply);
    },
    onPatch(patch) {
      if (!patch?.seq) return;
      heardAt = now();
      if (loadId === null) early = [...early, patch].slice(-EARLY);
      else apply(patch);
    },
  };
}

// The one of a page.
export const alerts = createAlertStore();
