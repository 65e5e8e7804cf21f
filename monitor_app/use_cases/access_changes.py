"""The transactions of everything that changes who may do what."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.errors import DatabaseUnavailable
from monitor_app.log import get_logger
from monitor_app.models.counter import ACCESS_REVISION
from monitor_app.storage.database import Database
from monitor_app.storage.services import raise_counter
from monitor_app.use_cases.access import AccessBook
from monitor_app.use_cases.services import Clock

logger = get_logger(__name__)


class AccessChanges:
    """Makes changes one after the other, in all processes, and lets them count here at once.

    Without a book, as on the command line, the running processes see them within about a second.
    """

    def __init__(self, database: Database, clock: Clock, book: AccessBook | None = None) -> None:
        self.database = database
        self.book = book
        self._clock = clock

    def now(self) -> datetime:
        """The present moment."""
        return self._clock.now()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction that others who change accounts, sessions or keys wait for; raises the counter `access`.

        What is read in it stays true until it ends. Raises DatabaseUnavailable.
        """
        async with self.database.write() as conn:
            await raise_counter(conn, ACCESS_REVISION)
            yield conn
        await self.count()

    async def count(self) -> None:
        """Let what was committed count here at once, for transactions that raise the counter `access` themselves."""
        if self.book is None:
            return
        try:
            await self.book.read_now()
        except DatabaseUnavailable as err:  # it is done all the same, and the book tries again every second
            logger.warning("a change of accounts, sessions or keys counts a little later", reason=str(err))
