"""A browser without a screen: speaks Reflex's websocket, merges patches as the page does, heals itself."""

import asyncio
import contextlib
import json
import random
import time
import uuid
from collections.abc import Callable
from typing import Any

from reflex_base.constants.state import FIELD_MARKER

from monitor_app.bench.live.socket import WebSocket

NAMESPACE = "/_event"
EVENT_FRAME = f"42{NAMESPACE},"
HISTORY_LIMIT = 60
JITTER_SECONDS = 0.5
RECONNECT_SECONDS = 0.1


class LiveBrowser:
    """One tab. `facts` is what the app's /facts told; `query` the arguments of `look`.

    `on_patch` is called with every patch as it arrives, before it is merged, and the length of its message in bytes.
    `cookie` is the Cookie header of who is logged in.
    """

    def __init__(
        self,
        port: int,
        facts: dict[str, Any],
        query: dict[str, Any],
        on_patch: Callable[[dict[str, Any], int], None] | None = None,
        cookie: str = "",
    ) -> None:
        self.token = str(
            uuid.uuid4()
        )  # the name of this tab; the server gives another one that is bound to its session
        self._cookie = cookie
        self._port = port
        self._facts = facts
        self._query = query
        self._on_patch = on_patch
        self._socket: WebSocket | None = None
        self._recent: list[dict[str, Any]] = []
        self._task: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._load_id = ""
        self._view = ""
        self.sid = ""
        self.seq = -1
        self.rows: dict[int, dict[str, Any]] = {}
        self.counts: list[int] = []
        self.connections = self.snapshots = self.patches = self.gaps = self.stale = 0
        self.snapshot_bytes = 0
        self.reloads_when_stale = True
        self.reload_ms: list[float] = []
        self._asked_at = 0
        self.looks = 0  # as the server has counted them
        self.order = ""  # what the server wants of the page: "login" or "reload"
        self.is_turned_out = False
        self.toasts: list[str] = []
        self.losing = 0  # so many of the next patches get lost on the way

    def start(self) -> None:
        """Connect, look, and stay connected."""
        self._task = asyncio.create_task(self._live())

    async def close(self) -> None:
        """Leave, as when the tab is closed."""
        tasks = [task for task in (self._task, self._asking) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def until(self, is_there: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for a message that makes this true."""
        async with asyncio.timeout(seconds):
            while not is_there():
                self._news.clear()
                await self._news.wait()

    def look(self) -> None:
        """Ask for the page, as on load, on a gap and on a new connection."""
        self.call(self._facts["look"], self._query)

    def look_away(self) -> None:
        """Leave the page."""
        self.call(self._facts["look_away"], {})

    async def cut(self) -> None:
        """Lose the connection."""
        assert self._socket is not None
        self._socket.abort()
        await self._socket.wait_closed()

    def call(self, name: str, payload: dict[str, Any]) -> None:
        """Send an event."""
        assert self._socket is not None
        event = {"name": name, "payload": payload, "router_data": {"pathname": "/", "asPath": "/", "query": {}}}
        self._socket.send(EVENT_FRAME + json.dumps(["event", event]))

    async def _live(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            # Known before it is open: its first message may come before this task runs again.
            address = f"ws://127.0.0.1:{self._port}{NAMESPACE}/?EIO=4&transport=websocket&token={self.token}"
            socket = self._socket = WebSocket(address, self._take, self._cookie)
            with contextlib.suppress(OSError):
                try:
                    await loop.create_connection(lambda it=socket: it, "127.0.0.1", self._port)  # type: ignore[misc]
                    await socket.wait_closed()
                finally:
                    socket.abort()
            await asyncio.sleep(RECONNECT_SECONDS)

    def _take(self, message: bytes) -> None:
        assert self._socket is not None
        frame = message.decode()
        if frame.startswith(EVENT_FRAME):
            self._take_event(json.loads(frame[len(EVENT_FRAME) :]), len(message))
        elif frame == "2":
            self._socket.send("3")
        elif frame == f"41{NAMESPACE},":
            self.is_turned_out = True
        elif frame.startswith("0"):
            self._socket.send(f"40{NAMESPACE},")
        elif frame.startswith(f"40{NAMESPACE},"):
            self.sid = json.loads(frame[len(NAMESPACE) + 3 :])["sid"]
            self.connections += 1
            self.look()
        self._news.set()

    def _take_event(self, message: list[Any], size: int) -> None:
        name, update = message
        if name == "new_token":
            self.token = update
        if name != "event":
            return
        delta = update.get("delta", {})
        page = delta.get(self._facts["page_state"], {})
        self.looks = page.get("looks" + FIELD_MARKER, self.looks)
        self._take_notice(delta.get(self._facts["notice_state"], {}))
        if snapshot := page.get("snapshot" + FIELD_MARKER):
            self.snapshot_bytes = size
            self._take_snapshot(snapshot)
        feed = delta.get(self._facts["feed_state"], {})
        if patch := feed.get("patch" + FIELD_MARKER):
            if self._on_patch is not None:
                self._on_patch(patch, size)
            if self.losing:
                self.losing -= 1
            else:
                self._take_patch(patch)

    def _take_notice(self, notices: dict[str, Any]) -> None:
        self.order = notices.get("leave" + FIELD_MARKER) or self.order
        if notice := notices.get("notice" + FIELD_MARKER):
            self.toasts.append(notice["text"])

    def _take_snapshot(self, snapshot: dict[str, Any]) -> None:
        if snapshot["load_id"] == self._load_id:
            return
        self.snapshots += 1
        if self._asked_at:
            self.reload_ms.append((time.monotonic_ns() - self._asked_at) / 1e6)
            self._asked_at = 0
        self._load_id, self._view, self.seq = snapshot["load_id"], snapshot["view"], snapshot["seq"]
        self.counts = snapshot["counts"]
        self.rows = {row["id"]: row for row in snapshot["rows"]}
        self._catch_up()

    def _take_patch(self, patch: dict[str, Any]) -> None:
        self.patches += 1
        self._recent.append(patch)
        if self._load_id:
            self._catch_up()

    def _catch_up(self) -> None:
        """Merge what follows on the snapshot without a gap; ask for a new one when something is missing."""
        fitting = [patch for patch in self._recent if patch["view"] == self._view and patch["seq"] > self.seq]
        self._recent = sorted(fitting, key=lambda patch: int(patch["seq"]))
        while self._recent and self._recent[0]["seq"] == self.seq + 1:
            self._merge(self._recent.pop(0))
        if self._recent:
            self.gaps += 1
            self._ask()

    def _merge(self, patch: dict[str, Any]) -> None:
        self.seq = patch["seq"]
        self.counts = patch.get("counts", self.counts)
        for pk, status, ms, offset, *rest in patch["rows"]:
            if (row := self.rows.get(pk)) is None:
                continue
            if status is not None:
                row["hs"] = (row["hs"] + str(status))[-HISTORY_LIMIT:]
                row["hm"] = [*row["hm"], ms][-HISTORY_LIMIT:]
                row |= {"ms": ms, "at": patch["t"] + offset}
            message, since, standing = (rest + [None] * 3)[:3]
            if message is not None:
                row["msg"] = message
            if since is not None:
                row["since"] = patch["t"] + since
            if standing is not None:
                for name in ("pend", "brk"):
                    row.pop(name, None)
                row |= standing
        if patch.get("stale"):
            self.stale += patch["stale"]
            if self.reloads_when_stale:
                self._ask()

    def _ask(self) -> None:
        if self._asking is None or self._asking.done():
            self._asked_at = self._asked_at or time.monotonic_ns()
            self._asking = asyncio.create_task(self._ask_soon())

    async def _ask_soon(self) -> None:
        # Many browsers must not ask in the same instant.
        await asyncio.sleep(random.random() * JITTER_SECONDS)
        self.look()
