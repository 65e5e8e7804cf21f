// How somebody wants to see the screens, outside React. What was just chosen holds at once; the server keeps it.
// No DOM: tests run it in plain Node.
import { createTopics } from "./topics.js";

const DEFAULTS = Object.freeze({
  autoRefresh: false,
  refreshSeconds: 60,
  granularity: 15,
  density: "comfortable",
  timeZone: "",
});
// As the server calls them.
const NAMES = {
  autoRefresh: "auto_refresh",
  refreshSeconds: "refresh_seconds",
  granularity: "history_granularity",
  density: "density",
  timeZone: "time_zone",
};

/** By the server's names. */
export function named(values) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [NAMES[name], value]));
}

/** What holds in this tab. */
export function createDisplay() {
  const topics = createTopics();
  let values = DEFAULTS;
  return {
    get: () => values,
    /** With auto refresh, what the server pushes is not shown: only what a refresh brings. */
    isResting: () => values.autoRefresh,
    on: (listener) => topics.on("display", listener),
    take(changes) {
      const next = { ...values, ...changes };
      if (Object.keys(next).every((name) => next[name] === values[name])) return;
      values = next;
      topics.tell("display");
    },
  };
}

/**
 * Keeps choices one after the other: `tell` lets this tab's server side know at once, `keep` has them stored and throws
 * a problem when they are refused, which takes them back and goes to `refused`.
 */
export function createChooser(display, { tell, keep, refused }) {
  let before = Promise.resolve();
  return (changes) => {
    const old = display.get();
    const back = Object.fromEntries(Object.keys(changes).map((name) => [name, old[name]]));
    // First the server: what follows from the change here, such as a fresh page of rows, is asked for after it.
    tell(named(changes));
    display.take(changes);
    before = before.then(async () => {
      try {
        await keep(named(changes));
        refused("");
      } catch (problem) {
        tell(named(back));
        display.take(back);
        refused(problem.detail ?? String(problem));
      }
    });
    return before;
  };
}

// The one of this tab.
export const display = createDisplay();
