"""Until there is an administrator: a link to make one, for who starts the program, and nobody else may come in."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from monitor_app.engine.clock import SystemClock
from monitor_app.server.address import refuse_public_host
from monitor_app.settings import Settings
from monitor_app.storage.database import Database
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.setup_link import PATH, has_administrator, new_setup_link

# Set by `serve`, which tells the link itself once the program answers; each link ends the one before.
TOLD_BY_SUPERVISOR: Final = "LIGHTBULB_SETUP_LINK_IS_TOLD"


async def check_host(settings: Settings) -> None:
    """Raises SettingsError when HOST lets others in although there is no administrator; DatabaseUnavailable.

    The tables have to be there.
    """
    if not settings.is_loopback:
        async with _open(settings) as database:
            refuse_public_host(settings, has_admin=await has_administrator(database))


async def setup_url(settings: Settings) -> str | None:
    """A fresh set-up link, whole; None when there is an administrator. Raises DatabaseUnavailable."""
    async with _open(settings) as database:
        token = await new_setup_link(AccessChanges(database, SystemClock()))
    return None if token is None else f"{settings.public_url or settings.local_url}{PATH}{token}"


async def begin(settings: Settings) -> None:
    """In the web process: look at HOST, and tell the link when nobody else does, as under `reflex run`.

    Raises SettingsError, DatabaseUnavailable.
    """
    await check_host(settings)
    if TOLD_BY_SUPERVISOR not in os.environ and (url := await setup_url(settings)):
        # Not the log: whoever reads that may be somebody else.
        sys.stdout.write(f"\n{words(url)}\n\n")
        sys.stdout.flush()


def words(url: str) -> str:
    """What to do with a set-up link."""
    return f"To set up Lightbulb, open {url}\nThe link is good for one day and makes one administrator."


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database_url)
    try:
        yield database
    finally:
        await database.close()
