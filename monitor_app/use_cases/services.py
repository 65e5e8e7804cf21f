"""Adding, changing, pausing and deleting services: each one transaction, told on the bus once it is committed."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.bus.local import Bus
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.hold import Hold
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied, Stale
from monitor_app.models.counter import SERVICE_REVISION
from monitor_app.plugins.registry import KindRegistry
from monitor_app.plugins.sealing import masked
from monitor_app.security.permissions import BOARD_READ, SERVICE_DELETE, SERVICE_DELETE_ANY, SERVICE_WRITE, Identity
from monitor_app.storage import services as table
from monitor_app.storage.database import Database
from monitor_app.storage.related import Related, load_related
from monitor_app.use_cases.auditing import record_services
from monitor_app.use_cases.free_names import free_names
from monitor_app.use_cases.members import refuse_wrong_members, rename_member
from monitor_app.use_cases.restored_relations import disable_closing
from monitor_app.use_cases.service_copy import copy_of
from monitor_app.use_cases.service_ids import choose_ids, taken_ids
from monitor_app.use_cases.service_input import DEFAULT_KIND, ServiceInput, ValidService, check, service_columns
from monitor_app.use_cases.source_fields import not_observed, refuse_source_deletion, refuse_source_fields

MANY_LIMIT = 1000
# What a change does with what it does not name. `change`: it stays; the two configs come whole, as forms have them.
# `merge`: the same for each key of the configs, where None takes one away. `replace`: it gets its default.
Manner = Literal["change", "merge", "replace"]
# Looks at what a transaction has written, and raises what speaks against it.
Refusal = Callable[[AsyncConnection, Sequence[ServiceDefinition]], Awaitable[None]]


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        ...


@dataclass(frozen=True, slots=True)
class Removed:
    """Deleted services, and the relations that nobody sees any more because of that."""

    services: list[ServiceDefinition]
    relations: list[Related]


class ServiceUseCases:
    """What a person or a client does with services."""

    def __init__(self, database: Database, registry: KindRegistry, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock
        self._bus = bus

    async def get(self, identity: Identity, service_id: str) -> ServiceDefinition:
        """Raises NotFound."""
        identity.require(BOARD_READ)
        async with self._database.read() as conn:
            return _found(await table.find_service(conn, service_id), service_id)

    async def list_all(self, identity: Identity) -> list[ServiceDefinition]:
        """Every service that is not deleted."""
        identity.require(BOARD_READ)
        async with self._database.read() as conn:
            return await table.load_services(conn)

    async def create(
        self,
        identity: Identity,
        values: Mapping[str, Any] | ServiceInput,
        *,
        known: Mapping[str, Any] | None = None,
        refuse: Refusal | None = None,
    ) -> ServiceDefinition:
        """Add one service. `known` is the stored config of the one it is a copy of, which masked secrets stand for.

        Raises InvalidInput with a message for each wrong field, Conflict when only its service_id is taken, a member
        does not exist, or it would contain itself; and what `refuse` raises.
        """
        return (await self.create_many(identity, [values], known=known, refuse=refuse))[0]

    async def create_many(
        self,
        identity: Identity,
        many: Sequence[Mapping[str, Any] | ServiceInput],
        *,
        is_demo: bool = False,
        known: Mapping[str, Any] | None = None,
        refuse: Refusal | None = None,
    ) -> list[ServiceDefinition]:
        """Add services, all of them or none, in the given order; at most 1000 at once.

        Raises InvalidInput and Conflict as `create` does; with more than one, a field's name is preceded by its number:
        `2.label`.
        """
        identity.require(SERVICE_WRITE)
        if len(many) > MANY_LIMIT:
            raise InvalidInput({"services": f"must be at most {MANY_LIMIT} at once, got {len(many)}"})
        checked = [not_observed(check(self._registry, values, known)) for values in many]
        async with self._alone() as conn:
            _refuse(
                [entry.messages for entry in checked], await taken_ids(conn, [entry.service_id for entry in checked])
            )
            valid = [entry.valid() for entry in checked]
            now = self._clock.now()
            added = {"is_demo": is_demo, "owner": identity.name, "created_at": now, "updated_at": now}
            names = await choose_ids(conn, valid)
            members = [(name, entry.config) for name, entry in zip(names, valid, strict=True)]
            await refuse_wrong_members(conn, self._registry, members)
            rows = [
                self._columns(entry) | added | {"service_id": name} for entry, name in zip(valid, names, strict=True)
            ]
            created = await table.insert_services(conn, rows)
            if refuse is not None:
                await refuse(conn, created)
            await record_services(conn, identity, "service.create", now, after=created)
        self._tell(created)
        return created

    async def duplicate(
        self, identity: Identity, service_id: str, values: Mapping[str, Any] | ServiceInput
    ) -> ServiceDefinition:
        """Add a copy of a service, with these values in place of its own; see Manner "merge".

        Secrets come along where they go to the same server. Raises NotFound, and as `create` does.
        """
        identity.require(SERVICE_WRITE)
        async with self._database.read() as conn:
            source = copy_of(self._registry, _found(await table.find_service(conn, service_id), service_id))
        given = _wanted(source, _as_given(values), "merge")
        known = source.status_config if kind_name(given) == source.kind else None
        return await self.create(identity, given, known=known)

    async def propose_ids(self, identity: Identity, many: Sequence[Mapping[str, Any]]) -> list[str]:
        """The ids that `create_many` would give these now. Raises InvalidInput as it does."""
        identity.require(SERVICE_WRITE)
        valid = [check(self._registry, values).valid() for values in many]
        async with self._database.read() as conn:
            return await choose_ids(conn, valid)

    async def update(
        self,
        identity: Identity,
        service_id: str,
        values: Mapping[str, Any] | ServiceInput,
        *,
        expected_revision: int | None,
        manner: Manner = "change",
        refuse: Refusal | None = None,
    ) -> ServiceDefinition:
        """Change a service: what `values` do not name stays as it is, or see Manner; a blank `service_id` stays always.

        With another service_id it stays a member of what it is a member of. `expected_revision` is the revision that
        was shown when the change was begun; None: whatever it is now. Raises InvalidInput with a message for each wrong
        field; Stale when somebody changed the service meanwhile; Conflict when the new service_id is taken, a member
        does not exist, or it would contain itself; NotFound; and what `refuse` raises.
        """
        identity.require(SERVICE_WRITE)
        async with self._alone() as conn:
            before = _found(await table.find_service(conn, service_id), service_id)
            refuse_stale(before, expected_revision)
            given = _wanted(before, _as_given(values), manner)
            known = before.status_config if kind_name(given) == before.kind else {}
            checked = check(self._registry, given, known)
            wanted = checked.service_id or service_id
            _refuse([checked.messages], await taken_ids(conn, [wanted if wanted != service_id else ""]))
            valid = checked.valid()
            await refuse_wrong_members(conn, self._registry, [(wanted, valid.config)], before)
            now = self._clock.now()
            columns = self._columns(valid, known) | {"service_id": wanted, "updated_at": now}
            refuse_source_fields(before, columns)
            after = await table.update_service(conn, before.pk, columns)
            if refuse is not None:
                await refuse(conn, [after])
            wholes = []
            if wanted != service_id:
                wholes = await rename_member(conn, self._registry, identity, service_id, wanted, now)
            await record_services(conn, identity, "service.update", now, before=[before], after=[after])
        self._tell([after, *wholes])
        return after

    async def delete(self, identity: Identity, service_ids: Collection[str]) -> list[ServiceDefinition]:
        """Delete services together with their relations; see `remove`."""
        return (await self.remove(identity, service_ids, cascade=True)).services

    async def remove(
        self,
        identity: Identity,
        service_ids: Collection[str],
        *,
        cascade: bool,
        is_purged: bool = False,
        expected_revision: int | None = None,
    ) -> Removed:
        """Delete services; their history stays until it expires, or goes within seconds when they are purged.

        Their relations stay as rows, so that they are there again when the services are restored.

        Raises NotFound for an unknown one; PermissionDenied for one that somebody else has made; Conflict with the
        `relations` when there are any and they are not to go, too (`cascade`); Stale. Deletes none then.
        """
        identity.require(SERVICE_DELETE)
        async with self._alone() as conn:
            found = await _find_all(conn, service_ids)
            require_own(identity, found)
            for service in found:
                refuse_stale(service, expected_revision)
                refuse_source_deletion(service)
            related = await load_related(conn, [service.pk for service in found])
            if related and not cascade:
                raise has_relations(related)
            now = self._clock.now()
            revision = await table.delete_services(conn, [each.pk for each in found], now, is_purged=is_purged)
            if found:
                action = "service.purge" if is_purged else "service.delete"
                await record_services(conn, identity, action, now, before=found)
        self._bus.publish(ServicesChanged(revision))
        return Removed(found, related)

    async def restore(
        self, identity: Identity, pks: Collection[int], *, is_renamed: bool = False
    ) -> list[ServiceDefinition]:
        """Take back a deletion: these services are checked again and have their history.

        Their relations are there again, too; those that would close a circle now are disabled. With `is_renamed` one
        whose id another service has taken meanwhile comes back under a new id, else that raises Conflict. Raises
        PermissionDenied for one that somebody else has made; restores none then.
        """
        identity.require(SERVICE_DELETE)
        async with self._alone() as conn:
            now = self._clock.now()
            names = await free_names(conn, pks) if is_renamed else {}
            restored = await table.restore_services(conn, pks, now, names)
            require_own(identity, restored)
            disabled = await disable_closing(conn, self._registry, identity, restored, now)
            if restored:
                await record_services(conn, identity, "service.restore", now, after=restored, also=disabled)
        self._tell(restored)
        return restored

    async def restore_by_id(
        self, identity: Identity, service_ids: Collection[str], *, is_renamed: bool = False
    ) -> dict[str, ServiceDefinition]:
        """The same by the public ids they had: of several services that had one, the last.

        Raises NotFound where there is none.
        """
        identity.require(SERVICE_DELETE)
        async with self._database.read() as conn:
            found = await table.deleted_services(conn, service_ids)
        if missing := sorted(set(service_ids) - set(found)):
            raise NotFound(f"there is no deleted service {', '.join(missing)}, or its history is gone already")
        restored = {one.pk: one for one in await self.restore(identity, found.values(), is_renamed=is_renamed)}
        return {name: restored[pk] for name, pk in found.items() if pk in restored}

    async def pause(self, identity: Identity, service_ids: Collection[str]) -> None:
        """Stop checking these until they are resumed. Raises NotFound for an unknown one and changes none."""
        await self._set_enabled(identity, service_ids, enabled=False)

    async def resume(self, identity: Identity, service_ids: Collection[str]) -> None:
        """Check these again. Raises NotFound for an unknown one and changes none."""
        await self._set_enabled(identity, service_ids, enabled=True)

    async def _set_enabled(self, identity: Identity, service_ids: Collection[str], *, enabled: bool) -> None:
        identity.require(SERVICE_WRITE)
        changed = []
        async with self._alone() as conn:
            now = self._clock.now()
            before = [service for service in await _find_all(conn, service_ids) if service.enabled is not enabled]
            for service in before:
                refuse_source_fields(service, {"enabled": enabled})
                pause = None if enabled else table.hold_document(Hold(identity.name, "", now))
                values = {"enabled": enabled, "pause": pause, "updated_at": now}
                changed.append(await table.update_service(conn, service.pk, values))
            if changed:
                action = "service.resume" if enabled else "service.pause"
                await record_services(conn, identity, action, now, before=before, after=changed)
        self._tell(changed)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction that others who change services wait for.

        What is read in it stays true until it ends. SQLite gives that anyway; PostgreSQL by the counter's locked row.
        """
        async with self._database.write() as conn:
            await table.raise_counter(conn, SERVICE_REVISION)
            yield conn

    def _columns(self, entry: ValidService, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return service_columns(self._registry, entry, known)

    def _tell(self, changed: Sequence[ServiceDefinition]) -> None:
        if changed:
            self._bus.publish(ServicesChanged(max(service.revision for service in changed)))


def has_relations(related: Sequence[Related]) -> Conflict:
    """What a deletion is refused with that would take relations with it."""
    documents = [shown_related(relation) for relation in related]
    text = f"has {len(related)} relation{'s' if len(related) > 1 else ''}, which would go with it: see `relations`, "
    return Conflict({"service": f"{text}and say ?cascade=true"}, details={"relations": documents})


def shown_related(relation: Related) -> dict[str, Any]:
    """A relation by the public names of its ends, for programs."""
    return {name: value for name, value in asdict(relation).items() if name not in ("source_pk", "target_pk")}


def kind_name(given: Mapping[str, Any]) -> str:
    """The kind that an input names, or the default one."""
    return str(given.get("kind") or DEFAULT_KIND).strip()


def require_own(identity: Identity, services: Collection[ServiceDefinition]) -> None:
    """Raises PermissionDenied when one of these is another person's, unless those may be deleted, too."""
    if identity.may(SERVICE_DELETE_ANY):
        return
    if others := [service.label for service in services if service.owner != identity.name]:
        raise PermissionDenied(
            f"{identity.name} ({identity.role}) may not delete what others made: {', '.join(others)}"
        )


def _as_values(service: ServiceDefinition) -> dict[str, Any]:
    values = {name: getattr(service, name) for name in ServiceInput.model_fields if name != "service_id"}
    return values | {"status_config": masked(service.status_config)}


def _wanted(before: ServiceDefinition, given: Mapping[str, Any], manner: Manner) -> dict[str, Any]:
    """All values that a service is to have, as somebody who may see no secret would enter them."""
    if manner == "replace":
        return dict(given)
    kept = _as_values(before)
    if manner == "change":
        return {**kept, **given}
    if kind_name({**kept, **given}) != before.kind:  # what says how to check it has other names then
        kept["status_config"] = {}
    return kept | {
        name: _merged(kept[name], value) if name in ("status_config", "metric_config") else value
        for name, value in given.items()
    }


def _merged(kept: Mapping[str, Any], given: Any) -> Any:
    if not isinstance(given, Mapping):
        return given
    return {name: value for name, value in {**kept, **given}.items() if value is not None}


def refuse_stale(service: ServiceDefinition, expected_revision: int | None) -> None:
    """Raises Stale when it is not as it was shown."""
    if expected_revision is not None and service.revision != expected_revision:
        raise Stale({"service": f"{service.label} was changed by somebody else meanwhile: reload it, then change it"})


def _as_given(values: Mapping[str, Any] | ServiceInput) -> dict[str, Any]:
    return values.model_dump(exclude_unset=True) if isinstance(values, ServiceInput) else dict(values)


def _refuse(wrong: Sequence[Mapping[str, str]], taken: Sequence[Mapping[str, str]]) -> None:
    """Raise what is wrong with the entries, all at once; Conflict when nothing is but that ids are taken."""
    is_numbered = len(wrong) > 1
    messages = {
        f"{number}.{name}" if is_numbered else name: text
        for number, fields in enumerate(zip(wrong, taken, strict=True), 1)
        for name, text in {**fields[1], **fields[0]}.items()
    }
    if messages:
        raise (InvalidInput if any(wrong) else Conflict)(messages)


async def _find_all(conn: AsyncConnection, service_ids: Collection[str]) -> list[ServiceDefinition]:
    """Raises NotFound when one of them does not exist."""
    wanted = set(service_ids)
    found = [service for service in await table.load_services(conn) if service.service_id in wanted]
    if missing := wanted - {service.service_id for service in found}:
        raise NotFound(f"there is no service {', '.join(sorted(missing))}")
    return found


def _found(service: ServiceDefinition | None, service_id: str) -> ServiceDefinition:
    if service is None:
        raise NotFound(f"there is no service {service_id}")
    return service
