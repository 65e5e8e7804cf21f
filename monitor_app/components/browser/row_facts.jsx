// The head of a service's details: what is true now, live.
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { HistoryBar } from "./history.jsx";
import { Age, Moment, Since, useRow } from "./row.jsx";
import { StatusWord } from "./status.jsx";
import { TagChip } from "./tag_chip.jsx";
import { groupAddress } from "./url.js";
import { breakerWords, holdWords, interval, pendingWords, responseTime } from "./words.js";

/** Its group, which leads to the page of that, its environment and tags. */
export function Belongs({ row }) {
  if (!row.group && !row.env && !row.tags.length) return null;
  return (
    <p className="tag-chips belongs">
      {row.group && (
        <Link to={groupAddress(row.group)} className="chip group">
          {row.group}
        </Link>
      )}
      {row.env && <TagChip sort="environment" name={row.env} />}
      {row.tags.map((tag) => (
        <TagChip key={tag} name={tag} />
      ))}
    </p>
  );
}

export function RowFacts({ rowId, fallback, onFresh }) {
  const live = useRow(rowId);
  const row = live ?? (fallback?.id === rowId ? fallback : null);
  const news = row && [row.at, row.status, row.brk?.[0], row.hold].join();
  const seen = useRef(null);
  useEffect(() => {
    // A new result came, or the breaker moved: the lists below are fetched again.
    if (seen.current?.id === rowId && seen.current.news !== news) onFresh();
    seen.current = { id: rowId, news };
  }, [rowId, news]);
  if (!row) return null;
  return (
    <section className="facts">
      <div className="verdict">
        <StatusWord status={row.status} />
        {row.since !== null && (
          <span className="muted">
            for <Since since={row.since} long />
          </span>
        )}
      </div>
      <p className="message">{row.hold ? holdWords(row) : row.msg || "No message"}</p>
      {row.pend && (
        <p className="note">
          {pendingWords(row.pend)}, since <Moment at={row.pend[3]} />
        </p>
      )}
      {row.brk && <p className="note">{breakerWords(row.brk)}</p>}
      <Belongs row={row} />
      <dl className="numbers">
        <div>
          <dt>Response</dt>
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
      </dl>
      <h3>Last 60 checks</h3>
      <HistoryBar statuses={row.hs} />
    </section>
  );
}
