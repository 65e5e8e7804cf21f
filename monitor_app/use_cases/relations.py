"""Adding, changing and deleting relations: each one transaction, in which nobody else can close a circle."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

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
from monitor_app.use_cases.auditing import record_relations, shown_relation
from monitor_app.use_cases.drift import differences
from monitor_app.use_cases.relation_graph import RelationGraph, load_graph
from monitor_app.use_cases.relation_input import RelationInput
from monitor_app.use_cases.services import Clock

MANY_LIMIT = 1000
Reason = Literal["", "unknown", "self", "duplicate", "circle"]


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


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a relation could be saved. `path` is the circle that it would close, `relations` what could be cut."""

    reason: Reason = ""
    message: str = ""
    path: Sequence[str] = ()
    relations: Sequence[int] = ()


class Refused(Conflict):
    """A relation contradicts what is there, and why."""

    def __init__(self, reason: Reason, text: str, details: Mapping[str, Any]) -> None:
        self.reason = reason
        super().__init__({"target_service_id": text}, {"reason": reason, **details})


class RelationUseCases:
    """All need the permission relation:write. Whose service is deleted, that relation is not there until it is back."""

    def __init__(self, database: Database, registry: KindRegistry, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock
        self._bus = bus

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
            _judge(graph, wanted, leads_anew=wanted.enabled and not (old.enabled and is_same_way))
            now = self._clock.now()
            columns = _columns(graph, wanted) | {"updated_at": now}
            relation = await table.update_relation(conn, before.relation.pk, columns)
            after = RelationView(relation, wanted.source_service_id, wanted.target_service_id)
            documents = {"before": [before.document], "after": [after.document]}
            await record_relations(conn, identity, "relation.update", now, **documents)
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
            await record_relations(conn, identity, "relation.delete", now, before=[before.document])
        self._bus.publish(ServicesChanged(revision))

    async def validate(self, identity: Identity, values: Mapping[str, Any], relation_id: int | None = None) -> Verdict:
        """Whether one could be saved now, in place of `relation_id` if that is given.

        Raises InvalidInput for what is wrong by itself, NotFound for an unknown `relation_id`.
        """
        identity.require(RELATION_WRITE)
        wanted = RelationInput.parse(values)
        async with self._database.read() as conn:
            replaced = () if relation_id is None else ((await _find(conn, relation_id)).relation.pk,)
            graph = await load_graph(conn, self._registry, without=replaced)
        try:
            _judge(graph, wanted, leads_anew=wanted.enabled)
        except Refused as err:
            message = err.fields["target_service_id"]
            return Verdict(err.reason, message, err.details.get("path", ()), err.details.get("relations", ()))
        except InvalidInput as err:
            reason: Reason = "self" if wanted.source_service_id == wanted.target_service_id else "unknown"
            return Verdict(reason, str(err))
        return Verdict()

    async def _add(self, identity: Identity, many: Sequence[Mapping[str, Any]], *, is_partly: bool) -> Added:
        identity.require(RELATION_WRITE)
        if len(many) > MANY_LIMIT:
            raise InvalidInput({"relations": f"must be at most {MANY_LIMIT} at once, got {len(many)}"})
        async with self._alone() as (conn, revision):
            graph = await load_graph(conn, self._registry)
            # Each of them is a walk through all that it leads to.
            good, errors = await asyncio.to_thread(_judge_all, graph, many)
            if errors and not is_partly:
                raise _together(errors, is_numbered=len(many) > 1)
            now = self._clock.now()
            rows = [_columns(graph, wanted) | {"created_at": now, "updated_at": now} for wanted in good]
            added = [
                RelationView(relation, wanted.source_service_id, wanted.target_service_id)
                for relation, wanted in zip(await table.insert_relations(conn, rows), good, strict=True)
            ]
            if added:
                documents = [view.document for view in added]
                await record_relations(conn, identity, "relation.create", now, after=documents)
        if added:
            self._bus.publish(ServicesChanged(revision))
        return Added(added, errors)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[tuple[AsyncConnection, int]]:
        """A write transaction that others who change services or relations wait for, and its service revision."""
        async with self._database.write() as conn:
            yield conn, await table.raise_counters(conn)


def _judge(graph: RelationGraph, wanted: RelationInput, *, leads_anew: bool) -> None:
    """Raises InvalidInput for unknown services and for a relation to itself, Refused for a twin and for a circle."""
    source, target = wanted.source_service_id, wanted.target_service_id
    ends = {"source_service_id": source, "target_service_id": target}
    if unknown := {field: name for field, name in ends.items() if name not in graph.pks}:
        raise InvalidInput(
            {field: f"must be a service that exists: there is no {name}" for field, name in unknown.items()}
        )
    if source == target:
        raise InvalidInput({"target_service_id": f"must be another service: {source} cannot be related to itself"})
    if (twin := graph.twin(source, target, wanted.relation_type)) is not None:
        same = f"is related to {source} by {wanted.relation_type} already"
        raise Refused("duplicate", f"{same}: relation {twin}" if twin else same, {"relation_id": twin or None})
    if leads_anew and (circle := graph.closed_by(source, target)) is not None:
        raise Refused("circle", f"must not close a circle: {circle.advice}", circle.details)


def _judge_all(
    graph: RelationGraph, many: Sequence[Mapping[str, Any]]
) -> tuple[list[RelationInput], dict[int, InvalidInput]]:
    """Those that can be added, each counting for those after it; and for the number of each other one why not."""
    good: list[RelationInput] = []
    errors: dict[int, InvalidInput] = {}
    for number, values in enumerate(many, 1):
        try:
            wanted = RelationInput.parse(values)
            _judge(graph, wanted, leads_anew=wanted.enabled)
        except InvalidInput as err:
            errors[number] = err
        else:
            graph.plan(wanted.source_service_id, wanted.target_service_id, wanted.relation_type, wanted.enabled)
            good.append(wanted)
    return good, errors


def _together(errors: Mapping[int, InvalidInput], *, is_numbered: bool) -> InvalidInput:
    """All of them as one; a conflict when nothing else is wrong, with the details of the first."""
    if not is_numbered:
        return next(iter(errors.values()))
    messages = {f"{number}.{name}": text for number, err in errors.items() for name, text in err.fields.items()}
    first = next(iter(errors.values()))
    if isinstance(first, Conflict) and all(isinstance(err, Conflict) for err in errors.values()):
        return Conflict(messages, first.details)
    return InvalidInput(messages)


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


async def _names(conn: AsyncConnection) -> dict[int, str]:
    return {pk: service_id for pk, service_id, _ in await table.load_ends(conn)}


def _view(relation: Relation, names: Mapping[int, str]) -> RelationView | None:
    source, target = names.get(relation.source_pk), names.get(relation.target_pk)
    return None if source is None or target is None else RelationView(relation, source, target)


def _refuse_stale(view: RelationView, expected_version: str | None) -> None:
    if expected_version is not None and view.version != expected_version:
        ends = f"{view.source_service_id} -> {view.target_service_id}"
        raise Stale({"relation": f"{ends} was changed by somebody else meanwhile: read it again, then change it"})
