"""Adding, changing and deleting relations: each one transaction, in which nobody else can close a circle."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.bus.local import Bus
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.given import given_pk
from monitor_app.domain.relation import Relation
from monitor_app.domain.version import content_version
from monitor_app.errors import Conflict, InvalidInput, NotFound, Stale
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import RELATION_WRITE, Identity
from monitor_app.storage import relations as table
from monitor_app.storage.database import Database
from monitor_app.storage.services import service_revision
from monitor_app.use_cases.auditing import record_relations, shown_relation
from monitor_app.use_cases.drift import differences
from monitor_app.use_cases.relation_graph import RelationGraph, load_graph
from monitor_app.use_cases.relation_input import RelationInput
from monitor_app.use_cases.relation_judging import Verdict, judge, judge_all, together, verdict_on
from monitor_app.use_cases.services import Clock

MANY_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class RelationView:
    """A relation with the service_ids of its ends."""

    relation: Relation
    source_service_id: str
    target_service_id: str

    @property
    def document(self) -> dict[str, Any]:
        """What people set, as the audit log shows it."""
        return shown_relation(self.relation, self.source_service_id, self.target_service_id)

    @property
    def drift(self) -> tuple[str, ...]:
        """The names of what is not as the file says that made it."""
        return () if self.relation.applied is None else differences(self.relation.applied, self.document)

    @property
    def version(self) -> str:
        """Another one whenever anything of it is another."""
        relation = self.relation
        return content_version(
            [relation.pk, self.document, relation.managed_by, relation.applied, relation.updated_at.isoformat()]
        )


@dataclass(frozen=True, slots=True)
class Added:
    """What became of several relations: those that were added, and for the number of each other one (from 1) why."""

    relations: list[RelationView]
    errors: dict[int, InvalidInput]


class RelationUseCases:
    """All need the permission relation:write. Whose service is deleted, that relation is not there until it is back."""

    def __init__(self, database: Database, registry: KindRegistry, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock
        self._bus = bus
        # For questions, not for saving: the graph as of a revision of the services, with that.
        self._known: tuple[int, RelationGraph] | None = None

    async def get(self, identity: Identity, relation_id: int) -> RelationView:
        """Raises NotFound."""
        identity.require(RELATION_WRITE)
        async with self._database.read() as conn:
            return await _find(conn, relation_id)

    async def list_all(self, identity: Identity) -> list[RelationView]:
        """Every one, by its number."""
        identity.require(RELATION_WRITE)
        async with self._database.read() as conn:
            names = await _names(conn)
            found = [_view(relation, names) for relation in await table.load_relations(conn)]
        return [view for view in found if view is not None]

    async def create(self, identity: Identity, values: Mapping[str, Any]) -> RelationView:
        """Add one. Raises InvalidInput, and Conflict for one that is there already or would close a circle."""
        return (await self.create_many(identity, [values]))[0]

    async def create_many(self, identity: Identity, many: Sequence[Mapping[str, Any]]) -> list[RelationView]:
        """Add some, all of them or none, in the given order; at most 1000 at once.

        Raises as `create`; with more than one, a field's name is preceded by its number: `2.target_service_id`.
        """
        return (await self._add(identity, many, is_partly=False)).relations

    async def create_some(self, identity: Identity, many: Sequence[Mapping[str, Any]]) -> Added:
        """Add those that are good. Each counts for those after it. Raises InvalidInput for more than 1000."""
        return await self._add(identity, many, is_partly=True)

    async def update(
        self, identity: Identity, relation_id: int, values: Mapping[str, Any], *, expected_version: str | None = None
    ) -> RelationView:
        """Change one: what `values` do not name stays as it is.

        Raises InvalidInput, NotFound, Stale when it is not the expected version, and Conflict as `create` does: also
        when a disabled one is enabled.
        """
        identity.require(RELATION_WRITE)
        async with self._alone() as (conn, revision):
            before = await _find(conn, relation_id)
            _refuse_stale(before, expected_version)
            wanted = RelationInput.parse(before.document | dict(values))
            if wanted.to_dict() == before.document:
                return before
            graph = await load_graph(conn, self._registry, without=(before.relation.pk,))
            old = RelationInput(**before.document)
            is_same_way = (old.source_service_id, old.target_service_id) == (
                wanted.source_service_id,
                wanted.target_service_id,
            )
            # One that leads where it led before closes no circle, and must be free to change in everything else.
            judge(graph, wanted, leads_anew=wanted.enabled and not (old.enabled and is_same_way))
            now = self._clock.now()
            columns = _columns(graph, wanted) | {"updated_at": now}
            relation = await table.update_relation(conn, before.relation.pk, columns)
            after = RelationView(relation, wanted.source_service_id, wanted.target_service_id)
            await _record(conn, identity, "relation.update", now, before=[before], after=[after])
        self._bus.publish(ServicesChanged(revision))
        return after

    async def delete(self, identity: Identity, relation_id: int, *, expected_version: str | None = None) -> None:
        """Raises NotFound, Stale when it is not the expected version."""
        identity.require(RELATION_WRITE)
        async with self._alone() as (conn, revision):
            before = await _find(conn, relation_id)
            _refuse_stale(before, expected_version)
            await table.delete_relation(conn, before.relation.pk)
            now = self._clock.now()
            await _record(conn, identity, "relation.delete", now, before=[before])
        self._bus.publish(ServicesChanged(revision))

    async def change_many(
        self, identity: Identity, relation_ids: Collection[int], *, enabled: bool
    ) -> list[RelationView]:
        """Enable or disable some, all of them or none; returns those that were not so before.

        Raises InvalidInput for more than 1000, NotFound, and Conflict when enabled ones would close a circle: a message
        for each of them by its number, with the details of the first.
        """
        identity.require(RELATION_WRITE)
        async with self._database.read() as conn:
            if all(one.relation.enabled is enabled for one in await _find_many(conn, relation_ids)):
                return []
        async with self._alone() as (conn, revision):
            before = [one for one in await _find_many(conn, relation_ids) if one.relation.enabled is not enabled]
            if not before:
                return []
            graph = await load_graph(conn, self._registry)
            if enabled:
                await asyncio.to_thread(_refuse_enabling, graph, before)
            now = self._clock.now()
            values = {"enabled": enabled, "updated_at": now}
            await table.update_relations(conn, [(one.relation.pk, values) for one in before])
            after = [replace(one, relation=replace(one.relation, enabled=enabled, updated_at=now)) for one in before]
            await _record(conn, identity, "relation.update", now, before=before, after=after)
        self._bus.publish(ServicesChanged(revision))
        return after

    async def delete_many(self, identity: Identity, relation_ids: Collection[int]) -> list[RelationView]:
        """Delete some, all of them or none; returns them as they were.

        Raises InvalidInput for more than 1000, NotFound.
        """
        identity.require(RELATION_WRITE)
        async with self._alone() as (conn, revision):
            before = await _find_many(conn, relation_ids)
            if not before:
                return []
            await table.delete_relations(conn, [one.relation.pk for one in before])
            now = self._clock.now()
            await _record(conn, identity, "relation.delete", now, before=before)
        self._bus.publish(ServicesChanged(revision))
        return before

    async def validate(self, identity: Identity, values: Mapping[str, Any], relation_id: int | None = None) -> Verdict:
        """Whether one could be saved now, in place of `relation_id` if that is given.

        Raises InvalidInput for what is wrong by itself, NotFound for an unknown `relation_id`.
        """
        identity.require(RELATION_WRITE)
        wanted = RelationInput.parse(values)
        return verdict_on(await self._graph(relation_id), wanted)

    async def _graph(self, without: int | None) -> RelationGraph:
        """As it is now, but for one relation; not to be changed. Raises NotFound."""
        async with self._database.read() as conn:
            if without is not None:
                return await load_graph(conn, self._registry, without=((await _find(conn, without)).relation.pk,))
            # Each change of a relation raises it, too. Asked for first: what is read after it is that new at least.
            revision = await service_revision(conn)
            if self._known is None or self._known[0] != revision:
                self._known = revision, await load_graph(conn, self._registry)
            return self._known[1]

    async def _add(self, identity: Identity, many: Sequence[Mapping[str, Any]], *, is_partly: bool) -> Added:
        identity.require(RELATION_WRITE)
        _refuse_too_many(len(many))
        async with self._alone() as (conn, revision):
            graph = await load_graph(conn, self._registry)
            # Each of them is a walk through all that it leads to.
            good, errors = await asyncio.to_thread(judge_all, graph, many)
            if errors and not is_partly:
                raise together(errors, is_numbered=len(many) > 1)
            now = self._clock.now()
            rows = [_columns(graph, wanted) | {"created_at": now, "updated_at": now} for wanted in good]
            added = [
                RelationView(relation, wanted.source_service_id, wanted.target_service_id)
                for relation, wanted in zip(await table.insert_relations(conn, rows), good, strict=True)
            ]
            if added:
                await _record(conn, identity, "relation.create", now, after=added)
        if added:
            self._bus.publish(ServicesChanged(revision))
        return Added(added, errors)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[tuple[AsyncConnection, int]]:
        """A write transaction that others who change services or relations wait for, and its service revision."""
        async with self._database.write() as conn:
            yield conn, await table.raise_counters(conn)


async def _record(
    conn: AsyncConnection,
    identity: Identity,
    action: str,
    at: datetime,
    *,
    before: Sequence[RelationView] = (),
    after: Sequence[RelationView] = (),
) -> None:
    await record_relations(
        conn,
        identity,
        action,
        at,
        before=[view.document for view in before],
        after=[view.document for view in after],
        changed_before=[view.relation for view in before],
        changed_after=[view.relation for view in after],
    )


def _columns(graph: RelationGraph, wanted: RelationInput) -> dict[str, Any]:
    return {
        "source_pk": graph.pks[wanted.source_service_id],
        "target_pk": graph.pks[wanted.target_service_id],
        "relation_type": wanted.relation_type,
        "enabled": wanted.enabled,
        "note": wanted.note,
    }


async def _find(conn: AsyncConnection, relation_id: int) -> RelationView:
    """Raises NotFound, also while one of its services is deleted; InvalidInput for what no relation can have."""
    relation = await table.find_relation(conn, given_pk("relation_id", relation_id))
    view = None if relation is None else _view(relation, await _names(conn))
    if view is None:
        raise NotFound(f"there is no relation {relation_id}")
    return view


async def _find_many(conn: AsyncConnection, relation_ids: Collection[int]) -> list[RelationView]:
    """In the order of their numbers, each once. Raises InvalidInput and NotFound as `_find`."""
    _refuse_too_many(len(relation_ids))
    wanted = {given_pk("relation_id", relation_id) for relation_id in relation_ids}
    if not wanted:
        return []
    names = await _names(conn)
    views = (_view(relation, names) for relation in await table.load_relations(conn) if relation.pk in wanted)
    found = [view for view in views if view is not None]
    if missing := sorted(wanted - {view.relation.pk for view in found}):
        raise NotFound(f"there is no relation {missing[0]}")
    return found


def _refuse_enabling(graph: RelationGraph, views: Sequence[RelationView]) -> None:
    """Each that is good counts for those after it."""
    errors: dict[str, str] = {}
    details: Mapping[str, Any] = {}
    for view in views:
        ends = view.source_service_id, view.target_service_id
        if (circle := graph.closed_by(*ends)) is None:
            graph.add(replace(view.relation, enabled=True))
            continue
        errors[str(view.relation.pk)] = f"{' -> '.join(ends)} must not close a circle: {circle.advice}"
        details = details or {"reason": "circle", **circle.details}
    if errors:
        raise Conflict(errors, details)


def _refuse_too_many(count: int) -> None:
    """Raises InvalidInput."""
    if count > MANY_LIMIT:
        raise InvalidInput({"relations": f"must be at most {MANY_LIMIT} at once, got {count}"})


async def _names(conn: AsyncConnection) -> dict[int, str]:
    return {pk: service_id for pk, service_id, _ in await table.load_ends(conn)}


def _view(relation: Relation, names: Mapping[int, str]) -> RelationView | None:
    source, target = names.get(relation.source_pk), names.get(relation.target_pk)
    return None if source is None or target is None else RelationView(relation, source, target)


def _refuse_stale(view: RelationView, expected_version: str | None) -> None:
    if expected_version is not None and view.version != expected_version:
        ends = f"{view.source_service_id} -> {view.target_service_id}"
        raise Stale({"relation": f"{ends} was changed by somebody else meanwhile: read it again, then change it"})
