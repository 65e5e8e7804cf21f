"""Describing, renaming, moving and deleting groups: each one transaction, with the services and groups it concerns."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.bus.local import Bus
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.group import DEPTH_LIMIT, Group, rollup_of
from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.version import content_version
from monitor_app.errors import Conflict, InvalidInput, NotFound, Stale
from monitor_app.models.counter import SERVICE_REVISION
from monitor_app.security.permissions import SERVICE_WRITE, Identity
from monitor_app.storage import groups as table
from monitor_app.storage import services as service_table
from monitor_app.storage.database import Database
from monitor_app.storage.objectives import rename_group
from monitor_app.storage.scopes import rename_group_in_scopes
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.change_log import group_items, record_change, service_items
from monitor_app.use_cases.group_input import GroupInput, given_group
from monitor_app.use_cases.scopes_losing import dissolve_group
from monitor_app.use_cases.services import Clock

# So many services stand in the audit log with their names; of more, how many there are.
_AUDITED_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class GroupView:
    """What people set of a group; `rollup` with weights by service_id, None for the worst of what is in it."""

    name: str
    description: str = ""
    parent: str = ""
    rollup: Mapping[str, Any] | None = None
    # The configuration file that described it; "" for what people did.
    managed_by: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """As the audit log shows it."""
        return {"name": self.name, "description": self.description, "parent": self.parent, "rollup": self.rollup}

    @property
    def version(self) -> str:
        """Another one whenever anything of it is another."""
        return content_version(self.document)


@dataclass(frozen=True, slots=True)
class GroupDeleted:
    """Where its services went, how many they were, and how many groups stand in its parent now."""

    services_to: str
    services: int
    groups: int


class _Unchanged(Exception):
    """All is as it is to be: nothing is written, so that nobody reads anything anew."""

    def __init__(self, view: GroupView) -> None:
        self.view = view


@dataclass(frozen=True, slots=True)
class _Present:
    """What there is, while nobody else can change it."""

    conn: AsyncConnection
    tree: GroupTree
    services: Sequence[ServiceDefinition]

    def found(self, name: str) -> str:
        """Raises NotFound."""
        if name not in self.tree:
            raise NotFound(f"there is no group {name}")
        return name

    def view(self, name: str) -> GroupView:
        return view_of(name, self.tree.rows.get(name), {service.pk: service.service_id for service in self.services})

    def in_group(self, name: str) -> list[ServiceDefinition]:
        return [service for service in self.services if service.group == name]


def view_of(name: str, row: Group | None, names: Mapping[int, str]) -> GroupView:
    """A group by its row, if it has one. `names` are the service_ids by pk: who has none has no weight."""
    if row is None:
        return GroupView(name)
    rollup = rollup_of(row.rollup).document()
    if rollup is not None:
        weights = {names[int(pk)]: weight for pk, weight in rollup["weights"].items() if int(pk) in names}
        rollup["weights"] = dict(sorted(weights.items()))
    return GroupView(name, row.description, row.parent, rollup, row.managed_by)


class GroupUseCases:
    """What a person or a client does with groups. All of it takes the permission service:write."""

    def __init__(self, database: Database, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus

    async def create(self, identity: Identity, values: Mapping[str, Any]) -> GroupView:
        """Add one, or describe one that so far only services name.

        Raises InvalidInput with a message for each wrong field, Conflict when it has a description already.
        """
        identity.require(SERVICE_WRITE)
        given = GroupInput.parse({"name": "", **values})
        assert given.name is not None
        async with self._alone() as present:
            if given.name in present.tree.rows:
                raise Conflict({"name": f"is taken: there is a group {given.name}"})
            return await self._save(present, identity, "group.create", given.name, given)

    async def update(
        self, identity: Identity, name: str, values: Mapping[str, Any], *, expected_version: str | None = None
    ) -> GroupView:
        """Change what is named; another name takes its services and the groups in it along.

        Raises NotFound; Stale when it is not the expected version; InvalidInput; Conflict when the new name is taken,
        or, with the `path`, when the group would be in itself.
        """
        identity.require(SERVICE_WRITE)
        given = GroupInput.parse(values)
        try:
            async with self._alone() as present:
                before = present.view(present.found(name))
                if expected_version is not None and before.version != expected_version:
                    text = f"{name} was changed by somebody else meanwhile: read it again, then change it"
                    raise Stale({"group": text})
                return await self._save(present, identity, "group.update", name, given)
        except _Unchanged as unchanged:
            return unchanged.view

    async def delete(self, identity: Identity, name: str, *, services_to: str | None = None) -> GroupDeleted:
        """Take a group away. Its services stay: they go to its parent, to another group, or to none ("").

        Groups in it go to its parent. Raises NotFound; InvalidInput for another group that does not exist.
        """
        identity.require(SERVICE_WRITE)
        async with self._alone() as present:
            before, parent = present.view(present.found(name)), present.tree.parent(name)
            wanted = parent if services_to is None else given_group("services_to", services_to, is_required=False)
            if wanted == name or (wanted and wanted not in present.tree):
                raise InvalidInput({"services_to": f"must be another group that exists, or none, got {wanted}"})
            now = self._clock.now()
            await dissolve_group(present.conn, name, present.services, present.tree)
            moved, after = await self._move_services(present, name, wanted)
            inner, inner_after = await self._move_groups(present, name, parent)
            own = [row] if (row := present.tree.rows.get(name)) is not None else []
            await table.delete_groups(present.conn, [row.pk for row in own])
            did = [*group_items(own), *service_items(moved, after), *group_items(inner, inner_after)]
            await record_change(present.conn, identity, "group.delete", now, did)
            names = [group.name for group in inner]
            document = before.document | _named(moved) | {"services_to": wanted, "groups": names}
            await _record(present, identity, "group.delete", name, at=now, before=document)
        return GroupDeleted(wanted, len(moved), len(inner))

    async def _save(
        self, present: _Present, identity: Identity, action: str, name: str, given: GroupInput
    ) -> GroupView:
        before, row = present.view(name), present.tree.rows.get(name)
        wanted = _wanted(present, before, given)
        if wanted.document == before.document and (row is not None or action == "group.update"):
            raise _Unchanged(before)
        now = self._clock.now()
        values: dict[str, Any] = {"name": wanted.name, "description": wanted.description, "parent": wanted.parent}
        values["updated_at"] = now
        values["rollup"] = row.rollup if row is not None else None
        if given.rollup is not None:
            values["rollup"] = given.rollup.stored({one.service_id: one.pk for one in present.services})
        if row is None:
            did = group_items(after=await table.insert_groups(present.conn, [values | {"created_at": now}]))
        else:
            await table.update_groups(present.conn, [(row.pk, values)])
            did = group_items([row], [replace(row, **values)])
        moved: list[ServiceDefinition] = []
        if wanted.name != name:
            action = "group.rename"
            await rename_group(present.conn, name, wanted.name)
            await rename_group_in_scopes(present.conn, name, wanted.name)
            moved, after = await self._move_services(present, name, wanted.name)
            did += service_items(moved, after) + group_items(*await self._move_groups(present, name, wanted.name))
        await record_change(present.conn, identity, action, now, did)
        is_new = row is None and action == "group.create"
        sides = {
            "before": None if is_new else before.document,
            "after": wanted.document | (_named(moved) if moved else {}),
        }
        await _record(present, identity, action, wanted.name, at=now, **sides)
        return wanted

    async def _move_services(
        self, present: _Present, name: str, to: str
    ) -> tuple[list[ServiceDefinition], list[ServiceDefinition]]:
        """The services directly in a group go to another one; they as they were, and as they are."""
        before = present.in_group(name)
        values = {"group": to, "updated_at": self._clock.now()}
        return before, await service_table.update_services(present.conn, [(each.pk, values) for each in before])

    async def _move_groups(self, present: _Present, name: str, to: str) -> tuple[list[Group], list[Group]]:
        """The same with the groups directly in it."""
        before = [row for row in present.tree.rows.values() if row.parent == name]
        values: dict[str, Any] = {"parent": to, "updated_at": self._clock.now()}
        await table.update_groups(present.conn, [(row.pk, values) for row in before])
        return before, [replace(row, **values) for row in before]

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[_Present]:
        """A write transaction that others who change services or groups wait for, with what there is.

        That something has changed is told once it is over.
        """
        async with self._database.write() as conn:
            await service_table.raise_counter(conn, SERVICE_REVISION)
            services = await service_table.load_services(conn)
            tree = GroupTree(await table.load_groups(conn), {service.group for service in services})
            yield _Present(conn, tree, services)
            revision = await service_table.service_revision(conn)
        self._bus.publish(ServicesChanged(revision))


def _wanted(present: _Present, before: GroupView, given: GroupInput) -> GroupView:
    """The group as it is to be. Raises InvalidInput and Conflict."""
    name = before.name if given.name is None else given.name
    if name != before.name and name in present.tree:
        raise Conflict({"name": f"is taken: there is a group {name}"})
    parent = before.parent if given.parent is None else given.parent
    if given.parent is not None and given.parent != before.parent:
        _judge_parent(present.tree, before.name, given.parent)
    rollup = before.rollup
    if given.rollup is not None:
        rollup = given.rollup.stored({service.service_id: service.pk for service in present.services})
        if rollup is not None:
            rollup["weights"] = dict(sorted(given.rollup.weights.items()))
    description = before.description if given.description is None else given.description
    return GroupView(name, description, parent, rollup, before.managed_by)


def _judge_parent(tree: GroupTree, name: str, parent: str) -> None:
    """Raises InvalidInput for one that there is not or that stands too deep, Conflict for a circle."""
    if parent and parent not in tree:
        raise InvalidInput({"parent": f"must be a group that exists: there is no {parent}"})
    if (circle := tree.circle(name, parent)) is not None:
        way = " → ".join(circle)
        raise Conflict({"parent": f"must not be in the group itself: {way}"}, {"reason": "circle", "path": circle})
    levels = (tree.depth(parent) if parent else 0) + (tree.height(name) if name in tree else 1)
    if levels > DEPTH_LIMIT:
        raise InvalidInput({"parent": f"must leave the tree at most {DEPTH_LIMIT} levels deep, would be {levels}"})


async def _record(present: _Present, identity: Identity, action: str, name: str, *, at: datetime, **sides: Any) -> None:
    await record(present.conn, identity, action, at=at, target_type="group", target=name, **sides)


def _named(services: Sequence[ServiceDefinition]) -> dict[str, Any]:
    """What the audit log tells of services that went along."""
    if len(services) > _AUDITED_LIMIT:
        return {"services": f"{len(services)} services"}
    return {"services": [service.service_id for service in services]}
