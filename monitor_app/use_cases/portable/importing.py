"""Brings a configuration in: all of it in one transaction, or nothing; or what is good of it, when that is wanted."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.bus.local import Bus
from monitor_app.domain.change import ChangeItem
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.relation import Relation
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict
from monitor_app.models.counter import ACCESS_REVISION
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import CONFIG_APPLY, RELATION_WRITE, SERVICE_WRITE, SETTING_MANAGE, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.groups import insert_groups, load_groups, update_groups
from monitor_app.storage.relations import insert_relations, load_relations, raise_counters, update_relations
from monitor_app.storage.services import (
    insert_services,
    load_services,
    raise_counter,
    service_revision,
    update_services,
)
from monitor_app.storage.settings import load_security_settings, save_security_settings
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.auditing import record, shown_service
from monitor_app.use_cases.change_log import group_items, record_change, relation_items, service_items
from monitor_app.use_cases.configuration.document import GroupEntry
from monitor_app.use_cases.group_input import RollupInput, given_rollup
from monitor_app.use_cases.portable.formats import Format
from monitor_app.use_cases.portable.plan import Plan, Present, ServiceStep
from monitor_app.use_cases.portable.planned_services import columns_of
from monitor_app.use_cases.portable.planning import planned
from monitor_app.use_cases.portable.reading import ReadFile, read_file
from monitor_app.use_cases.portable.report import ImportReport, Options, Progress
from monitor_app.use_cases.relation_graph import refuse_circles
from monitor_app.use_cases.services import Clock

# So often an import is planned anew when somebody changes services while it is being planned.
TRIES = 3
# So many objects stand in the audit log with their fields.
AUDITED_LIMIT = 1000


def silent(what: str, done: int, total: int) -> None:
    """For who does not want to know."""


class Importing:
    """Needs the permission config:apply, and those for what the file has: services, relations, settings."""

    def __init__(
        self, database: Database, registry: KindRegistry, clock: Clock, bus: Bus, access: AccessChanges
    ) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock
        self._bus = bus
        self._access = access
        # The largest file takes a hundred megabytes while it is read: whoever reads one holds this.
        self.reading = asyncio.Lock()

    async def import_text(
        self,
        identity: Identity,
        data: bytes | str,
        form: Format,
        name: str,
        options: Options,
        progress: Progress = silent,
    ) -> ImportReport:
        """Read a file and take it in; `name` is what messages call it.

        Raises InvalidInput when it cannot be read at all, or on `passphrase` when it is a wrong one.
        """
        identity.require(CONFIG_APPLY)
        async with self.reading:
            file = await asyncio.to_thread(read_file, data, form, name, self._registry)
        return await self.take(identity, file, options, progress)

    async def take(
        self, identity: Identity, file: ReadFile, options: Options, progress: Progress = silent
    ) -> ImportReport:
        """Take in what was read, from here or from another program's file."""
        identity.require(CONFIG_APPLY)
        if file.document.services or file.document.groups:
            identity.require(SERVICE_WRITE)
        if file.document.relations:
            identity.require(RELATION_WRITE)
        for _ in range(TRIES):
            present = await self._present()
            plan = await asyncio.to_thread(planned, self._registry, identity, options, present, file, progress)
            steps = plan.steps()
            is_refused = bool(plan.problems) and (not options.is_partial or file.is_doubtful)
            if options.is_dry_run or is_refused or not steps:
                return _report(plan, is_written=False, is_refused=is_refused and not options.is_dry_run)
            progress("writing", 0, len(steps))
            revision = await self._write(identity, plan, present, file.document.name)
            if revision is None:
                continue
            if plan.settings is not None:
                await self._access.count()
            self._bus.publish(ServicesChanged(revision))
            progress("writing", len(steps), len(steps))
            return _report(plan, is_written=True)
        raise Conflict({"services": "are being changed by others again and again: try it once more"})

    async def _present(self) -> Present:
        async with self._database.read() as conn:
            return await _load_present(conn)

    async def _write(self, identity: Identity, plan: Plan, present: Present, name: str) -> int | None:
        """The revision then; None when somebody has changed something since it was planned."""
        async with self._database.write() as conn:
            # From here on nobody else changes any of it. The counter has grown by one, or others were faster.
            if await raise_counters(conn) != present.revision + 1:
                return None
            if await load_security_settings(conn) != present.settings:
                return None
            now = self._clock.now()
            if plan.settings is not None:
                identity.require(SETTING_MANAGE)
                await raise_counter(conn, ACCESS_REVISION)
                await save_security_settings(conn, present.settings, plan.settings, identity.name, now)
            services = await self._write_services(conn, identity, plan, now)
            known = {**present.services, **services}
            did = _service_items(plan, services)
            did += await self._write_groups(conn, plan, {key: service.pk for key, service in known.items()}, now)
            did += await self._write_relations(conn, plan, {key: service.pk for key, service in known.items()}, now)
            await refuse_circles(conn, self._registry)
            await record_change(conn, identity, "config.import", now, did)
            await self._record(conn, identity, plan, services, name, now)
            return await service_revision(conn)

    async def _write_groups(
        self, conn: AsyncConnection, plan: Plan, pks: Mapping[str, int], now: datetime
    ) -> list[ChangeItem]:
        """What that did, for the change log."""
        added = [step.entry for step in plan.groups if step.before is None]
        new = [{**_group_columns(each, pks, now), "name": each.name, "created_at": now} for each in added]
        did = group_items(after=await insert_groups(conn, new))
        changed = [
            (step.before, _group_columns(step.entry, pks, now)) for step in plan.groups if step.before is not None
        ]
        await update_groups(conn, [(before.pk, columns) for before, columns in changed])
        before = [group for group, _ in changed]
        return did + group_items(before, [replace(group, **columns) for group, columns in changed])

    async def _write_services(
        self, conn: AsyncConnection, identity: Identity, plan: Plan, now: datetime
    ) -> dict[str, ServiceDefinition]:
        added = [step for step in plan.services if step.before is None]
        changed = [step for step in plan.services if step.before is not None]
        # In this transaction, as all that seals; but off the loop, as thousands take a second.
        rows = await asyncio.to_thread(lambda: [self._columns(step) for step in added])
        values = await asyncio.to_thread(lambda: [self._columns(step) for step in changed])
        new = {"owner": identity.name, "created_at": now, "updated_at": now}
        written = await insert_services(conn, [{**row, **new} for row in rows])
        written += await update_services(
            conn,
            [
                (step.before.pk, {**row, "updated_at": now})
                for step, row in zip(changed, values, strict=True)
                if step.before is not None
            ],
        )
        return {service.service_id: service for service in written}

    def _columns(self, step: ServiceStep) -> dict[str, Any]:
        valid, before = step.valid, step.before
        known = before.status_config if before is not None and before.kind == valid.values.kind else None
        columns = columns_of(valid)
        return columns | {
            "service_id": step.name,
            "tags": list(columns["tags"]),
            "status_config": self._registry[valid.values.kind].stored(valid.config, known),
        }

    async def _write_relations(
        self, conn: AsyncConnection, plan: Plan, pks: Mapping[str, int], now: datetime
    ) -> list[ChangeItem]:
        """What that did, for the change log."""
        added = [
            {
                "source_pk": pks[step.entry.source],
                "target_pk": pks[step.entry.target],
                "relation_type": step.entry.relation_type,
                "enabled": step.entry.enabled,
                "note": step.entry.note,
                "created_at": now,
                "updated_at": now,
            }
            for step in plan.relations
            if step.before is None
        ]
        did = relation_items(after=await insert_relations(conn, added))
        changed = [(step.before, step.entry) for step in plan.relations if step.before is not None]
        old = [before for before, _ in changed]
        new = [replace(before, enabled=entry.enabled, note=entry.note) for before, entry in changed]
        values = [{"enabled": entry.enabled, "note": entry.note, "updated_at": now} for _, entry in changed]
        await update_relations(conn, [(before.pk, columns) for before, columns in zip(old, values, strict=True)])
        return did + relation_items(old, new)

    async def _record(
        self,
        conn: AsyncConnection,
        identity: Identity,
        plan: Plan,
        services: Mapping[str, ServiceDefinition],
        name: str,
        now: datetime,
    ) -> None:
        """One line with all of it: what was added as it is, what was changed with what differs.

        Whoever reads the log reads all of a line, so beyond the first thousand there are only names.
        """
        before: dict[str, list[Any]] = {}
        after: dict[str, list[Any]] = {}
        for number, step in enumerate(plan.steps()):
            part = step.what if step.what == "settings" else f"{step.what}s"
            if number >= AUDITED_LIMIT:
                after.setdefault(part, []).append({"name": step.name})
                continue
            if step.action == "add" and step.what == "service":
                after.setdefault(part, []).append(shown_service(services[step.name]))
                continue
            old, new = ({key: pair[side] for key, pair in step.fields.items()} for side in (0, 1))
            if step.action == "change":
                before.setdefault(part, []).append({"name": step.name, **old})
            after.setdefault(part, []).append({"name": step.name, **new})
        await record(
            conn,
            identity,
            "config.import",
            at=now,
            target_type="configuration",
            target=name,
            before=before or None,
            after=after,
        )


