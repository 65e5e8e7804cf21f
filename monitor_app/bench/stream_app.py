"""The API with its streams behind the real doorman, over the real follower and board; no screens."""

import gc
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psutil
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from monitor_app.api.app import create_api
from monitor_app.api.doorman import Doorman
from monitor_app.api.stream import StreamHub, StreamLimits
from monitor_app.bench.live.variables import DATABASE_VARIABLE
from monitor_app.bench.open_board import open_board
from monitor_app.bus.local import Bus
from monitor_app.engine.board import Board
from monitor_app.engine.clock import SystemClock
from monitor_app.engine.follower import Follower
from monitor_app.engine.link import EngineLink
from monitor_app.plugins.registry import KindRegistry
from monitor_app.settings import load_settings
from monitor_app.state import runtime
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.use_cases.access import AccessBook

WRITER = "monitor_app.bench.live.writer"
settings = load_settings()


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    """What bootstrap does for the real app, as far as streams need it; the writer stands in the engine's place."""
    url = os.environ[DATABASE_VARIABLE]
    database, bus, clock = Database(url), Bus(), SystemClock()
    board = Board(clock)
    await open_board(database)
    access = AccessBook(database, clock, bus, unseal=lambda sealed: sealed)
    await access.start()
    follower = Follower(database, SqlHistory(database), KindRegistry(), board, bus, clock)
    await follower.start()
    streams = StreamHub(board, bus, access, clock, StreamLimits(settings.streams_per_user, settings.streams_total))
    streams.start()
    link = EngineLink(follower.ring, [sys.executable, "-m", WRITER, url])
    await link.start()
    gc.freeze()  # as the real server does
    nothing: Any = None
    runtime.install(runtime.Runtime(board, follower, hub=nothing, access=access, streams=streams))
    try:
        yield
    finally:
        runtime.uninstall()
        await streams.close()
        await link.stop()
        await follower.close()
        await access.close()
        await bus.close()
        await database.close()


async def facts(_request: Request) -> JSONResponse:
    """How much this process has worked."""
    stats = runtime.current().streams.stats()
    return JSONResponse(
        {
            "cpu_seconds": time.process_time(),
            "rss_mb": psutil.Process().memory_info().rss / 2**20,
            "open": sum(stats.open.values()),
            "dropped": stats.dropped,
            "slow_cut": stats.slow_cut,
        }
    )


_api = create_api(settings)
_api.router.lifespan_context = lifespan
_api.add_route("/facts", facts)
_guarded = Doorman(_api, settings)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """One request."""
    await _guarded(scope, receive, send)
