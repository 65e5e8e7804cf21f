"""A Reflex app with the real board, follower, hub and feed, and one page that looks at a list: no frontend."""

import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psutil
import reflex as rx
from reflex.utils.format import format_event_handler
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse

from monitor_app.bench.live.variables import DATABASE_VARIABLE, PRIVATE_VARIABLE, WRITER_VARIABLE
from monitor_app.bench.open_board import open_board
from monitor_app.bus.local import Bus
from monitor_app.domain.events import AccessChanged
from monitor_app.engine.board import Board, BoardQuery, Sort
from monitor_app.engine.clock import SystemClock
from monitor_app.engine.follower import Follower
from monitor_app.engine.link import EngineLink
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state import runtime
from monitor_app.state.failures import FrontendReports, tell_failure
from monitor_app.state.frames import FrameGuard
from monitor_app.state.guard import install_guard, requires
from monitor_app.state.live import LiveFeed, ReflexRooms, RowHub, close_view, open_view
from monitor_app.state.notice import Notices
from monitor_app.state.runtime import Runtime
from monitor_app.state.socket_server import make_server
from monitor_app.state.sockets import install_sockets
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.use_cases.access import AccessBook


class LivePage(rx.State):
    """A page that shows one list."""

    snapshot: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    looks: int = 0  # of this tab

    @rx.event
    @requires(BOARD_READ)
    async def look(self, search: str, sort: str, page_size: int) -> None:
        """Open a view, and send its rows."""
        self.looks += 1
        self.snapshot = await open_view(self, BoardQuery(search=search, sort=Sort(sort), page_size=page_size))

    @rx.event
    @requires(BOARD_READ)
    async def look_away(self) -> None:
        """Close the view."""
        await close_view(self)


@asynccontextmanager
async def lifespan() -> AsyncIterator[None]:
    """What bootstrap does for the real app, as far as the live rows need it."""
    database, bus, board, clock = Database(os.environ[DATABASE_VARIABLE]), Bus(), Board(), SystemClock()
    follower = Follower(database, SqlHistory(database), KindRegistry(), board, bus)
    hub = RowHub(board, bus, ReflexRooms(sockets))
    access = AccessBook(database, clock, bus, unseal=lambda sealed: sealed)
    if PRIVATE_VARIABLE not in os.environ:
        await open_board(database)
    writer = os.environ.get(WRITER_VARIABLE)
    link = EngineLink(follower.ring, [sys.executable, "-m", writer, os.environ[DATABASE_VARIABLE]]) if writer else None
    await follower.start()
    hub.start()
    await access.start()
    bus.subscribe(AccessChanged, sockets.judge, "sockets")
    runtime.install(Runtime(board, follower, hub, access=access))
    if link is not None:
        await link.start()
    try:
        yield
    finally:
        runtime.uninstall()
        if link is not None:
            await link.stop()
        await hub.close()
        await access.close()
        await follower.close()
        await bus.close()
        await database.close()


async def facts(_request: Request) -> JSONResponse:
    """What a client must know to take part, and how much this process has worked."""
    stats = runtime.current().hub.stats()
    return JSONResponse(
        {
            "pid": os.getpid(),
            "look": format_event_handler(LivePage.event_handlers["look"]),
            "look_away": format_event_handler(LivePage.event_handlers["look_away"]),
            "page_state": LivePage.get_full_name(),
            "feed_state": LiveFeed.get_full_name(),
            "notice_state": Notices.get_full_name(),
            "cpu_seconds": time.process_time(),
            "rss_mb": psutil.Process().memory_info().rss / 2**20,
            "views": stats.views,
            "browsers": stats.browsers,
            "tabs_kept": len(app.state_manager.states),  # type: ignore[attr-defined]
            "patches": stats.patches,
        }
    )


async def ring(_request: Request) -> JSONResponse:
    """The doorbell, for a writer that is not our child; answers when all that is committed counts here."""
    await runtime.current().follower.read_now()
    await runtime.current().access.read_now()
    return JSONResponse({"services": len(runtime.current().board)})


api = Starlette()
api.add_route("/ring", ring)
api.add_route("/facts", facts)
app = rx.App(
    sio=make_server(["*"]),
    api_transformer=[api, FrameGuard],
    backend_exception_handler=tell_failure,
    frontend_exception_handler=FrontendReports().tell,
)
install_guard(app)
sockets = install_sockets(app)
app.register_lifespan_task(lifespan)
