// The head of a service's page: what is true now, live. The page's title tells it as well.
import { useEffect, useRef } from "react";
import { Age, Moment, Since, useRow } from "./row.jsx";
import { Belongs } from "./row_facts.jsx";
import { STATUSES, StatusWord } from "./status.jsx";
import { breakerWords, holdWords, interval, pendingWords, responseTime } from "./words.js";

/** The name of the service stands in the tab, with its status unless it is up. */
function useTitle(row) {
  const sign = row && row.status !== 0 ? `${STATUSES[row.status].word}: ` : "";
  const title = row ? `${sign}${row.label} · Lightbulb` : "Lightbulb";
  useEffect(() => {
    document.title = title;
  }, [title]);
}

/** `children` are the actions. `onFresh` is called when something came that the figures below depend on. */
export function ServiceHead({ rowId, fallback, onFresh, children }) {
  const live = useRow(rowId);
  const row = live ?? (fallback?.id === rowId ? fallback : null);
  useTitle(row);
  const news = row && [row.at, row.status, row.brk?.[0], row.hold].join();
  const seen = useRef(null);
  useEffect(() => {
    if (seen.current?.id === rowId && seen.current.news !== news) onFresh();
    seen.current = { id: rowId, news };
  }, [rowId, news]);
  if (!row) return null;
  return (
    <>
      <div className="service-title">
        <div className="service-name">
          <h1>{row.label}</h1>
          <p className="target mono">{row.target}</p>
        </div>
        {children}
      </div>
      <div className="verdict">
        <StatusWord status={row.status} />
        {row.since !== null && (
          <span className="muted">
            for <Since since={row.since} long />
          </span>
        )}
        <span className="message">{row.hold ? holdWords(row) : row.msg || "No message"}</span>
      </div>
      {row.pend && (
        <p className="note">
          {pendingWords(row.pend)}, since <Moment at={row.pend[3]} />
        </p>
      )}
      {row.brk && <p className="note">{breakerWords(row.brk)}</p>}
      <Belongs row={row} />
      <dl className="numbers service-now">
        <div>
          <dt>Response now</dt>
          <dd className="mono">{responseTime(row.ms)}</dd>
        </div>
        <div>
          <dt>Checked</dt>
          <dd>
            <Age at={row.at} />
          </dd>
        </div>
        <div>
          <dt>Every</dt>
          <dd className="mono">{interval(row.interval)}</dd>
        </div>
        <div>
          <dt>Circuit breaker</dt>
          <dd>{row.brk ? (row.brk[0] === "half_open" ? "half open" : "open") : "closed"}</dd>
        </div>
      </dl>
    </>
  );
}
