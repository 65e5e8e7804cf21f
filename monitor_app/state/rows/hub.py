"""Sends what changes on the board to those who look: once a view, encoded once, at most twice a second."""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from monitor_app.bus.local import Bus, Subscription
from monitor_app.domain.events import BoardChanged
from monitor_app.domain.state import ServiceState
from monitor_app.engine.board import Board, BoardQuery, BoardRow
from monitor_app.engine.board_query import RESTLESS
from monitor_app.engine.board_shape import Because
from monitor_app.engine.clock import Clock, SystemClock
from monitor_app.log import get_logger
from monitor_app.state.health import Trouble
from monitor_app.state.rows.news import StatusWatch, add_turns, wire_news
from monitor_app.state.rows.outline import group_names, wire_groups, wire_lines, wire_oldest
from monitor_app.state.rows.rooms import PREFIX, Rooms
from monitor_app.state.rows.view import View
from monitor_app.state.rows.wire import Entry, wire_day, wire_patch, wire_row, wire_standing, wire_time

SEND_SECONDS = 0.5
JUDGE_SECONDS = 1.0
# A view that has nothing to tell says so this often: a browser that hears nothing knows that its line is dead.
BEAT_SECONDS = 5.0
# A row that got more results than this between two patches is counted as stale: a fresh page is cheaper.
RESULTS_LIMIT = 3
# Each "stale" makes every browser of the view fetch its page anew; this is about what one costs.
RELOAD_SECONDS = 0.01
# Some orders change with every result; nobody can read a list that does so twice a second.
RESPONSE_ORDER_SECONDS = 5.0
# The share of the time that may go into looking for the new order of views, and how much of it at a stretch.
ARRANGE_SHARE = 0.1
ARRANGE_SECONDS = 0.005

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HubStats:
    """How much the hub does."""

    views: int
    browsers: int
    patches: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What the browsers were told last of a row."""

    total: int
    last_id: int
    message: str
    since: int | None
    standing: dict[str, Any]
    # Each change makes a new one.
    state: ServiceState | None
    day_replaced: int = 0

    @classmethod
    def of(cls, row: BoardRow) -> "Mark":
        """Everything that is true now."""
        recent, since = row.recent, wire_time(row.since)
        standing, replaced = wire_standing(row), row.day.replaced
        return cls(recent.total, recent.last_id, row.message, since, standing, row.state, replaced)

    def is_told(self, row: BoardRow) -> bool:
        """Whether nothing has become true since."""
        is_known = row.recent.last_id == self.last_id and row.state is self.state
        return is_known and row.day.replaced == self.day_replaced


class RowHub:
    """The live table's server side. Nothing is prepared for rows that nobody looks at."""

    def __init__(
        self,
        board: Board,
        bus: Bus,
        rooms: Rooms,
        clock: Clock | None = None,
        judge: Callable[[], Trouble | None] = lambda: None,
        causes: Callable[[], Because] = dict,
    ) -> None:
        self._board = board
        self._causes = causes
        self._watch_statuses = StatusWatch(board)
        self._bus = bus
        self._rooms = rooms
        self._clock = clock or SystemClock()
        self._ask_judge = judge
        self._judged_at = float("-inf")
        self._trouble: Trouble | None = None
        self._views: dict[str, View] = {}
        self._watchers: dict[int, set[View]] = {}
        self._marks: dict[int, Mark] = {}
        self._wake = asyncio.Event()
        self._arrange_allowed_at = float("-inf")
        self._arranging = 0.0  # seconds spent on it since the last pause
        self._patches = 0
        self._subscription: Subscription | None = None
        self._sender: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen and to send, on the running loop."""
        self._watch_statuses.start()
        self._subscription = self._bus.subscribe(BoardChanged, self.on_board_changed, "live rows")
        self._sender = asyncio.create_task(self._send_forever(), name="live rows")

    async def close(self) -> None:
        """Stop sending."""
        if self._subscription is not None:
            await self._bus.unsubscribe(self._subscription)
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)

    def stats(self) -> HubStats:
        """Views, browsers that look at them, patches sent so far."""
        browsers = sum(self._rooms.listeners(room) for room in self._views)
        return HubStats(len(self._views), browsers, self._patches)

    async def join(self, sid: str, query: BoardQuery) -> dict[str, Any]:
        """Subscribe a socket to a view, instead of the one that it had; returns the snapshot to begin with.

        First the room, then the snapshot: a patch that is sent in between has a sequence number that the snapshot tells
        the browser to ignore, and none is missed.
        """
        self._judge()
        room = PREFIX + query.key
        await self._rooms.move(sid, room)
        view = self._views.get(room)
        if view is None:
            seq = round(self._clock.now().timestamp() * 1000)
            view = self._views[room] = View(query, room, seq, self._board, self._causes)
            view.told_at = self._clock.monotonic()
            view.stale_allowed_at = view.told_at + _pause_between_orders(view, 0)
            view.trouble = self._trouble
            view.oldest = wire_oldest(self._board)
            view.told_own = view.own
            view.groups = wire_groups(self._board, group_names(view.lines))
            self._watch(view, view.revisions)
        # What the browsers of this view still have to be told goes out now, so that it lies before the snapshot.
        patch = self._compose(view, is_order_due=True)
        snapshot = self._snapshot(view)
        await self._send(view, patch)
        self._wake.set()
        return snapshot

    async def leave(self, sid: str) -> None:
        """End a socket's subscription."""
        await self._rooms.move(sid, "")

    async def evict(self, sids: Iterable[str]) -> None:
        """End the subscriptions of these sockets, whatever their browsers think."""
        for sid in sids:
            await self.leave(sid)

    async def on_board_changed(self, event: BoardChanged) -> None:
        """Note what changed; the sender does the rest."""
        self._judge()
        turns = self._watch_statuses.turns(event.service_pks | event.removed) if event.is_layout else {}
        if not self._views:
            return
        for view in self._views.values():
            add_turns(view.turns, turns)
        for pk in event.service_pks:
            if pk in self._watchers:
                self._advance(pk)
        self._wake.set()

    async def flush(self) -> float | None:
        """Send what is due; returns in how many seconds something will be, None when nobody looks."""
        self._judge()
        now = self._clock.monotonic()
        waits: list[float] = []
        # Those whose order was looked up longest ago come first, so that none starves.
        for view in sorted(self._views.values(), key=lambda view: view.arranged_at):
            listeners = self._rooms.listeners(view.room)
            if not listeners:
                self._drop(view)
                continue
            try:
                waits.append(await self._flush_view(view, listeners, now))
            except Exception:  # the other views have theirs to tell
                logger.exception("rows could not be sent", view=view.key)
                waits.append(SEND_SECONDS)
        return min(waits, default=None)

    async def _flush_view(self, view: View, listeners: int, now: float) -> float:
        wait = self._wait(view, now)
        if wait > 0:
            return wait
        patch = self._compose(view, is_order_due=self._order_wait(view, now) == 0)
        if patch is None and now >= view.told_at + BEAT_SECONDS:
            patch = self._beat(view)
        if patch is not None and "stale" in patch:
            view.stale_allowed_at = now + _pause_between_orders(view, listeners)
        await self._send(view, patch)
        return self._wait(view, now)

    def _judge(self) -> None:
        """Once for all views, at most once a second."""
        now = self._clock.monotonic()
        if now >= self._judged_at + JUDGE_SECONDS:
            self._judged_at = now
            self._trouble = self._ask_judge()

    async def _send_forever(self) -> None:
        wait: float | None = None
        while True:
            try:
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:  # one bad patch must not end all of them
                wait = await self.flush()
            except Exception:
                logger.exception("rows could not be sent")
                wait = SEND_SECONDS

    def _wait(self, view: View, now: float) -> float:
        """Seconds until this view is sent something, be it that there is nothing."""
        send_wait = max(0.0, view.sent_at + SEND_SECONDS - now)
        is_news = view.counts != self._board.counts() or view.trouble != self._trouble
        if view.pending or view.lost or view.turns or is_news:
            return send_wait
        beat_wait = max(0.0, view.told_at + BEAT_SECONDS - now)
        if view.is_out_of_order(self._board):
            return min(beat_wait, max(send_wait, self._order_wait(view, now)))
        return beat_wait

    def _order_wait(self, view: View, now: float) -> float:
        return max(0.0, view.stale_allowed_at - now, self._arrange_allowed_at - now)

    def _compose(self, view: View, *, is_order_due: bool) -> dict[str, Any] | None:
        """The view's next patch, None when there is nothing to tell."""
        for pk in view.revisions:
            self._advance(pk)
        entries, view.pending = view.pending, []
        stale, view.lost = len(view.lost), set()
        if is_order_due and view.is_out_of_order(self._board):
            stale += self._arrange(view)
        counts = self._board.counts()
        news = counts if counts != view.counts else None
        view.counts = counts
        more = self._more_news(view)
        if not entries and not stale and news is None and not more:
            return None
        view.seq += 1
        view.sent_at = view.told_at = self._clock.monotonic()
        return wire_patch(view.key, view.seq, entries, news, stale) | more

    def _more_news(self, view: View) -> dict[str, Any]:
        """What changes seldom; only what did."""
        more: dict[str, Any] = {}
        if view.trouble != self._trouble:
            view.trouble = self._trouble
            more["health"] = self._wire_trouble()
        if (oldest := wire_oldest(self._board)) != view.oldest:
            view.oldest = more["oldest"] = oldest
        if view.own != view.told_own:
            view.told_own = more["own"] = view.own
        groups = wire_groups(self._board, group_names(view.lines))
        if changed := {name: now for name, now in groups.items() if view.groups.get(name) != now}:
            view.groups = groups
            more["groups"] = changed
        if view.turns:
            more["news"] = wire_news(self._board, view.turns, self._causes)
            view.turns = {}
        return more

    def _wire_trouble(self) -> dict[str, Any] | None:
        return None if self._trouble is None else self._trouble.wire()

    def _beat(self, view: View) -> dict[str, Any]:
        """A patch without news. It does not hold up those that follow, and it has a number: a lost one is a gap."""
        view.seq += 1
        view.told_at = self._clock.monotonic()
        return wire_patch(view.key, view.seq, [], None, 0)

    async def _send(self, view: View, patch: dict[str, Any] | None) -> None:
        if patch is not None:
            self._patches += 1
            await self._rooms.send(view.room, patch)

    def _snapshot(self, view: View) -> dict[str, Any]:
        # Many browsers fetch the same page after it went stale: its rows are built once.
        if view.rows is None or view.rows[0] != view.seq:
            rows = [wire_row(row) for pk in view.page.pks if (row := self._board.get(pk)) is not None]
            view.rows = view.seq, rows
        page = view.page
        shaped = {"lines": wire_lines(self._board, view.lines), "groups": view.groups} if view.query.shape else {}
        return {
            "load_id": secrets.token_hex(4),
            "view": view.key,
            "seq": view.seq,
            "now": wire_time(self._clock.now()),
            "counts": list(view.counts),
            "health": self._wire_trouble(),
            "rows": view.rows[1],
            "matched": page.matched,
            "total": page.total,
            "page": page.page,
            "pages": page.pages,
            "oldest": view.oldest,
            **({} if view.own is None else {"own": view.own}),
            **shaped,
        }

    def _arrange(self, view: View) -> int:
        before, shown = self._clock.monotonic(), view.revisions.keys()
        count = view.arrange(self._board)
        self._unwatch(view, shown - view.revisions.keys())
        self._watch(view, view.revisions.keys() - shown)
        view.arranged_at = self._clock.monotonic()
        self._arranging += view.arranged_at - before
        if self._arranging > ARRANGE_SECONDS:
            self._arrange_allowed_at = view.arranged_at + self._arranging / ARRANGE_SHARE
            self._arranging = 0.0
        return count

    def _advance(self, pk: int) -> None:
        """Append a row's new results to what its views have to be told."""
        row = self._board.get(pk)
        mark = self._marks.get(pk)
        if row is None or mark is None or mark.is_told(row):
            return
        told = self._marks[pk] = Mark.of(row)
        count = row.recent.total - mark.total
        views = self._watchers[pk]
        if not row.definition.enabled:
            return  # a check that was still running; pausing is told as a change of the list
        if not 0 <= count <= RESULTS_LIMIT:  # fewer than before: it was deleted, and came back with a new ring
            for view in views:
                view.lost.add(pk)
            return
        entries = [Entry(pk, status, ms, at) for status, ms, at in row.recent.last(count)] if count else []
        if not entries:
            entries = [Entry(pk, None, row.response_ms, wire_time(row.checked_at) or 0)]
        entries[-1] = entries[-1]._replace(
            message=told.message if told.message != mark.message else None,
            since=told.since if told.since != mark.since else None,
            standing=_standing_news(row, mark, told),
        )
        for view in views:
            view.pending.extend(entries)

    def _watch(self, view: View, pks: Iterable[int]) -> None:
        for pk in pks:
            row = self._board.get(pk)
            if row is None:
                continue
            if pk in self._marks:
                self._advance(pk)
            else:
                self._marks[pk] = Mark.of(row)
            self._watchers.setdefault(pk, set()).add(view)

    def _unwatch(self, view: View, pks: Iterable[int]) -> None:
        for pk in pks:
            watchers = self._watchers.get(pk)
            if watchers is None:
                continue
            watchers.discard(view)
            if not watchers:
                del self._watchers[pk], self._marks[pk]

    def _drop(self, view: View) -> None:
        self._unwatch(view, view.revisions)
        self._views.pop(view.room, None)


def _standing_news(row: BoardRow, before: Mark, now: Mark) -> dict[str, Any] | None:
    """What changes seldom; after a start the last day is read bit by bit, and comes as a whole."""
    if now.day_replaced != before.day_replaced:
        return now.standing | {"day": wire_day(row.day)}
    return now.standing if now.standing != before.standing else None


def _pause_between_orders(view: View, listeners: int) -> float:
    pause = RESPONSE_ORDER_SECONDS if view.query.sort in RESTLESS else 0.0
    return max(pause, listeners * RELOAD_SECONDS)
