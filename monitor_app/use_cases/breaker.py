"""Opening and closing a service's circuit breaker by hand; the engine follows within a second."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from monitor_app.bus.local import Bus
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.service import BreakerOrder, ServiceDefinition
from monitor_app.domain.state import Breaker, ServiceState
from monitor_app.errors import Conflict, InvalidInput, NotFound
from monitor_app.models.counter import SERVICE_REVISION
from monitor_app.redact import harmless
from monitor_app.security.permissions import BOARD_READ, BREAKER_OPERATE, Identity
from monitor_app.storage import services as table
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record

REASON_LIMIT = 200
MINUTES_MAX = 365 * 24 * 60


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        ...


class States(Protocol):
    """What is true of services."""

    async def states(self) -> list[ServiceState]:
        """Of every service that is not deleted and has a state."""
        ...


@dataclass(frozen=True, slots=True)
class OpenBreaker:
    """A service whose checks are paused, or about to be tried again."""

    service: ServiceDefinition
    breaker: Breaker


class BreakerUseCases:
    """What a person or a client does with circuit breakers."""

    def __init__(self, database: Database, states: States, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._states = states
        self._clock = clock
        self._bus = bus

    async def open(
        self, identity: Identity, service_id: str, reason: str, minutes: float | None = None
    ) -> ServiceDefinition:
        """Pause the checks of a service, for so many minutes or until it is closed; `reason` is what others read.

        Raises InvalidInput with a message for each wrong field; NotFound; Conflict for a service that is paused or in
        maintenance.
        """
        identity.require(BREAKER_OPERATE)
        wrong = {}
        if not (reason := harmless(reason.strip(), REASON_LIMIT + 1)):
            wrong["reason"] = "is required: others want to know why nothing is checked"
        elif len(reason) > REASON_LIMIT:
            wrong["reason"] = f"must be at most {REASON_LIMIT} characters"
        if minutes is not None and not 0 < minutes <= MINUTES_MAX:
            wrong["minutes"] = f"must be more than 0 and at most {MINUTES_MAX}, got {minutes:g}"
        if wrong:
            raise InvalidInput(wrong)
        until = None if minutes is None else self._clock.now() + timedelta(minutes=minutes)
        return await self._order(identity, service_id, "open", reason, until)

    async def close(self, identity: Identity, service_id: str, reason: str = "") -> ServiceDefinition:
        """Check a service again, at once. Raises InvalidInput, NotFound."""
        identity.require(BREAKER_OPERATE)
        if len(reason := harmless(reason.strip(), REASON_LIMIT + 1)) > REASON_LIMIT:
            raise InvalidInput({"reason": f"must be at most {REASON_LIMIT} characters"})
        return await self._order(identity, service_id, "close", reason or "closed by hand", None)

    async def list_open(self, identity: Identity) -> list[OpenBreaker]:
        """All that are not closed, by the service's id."""
        identity.require(BOARD_READ)
        async with self._database.read() as conn:
            services = {service.pk: service for service in await table.load_services(conn)}
        found = [
            OpenBreaker(services[state.service_pk], state.breaker)
            for state in await self._states.states()
            if state.breaker.phase != "closed" and state.service_pk in services
        ]
        return sorted(found, key=_service_id)

    async def _order(
        self,
        identity: Identity,
        service_id: str,
        action: Literal["open", "close"],
        reason: str,
        until: datetime | None,
    ) -> ServiceDefinition:
        async with self._database.write() as conn:
            # Whoever changes services waits here, so each order has a number of its own.
            await table.raise_counter(conn, SERVICE_REVISION)
            service = await table.find_service(conn, service_id)
            if service is None:
                raise NotFound(f"there is no service {service_id}")
            if action == "open" and not service.enabled:
                raise Conflict({"service": f"{service.label} is paused: nothing is checked that could be stopped"})
            if action == "open" and service.maintenance is not None:
                raise Conflict({"service": f"{service.label} is in maintenance: nothing that is found counts"})
            last, now = service.breaker_order, self._clock.now()
            number = 1 if last is None else last.number + 1
            order = BreakerOrder(number, action, identity.name, reason, now, until)
            columns = {"breaker_order": table.order_document(order), "updated_at": now}
            changed = await table.update_service(conn, service.pk, columns)
            await record(
                conn,
                identity,
                f"breaker.{action}",
                at=now,
                target_type="service",
                target=service.service_id,
                after={"reason": reason, "until": None if until is None else until.isoformat()},
            )
        self._bus.publish(ServicesChanged(changed.revision))
        return changed


def _service_id(entry: OpenBreaker) -> str:
    return entry.service.service_id