def _group_columns(entry: GroupEntry, pks: Mapping[str, int], now: datetime) -> dict[str, Any]:
    """Of a service that was refused itself there is no weight."""
    rollup = given_rollup("rollup", entry.rollup)
    known = RollupInput(rollup.rollup, {name: weight for name, weight in rollup.weights.items() if name in pks})
    columns = {"description": entry.description, "parent": entry.parent, "rollup": known.stored(pks)}
    return columns | {"updated_at": now}


def _service_items(plan: Plan, written: Mapping[str, ServiceDefinition]) -> list[ChangeItem]:
    added = [written[step.name] for step in plan.services if step.before is None]
    changed = [(step.before, written[step.name]) for step in plan.services if step.before is not None]
    return service_items(after=added) + service_items([old for old, _ in changed], [new for _, new in changed])


async def _load_present(conn: AsyncConnection) -> Present:
    services = await load_services(conn)
    names = {service.pk: service.service_id for service in services}
    relations: dict[tuple[str, str, str], Relation] = {}
    for relation in await load_relations(conn):
        if relation.source_pk in names and relation.target_pk in names:
            key = names[relation.source_pk], names[relation.target_pk], relation.relation_type
            relations[key] = relation
    return Present(
        {service.service_id: service for service in services},
        relations,
        {group.name: group for group in await load_groups(conn)},
        await load_security_settings(conn),
        await service_revision(conn),
    )


def _report(plan: Plan, *, is_written: bool, is_refused: bool = False) -> ImportReport:
    steps = () if is_refused else tuple(plan.steps())
    return ImportReport(
        added=sum(step.action == "add" for step in steps),
        changed=sum(step.action == "change" for step in steps),
        unchanged=plan.unchanged,
        skipped=plan.skipped,
        failed=len(plan.failed),
        errors=tuple(plan.problems),
        steps=steps,
        is_written=is_written,
    )
