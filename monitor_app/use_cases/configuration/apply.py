"""Makes everything as files say: planned beside the database, then written in one transaction or not at all."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.bus.local import Bus
from monitor_app.domain.change import ChangeItem
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.relation import Relation
from monitor_app.errors import Busy
from monitor_app.models.counter import SERVICE_REVISION
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import CONFIG_APPLY, RELATION_WRITE, SERVICE_DELETE, SERVICE_WRITE, Identity
from monitor_app.storage import groups as group_table
from monitor_app.storage import relations as relation_table
from monitor_app.storage import services as service_table
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.change_log import record_change, relation_items, service_items
from monitor_app.use_cases.configuration.document import Document
from monitor_app.use_cases.configuration.drafting import DEFAULT, Draft, Options, Present, draft
from monitor_app.use_cases.configuration.drift_list import Drifted, drifted_objects
from monitor_app.use_cases.configuration.field_changes import applied_relation, shown_columns
from monitor_app.use_cases.configuration.plan import HIDDEN, Plan
from monitor_app.use_cases.configuration.service_steps import ServiceStep
from monitor_app.use_cases.group_input import given_rollup
from monitor_app.use_cases.service_input import service_columns
from monitor_app.use_cases.services import Clock, require_own
from monitor_app.use_cases.source_fields import refuse_source_deletion

ACTION: Final = "configuration.apply"
_TRIES: Final = 5
# So many objects stand in the audit log with their fields; those beyond by name only.
_AUDITED_LIMIT: Final = 1000
_PORTION: Final = 500
Row = TypeVar("Row")


class _Overtaken(Exception):
    """Somebody changed something between the planning and the writing."""


class ConfigurationUseCases:
    """Plans and applies files that say what is watched."""

    def __init__(self, database: Database, registry: KindRegistry, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock
        self._bus = bus

    async def plan(self, identity: Identity, documents: Sequence[Document], options: Options = DEFAULT) -> Plan:
        """What `apply` would do. Raises ConfigFileError with all that is wrong, and PermissionDenied."""
        return (await self._draft(identity, documents, options)).plan

    async def apply(self, identity: Identity, documents: Sequence[Document], options: Options = DEFAULT) -> Plan:
        """Do it, all or nothing; what is so already raises no revision.

        Raises ConfigFileError with all that is wrong; PermissionDenied; Busy when others keep changing services.
        """
        for _ in range(_TRIES):
            made = await self._draft(identity, documents, options)
            if not made.plan.changes:
                return made.plan
            try:
                await self._carry_out(identity, made, documents)
            except _Overtaken:
                continue
            return made.plan
        raise Busy("services are being changed all the time: try again in a moment")

    async def drift(self, identity: Identity) -> list[Drifted]:
        """Everything that was made by files and is not as they say, because somebody changed it elsewhere since."""
        identity.require(SERVICE_WRITE)
        async with self._database.read() as conn:
            services = await service_table.load_managed_services(conn)
            relations = [each for each in await relation_table.load_relations(conn) if each.managed_by]
            groups = await group_table.load_groups(conn)
            has_names = relations or any(group.rollup for group in groups)
            names = {pk: name for pk, name, _ in await relation_table.load_ends(conn)} if has_names else {}
        return await asyncio.to_thread(drifted_objects, services, relations, groups, names)

    async def _draft(self, identity: Identity, documents: Sequence[Document], options: Options) -> Draft:
        identity.require(CONFIG_APPLY)
        identity.require(SERVICE_WRITE)
        async with self._database.read() as conn:
            present = Present(
                await service_table.service_revision(conn),
                await service_table.load_services(conn),
                await relation_table.load_relations(conn),
                await group_table.load_groups(conn),
            )
        made = await asyncio.to_thread(draft, self._registry, present, documents, options)
        if made.relations or made.gone_relations:
            identity.require(RELATION_WRITE)
        if made.gone_services:
            identity.require(SERVICE_DELETE)
            require_own(identity, made.gone_services)
            for service in made.gone_services:
                refuse_source_deletion(service)
        return made

    async def _carry_out(self, identity: Identity, made: Draft, documents: Sequence[Document]) -> None:
        async with self._database.write() as conn:
            # From here on nobody else changes services or relations. Nobody has since the draft was made, either, so
            # all that was judged there holds still: names, circles, who owns what.
            if await service_table.raise_counter(conn, SERVICE_REVISION) != made.present.revision + 1:
                raise _Overtaken
            now = self._clock.now()
            pks = {service.service_id: service.pk for service in made.present.services}
            did = await self._write_services(conn, identity, made, now)
            pks |= {item.after["service_id"]: item.subject_pk for item in did if item.before is None and item.after}
            did += await _write_relations(conn, made, pks, now)
            await _write_groups(conn, made, pks, now)
            # The files say how it is: whoever wants it otherwise changes them, or goes back to an earlier version.
            await record_change(conn, identity, ACTION, now, did, undoable=False)
            revision = await service_table.service_revision(conn)
            await _record(conn, identity, made.plan, documents, now)
        self._bus.publish(ServicesChanged(revision))

    async def _write_services(
        self, conn: AsyncConnection, identity: Identity, made: Draft, now: datetime
    ) -> list[ChangeItem]:
        """What that did, for the change log."""
        # Sealing thousands of secrets takes a while, and must happen inside of the transaction (see Vault.seal).
        rows = await asyncio.to_thread(lambda: [self._row(step, now) for step in made.services])
        pairs = list(zip(made.services, rows, strict=True))
        new = {"owner": identity.name, "created_at": now}
        added = [{**row, **new, "service_id": step.entry.service_id} for step, row in pairs if step.known is None]
        changed = [(step.known, row) for step, row in pairs if step.known is not None]
        did: list[ChangeItem] = []
        for some in _portions(added):
            did += service_items(after=await service_table.insert_services(conn, some))
        for portion in _portions(changed):
            known = [service for service, _ in portion]
            values = [(service.pk, row) for service, row in portion]
            did += service_items(known, await service_table.update_services(conn, values))
        if made.gone_services:
            await service_table.delete_services(conn, [service.pk for service in made.gone_services], now)
        return did + service_items(made.gone_services)

    def _row(self, step: ServiceStep, now: datetime) -> dict[str, Any]:
        columns = service_columns(self._registry, step.valid, step.before)
        applied = shown_columns(step.entry.service_id, columns)
        return {**columns, "managed_by": step.document, "applied": applied, "updated_at": now}


def _portions(rows: list[Row]) -> Iterator[list[Row]]:
    """So that the event loop does something else now and then."""
    for start in range(0, len(rows), _PORTION):
        yield rows[start : start + _PORTION]


async def _write_relations(
    conn: AsyncConnection, made: Draft, pks: Mapping[str, int], now: datetime
) -> list[ChangeItem]:
    """What that did, for the change log."""
    added: list[dict[str, Any]] = []
    changed: list[tuple[Relation, dict[str, Any]]] = []
    for step in made.relations:
        entry = step.entry
        values: dict[str, Any] = {"enabled": entry.enabled, "note": entry.note, "updated_at": now}
        values |= {"managed_by": step.document, "applied": applied_relation(entry)}
        if step.known is not None:
            changed.append((step.known, values))
        else:
            ends = {"source_pk": pks[entry.source], "target_pk": pks[entry.target]}
            added.append({**values, **ends, "relation_type": entry.relation_type, "created_at": now})
    # Those that go first: one of the same ends may come.
    await relation_table.delete_relations(conn, [relation.pk for relation in made.gone_relations])
    did = relation_items(made.gone_relations)
    for portion in _portions(changed):
        await relation_table.update_relations(conn, [(known.pk, values) for known, values in portion])
    did += relation_items([known for known, _ in changed], [replace(known, **values) for known, values in changed])
    for some in _portions(added):
        did += relation_items(after=await relation_table.insert_relations(conn, some))
    return did


async def _write_groups(conn: AsyncConnection, made: Draft, pks: Mapping[str, int], now: datetime) -> None:
    added: list[dict[str, Any]] = []
    changed: list[tuple[int, dict[str, Any]]] = []
    for step in made.groups:
        entry = step.entry
        values: dict[str, Any] = {"description": entry.description, "parent": entry.parent, "updated_at": now}
        values["rollup"] = given_rollup("rollup", entry.rollup).stored(pks)
        values |= {"managed_by": step.document, "applied": entry.document}
        if step.known is not None:
            changed.append((step.known.pk, values))
        else:
            added.append({**values, "name": step.entry.name, "created_at": now})
    await group_table.delete_groups(conn, [group.pk for group in made.gone_groups])
    await group_table.update_groups(conn, changed)
    await group_table.insert_groups(conn, added)


async def _record(
    conn: AsyncConnection, identity: Identity, plan: Plan, documents: Sequence[Document], now: datetime
) -> None:
    """One line for all of it."""
    names = ", ".join(document.name for document in documents) or "no files"
    await record(
        conn,
        identity,
        ACTION,
        at=now,
        target_type="configuration",
        target=names,
        before=list(_audited(plan, is_after=False)),
        after=list(_audited(plan, is_after=True)),
    )


def _audited(plan: Plan, *, is_after: bool) -> Iterator[dict[str, Any]]:
    for number, change in enumerate(plan.changes):
        if change.action == ("remove" if is_after else "add"):
            continue
        values: dict[str, Any] = {}
        if number < _AUDITED_LIMIT:
            values = {
                field.name: HIDDEN if field.is_secret else field.after if is_after else field.before
                for field in change.fields
            }
        yield {"action": change.action, change.noun: change.name, **values}
