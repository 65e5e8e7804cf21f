"""The real route for heartbeats over a real database, with the real doorman before it, and nothing else."""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from monitor_app.api.app import create_api
from monitor_app.api.doorman import Doorman
from monitor_app.engine.board import Board
from monitor_app.engine.clock import SystemClock
from monitor_app.plugins.registry import KindRegistry
from monitor_app.settings import load_settings
from monitor_app.state import runtime
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.services import load_services
from monitor_app.use_cases.heartbeats import Heartbeats

DATABASE_VARIABLE = "PUSH_APP_DATABASE"


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    """What bootstrap does for the real app, as far as heartbeats need it."""
    database, nothing = Database(os.environ[DATABASE_VARIABLE]), Any
    async with database.read() as conn:
        services = await load_services(conn)
    taken = Heartbeats(SqlHistory(database), KindRegistry(), SystemClock(), lambda: (1, services), lambda: None)
    taken.start()
    gc.freeze()  # as the real server does: what was imported is not looked through again and again
    runtime.install(runtime.Runtime(Board(), follower=nothing, hub=nothing, heartbeats=taken))  # type: ignore[arg-type]
    try:
        yield
    finally:
        await taken.close()
        runtime.uninstall()
        await database.close()


_api = create_api()
_api.router.lifespan_context = lifespan
_guarded = Doorman(_api, load_settings())


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """One request."""
    await _guarded(scope, receive, send)
