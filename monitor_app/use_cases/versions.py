"""The history of a service: who changed what, and going back to how it was at an earlier time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.bus.local import Bus
from monitor_app.domain.change import SERVICE, Change, ChangeItem, changed_item
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.given import given_pk
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict, InvalidInput, NotFound, SecretUnreadable
from monitor_app.plugins.registry import KindRegistry
from monitor_app.redact import MASK
from monitor_app.security.permissions import SERVICE_WRITE, Identity
from monitor_app.storage import services as table
from monitor_app.storage.change_log import load_history, service_document
from monitor_app.storage.database import Database
from monitor_app.storage.relations import raise_counters
from monitor_app.use_cases.auditing import record_services
from monitor_app.use_cases.change_writing import ChangeWriter
from monitor_app.use_cases.configuration.field_changes import field_changes
from monitor_app.use_cases.configuration.plan import FieldChange
from monitor_app.use_cases.services import Clock, refuse_stale

# As many as retention keeps (engine/retention.py).
VERSIONS_LIMIT: Final = 200
# What going back brings back. Whether it is paused or in maintenance, and which file made it, stays as it is now.
ROLLED: Final = (
    "service_id",
    "label",
    "service_type",
    "kind",
    "group",
    "tags",
    "status_config",
    "metric_config",
    "interval_seconds",
    "environment",
)
# Nobody reads what a file once said to find out what somebody changed.
_SHOWN: Final = (*ROLLED, "enabled", "pause", "maintenance", "managed_by")
# By who changed it, and when.
_TOLD_ALREADY: Final = frozenset({"pause.who", "pause.at", "maintenance.who", "maintenance.at"})


@dataclass(frozen=True, slots=True)
class Version:
    """A service as a change left it. `did` is what that changed, `differs` what going back to it would; no secrets.

    `is_there` False: it was deleted by that change, so that there is nothing to go back to.
    """

    change: Change
    did: Sequence[FieldChange]
    differs: Sequence[FieldChange]
    is_there: bool


@dataclass(frozen=True, slots=True)
class History:
    """A service as it is, and its versions, the newest first."""

    service: ServiceDefinition
    versions: Sequence[Version]


class VersionUseCases:
    """Needs the permission service:write."""

    def __init__(self, database: Database, registry: KindRegistry, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._registry = registry
        self._writer = ChangeWriter(registry)
        self._clock = clock
        self._bus = bus

    async def versions(self, identity: Identity, service_id: str) -> History:
        """At most the last 200 of the last 90 days. Raises NotFound."""
        identity.require(SERVICE_WRITE)
        async with self._database.read() as conn:
            service = await _find(conn, service_id)
            log = await load_history(conn, SERVICE, service.pk, VERSIONS_LIMIT)
        now = service_document(service)
        columns, found = dict(now), []
        for change, item in log:
            differs = _differences(_part(now, ROLLED), _part(columns, ROLLED)) if item.after is not None else []
            found.append(Version(change, changed_fields(item), differs, item.after is not None))
            columns |= item.before or {}
        return History(service, found)

    async def last_change(self, identity: Identity, service_pk: int) -> Change | None:
        """Who changed a service last, and when; None when that is too long ago."""
        identity.require(SERVICE_WRITE)
        async with self._database.read() as conn:
            found = await load_history(conn, SERVICE, service_pk, 1)
        return found[0][0] if found else None

    async def roll_back(
        self, identity: Identity, service_id: str, change_pk: int, expected_revision: int | None = None
    ) -> ServiceDefinition:
        """Make a service as a change left it, with the secrets it had; a change as any other, that can be undone.

        Raises NotFound; Stale when it has changed since `expected_revision`; Conflict when its id is taken, a member
        does not exist, a circle would be closed, or that version is of no use any more.
        """
        identity.require(SERVICE_WRITE)
        wanted_pk = given_pk("change_id", change_pk)
        async with self._database.write() as conn:
            await raise_counters(conn)  # nobody else changes services or relations from here on
            before = await _find(conn, service_id)
            refuse_stale(before, expected_revision)
            columns = await _columns_at(conn, before, wanted_pk)
            item = changed_item(SERVICE, before.pk, _part(service_document(before), ROLLED), _part(columns, ROLLED))
            if item is None:
                return before
            self._refuse_useless(before, columns)
            now = self._clock.now()
            written = await self._writer.write(conn, identity, [item], now)
            after = written.changed[0][1]
            await record_services(conn, identity, "service.rollback", now, before=[before], after=[after])
            revision = await table.service_revision(conn)
        self._bus.publish(ServicesChanged(revision))
        return after

    def _refuse_useless(self, service: ServiceDefinition, columns: Mapping[str, Any]) -> None:
        """Raises Conflict for a config that its kind does not take any more, or whose secrets nobody can read."""
        try:
            self._registry[columns["kind"]].parse(columns["status_config"])
        except (InvalidInput, NotFound, SecretUnreadable) as err:
            text = f"of {service.label} is of no use any more: {err}"
            raise Conflict({"version": text}) from err


async def _find(conn: AsyncConnection, service_id: str) -> ServiceDefinition:
    service = await table.find_service(conn, service_id)
    if service is None:
        raise NotFound(f"there is no service {service_id}")
    return service


async def _columns_at(conn: AsyncConnection, service: ServiceDefinition, change_pk: int) -> dict[str, Any]:
    """As it was after a change: what came later is taken away. Raises NotFound."""
    columns = service_document(service)
    for change, item in await load_history(conn, SERVICE, service.pk, VERSIONS_LIMIT):
        if change.pk == change_pk and item.after is not None:
            return columns
        columns |= item.before or {}
    raise NotFound(f"there is no version {change_pk} of {service.service_id}, or it is too old")


def _part(columns: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: columns[name] for name in names if name in columns}


def changed_fields(item: ChangeItem) -> list[FieldChange]:
    """What a change did; of one that came or went nothing: it is the whole service."""
    if item.before is None or item.after is None:
        return []
    fields = _differences(_part(item.before, _SHOWN), _part(item.after, _SHOWN))
    return [field for field in fields if field.name not in _TOLD_ALREADY]


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    """Each field that differs; a secret as its mask where it is set, so that it shows when it comes and goes."""
    return [
        replace(field, before=_mask_of(before, field.name), after=_mask_of(after, field.name))
        if field.is_secret
        else field
        for field in field_changes(before, after)
    ]


def _mask_of(columns: Mapping[str, Any], name: str) -> str | None:
    value: Any = columns
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return MASK if value else None
