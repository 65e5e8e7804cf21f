"""Pausing services and putting them into maintenance, with a reason and an end; what has an end ends by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app import log
from monitor_app.bus.local import Bus
from monitor_app.domain.alerting.recurrence import left_out
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.hold import LONGEST, REASON_LIMIT, Hold
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import DatabaseUnavailable, InvalidInput, NotFound
from monitor_app.models.counter import SERVICE_REVISION
from monitor_app.redact import harmless
from monitor_app.security.permissions import SERVICE_WRITE, SYSTEM, Identity
from monitor_app.storage import services as table
from monitor_app.storage.alerting_lock import lock
from monitor_app.storage.database import Database
from monitor_app.storage.maintenance_windows import skip
from monitor_app.use_cases.auditing import record_services
from monitor_app.use_cases.services import MANY_LIMIT
from monitor_app.use_cases.source_fields import refuse_source_fields

LOOK_SECONDS = 0.5
PAUSE, RESUME = "service.pause", "service.resume"
MAINTENANCE, MAINTENANCE_ENDED = "service.maintenance", "service.maintenance_ended"

# The services as they are known here, and a number that changes with them.
Known = Callable[[], tuple[int, Iterable[ServiceDefinition]]]
_Choose = Callable[[ServiceDefinition], bool]
# What is written in the same transaction, before the services are.
_Besides = Callable[[AsyncConnection, Sequence[ServiceDefinition]], Awaitable[None]]

logger = log.get_logger(__name__)


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        ...


def new_hold(who: str, reason: str, until: datetime | None, now: datetime, *, needs_end: bool = False) -> Hold:
    """What somebody says. Raises InvalidInput with a message for each wrong field."""
    wrong: dict[str, str] = {}
    reason = harmless(" ".join(reason.split()), REASON_LIMIT + 1)
    if len(reason) > REASON_LIMIT:
        wrong["reason"] = f"must be at most {REASON_LIMIT} characters"
    if until is None:
        if needs_end:
            wrong["until"] = "is required: maintenance has an end"
    elif until.tzinfo is None:
        wrong["until"] = "must have a time zone, such as Z at its end"
    elif until <= now:
        wrong["until"] = "must be in the future"
    elif until - now > LONGEST:
        wrong["until"] = f"must be within {LONGEST.days} days"
    if wrong:
        raise InvalidInput(wrong)
    return Hold(who, reason, now, until)


class HoldUseCases:
    """What a person or a client does; the engine follows within a second.

    Each takes up to 1000 service ids and changes all of them or none. They raise NotFound for an unknown service and
    InvalidInput with a message for each wrong field.
    """

    def __init__(self, database: Database, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus

    async def pause(
        self, identity: Identity, service_ids: Collection[str], reason: str = "", until: datetime | None = None
    ) -> list[ServiceDefinition]:
        """Stop checking these, until then or until somebody resumes them. One that is paused gets the new reason."""
        identity.require(SERVICE_WRITE)
        hold = new_hold(identity.name, reason, until, self._clock.now())
        values = {"enabled": False, "pause": table.hold_document(hold)}
        return await self._change(identity, service_ids, PAUSE, values)

    async def resume(self, identity: Identity, service_ids: Collection[str]) -> list[ServiceDefinition]:
        """Check these again, at once. Those that are not paused stay as they are."""
        identity.require(SERVICE_WRITE)
        values = {"enabled": True, "pause": None}
        return await self._change(identity, service_ids, RESUME, values, lambda service: not service.enabled)

    async def begin_maintenance(
        self, identity: Identity, service_ids: Collection[str], reason: str, until: datetime | None
    ) -> list[ServiceDefinition]:
        """Let nothing that is found count until then. One that is in maintenance gets the new reason and end."""
        identity.require(SERVICE_WRITE)
        hold = new_hold(identity.name, reason, until, self._clock.now(), needs_end=True)
        return await self._change(identity, service_ids, MAINTENANCE, {"maintenance": table.hold_document(hold)})

    async def end_maintenance(self, identity: Identity, service_ids: Collection[str]) -> list[ServiceDefinition]:
        """What is found counts again, from the next check on, which is made at once."""
        identity.require(SERVICE_WRITE)
        return await self._change(
            identity,
            service_ids,
            MAINTENANCE_ENDED,
            {"maintenance": None},
            lambda each: each.maintenance is not None,
            _leave_out,
        )

    async def end_what_is_over(self) -> list[ServiceDefinition]:
        """Resume what was paused until now, and end the maintenance that was to last until now.

        Exactly once, however many processes try: whoever comes second finds nothing that is over.
        """
        async with self._alone() as conn:
            now, services = self._clock.now(), await table.load_services(conn)
            paused = [each for each in services if is_pause_over(each, now)]
            changed = await _update(conn, SYSTEM, paused, RESUME, {"enabled": True, "pause": None}, now)
            # Some are both: they are as they were just left.
            latest = {service.pk: service for service in changed}
            resting = [latest.get(each.pk, each) for each in services if is_maintenance_over(each, now)]
            changed += await _update(conn, SYSTEM, resting, MAINTENANCE_ENDED, {"maintenance": None}, now)
        self._tell(changed)
        return changed

    async def _change(
        self,
        identity: Identity,
        service_ids: Collection[str],
        action: str,
        values: Mapping[str, Any],
        choose: _Choose = lambda _: True,
        besides: _Besides | None = None,
    ) -> list[ServiceDefinition]:
        """Those that changed, as they are now."""
        wanted = set(service_ids)
        if len(wanted) > MANY_LIMIT:
            raise InvalidInput({"service_ids": f"must be at most {MANY_LIMIT} at once, got {len(wanted)}"})
        async with self._alone() as conn:
            found = [service for service in await table.load_services(conn) if service.service_id in wanted]
            if missing := wanted - {service.service_id for service in found}:
                raise NotFound(f"there is no service {', '.join(sorted(missing)[:5])}")
            chosen = [service for service in found if choose(service)]
            for service in chosen:
                refuse_source_fields(service, values)
            if besides is not None:
                await besides(conn, chosen)
            changed = await _update(conn, identity, chosen, action, values, self._clock.now())
        self._tell(changed)
        return changed

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction that others who change services wait for: what is read in it stays true."""
        async with self._database.write() as conn:
            await table.raise_counter(conn, SERVICE_REVISION)
            yield conn

    def _tell(self, changed: Sequence[ServiceDefinition]) -> None:
        if changed:
            self._bus.publish(ServicesChanged(max(service.revision for service in changed)))


