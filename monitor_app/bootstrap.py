"""Builds everything from the settings: the only place where parts are wired together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from monitor_app.log import get_logger
from monitor_app.settings import Settings

log = get_logger(__name__)


@asynccontextmanager
async def start_web(settings: Settings) -> AsyncIterator[None]:
    """Everything a web process needs, running."""
    log.info("web process started", role=settings.role)
    yield
