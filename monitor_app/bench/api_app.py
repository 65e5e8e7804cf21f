"""The real API with everything that runs behind it, engine included, and without the screens."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from monitor_app.api.app import create_api
from monitor_app.api.doorman import Doorman
from monitor_app.bootstrap import start_web
from monitor_app.settings import load_settings


class NoRooms:
    """Nobody looks at a board."""

    async def move(self, sid: str, room: str) -> bool:
        """See Rooms."""
        return False

    def listeners(self, room: str) -> int:
        """See Rooms."""
        return 0

    async def send(self, room: str, patch: dict[str, Any]) -> None:
        """See Rooms."""


_settings = load_settings()


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    """What the real app does."""
    gc.freeze()  # as the real server does: what was imported is not looked through again and again
    async with start_web(_settings, NoRooms()):
        yield


_api = create_api(_settings)
_api.router.lifespan_context = lifespan
_guarded = Doorman(_api, _settings)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """One request."""
    await _guarded(scope, receive, send)
