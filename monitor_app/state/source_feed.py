"""Tells those who look at services of sources that something is new there: at most twice a second."""

import asyncio
import secrets
from typing import Any, Final

import reflex as rx

from monitor_app.bus.local import Bus, Subscription
from monitor_app.domain.events import BoardChanged, SourcesChanged
from monitor_app.engine.board import Board
from monitor_app.engine.clock import Clock
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.guard import requires
from monitor_app.state.rows.rooms import Rooms
from monitor_app.state.runtime import current
from monitor_app.state.sending import send_forever

PREFIX: Final = "sources:"
ROOM: Final = "sources:all"


class SourcesFeed(rx.State):
    """Its one var is written by the hub, straight to the browsers; the copy on the server is stale: never read it."""

    patch: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser


class SourcesState(rx.State):
    """What a browser begins with."""

    snapshot: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser

    @rx.event
    @requires(BOARD_READ)
    async def listen(self) -> None:
        """From now on this tab is told."""
        self.snapshot = await current().source_hub.join(self.router.session.session_id)

    @rx.event
    @requires(BOARD_READ)
    async def rest(self) -> None:
        """It asks by itself now and then, or nobody looks at it."""
        await current().source_hub.leave(self.router.session.session_id)


class SourceHub:
    """Only that there is something new is sent: whoever looks asks for the page of rows that it shows."""

    def __init__(self, bus: Bus, board: Board, rooms: Rooms, clock: Clock) -> None:
        self._bus = bus
        self._board = board
        self._rooms = rooms
        self._clock = clock
        # Numbers of another start must not look like ours.
        self._seq = round(clock.now().timestamp() * 1000)
        self._news_at = clock.monotonic()
        self._is_news = False
        self._wake = asyncio.Event()
        self._subscriptions: list[Subscription] = []
        self._sender: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send, on the running loop."""
        self._subscriptions = [
            self._bus.subscribe(BoardChanged, self._on_board, "live sources, board"),
            self._bus.subscribe(SourcesChanged, self._on_sources, "live sources"),
        ]
        self._sender = asyncio.create_task(send_forever(self._wake, self.flush, "live sources"), name="live sources")

    async def close(self) -> None:
        """Stop sending."""
        for subscription in self._subscriptions:
            await self._bus.unsubscribe(subscription)
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)

    async def join(self, sid: str) -> dict[str, Any]:
        """Subscribe a socket; returns what to begin with: `age_ms` is how long ago there was something new."""
        await self._rooms.move(sid, ROOM)
        self._wake.set()
        age_ms = round((self._clock.monotonic() - self._news_at) * 1000)
        return {"load_id": secrets.token_hex(4), "seq": self._seq, "age_ms": age_ms}

    async def leave(self, sid: str) -> None:
        """End the subscription of a socket."""
        await self._rooms.move(sid, "")

    async def flush(self, *, is_beat: bool = False) -> bool:
        """Send that there is something new, if there is; whether somebody looks."""
        is_watched = self._rooms.listeners(ROOM) > 0
        # Taken before anything is sent: what comes meanwhile is news again.
        is_news, self._is_news = self._is_news, False
        if is_watched and (is_news or is_beat):
            self._seq += 1
            await self._rooms.send(ROOM, {"seq": self._seq, "is_news": is_news})
        return is_watched

    async def _on_board(self, changed: BoardChanged) -> None:
        rows = map(self._board.get, changed.service_pks)
        if changed.removed or any(row is not None and row.definition.source for row in rows):
            self._tell()

    async def _on_sources(self, _event: SourcesChanged) -> None:
        self._tell()

    def _tell(self) -> None:
        self._is_news, self._news_at = True, self._clock.monotonic()
        self._wake.set()
