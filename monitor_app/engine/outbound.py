"""Keeps a process's guard by the rules that administrators have set, and knows where this program's own places are."""

import asyncio

from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.errors import DatabaseUnavailable
from monitor_app.log import get_logger
from monitor_app.net import Network
from monitor_app.net.failures import NameFailed
from monitor_app.net.own import OwnPlace, own_places
from monitor_app.net.policy import OutboundPolicy
from monitor_app.settings import Settings
from monitor_app.storage.access import access_revision
from monitor_app.storage.database import Database
from monitor_app.storage.settings import load_security_settings

POLL_SECONDS = 1.0
# How often the names of own databases are looked up, and how long that may take.
LOOK_UP_SECONDS = 30.0
LOOK_UP_LIMIT_SECONDS = 2.0

logger = get_logger(__name__)


class OutboundRules:
    """Follows the counter `access`; each change counts in this process about a second later.

    While the database cannot be read, the rules stay as they are.
    """

    def __init__(self, database: Database, network: Network, settings: Settings) -> None:
        self._database = database
        self._network = network
        self._own = own_places(settings)
        self._rules = SecuritySettings()
        self._revision = -1
        self._following: asyncio.Task[None] | None = None
        # Own places are closed from the first moment on.
        self._use()

    async def start(self) -> None:
        """Read the rules, then follow them in the background. Raises DatabaseUnavailable."""
        await self.load()
        if self._following is None:
            self._following = asyncio.create_task(self._follow(), name="outbound-rules")

    async def close(self) -> None:
        """Stop following."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    async def load(self) -> None:
        """Judge by what the database says now. Raises DatabaseUnavailable."""
        await self._look_up()
        await self._read()

    async def _follow(self) -> None:
        is_available, looks_up_in = True, LOOK_UP_SECONDS
        while True:
            await asyncio.sleep(POLL_SECONDS)
            looks_up_in -= POLL_SECONDS
            if looks_up_in <= 0:
                looks_up_in = LOOK_UP_SECONDS
                await self._look_up()
            try:
                await self._read()
                is_available = True
            except DatabaseUnavailable as err:
                if is_available:
                    logger.error("the outbound rules cannot be read; they stay as they are", reason=str(err))
                is_available = False
            except Exception:
                # Whoever stops following would go on by old rules for ever.
                logger.exception("the outbound rules cannot be followed; they stay as they are")

    async def _read(self) -> None:
        async with self._database.read() as conn:
            revision = await access_revision(conn)
            if revision == self._revision:
                return
            rules = await load_security_settings(conn)
        is_known, self._revision = self._revision >= 0, revision
        if rules != self._rules:
            self._rules = rules
            self._use()
            if is_known:
                logger.info("the outbound rules have changed", revision=revision)

    async def _look_up(self) -> None:
        """Names of own places have other addresses now and then. One that is not found keeps those it had."""
        own = tuple([await self._looked_up(place) for place in self._own])
        if own != self._own:
            self._own = own
            self._use()

    async def _looked_up(self, place: OwnPlace) -> OwnPlace:
        try:
            return await place.looked_up(self._network.names, LOOK_UP_LIMIT_SECONDS)
        except (NameFailed, TimeoutError):
            return place

    def _use(self) -> None:
        self._network.guard.use(OutboundPolicy.of(self._rules, self._own))