class HoldWatch:
    """Ends what is over, in each web process. Asks the database only when something is."""

    def __init__(self, holds: HoldUseCases, known: Known, clock: Clock) -> None:
        self._holds = holds
        self._known = known
        self._clock = clock
        # When the next one ends, as of this version of what is known.
        self._version: int | None = None
        self._next: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look from now on."""
        self._task = asyncio.create_task(self._watch(), name="pauses and maintenance")

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> None:
        """One look. Raises DatabaseUnavailable."""
        version, services = self._known()
        if version != self._version:
            ends = (end for service in services if (end := _next_end(service)) is not None)
            self._version, self._next = version, min(ends, default=None)
        if self._next is not None and self._next <= self._clock.now():
            ended = await self._holds.end_what_is_over()
            # What is known here is as old as it was: another look, at the latest when something changes.
            self._next = None
            logger.info("pauses or maintenance are over", services=len(ended))

    async def _watch(self) -> None:
        failures = 0
        while True:
            log.correlation_id.set(log.new_correlation_id())  # of what this look leads to
            try:
                await self.look()
            except Exception as err:  # noqa: BLE001 - whatever happens, nothing may stay paused for ever
                failures += 1
                if failures == 1:
                    self._tell(err)
            else:
                failures = 0
            await asyncio.sleep(LOOK_SECONDS)

    def _tell(self, err: Exception) -> None:
        if isinstance(err, DatabaseUnavailable):
            logger.error("what is paused until now cannot be resumed yet", reason=str(err))
        else:
            logger.exception("what is paused until now cannot be resumed", exc_info=err)


def is_pause_over(service: ServiceDefinition, now: datetime) -> bool:
    """Whether it is paused until a moment that has passed."""
    is_over = service.pause is not None and service.pause.is_over(now)
    # What its source does not know any more stays as it is until that knows it again.
    return not service.enabled and is_over and service.gone_at is None


def is_maintenance_over(service: ServiceDefinition, now: datetime) -> bool:
    """Whether its maintenance was to last until a moment that has passed."""
    return service.maintenance is not None and service.maintenance.is_over(now)


def _next_end(service: ServiceDefinition) -> datetime | None:
    holds = (None if service.enabled else service.pause, service.maintenance)
    return min((hold.until for hold in holds if hold is not None and hold.until is not None), default=None)


async def _leave_out(conn: AsyncConnection, services: Sequence[ServiceDefinition]) -> None:
    """The maintenance windows that these rest for are not about them until the next time."""
    resting = [(service.pk, hold) for service in services if (hold := service.maintenance) is not None]
    by_window: dict[int, list[str]] = {}
    for pk, hold in resting:
        if hold.window_pk:
            by_window.setdefault(hold.window_pk, []).append(left_out(hold.occurrence, pk))
    if by_window:
        await lock(conn)
    for window_pk, names in by_window.items():
        await skip(conn, window_pk, names)


async def _update(
    conn: AsyncConnection,
    identity: Identity,
    services: Sequence[ServiceDefinition],
    action: str,
    values: Mapping[str, Any],
    now: datetime,
) -> list[ServiceDefinition]:
    if not services:
        return []
    changed = await table.update_services(conn, [(service.pk, {**values, "updated_at": now}) for service in services])
    await record_services(conn, identity, action, now, before=services, after=changed)
    return changed
