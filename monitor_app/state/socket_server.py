"""The socket.io server of the screens: each socket has its own pace, and one that talks nonsense ends by itself."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any, Final

import engineio  # type: ignore[import-untyped]
from reflex.utils import format as reflex_format
from reflex_base.environment import environment
from socketio import AsyncServer

from monitor_app.log import get_logger
from monitor_app.state.frames import FRAME_BYTES

# So many messages of one socket at once, and so many a second for as long as it likes; what is more has to wait.
BURST: Final = 60
EACH_SECOND: Final = 20.0
# `connect` and `disconnect` are said by socket.io itself, never by a browser: a browser that could would tell what it
# came with, or have the server forget a socket that still listens.
EVENTS: Final = frozenset({"event", "ping", "client_error"})
DEPTH: Final = 32
NODES: Final = 10_000

# So much may wait for a browser that does not read; a board's page has some ten kilobytes.
WAITING_MESSAGES: Final = 200
WAITING_BYTES: Final = 2 * 1024 * 1024

logger = get_logger(__name__)


class Pace:
    """How fast one socket may go: BURST messages at once, EACH_SECOND for ever."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._left = float(BURST)
        self._at = monotonic()

    def wait_seconds(self) -> float:
        """Take one message; how long it has to wait for its turn."""
        now = self._monotonic()
        self._left = min(float(BURST), self._left + (now - self._at) * EACH_SECOND) - 1
        self._at = now
        return max(0.0, -self._left / EACH_SECOND)


class Outbox(asyncio.Queue[Any]):
    """What waits until a browser reads it."""

    waiting_bytes = 0

    @property
    def is_too_long(self) -> bool:
        """Whether its browser does not read, or far too slowly."""
        return self.qsize() > WAITING_MESSAGES or self.waiting_bytes > WAITING_BYTES

    def empty_out(self) -> None:
        """Forget all that waits."""
        while not self.empty():
            self.get_nowait()
            self.task_done()

    def _put(self, item: Any) -> None:
        self.waiting_bytes += _size(item)
        super()._put(item)

    def _get(self) -> Any:
        item = super()._get()
        self.waiting_bytes -= _size(item)
        return item


class Line(engineio.AsyncServer):  # type: ignore[misc]
    """The lines below: one that is not read from ends, instead of filling our memory."""

    def create_queue(self, *_args: Any, **_kwargs: Any) -> Outbox:
        """What waits for one browser."""
        return Outbox()

    async def send_packet(self, sid: str, pkt: Any) -> None:
        """Hand over one message."""
        socket = self.sockets.get(sid)
        if socket is not None and not socket.closed and socket.queue.is_too_long:
            logger.warning("a websocket was ended that nobody reads from", waiting=socket.queue.qsize())
            socket.queue.empty_out()
            await socket.close(wait=False)
            return
        await super().send_packet(sid, pkt)


class ScreenServer(AsyncServer):  # type: ignore[misc]
    """Deals with one message of a socket after the other, in the task that reads from it.

    So a socket that has to wait is not read from, and whoever floods it fills the line and not our memory.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, **options: Any) -> None:
        super().__init__(**options)
        self._monotonic = monotonic
        self._paces: dict[str, Pace] = {}
        self.on_too_fast: Callable[[str], Any] | None = None

    def _engineio_server_class(self) -> type[Line]:
        return Line

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        socket = self.eio.sockets.get(eio_sid)
        if socket is None or socket.closed:  # it was ended, and its browser talks on
            return
        pace = self._paces.get(eio_sid)
        if pace is None:
            pace = self._paces[eio_sid] = Pace(self._monotonic)
        if (wait := pace.wait_seconds()) > 0:
            if self.on_too_fast is not None:
                await self.on_too_fast(eio_sid)
            await self.sleep(wait)
        try:
            await super()._handle_eio_message(eio_sid, data)
        except Exception as err:  # noqa: BLE001 - what one browser sends must harm no other, and is no bug of ours
            self._tell_unreadable(type(err).__name__)
            await self._end(eio_sid)

    async def _handle_event(self, eio_sid: str, namespace: str, id: Any, data: Any) -> None:  # noqa: A002 - socket.io's
        if not isinstance(data, list) or not data or data[0] not in EVENTS or id is not None:
            self._tell_unreadable("foreign event")
            await self._end(eio_sid)
            return
        await super()._handle_event(eio_sid, namespace, id, data)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self._paces.pop(eio_sid, None)
        await super()._handle_eio_disconnect(eio_sid, reason)

    async def _end(self, eio_sid: str) -> None:
        socket = self.eio.sockets.get(eio_sid)
        if socket is not None and not socket.closed:
            # Not to wait: this runs in the task that reads from the socket.
            await socket.close(wait=False)

    def _tell_unreadable(self, what: str) -> None:
        logger.warning("a websocket was ended for a message that cannot be read", what=what)


def make_server(origins: list[str]) -> ScreenServer:
    """As Reflex makes it, but for what stands above; frames of at most FRAME_BYTES."""
    return ScreenServer(
        async_mode="asgi",
        cors_allowed_origins=origins,
        cors_credentials=True,
        max_http_buffer_size=FRAME_BYTES,
        ping_interval=environment.REFLEX_SOCKET_INTERVAL.get().total_seconds(),
        ping_timeout=environment.REFLEX_SOCKET_TIMEOUT.get().total_seconds(),
        json=SimpleNamespace(dumps=reflex_format.json_dumps, loads=parse_frame),
        allow_upgrades=False,
        transports=["websocket"],
        async_handlers=False,
    )


def parse_frame(text: str, **_options: Any) -> Any:
    """A message's JSON. Raises ValueError for what is broken, deeper than DEPTH or of more than NODES parts."""
    try:
        document = json.loads(text)
    except RecursionError as err:
        raise ValueError("is nested too deep") from err
    level, nodes = [document], 0
    for _ in range(DEPTH):
        nodes += len(level)
        if nodes > NODES:
            raise ValueError(f"must have at most {NODES} parts")
        level = [part for one in level for part in _parts(one)]
        if not level:
            return document
    raise ValueError(f"must be nested at most {DEPTH} deep")


def _size(item: Any) -> int:
    """Of a message in characters; what ends a line has none."""
    data = getattr(item, "data", None)
    return len(data) if isinstance(data, str | bytes) else 0


def _parts(document: Any) -> Iterable[Any]:
    if isinstance(document, dict):
        return document.values()
    return document if isinstance(document, list) else ()
