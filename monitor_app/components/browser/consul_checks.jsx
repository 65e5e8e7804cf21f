// Each check of a service that Consul tells of: what it says now, its own 24 hours, and when it changed last.
import { memo, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { onTick } from "./clock.js";
import { DayHistory } from "./day_history.jsx";
import { barsOf, dayOf } from "./day_ring.js";
import { ask } from "./post.js";
import { Stamp } from "./stamp.jsx";
import { Glyph } from "./status.jsx";
import { plural } from "./words.js";

const MINUTE_MS = 60_000;
const WORDS = ["Passing", "Warning", "Critical"];
const STATUSES = { OK: 0, DEGRADED: 1, FAILED: 2, STOPPED: 4 };
const COLOURS = ["ok", "degraded", "failed", "starting", "stopped", "unknown"];
const COUNTS_AS = { passing: 0, warning: 1, critical: 2 };

/** Its last 24 hours; a window ends without a result, too. */
export const Day = memo(function Day({ wire, label, minutes, size = "cell" }) {
  const day = useMemo(() => dayOf(wire), [wire && `${wire[0]} ${wire[1]}`]);
  const length = minutes * MINUTE_MS;
  const window = useSyncExternalStore(onTick, () => Math.floor(Date.now() / length), () => 0);
  const bars = useMemo(() => barsOf(day, minutes, window * length), [day, minutes, window]);
  return <DayHistory bars={bars} minutes={minutes} label={label} words={WORDS} size={size} />;
});

function listed(found) {
  return Object.values(found).filter((each) => typeof each === "object");
}

/** What each check says now, in full, with what became of it; those that are not there any more come last. */
function joined(checks, histories) {
  const waiting = [...histories];
  const now = checks.map((check) => {
    const place = waiting.findIndex((each) => each.is_there && each.name === check.name && each.is_of_node === check.is_of_node);
    const [history] = place < 0 ? [] : waiting.splice(place, 1);
    return { ...check, is_there: true, day: history?.day ?? null, changes: history?.changes ?? [] };
  });
  return [...now, ...waiting.filter((each) => !each.is_there)];
}

/** Read when somebody wants it, and again whenever the row has something new. */
function useChecks(row) {
  const [told, setTold] = useState(null);
  const [problem, setProblem] = useState("");
  const path = `/api/sources/services/${encodeURIComponent(row.service_id)}`;
  const words = row.checks.map(({ word }) => word).join();
  useEffect(() => {
    let isCurrent = true;
    Promise.all([ask("GET", path), ask("GET", `${path}/history`)]).then(
      ([checks, histories]) => {
        if (!isCurrent) return;
        setTold(joined(listed(checks), histories.checks));
        setProblem("");
      },
      (refused) => isCurrent && setProblem(refused.detail),
    );
    return () => {
      isCurrent = false;
    };
  }, [path, row.last_check, words]);
  return { told, problem };
}

function Word({ word }) {
  const status = COUNTS_AS[word] ?? 5;
  if (!word) return <span className="muted">not there</span>;
  return (
    <span className={`status ${COLOURS[status]}`}>
      <Glyph status={status} />
      {word}
    </span>
  );
}

function Changes({ changes }) {
  if (!changes.length) return null;
  return (
    <details className="consul-changes">
      <summary>{changes.length < 20 ? plural(changes.length, "change") : "The last 20 changes"}</summary>
      <ul>
        {changes.map(({ timestamp, before, word, output }) => (
          <li key={`${timestamp} ${word}`}>
            <span className="mono">
              <Stamp at={Date.parse(timestamp)} />
            </span>
            <span>
              <Word word={before} /> <span aria-hidden="true">→</span>
              <span className="for-readers"> then </span> <Word word={word} />
            </span>
            {output && <span className="muted said">{output}</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Check({ check, minutes }) {
  const status = check.is_there === false ? 4 : STATUSES[check.status] ?? 5;
  const about = [check.type, check.is_of_node ? "of the node" : "", check.is_there === false ? "not there any more" : ""].filter(Boolean).join(", ");
  return (
    <li>
      <span className={`status ${COLOURS[status]}`}>
        <Glyph status={status} />
        {check.word}
      </span>
      <div>
        <p>
          <b>{check.name}</b> <span className="muted">{about}</span>
        </p>
        {check.day !== undefined && <Day wire={check.day} label={check.name} minutes={minutes} size="large" />}
        {check.output && <pre tabIndex={0} aria-label={`What ${check.name} says`}>{check.output}</pre>}
        <Changes changes={check.changes ?? []} />
      </div>
    </li>
  );
}

export function Checks({ row, minutes }) {
  const { told, problem } = useChecks(row);
  if (problem) return <p className="wrong">{problem}</p>;
  const shown = told ?? row.checks;
  if (!shown.length) return <p className="help">Consul runs no check of it.</p>;
  return (
    <ul className="consul-checks">
      {shown.map((check, index) => (
        <Check key={index} check={check} minutes={minutes} />
      ))}
    </ul>
  );
}
