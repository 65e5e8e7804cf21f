// Asks the API from a page of ours, and tells a refusal in a way that a form can show.
import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

const ANSWER_MS = 30_000;
const UNREACHABLE = "Lightbulb does not answer. Check the connection, then try again.";

/** Where the API is: with the page itself, but for `reflex run`, which serves pages from a port of their own. */
export function apiUrl(path) {
  if (env.SAME_ORIGIN) return path;
  return new URL(path, getBackendURL(env.PING)).href;
}

/** The answer's document. Throws a problem: `{status, fields, detail, needs, waitSeconds}`; status 0: no answer. */
export function post(path, body) {
  return send("POST", path, body);
}

/** The same for a change of parts of something. */
export function patch(path, body) {
  return send("PATCH", path, body);
}

/** The same with any method; `match` is the ETag of what is changed. What is read or changed has its `etag`. */
export function ask(method, path, body = undefined, match = "") {
  return send(method, path, body, match);
}

async function send(method, path, body, match = "") {
  let answer;
  try {
    answer = await fetch(apiUrl(path), {
      method,
      headers: { "Content-Type": "application/json", Accept: "application/json", ...(match ? { "If-Match": match } : {}) },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "include",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch {
    throw { status: 0, fields: {}, detail: UNREACHABLE };
  }
  if (answer.status === 204) return {};
  const document = await answer.json().catch(() => ({}));
  if (answer.ok) return method !== "POST" && answer.headers.get("ETag") ? { ...document, etag: answer.headers.get("ETag") } : document;
  throw {
    status: answer.status,
    fields: document.errors ?? {},
    detail: document.detail ?? document.title ?? `It was refused (${answer.status}).`,
    needs: document.needs ?? "",
    waitSeconds: answer.status === 429 || answer.status === 503 ? Number(answer.headers.get("Retry-After")) || 1 : 0,
  };
}
