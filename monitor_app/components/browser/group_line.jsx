// The heading of a group on the board: folded or not, what is true of the group now, how many are in it.
import { useCallback, useSyncExternalStore } from "react";
import { Link } from "react-router";
import { Icon } from "./icons.jsx";
import { countsWords, Proportion } from "./proportion.jsx";
import { Glyph, STATUSES } from "./status.jsx";
import { board } from "./store.js";
import { groupAddress } from "./url.js";

/** What is true of a group now, live. */
function useGroup(name) {
  const subscribe = useCallback((listener) => board.on(`group:${name}`, listener), [name]);
  return useSyncExternalStore(
    subscribe,
    () => board.group(name),
    () => undefined,
  );
}

/** "98.7 %"; "100 %" only when it is all, "0 %" only when it is nothing. */
export function shareWords(share) {
  if (share === null || share === undefined) return "";
  if (share <= 0) return "0 %";
  return share >= 1 ? "100 %" : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

export function GroupHeading({ line }) {
  const now = useGroup(line.group);
  return (
    <span className="group-heading" style={{ "--depth": line.depth }}>
      <span className={`turner ${line.isFolded ? "" : "open"}`}>
        <Icon name="right" size={12} />
      </span>
      {now && <Glyph status={now.status} />}
      {now && <span className="for-readers">{STATUSES[now.status].word}:</span>}
      <span className="group-name">{line.group || "No group"}</span>
      {line.isAgain && <span className="muted small">continued</span>}
      {now && (
        <>
          <span className={`group-counts ${STATUSES[now.status].key}`}>{countsWords(now.counts)}</span>
          <Proportion counts={now.counts} />
          <span className="mono group-share">{shareWords(now.share)}</span>
        </>
      )}
      {line.group && (
        <Link to={groupAddress(line.group)} className="quiet group-open" tabIndex={-1} data-link="">
          Open
        </Link>
      )}
    </span>
  );
}

/** Its props as an element that keys walk: the table's row and the cards' heading share them. */
export function groupLineProps(line, isCurrent) {
  return {
    "data-line": `g:${line.group}`,
    "data-group": line.group,
    "aria-level": line.depth + 1,
    "aria-expanded": !line.isFolded,
    tabIndex: isCurrent ? 0 : -1,
  };
}
