// Asks the API for what charts draw; the last question is the one that counts.
import { useEffect, useRef, useState } from "react";
import { WEEK_MS, readSeries } from "./chart_specs.js";
import { apiUrl } from "./post.js";

const UNREACHABLE = "Lightbulb does not answer. Check the connection, then try again.";

async function get(path, signal) {
  const answer = await fetch(apiUrl(path), { headers: { Accept: "application/json" }, credentials: "include", signal }).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new Error(UNREACHABLE);
  });
  const document = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(document.detail ?? document.title ?? `It was refused (${answer.status}).`);
  return document;
}

function query(from, to) {
  return `since=${new Date(from).toISOString()}&until=${new Date(to).toISOString()}`;
}

/**
 * `{series, past, measured, problem, isStale}` of a service and a span; `round` grows when it is to be asked again.
 * What is there stays until the new comes, also when that fails.
 */
export function useChartData(sid, { from, to }, isCompared, round) {
  const [data, setData] = useState({});
  const [isStale, setIsStale] = useState(true);
  const shown = useRef("");
  useEffect(() => {
    if (!sid) return undefined;
    const asked = new AbortController();
    const base = `/api/services/${encodeURIComponent(sid)}`;
    const take = (news) => !asked.signal.aborted && setData((before) => ({ ...before, ...news }));
    if (shown.current !== sid) {
      shown.current = sid;
      setData({});
    }
    const main = Promise.all([
      get(`${base}/series?${query(from, to)}`, asked.signal),
      isCompared ? get(`${base}/series?${query(from - WEEK_MS, to - WEEK_MS)}`, asked.signal) : null,
    ]).then(([series, past]) => take({ series: readSeries(series), past: past && readSeries(past, WEEK_MS), shown: [from, to], problem: "" }));
    // What takes longer comes after.
    const rest = main.then(() => get(`${base}/measurements?${query(from, to)}`, asked.signal)).then((measured) => take({ measured }));
    setIsStale(true);
    rest
      .catch((error) => error.name !== "AbortError" && take({ problem: error.message }))
      .finally(() => !asked.signal.aborted && setIsStale(false));
    return () => asked.abort();
  }, [sid, from, to, isCompared, round]);
  return { ...data, isStale };
}
