"""Makes services, relations and groups as a change wants them, all or nothing: undo, redo and going back share this.

What is wanted is a list of items: `before` is what must be there now, `after` what is to be there then.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.change import GROUP, RELATION, SERVICE, Change, ChangeItem
from monitor_app.domain.group import Group
from monitor_app.domain.relation import Relation
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import RELATION_WRITE, SERVICE_DELETE, SERVICE_WRITE, Identity
from monitor_app.storage import relations as relation_table
from monitor_app.storage import services as service_table
from monitor_app.storage.change_log import group_document, relation_document, service_document
from monitor_app.storage.groups import load_groups
from monitor_app.use_cases.change_conflicts import Stray, named
from monitor_app.use_cases.change_users import refuse_used
from monitor_app.use_cases.group_writing import GroupPair, judge_groups, write_groups
from monitor_app.use_cases.members import refuse_missing_members, rename_member
from monitor_app.use_cases.relation_graph import load_graph
from monitor_app.use_cases.services import require_own

FIELD = "change"


@dataclass(slots=True)
class Written:
    """What was made of it: services, relations and groups before and after, each pair at the same place."""

    came: list[ServiceDefinition] = field(default_factory=list)
    went: list[ServiceDefinition] = field(default_factory=list)
    changed: list[tuple[ServiceDefinition, ServiceDefinition]] = field(default_factory=list)
    linked: list[Relation] = field(default_factory=list)
    unlinked: list[Relation] = field(default_factory=list)
    relinked: list[tuple[Relation, Relation]] = field(default_factory=list)
    grouped: list[GroupPair] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Present:
    """What the items are about, as it is now."""

    services: Mapping[int, ServiceDefinition]
    relations: Mapping[int, Relation]
    names: Mapping[int, str]
    groups: Mapping[int, Group]

    def name_of(self, item: ChangeItem) -> str:
        """What people call it."""
        if item.subject == SERVICE:
            service = self.services.get(item.subject_pk)
            return service.label if service else str((item.after or item.before or {}).get("label", "a service"))
        if item.subject == GROUP:
            group = self.groups.get(item.subject_pk)
            return group.name if group else str((item.after or item.before or {}).get("name", "a group"))
        ends = item.after or item.before or {}
        relation = self.relations.get(item.subject_pk)
        pks = (relation.source_pk, relation.target_pk) if relation else (ends.get("source_pk"), ends.get("target_pk"))
        return " -> ".join(self.names.get(pk or 0, "a service that is gone") for pk in pks)


class ChangeWriter:
    """Works in the transaction of its caller, who keeps all others out (storage/relations.raise_counters)."""

    def __init__(self, registry: KindRegistry) -> None:
        self._registry = registry

    async def find_strays(self, conn: AsyncConnection, items: Sequence[ChangeItem]) -> list[Stray]:
        """What is not as the items expect it, because somebody changed it since."""
        present = await _load_present(conn, items)
        return [stray for item in items if (stray := _stray(item, present)) is not None]

    async def write(
        self,
        conn: AsyncConnection,
        identity: Identity,
        items: Sequence[ChangeItem],
        now: datetime,
        change: Change | None = None,
    ) -> Written:
        """Write what is as expected, see `find_strays`. `change` is what is undone or done again.

        Raises PermissionDenied for what the caller may not do directly; Conflict when an id is taken, a member or an
        end of a relation does not exist, there is such a relation, or a circle would be closed. All is to be rolled
        back then.
        """
        present, written = await _load_present(conn, items), Written()
        of = _sorted(items)
        _require(identity, of, present)
        await self._unlink(conn, of[RELATION, "goes"], present, written)
        await self._remove(conn, of[SERVICE, "goes"], present, written, now, change)
        await self._refuse_taken(conn, of, present)
        await self._change(conn, of[SERVICE, "stays"], present, written, now)
        await self._restore(conn, of[SERVICE, "comes"], present, written, now)
        await self._relink(conn, of[RELATION, "stays"], present, written, now)
        await self._link(conn, of[RELATION, "comes"], present, written, now)
        group_items = [item for item in items if item.subject == GROUP]
        written.grouped = await write_groups(conn, group_items, present.groups, now)
        await judge_groups(conn, written.grouped)
        await self._judge(conn, written)
        for before, after in written.changed:
            if before.service_id != after.service_id:
                await rename_member(conn, self._registry, identity, before.service_id, after.service_id, now)
        return written

    async def _unlink(
        self, conn: AsyncConnection, items: Sequence[ChangeItem], present: _Present, written: Written
    ) -> None:
        written.unlinked = [present.relations[item.subject_pk] for item in items]
        await relation_table.delete_relations(conn, [relation.pk for relation in written.unlinked])

    async def _remove(
        self,
        conn: AsyncConnection,
        items: Sequence[ChangeItem],
        present: _Present,
        written: Written,
        now: datetime,
        change: Change | None,
    ) -> None:
        if not items:
            return
        written.went = [present.services[item.subject_pk] for item in items]
        if change is not None:
            await refuse_used(conn, self._registry, written.went, change)
        await service_table.delete_services(conn, [service.pk for service in written.went], now)

    async def _refuse_taken(
        self, conn: AsyncConnection, of: Mapping[tuple[str, str], Sequence[ChangeItem]], present: _Present
    ) -> None:
        """Raises Conflict when another service has an id that is wanted."""
        wanted = [str((item.after or {})["service_id"]) for item in of[SERVICE, "comes"]]
        leaving = set()
        for item in of[SERVICE, "stays"]:
            if item.after is not None and "service_id" in item.after:
                wanted.append(str(item.after["service_id"]))
                leaving.add(present.services[item.subject_pk].service_id)
        if taken := sorted(await service_table.taken_service_ids(conn, wanted) - leaving):
            text = f"{named(taken)} {'is the id of another service' if len(taken) == 1 else 'are ids of others'} by now"
            raise Conflict({"service_id": text}, {"taken": taken})

    async def _change(
        self, conn: AsyncConnection, items: Sequence[ChangeItem], present: _Present, written: Written, now: datetime
    ) -> None:
        groups: dict[tuple[str, ...], list[ChangeItem]] = defaultdict(list)
        for item in items:
            groups[tuple(item.after or ())].append(item)
        for names, some in groups.items():
            changes = [(item.subject_pk, {**(item.after or {}), "updated_at": now}) for item in some]
            if "service_id" in names:
                after = [await service_table.update_service(conn, pk, values) for pk, values in changes]
            else:
                after = await service_table.update_services(conn, changes)
            written.changed += [(present.services[service.pk], service) for service in after]

    async def _restore(
        self, conn: AsyncConnection, items: Sequence[ChangeItem], present: _Present, written: Written, now: datetime
    ) -> None:
        if not items:
            return
        there = {item.subject_pk: present.services[item.subject_pk] for item in items}
        wanted = {item.subject_pk: item.after or {} for item in items}
        names = {
            pk: wanted[pk]["service_id"]
            for pk, service in there.items()
            if service.service_id != wanted[pk]["service_id"]
        }
        written.came = await service_table.restore_services(conn, list(there), now, names)

    async def _relink(
        self, conn: AsyncConnection, items: Sequence[ChangeItem], present: _Present, written: Written, now: datetime
    ) -> None:
        for item in items:
            values = _relation_columns(item.after or {}) | {"updated_at": now}
            after = await relation_table.update_relation(conn, item.subject_pk, values)
            written.relinked.append((present.relations[item.subject_pk], after))

    async def _link(
        self, conn: AsyncConnection, items: Sequence[ChangeItem], present: _Present, written: Written, now: datetime
    ) -> None:
        if not items:
            return
        rows = [_relation_columns(item.after or {}) | {"pk": item.subject_pk, "updated_at": now} for item in items]
        there = {pk for pk, _, _ in await relation_table.load_ends(conn)}
        if gone := [item for item in items if not there.issuperset(_ends(item))]:
            raise Conflict({FIELD: f"{named(map(present.name_of, gone))} would lead to a service that is deleted"})
        written.linked = await relation_table.insert_relations(conn, rows)

    async def _judge(self, conn: AsyncConnection, written: Written) -> None:
        """Raises Conflict where members are missing, or a circle is closed."""
        graph = await load_graph(conn, self._registry)
        for before, after in written.changed:
            if before.status_config != after.status_config:
                refuse_missing_members(self._registry, graph, before, after)
        if graph.any() is None:
            return
        leads_anew = [service.service_id for service in (*written.came, *(after for _, after in written.changed))]
        linked = (*written.linked, *(after for _, after in written.relinked))
        leads_anew += [ends[0] for relation in linked if relation.enabled and (ends := graph.ends(relation))]
        for name in dict.fromkeys(leads_anew):
            if (circle := graph.through(name)) is not None:
                raise circle.conflict(FIELD, f"would close a circle: {circle.advice}")


def _sorted(items: Sequence[ChangeItem]) -> Mapping[tuple[str, str], Sequence[ChangeItem]]:
    """By what they are about, and by what becomes of it."""
    found: dict[tuple[str, str], list[ChangeItem]] = defaultdict(list)
    for item in items:
        what = "comes" if item.before is None else "goes" if item.after is None else "stays"
        found[item.subject, what].append(item)
    return found


def _require(identity: Identity, of: Mapping[tuple[str, str], Sequence[ChangeItem]], present: _Present) -> None:
    if any(of[RELATION, what] for what in ("comes", "goes", "stays")):
        identity.require(RELATION_WRITE)
    if of[SERVICE, "stays"] or any(of[GROUP, what] for what in ("comes", "goes", "stays")):
        identity.require(SERVICE_WRITE)
    if owned := [*of[SERVICE, "comes"], *of[SERVICE, "goes"]]:
        identity.require(SERVICE_DELETE)
        require_own(identity, [present.services[item.subject_pk] for item in owned])


async def _load_present(conn: AsyncConnection, items: Sequence[ChangeItem]) -> _Present:
    services = await service_table.load_services_by_pk(conn, _pks(items, SERVICE))
    pks = _pks(items, GROUP)
    groups = {group.pk: group for group in await load_groups(conn) if group.pk in pks} if pks else {}
    wanted = _pks(items, RELATION)
    if not wanted:
        return _Present(services, {}, {}, groups)
    relations = {relation.pk: relation for relation in await relation_table.load_relations(conn)}
    names = {pk: name for pk, name, _ in await relation_table.load_ends(conn)}
    return _Present(services, {pk: relations[pk] for pk in wanted if pk in relations}, names, groups)


def _pks(items: Sequence[ChangeItem], subject: str) -> Collection[int]:
    return {item.subject_pk for item in items if item.subject == subject}


def _stray(item: ChangeItem, present: _Present) -> Stray | None:
    if item.subject == SERVICE:
        service = present.services.get(item.subject_pk)
        is_there = service is not None and not service.is_deleted
        is_lost = service is None or service.is_purged
        document = {} if service is None else service_document(service)
    elif item.subject == GROUP:
        group = present.groups.get(item.subject_pk)
        is_there, is_lost = group is not None, False
        document = {} if group is None else group_document(group)
    else:
        relation = present.relations.get(item.subject_pk)
        is_there, is_lost = relation is not None, False
        document = {} if relation is None else relation_document(relation)
    name = present.name_of(item)
    if item.before is None:
        if is_there:
            return Stray(item, name, "is there again already")
        return Stray(item, name, "is gone for good") if is_lost else None
    if not is_there:
        return Stray(item, name, "was deleted meanwhile")
    if strayed := item.strayed(document):
        expected = {column: item.before[column] for column in strayed}
        return Stray(item, name, "", expected, {column: document[column] for column in strayed})
    return None


def _relation_columns(document: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(document)
    if "created_at" in columns:
        columns["created_at"] = datetime.fromisoformat(columns["created_at"])
    return columns


def _ends(item: ChangeItem) -> set[int]:
    columns = item.after or {}
    return {columns["source_pk"], columns["target_pk"]}
