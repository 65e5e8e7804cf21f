"""Tells those who look at the map of other statuses, places and maps: at most twice a second."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import reflex as rx

from monitor_app.engine.board import Board
from monitor_app.engine.clock import Clock
from monitor_app.log import get_logger
from monitor_app.state.map_graph import version_of
from monitor_app.state.rows.rooms import Rooms
from monitor_app.use_cases.map_places import Place

PREFIX: Final = "map:"
ROOM: Final = "map:all"
SEND_SECONDS: Final = 0.5

logger = get_logger(__name__)


class MapFeed(rx.State):
    """Its one var is written by the hub, straight to the browsers; the copy on the server is stale: never read it."""

    patch: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser


class MapHub:
    """One list of statuses for all who look. A patch holds its number, what changed, and which map it belongs to.

    Places are told to those whom this process serves; others see them when they load the map.
    """

    def __init__(self, board: Board, rooms: Rooms, clock: Clock) -> None:
        self._board = board
        self._rooms = rooms
        # Numbers of another start must not look like ours.
        self._seq = round(clock.now().timestamp() * 1000)
        self._told: Mapping[int, int] = {}
        self._told_groups: Mapping[str, int] = {}
        self._seen: tuple[int, int, int, int] | None = None
        self._moved: dict[int, Place] = {}
        self._resets = 0
        self._wake = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send, on the running loop."""
        self._sender = asyncio.create_task(self._send_forever(), name="live map")

    async def close(self) -> None:
        """Stop sending."""
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)

    async def join(self, sid: str) -> dict[str, Any]:
        """Subscribe a socket; returns what to begin with.

        First the room, then the statuses: a patch that is sent in between is not newer than what is returned.
        """
        await self._rooms.move(sid, ROOM)
        await self.flush()
        self._wake.set()
        return {
            "seq": self._seq,
            "version": self._version(),
            "statuses": dict(self._told),
            "groups": dict(self._told_groups),
        }

    def note_moved(self, places: Mapping[int, Place]) -> None:
        """Somebody has moved services, by pk, for everybody."""
        self._moved |= places

    def note_reset(self) -> None:
        """Somebody lets the layout put all of them: that is another map."""
        self._moved.clear()
        self._resets += 1

    async def flush(self) -> bool:
        """Send what changed; whether somebody looks."""
        seen = (*version_of(self._board), self._resets, self._board.layout_version)
        if seen != self._seen or self._moved:
            is_other_map = self._seen is None or self._seen[:3] != seen[:3]
            rows, groups = self._news()
            moved = [[pk, at.x, at.y] for pk, at in self._moved.items()]
            self._seen, self._moved = seen, {}
            if rows or groups or moved or is_other_map:
                self._seq += 1
                patch = {"seq": self._seq, "version": self._version(), "rows": rows, "groups": groups}
                await self._rooms.send(ROOM, patch | ({"places": moved} if moved else {}))
        return self._rooms.listeners(ROOM) > 0

    def _news(self) -> tuple[list[list[Any]], list[list[Any]]]:
        """Services and groups whose status is not what was told last, with what it is; from now on that is told."""
        picture = self._board.group_picture()
        statuses = {row.pk: int(row.status) for row in self._board}
        groups = {name: int(picture.of(name).status) for name in self._board.group_tree()}
        rows = [[pk, status] for pk, status in statuses.items() if self._told.get(pk) != status]
        changed = [[name, status] for name, status in groups.items() if self._told_groups.get(name) != status]
        self._told, self._told_groups = statuses, groups
        return rows, changed

    def _version(self) -> str:
        return ".".join(map(str, (*version_of(self._board), self._resets)))

    async def _send_forever(self) -> None:
        is_watched = False
        while True:
            # With nobody there it sleeps until somebody comes.
            if not is_watched:
                await self._wake.wait()
            self._wake.clear()
            try:  # one bad patch must not end all of them
                is_watched = await self.flush()
            except Exception:
                logger.exception("the map could not be told what changed")
                is_watched = True
            await asyncio.sleep(SEND_SECONDS)
