// Asks the API from a page of ours, and tells a refusal in a way that a form can show.

const ANSWER_MS = 30_000;
const UNREACHABLE = "Lightbulb does not answer. Check the connection, then try again.";

/** The answer's document. Throws a problem: `{status, fields, detail, needs, waitSeconds}`; status 0: no answer. */
export async function post(path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch {
    throw { status: 0, fields: {}, detail: UNREACHABLE };
  }
  if (answer.status === 204) return {};
  const document = await answer.json().catch(() => ({}));
  if (answer.ok) return document;
  throw {
    status: answer.status,
    fields: document.errors ?? {},
    detail: document.detail ?? document.title ?? `It was refused (${answer.status}).`,
    needs: document.needs ?? "",
    waitSeconds: answer.status === 429 || answer.status === 503 ? Number(answer.headers.get("Retry-After")) || 1 : 0,
  };
}
