// One row: it looks at the store itself, so a patch renders this row and no other.
import { memo, useCallback, useSyncExternalStore } from "react";
import { OnIt } from "./alerts_watch.jsx";
import { onTick } from "./clock.js";
import { ServiceDay } from "./day_history.jsx";
import { useFormats } from "./formats.jsx";
import { HistoryBar, Sparkline } from "./history.jsx";
import { Icon } from "./icons.jsx";
import { StatusWord } from "./status.jsx";
import { board } from "./store.js";
import { TagChip } from "./tag_chip.jsx";
import { age, breakerChip, breakerWords, clockTime, dayTime, duration, exact, holdWords, pendingWords, responseTime, shortDuration } from "./words.js";

const GRACE_MS = 5000; // a check takes time, and so does its way here
const PAUSED = 4;

/** The row `id` as it is now. */
export function useRow(id) {
  const subscribe = useCallback((listener) => board.on(`row:${id}`, listener), [id]);
  return useSyncExternalStore(
    subscribe,
    () => board.rows.get(id),
    () => undefined,
  );
}

/** A text that follows the clock; it renders only when the text changes. */
function useTicking(read) {
  return useSyncExternalStore(onTick, read, read);
}

export function Age({ at }) {
  useFormats();
  const text = useTicking(() => (at === null ? "–" : age(board.serverNow() - at)));
  return (
    <time title={at === null ? undefined : exact(at)} dateTime={at === null ? undefined : new Date(at).toISOString()}>
      {text}
    </time>
  );
}

export function Since({ since, long = false }) {
  useFormats();
  const text = useTicking(() => (since === null ? "–" : (long ? duration : shortDuration)(board.serverNow() - since)));
  return <time title={since === null ? undefined : `since ${exact(since)}`}>{text}</time>;
}

/** What a row shows is out of date when two checks should have come and did not. */
export function useIsOutdated(row) {
  return useTicking(() =>
    Boolean(
      row && row.enabled && !row.brk && row.at !== null && board.serverNow() - row.at > row.interval * 2000 + GRACE_MS,
    ),
  );
}

/** A class that restarts its animation each time `count` grows: two names take turns. */
export function flash(name, count) {
  return count === 0 ? "" : `${name}-${count % 2 ? "odd" : "even"}`;
}

/** What is said of a row instead of its target: who paused its checks, what is not confirmed, else what is wrong. */
export function rowWords(row) {
  if (row.hold) return holdWords(row);
  if (row.brk && row.status === PAUSED) return breakerWords(row.brk);
  if (row.pend) return pendingWords(row.pend);
  return row.status === 0 || row.status === PAUSED ? "" : row.msg;
}

/** What is watched while all is well, else what is wrong. */
export function Says({ row }) {
  const reason = rowWords(row);
  return (
    <span className={`target ${reason ? "reason" : "mono"}`} title={reason ? `${row.target}: ${reason}` : row.target}>
      {reason || row.target}
    </span>
  );
}

function Tags({ row }) {
  return (
    <span className="chips">
      {row.group && <span className="chip group">{row.group}</span>}
      {row.env && (
        <TagChip sort="environment" name={row.env} title={`Environment ${row.env}`} />
      )}
      {row.tags.slice(0, 2).map((tag) => (
        <TagChip key={tag} name={tag} />
      ))}
      {row.tags.length > 2 && (
        <span className="chip" title={row.tags.join(", ")}>
          +{row.tags.length - 2}
        </span>
      )}
      {row.demo && (
        <span className="chip demo" title="Part of the demo; removed with it">
          demo
        </span>
      )}
    </span>
  );
}

/** Its last 24 hours; they follow the store by themselves, so that a row's other news do not draw them anew. */
export const Day = memo(ServiceDay);

/** How many are in trouble because of it: they are folded under it, and a click shows them. */
export function Followers({ count, areShown }) {
  const text = `${count} more because of it`;
  return (
    <button type="button" className="chip followers" data-follow="" tabIndex={-1} aria-expanded={areShown} aria-label={text} title={text}>
      <Icon name={areShown ? "down" : "right"} size={10} />
      {count} more
    </button>
  );
}

export const Row = memo(function Row({ id, index, depth = 0, isFollower = false, followers = 0, areFollowersShown, because, isCurrent, isOpen, cursor, dayCursor }) {
  useFormats();
  const row = useRow(id);
  const isOutdated = useIsOutdated(row);
  if (!row) return null;
  const names = ["row", depth > 0 && "inner", isFollower && "follower", isOpen && "open", isOutdated && "outdated", row.status === PAUSED && "paused"];
  return (
    <tr
      role="row"
      className={`${names.filter(Boolean).join(" ")} ${flash("status-changed", row.flash.status)}`}
      style={depth ? { "--depth": depth } : undefined}
      data-line={`r:${id}`}
      data-id={id}
      data-service={id}
      data-sid={row.sid}
      data-status={row.status}
      aria-rowindex={index + 2}
      aria-level={depth + 1}
      aria-expanded={followers ? areFollowersShown : undefined}
      aria-selected={isOpen}
      tabIndex={isCurrent ? 0 : -1}
    >
      <td role="gridcell" className="cell-status">
        <StatusWord status={row.status} />
      </td>
      <td role="rowheader" className="cell-label">
        <div className="who">
          <span className="label" title={row.label}>
            {row.label}
          </span>
          {followers > 0 && <Followers count={followers} areShown={areFollowersShown} />}
          {because && <span className="chip because">because of {because}</span>}
          {row.brk && (
            <span className="chip breaker" title={breakerWords(row.brk)}>
              {breakerChip(row.brk)}
            </span>
          )}
          <OnIt id={id} />
          <Says row={row} />
          <Tags row={row} />
        </div>
      </td>
      <td role="gridcell" className="cell-day">
        <Day rowId={id} size="cell" cursor={dayCursor} />
      </td>
      <td role="gridcell" className="cell-history">
        <HistoryBar statuses={row.hs} cursor={cursor} />
      </td>
      <td role="gridcell" className="cell-response">
        <div className="response">
          <Sparkline times={row.hm} />
          <span className={`mono value ${flash("value-changed", row.flash.ms)}`}>{responseTime(row.ms)}</span>
        </div>
      </td>
      <td role="gridcell" className="cell-age mono">
        <Age at={row.at} />
      </td>
      <td role="gridcell" className="cell-since mono">
        <Since since={row.since} />
      </td>
      <td role="gridcell" className="cell-menu">
        <button type="button" className="icon-button" data-menu tabIndex={-1} aria-label={`Actions for ${row.label}`} aria-haspopup="menu">
          <Icon name="dots" />
        </button>
      </td>
    </tr>
  );
});

/** A time as the clock shows it; the exact one on hover. */
export function Moment({ at }) {
  useFormats();
  return (
    <time title={exact(at)} dateTime={new Date(at).toISOString()}>
      {clockTime(at)}
    </time>
  );
}

/** When something was, and how long it lasted: `to` is 0 while it lasts, -1 for a moment. */
export function Span({ at, to }) {
  useFormats();
  return (
    <>
      <time title={exact(at)} dateTime={new Date(at).toISOString()}>
        {dayTime(at)}
      </time>
      {to === 0 && (
        <span className="muted">
          {" for "}
          <Since since={at} long />
        </span>
      )}
      {to > 0 && <span className="muted"> for {duration(to - at)}</span>}
    </>
  );
}
