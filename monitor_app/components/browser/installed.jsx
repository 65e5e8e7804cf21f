// Lightbulb as an installed app: the worker that shows a page when the server does not answer, what that page tells,
// and the colour of the system's bars.
import { useEffect } from "react";
import env from "$/env.json";
import { onTick } from "./clock.js";
import { lastKnown, recordOf } from "./last_known.js";
import { apiUrl } from "./post.js";
import { board } from "./store.js";

const WORKER = "/sw.js";
const NOW = "/monitoring/dashboard"; // counts and problems of all services, from memory
const SETTLE_MS = 2500; // the screen's own rows come first
const PAUSE_MS = 10_000;
const CONFIRM_MS = 15_000;
const ANSWER_MS = 10_000;

/** Not under `reflex run`, whose pages are made anew all the time; browsers have no workers on plain http, but for localhost. */
function register() {
  if (!env.SAME_ORIGIN || !("serviceWorker" in navigator)) return undefined;
  const begin = () => navigator.serviceWorker.register(WORKER, { updateViaCache: "none" }).catch(() => {});
  const timer = setTimeout(begin, SETTLE_MS);
  return () => clearTimeout(timer);
}

/** Writes down what is so now: when the page comes up, when something changed, when somebody comes back to it. */
function follow(mark) {
  let askedAt = 0;
  let confirmedAt = 0;
  let timer = null;
  let isOver = false;
  async function look() {
    timer = null;
    if (document.hidden) return;
    askedAt = Date.now();
    try {
      const answer = await fetch(apiUrl(NOW), { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
      if (answer.ok) lastKnown.write(recordOf(await answer.json(), mark, Date.now()));
    } catch {
      wish(); // until then what was written before is the last that is known
    }
  }
  const wish = () => {
    if (isOver) return;
    timer ??= setTimeout(look, Math.max(SETTLE_MS, askedAt + PAUSE_MS - Date.now()));
  };
  const confirm = () => {
    if (timer !== null || Date.now() - confirmedAt < CONFIRM_MS) return;
    confirmedAt = Date.now();
    const heardAt = board.heardAt();
    if (heardAt !== null) lastKnown.confirm(mark, heardAt);
  };
  const onShow = () => document.hidden || wish();
  wish();
  const stops = [board.on("counts", wish), board.on("oldest", wish), onTick(confirm)];
  document.addEventListener("visibilitychange", onShow);
  return () => {
    isOver = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onShow);
    stops.forEach((stop) => stop());
  };
}

/** The system's bars have the colour of the page, whichever theme was chosen here. */
function followTheme() {
  const paint = () => {
    const colour = getComputedStyle(document.documentElement).backgroundColor;
    document.querySelectorAll('meta[name="theme-color"]').forEach((meta) => meta.setAttribute("content", colour));
  };
  const watch = new MutationObserver(paint);
  watch.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  return () => watch.disconnect();
}

/** `mark` is "" while the server has not said who it is. */
export function InstalledApp({ mark, mayRead }) {
  useEffect(register, []);
  useEffect(followTheme, []);
  useEffect(() => {
    if (!mark) return undefined;
    lastKnown.begin(mark);
    return mayRead ? follow(mark) : undefined;
  }, [mark, mayRead]);
  return null;
}
