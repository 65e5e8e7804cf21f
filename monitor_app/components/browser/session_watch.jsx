// Leaves a page whose session is not what it was when the page came up: nothing of it may stay to be read.
import { useEffect } from "react";
import { forgetTexts } from "./kept_text.js";
import { lastKnown } from "./last_known.js";
import { apiUrl, post } from "./post.js";

const TOKEN = "token"; // where Reflex keeps the name of this tab's state
export const RECENT = "recent"; // where the command palette keeps what was used last
const SETTLE_MS = 300; // the answer that brings a new cookie may still be on its way
const ANSWER_MS = 3000;

let known = ""; // the session's mark when the page came up; lives as long as the page
let isLeaving = false;

async function isSignedIn() {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  try {
    const answer = await fetch(apiUrl("/api/auth/me"), {
      headers: { Accept: "application/json" },
      cache: "no-store",
      credentials: "include",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return answer.ok && Boolean((await answer.json()).username);
  } catch {
    return false;
  }
}

/** Nothing is left to be seen, nor what names services. */
function forget() {
  document.documentElement.style.visibility = "hidden";
  sessionStorage.removeItem(TOKEN);
  forgetTexts();
  localStorage.removeItem(RECENT);
  lastKnown.forget();
}

/** Hides the page at once, then loads it anew, or the log-in with the way back. */
export async function leave() {
  if (isLeaving) return;
  isLeaving = true;
  forget();
  const here = location.pathname + location.search;
  if (await isSignedIn()) location.reload();
  else location.replace(`/login?next=${encodeURIComponent(here)}`);
}

/** Ends the session. Gives back why that did not work; when it did, the page is gone. */
export async function logOut() {
  if (isLeaving) return "";
  isLeaving = true; // this page goes to the log-in by itself; all others of the session are sent there
  try {
    await post("/api/auth/logout", {});
  } catch (refused) {
    if (!("status" in refused)) throw refused;
    isLeaving = false;
    return refused.detail;
  }
  forget();
  location.replace("/login");
  return "";
}

/** `mark` tells the session that the server sees, "" while it has not said; `order` is what the server wants. */
export function SessionWatch({ mark, order }) {
  useEffect(() => {
    if (!mark) return;
    if (!known) known = mark;
    else if (mark !== known) leave();
  }, [mark]);
  useEffect(() => {
    if (order) leave();
  }, [order]);
  useEffect(() => {
    // Taken out of the browser's cache with all that it showed, perhaps to somebody else.
    const onShow = (event) => {
      if (!event.persisted) return;
      document.documentElement.style.visibility = "hidden";
      location.reload();
    };
    window.addEventListener("pageshow", onShow);
    return () => window.removeEventListener("pageshow", onShow);
  }, []);
  return null;
}
