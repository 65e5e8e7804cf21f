"""Having a saved service checked now: an order to the engine, in whatever process it runs.

It travels where reports of services do, so the service stays as it is and nobody's change becomes stale by it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.heartbeat import Heartbeat
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict, NotFound
from monitor_app.security.permissions import CHECK_RUN, Identity
from monitor_app.storage.check_queue import load_check_queue
from monitor_app.storage.database import Database
from monitor_app.storage.history.heartbeats import add_heartbeats, heartbeats_done
from monitor_app.storage.services import find_service
from monitor_app.use_cases.auditing import record


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        ...


@dataclass(frozen=True, slots=True)
class CheckOrder:
    """`number` grows with each order and report."""

    number: int
    service_pk: int
    at: datetime


class CheckOrders:
    """Orders for the engine. `on_stored` is called after each, so that it hears of it at once."""

    def __init__(self, database: Database, clock: Clock, on_stored: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._on_stored = on_stored

    async def give(self, identity: Identity, service_id: str) -> CheckOrder:
        """Have a service checked now. Raises NotFound, and Conflict where nothing is checked by a person's will."""
        identity.require(CHECK_RUN)
        async with self._database.write() as conn:
            service = await find_service(conn, service_id)
            if service is None:
                raise NotFound(f"there is no service {service_id}")
            now = self._clock.now()
            _refuse_paused(service, now)
            if (queue := await load_check_queue(conn)).is_open:
                raise Conflict({"service": f"all checks are stopped by {queue.words}"})
            order = await _store(conn, service.pk, now)
            await record(conn, identity, "service.check", at=now, target_type="service", target=service_id)
        self._on_stored()
        return order

    async def repeat(self, order: CheckOrder) -> CheckOrder:
        """The same order once more: a check that had begun before came in between."""
        async with self._database.write() as conn:
            again = await _store(conn, order.service_pk, self._clock.now())
        self._on_stored()
        return again

    async def is_taken(self, order: CheckOrder) -> bool:
        """Whether an engine has heard of it."""
        async with self._database.read() as conn:
            return await heartbeats_done(conn) >= order.number


async def _store(conn: AsyncConnection, service_pk: int, now: datetime) -> CheckOrder:
    number = await add_heartbeats(conn, [Heartbeat(0, service_pk, now, "check")])
    return CheckOrder(number, service_pk, now)


def _refuse_paused(service: ServiceDefinition, now: datetime) -> None:
    if not service.enabled:
        raise Conflict({"service": f"{service.label} is paused: enable it, and it is checked"})
    order = service.breaker_order
    if order is not None and order.action == "open" and (order.until is None or now < order.until):
        raise Conflict({"service": f"{order.who} has stopped its checks ({order.reason}): close its circuit breaker"})
