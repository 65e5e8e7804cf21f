"""Carries maintenance windows out: services rest while one of them is on."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app import log
from monitor_app.bus.local import Bus
from monitor_app.domain.alerting.recurrence import Occurrence, Window, left_out, occurrences
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.hold import REASON_LIMIT, Hold
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import DatabaseUnavailable
from monitor_app.models.counter import SERVICE_REVISION
from monitor_app.security.permissions import SYSTEM
from monitor_app.storage import maintenance_windows as table
from monitor_app.storage import services as service_table
from monitor_app.storage.alerting_position import rules_revision
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record_services
from monitor_app.use_cases.holds import MAINTENANCE, MAINTENANCE_ENDED
from monitor_app.use_cases.selection import Present
from monitor_app.use_cases.services import Clock

LOOK_SECONDS: Final = 1.0
# What other processes have changed is read this often.
READ_SECONDS: Final = 3.0
# What windows do is worked out for so long at a time.
AHEAD: Final = timedelta(hours=1)

logger = log.get_logger(__name__)


class WindowWatch:
    """Lets services rest while a window is on, in each web process; what is due is written once.

    Maintenance that a person began stays as the person said. Ends are those of the holds (use_cases/holds.py, and the
    engine's own clock); what a window says no more, because it was changed, ends at the next look.
    """

    def __init__(self, database: Database, clock: Clock, bus: Bus, present: Present) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._present = present
        self._windows: list[Window] = []
        # By the pk of a window: its occurrences of a span, and the span.
        self._ahead: dict[int, tuple[datetime, datetime, Sequence[Occurrence]]] = {}
        # What is on, with the groups as they are; and of services what they rest for by that.
        self._on: list[tuple[Window, Occurrence, Callable[[ServiceDefinition], bool]]] = []
        self._tree: GroupTree | None = None
        self._holds: dict[int, tuple[ServiceDefinition, Hold | None]] = {}
        self._revision = -1
        self._read_at: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look from now on."""
        self._task = asyncio.create_task(self._watch(), name="maintenance windows")

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def windows(self) -> Sequence[Window]:
        """All windows as they were read last."""
        return self._windows

    async def look(self) -> int:
        """One look: how many services began or ended to rest. Raises DatabaseUnavailable."""
        now = self._clock.now()
        await self._read(now)
        definitions = list(self._present.definitions())
        if not any(_differs(service, hold, now) for service, hold in self._wanted(definitions, now)):
            return 0
        async with self._database.write() as conn:
            await service_table.raise_counter(conn, SERVICE_REVISION)
            self._take(await table.load_windows(conn))
            services = await service_table.load_services(conn)
            wanted = [pair for pair in self._wanted(services, now) if _differs(*pair, now)]
            begun = [(service, hold) for service, hold in wanted if hold is not None]
            ended = [service for service, hold in wanted if hold is None]
            changed = await _hold(conn, MAINTENANCE, begun, now)
            changed += await _hold(conn, MAINTENANCE_ENDED, [(service, None) for service in ended], now)
        if changed:
            self._bus.publish(ServicesChanged(max(service.revision for service in changed)))
            logger.info("maintenance windows", begun=len(begun), ended=len(ended))
        return len(changed)

    async def _read(self, now: datetime) -> None:
        if self._read_at is not None and timedelta() <= now - self._read_at < timedelta(seconds=READ_SECONDS):
            return
        async with self._database.read() as conn:
            revision = await rules_revision(conn)
            if revision != self._revision:
                self._take(await table.load_windows(conn))
                self._revision = revision
        self._read_at = now

    def _take(self, windows: list[Window]) -> None:
        self._windows = windows
        self._ahead.clear()

    def _active(self, window: Window, now: datetime) -> Occurrence | None:
        """As `active`, without working it out anew at each look."""
        if not window.enabled:
            return None
        since, until, known = self._ahead.get(window.pk, (now, now, ()))
        if not since <= now < until:
            until = now + AHEAD
            known = occurrences(window, now, until)
            self._ahead[window.pk] = now, until, known
        on = [each for each in known if each.starts_at <= now < each.ends_at]
        return max(on, key=lambda each: each.ends_at, default=None)

    def _wanted(
        self, services: Iterable[ServiceDefinition], now: datetime
    ) -> list[tuple[ServiceDefinition, Hold | None]]:
        """Each service with the maintenance that windows want for it now."""
        self._begin(now)
        found: list[tuple[ServiceDefinition, Hold | None]] = []
        for service in services:
            latest = self._hold_of(service)
            if latest is not None or (service.maintenance is not None and service.maintenance.window_pk):
                found.append((service, latest))
        return found

    def _begin(self, now: datetime) -> None:
        """What was worked out of services counts until another window is on, or groups are others."""
        on = [(window, occurrence) for window in self._windows if (occurrence := self._active(window, now)) is not None]
        tree = self._present.tree()
        if tree is not self._tree or on != [(window, occurrence) for window, occurrence, _ in self._on]:
            self._tree = tree
            self._on = [(window, occurrence, window.scope.matcher(tree)) for window, occurrence in on]
            self._holds.clear()

    def _hold_of(self, service: ServiceDefinition) -> Hold | None:
        known = self._holds.get(service.pk)
        if known is None or known[0] is not service:
            known = self._holds[service.pk] = service, self._work_out(service)
        return known[1]

    def _work_out(self, service: ServiceDefinition) -> Hold | None:
        holds = [
            Hold(window.who, _words(window), occurrence.starts_at, occurrence.ends_at, window.pk, occurrence.local)
            for window, occurrence, matches in self._on
            if matches(service) and left_out(occurrence.local, service.pk) not in window.skipped
        ]
        return max(holds, key=lambda hold: (hold.until or hold.at, -hold.window_pk), default=None)

    async def _watch(self) -> None:
        failures = 0
        while True:
            log.correlation_id.set(log.new_correlation_id())  # of what this look leads to
            try:
                await self.look()
            except Exception as err:  # noqa: BLE001 - whatever happens, the next window has to be seen
                failures += 1
                if failures == 1:
                    _tell(err)
            else:
                failures = 0
            await asyncio.sleep(LOOK_SECONDS)


def _differs(service: ServiceDefinition, wanted: Hold | None, now: datetime) -> bool:
    there = service.maintenance
    if there is not None and there.is_over(now):
        # What is over is ended by those who end holds; a window that is on begins at once.
        return wanted is not None
    if there is not None and not there.window_pk:
        return False
    return there != wanted


async def _hold(
    conn: AsyncConnection, action: str, wanted: Sequence[tuple[ServiceDefinition, Hold | None]], now: datetime
) -> list[ServiceDefinition]:
    if not wanted:
        return []
    rows = [
        (service.pk, {"maintenance": service_table.hold_document(hold), "updated_at": now}) for service, hold in wanted
    ]
    changed = await service_table.update_services(conn, rows)
    await record_services(conn, SYSTEM, action, now, before=[service for service, _ in wanted], after=changed)
    return changed


def _tell(err: Exception) -> None:
    if isinstance(err, DatabaseUnavailable):
        logger.error("maintenance windows cannot be looked at", reason=str(err))
    else:
        logger.exception("maintenance windows cannot be looked at", exc_info=err)


def _words(window: Window) -> str:
    """Which window it is, and why, wherever a service says that it rests."""
    text = f"{window.name}: {window.reason}" if window.reason else window.name
    return text if len(text) <= REASON_LIMIT else f"{text[: REASON_LIMIT - 1]}…"
