// The head of a service's page: what is true now, live. The page's title tells it as well.
import { useEffect, useRef, useState } from "react";
import { Link, useLocation } from "react-router";
import { OnIt } from "./alerts_watch.jsx";
import { Icon } from "./icons.jsx";
import { underButton } from "./live_grid.jsx";
import { Age, Moment, Since, useRow } from "./row.jsx";
import { Belongs } from "./row_facts.jsx";
import { useServiceActions } from "./service_actions.jsx";
import { STATUSES, StatusWord } from "./status.jsx";
import { breakerWords, holdWords, interval, pendingWords, responseTime } from "./words.js";
import { serviceAddress } from "./url.js";

// What the menu need not offer: it stands beside it, or is this page.
const IN_HEAD = ["open", "page", "check", "edit"];

/** The name of the service stands in the tab, with its status unless it is up. */
function useTitle(row) {
  const sign = row && row.status !== 0 ? `${STATUSES[row.status].word}: ` : "";
  const title = row ? `${sign}${row.label} · Lightbulb` : "Lightbulb";
  useEffect(() => {
    document.title = title;
    return () => {
      document.title = "Lightbulb";
    };
  }, [title]);
}

/** `children` while the address is that of the service `sid`: what the state holds may be of the page before. */
export function ServiceHere({ sid, children }) {
  const { pathname } = useLocation();
  const [isMounted, setIsMounted] = useState(false); // the built page knows of no address
  useEffect(() => setIsMounted(true), []);
  return isMounted && pathname.replace(/\/$/, "") === serviceAddress(sid) ? children : null;
}

/** A way to the page of a service. */
export function ServiceLink({ sid, children }) {
  return (
    <Link to={serviceAddress(sid)} className="quiet">
      {children}
    </Link>
  );
}

function Actions({ row, may, isOwn, isChecking, children, ...on }) {
  const more = useRef(null);
  const own = isOwn ? [row.id] : [];
  const actions = useServiceActions({ may, own, without: IN_HEAD, goBack: () => more.current?.focus(), ...on });
  const mayCheck = may.includes("check:run") && row.enabled && !row.hold;
  return (
    <div className="service-actions" data-service={row.id}>
      {mayCheck && (
        <button type="button" className="plain" aria-disabled={isChecking} onClick={() => !isChecking && actions.choose("check", row.id)}>
          <Icon name="check" /> {isChecking ? "Checking…" : "Check now"}
        </button>
      )}
      {may.includes("service:write") && (
        <button type="button" className="plain" onClick={() => actions.choose("edit", row.id)}>
          <Icon name="edit" /> Edit
        </button>
      )}
      {(may.includes("service:write") || may.includes("breaker:operate") || isOwn) && (
        <button
          ref={more}
          type="button"
          className="icon-button"
          aria-haspopup="menu"
          aria-label={`Actions for ${row.label}`}
          onClick={() => actions.showMenu(row.id, underButton(more.current))}
        >
          <Icon name="dots" />
        </button>
      )}
      {children}
      {actions.menu}
    </div>
  );
}

/** `children` stand behind the actions. `onFresh` is called when something came that the figures below depend on. */
export function ServiceHead({ rowId, fallback, may = [], isOwn, isChecking, onFresh, children, ...on }) {
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
        <Actions row={row} may={may} isOwn={isOwn} isChecking={isChecking} {...on}>
          {children}
        </Actions>
      </div>
      <div className="verdict">
        <StatusWord status={row.status} />
        {row.since !== null && (
          <span className="muted">
            for <Since since={row.since} long />
          </span>
        )}
        <OnIt id={rowId} />
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
