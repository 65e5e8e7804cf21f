// The board as cards: the same lines as the table's, side by side. Every handler sits on the frame.
import { memo, useRef } from "react";
import { OnIt } from "./alerts_watch.jsx";
import { lineOf, useFolds, useLineFocus } from "./board_lines.jsx";
import { useFormats } from "./formats.jsx";
import { GroupHeading, groupLineProps } from "./group_line.jsx";
import { BarPatterns, HistoryBar, Sparkline } from "./history.jsx";
import { Icon } from "./icons.jsx";
import { Changes, endOf, pointOf, underButton, useHold, useStore } from "./live_grid.jsx";
import { Age, Day, Followers, Says, Since, flash, useIsOutdated, useRow } from "./row.jsx";
import { useServiceActions } from "./service_actions.jsx";
import { Glyph, STATUSES } from "./status.jsx";
import { board, lineKey } from "./store.js";
import { breakerChip, breakerWords, responseTime } from "./words.js";

const SKELETONS = 12;
const PAUSED = 4;

const Card = memo(function Card({ id, index, depth, isFollower, followers, areFollowersShown, because, isCurrent, isOpen }) {
  useFormats();
  const row = useRow(id);
  const isOutdated = useIsOutdated(row);
  if (!row) return null;
  const names = ["card", STATUSES[row.status].key, isFollower && "follower", isOpen && "open", isOutdated && "outdated", row.status === PAUSED && "paused"];
  return (
    <div
      role="row"
      className={`${names.filter(Boolean).join(" ")} ${flash("card-changed", row.flash.status)}`}
      data-line={`r:${id}`}
      data-id={id}
      data-service={id}
      data-sid={row.sid}
      data-status={row.status}
      aria-rowindex={index + 1}
      aria-level={depth + 1}
      aria-expanded={followers ? areFollowersShown : undefined}
      tabIndex={isCurrent ? 0 : -1}
    >
      <div role="gridcell" className="card-body">
        <div className="card-head">
          <Glyph status={row.status} />
          <span className="for-readers">{STATUSES[row.status].word}: </span>
          <span className="label" title={row.label}>
            {row.label}
          </span>
          <button type="button" className="icon-button" data-menu tabIndex={-1} aria-label={`Actions for ${row.label}`} aria-haspopup="menu">
            <Icon name="dots" />
          </button>
        </div>
        <div className="card-says">
          <OnIt id={row.id} />
          <Says row={row} />
        </div>
        {(followers > 0 || because || row.brk) && (
          <div className="card-chips">
            {followers > 0 && <Followers count={followers} areShown={areFollowersShown} />}
            {because && <span className="chip because">because of {because}</span>}
            {row.brk && (
              <span className="chip breaker" title={breakerWords(row.brk)}>
                {breakerChip(row.brk)}
              </span>
            )}
          </div>
        )}
        <Day rowId={id} size="cell" />
        <HistoryBar statuses={row.hs} />
        <div className="card-foot">
          <span className={`mono value ${flash("value-changed", row.flash.ms)}`}>{responseTime(row.ms)}</span>
          <Sparkline times={row.hm} />
          <span className="mono muted">
            <Age at={row.at} />
          </span>
          <span className="mono muted card-since" title="For how long it has had this status">
            {STATUSES[row.status].word.toLowerCase()} <Since since={row.since} />
          </span>
        </div>
      </div>
    </div>
  );
});

/** The line above or below in what is drawn: the nearest one of the next row. */
function verticalStep(frame, key) {
  const all = [...frame.querySelectorAll("[data-line]")];
  const from = all.indexOf(document.activeElement);
  if (from === -1) return 1;
  const here = all[from].getBoundingClientRect();
  const isDown = key === "ArrowDown";
  const ahead = all.map((element, index) => ({ index, box: element.getBoundingClientRect() }));
  const beyond = ahead.filter(({ box }) => (isDown ? box.top > here.bottom - 1 : box.bottom < here.top + 1));
  if (!beyond.length) return 0;
  const edge = isDown ? Math.min(...beyond.map(({ box }) => box.top)) : Math.max(...beyond.map(({ box }) => box.bottom));
  const next = beyond.filter(({ box }) => Math.abs((isDown ? box.top : box.bottom) - edge) < 8);
  next.sort((a, b) => Math.abs(a.box.left - here.left) - Math.abs(b.box.left - here.left));
  return next[0].index - from;
}

export function BoardCards({ openId, may = [], own = [], ...handlers }) {
  const isLoaded = useStore("order", board.isLoaded, false);
  const hold = useHold();
  const folds = useFolds();
  const frame = useRef(null);
  const { lines, tabStop, setCurrent, focusLine } = useLineFocus(frame);
  const hasHeadings = lines.some((line) => line.id === undefined);
  const actions = useServiceActions({ may, own, ...handlers });

  const onKeyDown = (event) => {
    if (event.target.dataset.line === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const line = lineOf(event);
    const isGroup = line.id === undefined;
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") focusLine(event.key === "ArrowRight" ? 1 : -1);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = verticalStep(frame.current, event.key);
      if (step) focusLine(step);
    } else if (event.key === "Home" || event.key === "End") focusLine(event.key === "Home" ? -lines.length : lines.length);
    else if (event.key === " " || (event.key === "Enter" && isGroup)) folds.toggle(line);
    else if (event.key === "Enter") actions.open(line.id);
    else if (event.key === "m" && !isGroup) actions.showMenu(line.id, endOf(line.element));
    else return;
    event.preventDefault();
  };
  const onClick = (event) => {
    const line = lineOf(event);
    if (!line || event.target.closest("[data-link]")) return;
    const button = event.target.closest("[data-menu]");
    if (line.id === undefined || event.target.closest("[data-follow]")) folds.toggle(line);
    else if (button) actions.showMenu(line.id, underButton(button));
    else if (!String(window.getSelection())) {
      setCurrent(line.element.dataset.line);
      actions.open(line.id);
    }
  };
  const onContextMenu = (event) => {
    const line = lineOf(event);
    if (line?.id === undefined) return;
    event.preventDefault();
    actions.showMenu(line.id, pointOf(event));
  };
  return (
    <div className="cards-frame">
      <BarPatterns />
      <Changes />
      <div
        ref={frame}
        role="treegrid"
        className="cards"
        aria-label="Services"
        aria-rowcount={lines.length}
        aria-busy={!isLoaded}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onContextMenu={onContextMenu}
        onPointerMove={() => hold({ pointer: true })}
        onPointerLeave={() => hold({ pointer: false })}
        onFocus={() => hold({ focus: true })}
        onBlur={() => hold({ focus: false })}
      >
        {isLoaded
          ? lines.map((line, index) =>
              line.id === undefined ? (
                <div key={lineKey(line)} role="row" className="group-row" aria-rowindex={index + 1} {...groupLineProps(line, lineKey(line) === tabStop)}>
                  <div role="gridcell">
                    <GroupHeading line={line} />
                  </div>
                </div>
              ) : (
                <Card
                  key={lineKey(line)}
                  id={line.id}
                  index={index}
                  depth={line.depth}
                  isFollower={line.depth > 0 && !hasHeadings}
                  followers={line.followers}
                  areFollowersShown={line.isOpen}
                  because={line.because}
                  isCurrent={lineKey(line) === tabStop}
                  isOpen={line.id === openId}
                />
              ),
            )
          : Array.from({ length: SKELETONS }, (_, i) => <div key={i} className="card skeleton" aria-hidden="true" />)}
      </div>
      {actions.menu}
    </div>
  );
}
