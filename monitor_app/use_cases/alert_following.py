"""What those who look at alerts are shown at once: how many are open, who is on it, which incidents there are."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from monitor_app.bus.local import Bus
from monitor_app.domain.events import AlertsChanged
from monitor_app.errors import DatabaseUnavailable
from monitor_app.log import get_logger
from monitor_app.storage import alert_log as table
from monitor_app.storage.alert_log import Counted, ShownIncident
from monitor_app.storage.database import Database
from monitor_app.storage.delivery_alerts import DeliveryAlert, FailingChannel, load_failing, load_told_to_nobody

POLL_SECONDS: Final = 2.0
# An engine that has much to tell rings often.
REST_SECONDS: Final = 0.3
INCIDENTS_LIMIT: Final = 100

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AlertStanding:
    """`who` is on it by the number of a service; `incidents` are the open ones, those that began last first.

    `unreached` is there when a channel takes nothing, and no other one can be told so. `failing` are the
    channels that have not taken a page so far, since whenever.
    """

    revision: int = 0
    counted: Counted = field(default_factory=Counted)
    who: Mapping[int, str] = field(default_factory=dict)
    incidents: tuple[ShownIncident, ...] = ()
    unreached: DeliveryAlert | None = None
    failing: tuple[FailingChannel, ...] = ()


class AlertFollowing:
    """Follows the database, so that it never matters which process wrote: when it is rung for, else each 2 seconds."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._wake = asyncio.Event()
        self._reading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.standing = AlertStanding()

    def start(self) -> None:
        """Follow from now on, on the running loop."""
        self._task = asyncio.create_task(self._follow(), name="alert following")

    async def close(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def ring(self, revision: int) -> None:
        """The engine has changed something: the counter is at this number."""
        if revision > self.standing.revision:
            self._wake.set()

    def wake(self) -> None:
        """Somebody has changed something here."""
        self._wake.set()

    async def read_now(self) -> None:
        """Return when all that was committed before this call is known. Raises DatabaseUnavailable."""
        async with self._reading:
            async with self._database.read() as conn:
                revision = await table.alerting_revision(conn)
                if revision == self.standing.revision:
                    return
                counted, who = await table.count_alerts(conn), await table.who_is_on_it(conn)
                incidents = await table.page_of_incidents(conn, INCIDENTS_LIMIT, is_open=True)
                unreached = await load_told_to_nobody(conn)
                failing = await load_failing(conn)
            self.standing = AlertStanding(revision, counted, who, tuple(incidents), unreached, tuple(failing))
        self._bus.publish(AlertsChanged(revision))

    async def _follow(self) -> None:
        is_failing = False
        while True:
            try:
                await self.read_now()
                is_failing = False
            except Exception as err:  # whatever happens, what is shown must not stand still for ever
                # Told once; the follower of the board tells that the database is gone.
                if not is_failing and not isinstance(err, DatabaseUnavailable):
                    logger.exception("alerts cannot be followed")
                is_failing = True
            await asyncio.sleep(REST_SECONDS)
            try:
                async with asyncio.timeout(POLL_SECONDS - REST_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
