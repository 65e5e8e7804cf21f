"""One change to many services at once: those that can be changed are, together; the others are told one by one."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.bus.local import Bus
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.hold import Hold
from monitor_app.domain.service import TAGS_LIMIT, ServiceDefinition
from monitor_app.errors import Conflict, InvalidInput, PermissionDenied
from monitor_app.models.counter import SERVICE_REVISION
from monitor_app.security.permissions import SERVICE_DELETE, SERVICE_WRITE, Identity
from monitor_app.storage import services as table
from monitor_app.storage.database import Database
from monitor_app.storage.related import load_related
from monitor_app.use_cases.auditing import record_services
from monitor_app.use_cases.holds import MAINTENANCE, MAINTENANCE_ENDED, PAUSE, RESUME, new_hold
from monitor_app.use_cases.service_input import ServiceInput
from monitor_app.use_cases.services import MANY_LIMIT, has_relations, require_own
from monitor_app.use_cases.source_fields import refuse_source_deletion, refuse_source_fields

BulkAction = Literal[
    "enable",
    "disable",
    "delete",
    "tag",
    "group",
    "environment",
    "interval",
    "pause",
    "resume",
    "maintenance",
    "end_maintenance",
]


# What the audit log calls them; the others are updates.
_AUDITED: Final[Mapping[str, str]] = {
    "enable": RESUME,
    "resume": RESUME,
    "disable": PAUSE,
    "pause": PAUSE,
    "maintenance": MAINTENANCE,
    "end_maintenance": MAINTENANCE_ENDED,
}


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        ...


@dataclass(frozen=True, slots=True)
class BulkChange:
    """What is done, and with what: each action looks at its own values only."""

    action: BulkAction
    tags_add: Sequence[str] = ()
    tags_remove: Sequence[str] = ()
    group: str = ""
    environment: str = ""
    interval_seconds: int = 0
    # With `pause` and `maintenance`.
    reason: str = ""
    until: datetime | None = None
    # With `delete`: relations go, too; the history goes at once.
    cascade: bool = False
    is_purged: bool = False


@dataclass(slots=True)
class BulkOutcome:
    """How many are now as was wanted, and by its service_id why each of the others is not."""

    success_count: int = 0
    errors: dict[str, str] = field(default_factory=dict)


class ServiceBulk:
    """What a person or a client does with many services."""

    def __init__(self, database: Database, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus

    async def change(self, identity: Identity, service_ids: Collection[str], wanted: BulkChange) -> BulkOutcome:
        """One transaction for all that can be changed, one line in the audit log; at most 1000 at once.

        Raises InvalidInput for values that fit no service.
        """
        identity.require(SERVICE_DELETE if wanted.action == "delete" else SERVICE_WRITE)
        names = list(dict.fromkeys(service_ids))
        if len(names) > MANY_LIMIT:
            raise InvalidInput({"service_ids": f"must be at most {MANY_LIMIT} at once, got {len(names)}"})
        values = _valid(wanted, identity, self._clock.now())
        outcome, changed = BulkOutcome(), list[ServiceDefinition]()
        async with self._database.write() as conn:
            # Whoever changes services or relations waits here.
            await table.raise_counter(conn, SERVICE_REVISION)
            there = {service.service_id: service for service in await table.load_services(conn)}
            outcome.errors |= {name: f"there is no service {name}" for name in names if name not in there}
            found = [there[name] for name in names if name in there]
            now = self._clock.now()
            if wanted.action == "delete":
                revision = await self._delete(conn, identity, found, wanted, outcome, now)
            else:
                changed = await _update(conn, identity, found, values, outcome, now, _AUDITED.get(wanted.action))
                revision = max((service.revision for service in changed), default=0)
        outcome.success_count = len(names) - len(outcome.errors)
        if revision:
            self._bus.publish(ServicesChanged(revision))
        return outcome

    async def _delete(
        self,
        conn: AsyncConnection,
        identity: Identity,
        found: Sequence[ServiceDefinition],
        wanted: BulkChange,
        outcome: BulkOutcome,
        now: datetime,
    ) -> int:
        """The revision after it; 0 when none was deleted."""
        related = defaultdict(list)
        for relation in () if wanted.cascade else await load_related(conn, [service.pk for service in found]):
            related[relation.source_pk].append(relation)
            related[relation.target_pk].append(relation)
        gone = []
        for service in found:
            try:
                require_own(identity, [service])
            except PermissionDenied as err:
                outcome.errors[service.service_id] = str(err)
                continue
            try:
                refuse_source_deletion(service)
            except Conflict as err:
                outcome.errors[service.service_id] = str(err)
                continue
            if service.pk in related:
                outcome.errors[service.service_id] = str(has_relations(related[service.pk]))
            else:
                gone.append(service)
        if not gone:
            return 0
        revision = await table.delete_services(conn, [each.pk for each in gone], now, is_purged=wanted.is_purged)
        await record_services(
            conn, identity, "service.purge" if wanted.is_purged else "service.delete", now, before=gone
        )
        return revision


@dataclass(frozen=True, slots=True)
class _Values:
    """The columns that all get, the tags that come and go, and what is wrong for each of them alike."""

    columns: Mapping[str, Any]
    tags_add: Sequence[str] = ()
    tags_remove: Collection[str] = ()
    error: str = ""
    # Whoever is enabled or paused as is wanted stays as it is, whoever said so.
    is_switch: bool = False

    def of(self, service: ServiceDefinition) -> dict[str, Any]:
        """The columns of one. Raises InvalidInput."""
        if self.error:
            raise InvalidInput({"interval_seconds": self.error})
        if not (self.tags_add or self.tags_remove):
            return dict(self.columns)
        tags = [tag for tag in dict.fromkeys((*service.tags, *self.tags_add)) if tag not in self.tags_remove]
        if len(tags) > TAGS_LIMIT:
            raise InvalidInput({"tags": f"must be at most {TAGS_LIMIT} tags, would be {len(tags)}"})
        return {"tags": tags}


def _valid(wanted: BulkChange, identity: Identity, now: datetime) -> _Values:
    """Raises InvalidInput for tags, groups, environments, reasons and ends that no service may have."""
    match wanted.action:
        case "delete":
            return _Values({})
        case "enable" | "resume":
            return _Values({"enabled": True, "pause": None}, is_switch=True)
        case "disable":
            pause = table.hold_document(Hold(identity.name, "", now))
            return _Values({"enabled": False, "pause": pause}, is_switch=True)
        case "pause":
            pause = table.hold_document(new_hold(identity.name, wanted.reason, wanted.until, now))
            return _Values({"enabled": False, "pause": pause})
        case "maintenance":
            hold = new_hold(identity.name, wanted.reason, wanted.until, now, needs_end=True)
            return _Values({"maintenance": table.hold_document(hold)})
        case "end_maintenance":
            return _Values({"maintenance": None})
        case "tag":
            add = ServiceInput.parse({"tags": list(wanted.tags_add)}).tags
            remove = ServiceInput.parse({"tags": list(wanted.tags_remove)}).tags
            if not (add or remove):
                raise InvalidInput({"tags_add": "or tags_remove must name a tag"})
            return _Values({}, add, frozenset(remove))
        case "group":
            return _Values({"group": ServiceInput.parse({"group": wanted.group}).group})
        case "environment":
            return _Values({"environment": ServiceInput.parse({"environment": wanted.environment}).environment})
        case "interval":
            try:
                parsed = ServiceInput.parse({"interval_seconds": wanted.interval_seconds})
            except InvalidInput as err:
                return _Values({}, error=err.fields["interval_seconds"])
            return _Values({"interval_seconds": parsed.interval_seconds})


async def _update(
    conn: AsyncConnection,
    identity: Identity,
    found: Iterable[ServiceDefinition],
    values: _Values,
    outcome: BulkOutcome,
    now: datetime,
    audited: str | None,
) -> list[ServiceDefinition]:
    """Those that changed; the others are as is wanted already, or stand in the outcome."""
    before: list[ServiceDefinition] = []
    changes: list[tuple[int, dict[str, Any]]] = []
    for service in found:
        try:
            columns = values.of(service)
            refuse_source_fields(service, columns)
        except InvalidInput as err:
            outcome.errors[service.service_id] = str(err)
            continue
        compared = ["enabled"] if values.is_switch else columns
        if any(_known(service, name) != columns[name] for name in compared):
            before.append(service)
            changes.append((service.pk, columns | {"updated_at": now}))
    if not changes:
        return []
    after = await table.update_services(conn, changes)
    await record_services(conn, identity, audited or "service.update", now, before=before, after=after)
    return after


def _known(service: ServiceDefinition, name: str) -> Any:
    value = getattr(service, name)
    if name in ("pause", "maintenance"):
        return table.hold_document(value)
    return list(value) if name == "tags" else value
