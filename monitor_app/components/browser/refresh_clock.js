// When it is time for a refresh. It rests while nobody can see the page; who comes back late gets one at once.
// No DOM: tests run it in plain Node.

/** `isHidden` tells whether nobody can see the page, `onDue` refreshes. */
export function createRefreshClock({ isHidden, onDue, timers = globalThis, now = Date.now }) {
  let intervalMs = null;
  let since = now();
  let timer = null;

  function follow() {
    timers.clearTimeout(timer);
    timer = null;
    if (intervalMs === null || isHidden()) return;
    timer = timers.setTimeout(due, Math.max(0, since + intervalMs - now()));
  }

  function due() {
    since = now();
    follow();
    onDue();
  }

  return {
    /** From now on each so many seconds, null: never; the first time so long from now. */
    set(seconds) {
      intervalMs = seconds === null ? null : seconds * 1000;
      since = now();
      follow();
    },
    /** It was refreshed by hand: the next time is a whole interval from now. */
    restart() {
      since = now();
      follow();
    },
    /** The page was hidden, or is seen again. */
    onVisibility: follow,
    stop() {
      timers.clearTimeout(timer);
      timer = null;
      intervalMs = null;
    },
  };
}
