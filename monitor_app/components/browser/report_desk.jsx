// Where reports are ordered, watched, cancelled, read and taken away.
import { useCallback, useEffect, useRef, useState } from "react";
import { ask, post } from "./post.js";
import { ReportJobs } from "./report_jobs.jsx";
import { ReportOrder } from "./report_order.jsx";
import { Ghosts, Problem } from "./report_parts.jsx";
import { ReportShown } from "./report_shown.jsx";
import { useQuery, useSetQuery } from "./url.js";

const PATH = "/api/reports";
const LOOK_MS = 1000;
const REST_MS = 30_000;

const isOpen = ({ state }) => state === "waiting" || state === "running";

/** One's reports; those that were seen here and are not there any more say so until somebody takes them away. */
function useJobs() {
  const [jobs, setJobs] = useState(null);
  const [problem, setProblem] = useState("");
  const taken = useRef(new Set());
  const load = useCallback(async () => {
    try {
      const { items } = await ask("GET", PATH);
      const there = new Set(items.map(({ report_id: id }) => id));
      setJobs((known) => {
        const gone = (known ?? []).filter(({ report_id: id }) => !there.has(id) && !taken.current.has(id));
        return [...items.filter(({ report_id: id }) => !taken.current.has(id)), ...gone.map((job) => ({ ...job, state: "gone" }))];
      });
      setProblem("");
    } catch (refused) {
      setProblem(refused.detail ?? "Reports cannot be read.");
    }
  }, []);
  const take = useCallback((id) => {
    taken.current.add(id);
    setJobs((known) => known.filter((job) => job.report_id !== id));
  }, []);
  const isGoing = (jobs ?? []).some(isOpen);
  useEffect(() => {
    load();
  }, [load]);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && load(), isGoing ? LOOK_MS : REST_MS);
    return () => clearInterval(timer);
  }, [load, isGoing]);
  return { jobs, problem, load, take };
}

/** What is to be announced: a report that was under way came to an end. */
function useEnds(jobs) {
  const before = useRef(new Map());
  const [said, setSaid] = useState("");
  useEffect(() => {
    for (const job of jobs ?? []) {
      const old = before.current.get(job.report_id);
      if (old && isOpen({ state: old }) && !isOpen(job)) setSaid(`${job.title}: ${job.state}.`);
    }
    before.current = new Map((jobs ?? []).map((job) => [job.report_id, job.state]));
  }, [jobs]);
  return said;
}

export function ReportDesk() {
  const query = useQuery();
  const setQuery = useSetQuery();
  const { jobs, problem, load, take } = useJobs();
  const said = useEnds(jobs);
  const [bodies, setBodies] = useState(() => new Map());
  const [trouble, setTrouble] = useState("");
  const shown = query.get("report") ?? "";
  const ordered = (job, body) => {
    setBodies((known) => new Map(known).set(job.report_id, body));
    setTrouble("");
    return load();
  };
  const act = async (action, job) => {
    try {
      if (action === "repeat") {
        const body = bodies.get(job.report_id);
        await ordered(await post(PATH, body), body);
        return;
      }
      if (action === "remove" && job.state === "gone") {
        take(job.report_id);
        return;
      }
      await ask("DELETE", `${PATH}/${encodeURIComponent(job.report_id)}`);
      if (action === "remove") take(job.report_id);
      if (action === "remove" && shown === job.report_id) setQuery({ report: "" });
      setTrouble("");
      await load();
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setTrouble(refused.detail);
      await load();
    }
  };
  return (
    <div className="report-desk">
      <ReportOrder onOrdered={ordered} />
      <div className="report-side">
        <h2>Your reports</h2>
        <p className="for-readers" role="status">
          {said}
        </p>
        <Problem words={problem || trouble} onRetry={load} />
        {jobs === null && !problem && <Ghosts lines={3} />}
        {jobs && <ReportJobs jobs={jobs} bodies={bodies} shown={shown} onAct={act} />}
      </div>
      {shown && <ReportShown key={shown} reportId={shown} />}
    </div>
  );
}
