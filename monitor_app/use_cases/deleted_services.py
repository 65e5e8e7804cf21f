"""Services that were deleted lately, to bring them back; and what hangs on those that are about to be deleted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.graph import graph_of, reachable, turned
from monitor_app.domain.service import DELETED_DAYS, ServiceDefinition
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import SERVICE_DELETE, SERVICE_DELETE_ANY, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.deleted_services import DeletedRow, load_deleted_rows
from monitor_app.storage.groups import load_groups
from monitor_app.storage.relations import load_relations
from monitor_app.storage.services import load_services, taken_service_ids
from monitor_app.use_cases.relation_graph import members_of
from monitor_app.use_cases.services import MANY_LIMIT, Clock

LIST_LIMIT: Final = 500
# From here one comes to all that are about to be deleted; no row has this key.
_ALL: Final = 0


@dataclass(frozen=True, slots=True)
class Deleted:
    """A service that can come back until `gone_at`; under a new id where its own is taken by now."""

    row: DeletedRow
    gone_at: datetime
    is_taken: bool


@dataclass(frozen=True, slots=True)
class Hanging:
    """What hangs on services, by label.

    `direct` depend on them by a relation, `dependents` all the way; `relations` are how many go with them, `wholes`
    what is made of them, `files` what manages them and so would bring them back; `kept` are those that others made and
    the caller may not delete: `services` is without them. `owners` are the others who made those that go; `groups`
    are empty without them. `lost` is what other parts lose, see `Loser`.
    """

    services: Sequence[ServiceDefinition]
    relations: int
    direct: Sequence[str]
    dependents: Sequence[str]
    wholes: Sequence[str]
    files: Sequence[str]
    kept: Sequence[str]
    owners: Sequence[str] = ()
    groups: Sequence[str] = ()
    lost: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Loser(Protocol):
    """Another part that loses something with services: what is typed about them, later rules and windows."""

    async def lost(
        self, conn: AsyncConnection, identity: Identity, pks: Collection[int]
    ) -> Mapping[str, Sequence[str]]:
        """What becomes of what, in words that names follow, and the names; without what loses nothing."""
        ...


class DeletedServices:
    """Needs the permission service:delete; with it alone one sees and deletes what one has made.

    `losers` are asked before services are deleted.
    """

    def __init__(self, database: Database, registry: KindRegistry, clock: Clock, losers: Sequence[Loser] = ()) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock
        self._losers = losers

    async def list_deleted(self, identity: Identity) -> list[Deleted]:
        """Those of the last 30 days that the caller may bring back, the last first; at most 500."""
        identity.require(SERVICE_DELETE)
        kept = timedelta(days=DELETED_DAYS)
        async with self._database.read() as conn:
            owner = None if identity.may(SERVICE_DELETE_ANY) else identity.name
            rows = await load_deleted_rows(conn, self._clock.now() - kept, LIST_LIMIT, owner)
            taken = await taken_service_ids(conn, {row.service_id for row in rows})
        return [Deleted(row, row.deleted_at + kept, row.service_id in taken) for row in rows]

    async def what_hangs_on(self, identity: Identity, pks: Collection[int]) -> Hanging:
        """What somebody should know before they delete these; what is gone already is left out.

        Raises InvalidInput for more than 1000.
        """
        identity.require(SERVICE_DELETE)
        if len(pks) > MANY_LIMIT:
            raise InvalidInput({"services": f"must be at most {MANY_LIMIT} at once, got {len(pks)}"})
        async with self._database.read() as conn:
            there = {service.pk: service for service in await load_services(conn)}
            relations = await load_relations(conn)
            asked = [there[pk] for pk in dict.fromkeys(pks) if pk in there]
            wanted = [one for one in asked if identity.may(SERVICE_DELETE_ANY) or one.owner == identity.name]
            chosen = {service.pk for service in wanted}
            described = {group.name for group in await load_groups(conn)}
            lost = {
                what: names for one in self._losers for what, names in (await one.lost(conn, identity, chosen)).items()
            }
        left = {service.group for pk, service in there.items() if pk not in chosen} | described
        seen = [one for one in relations if one.source_pk in there and one.target_pk in there]
        edges = [(one.source_pk, one.target_pk) for one in seen if one.enabled]
        wholes = _wholes(self._registry, there.values())
        back = turned(graph_of(edges + [(whole, part) for part, many in wholes.items() for whole in many]))
        steps = reachable({**back, _ALL: list(chosen)}, _ALL)
        others = sorted((count, there[pk].label) for pk, count in steps.items() if pk not in chosen)
        direct = {one for one, target in edges if target in chosen and one not in chosen}
        made = {whole for pk in chosen for whole in wholes.get(pk, ()) if whole not in chosen}
        return Hanging(
            services=wanted,
            relations=sum(1 for one in seen if not chosen.isdisjoint((one.source_pk, one.target_pk))),
            direct=sorted(there[pk].label for pk in direct),
            dependents=[label for _, label in others],
            wholes=sorted(there[pk].label for pk in made),
            files=sorted({service.managed_by for service in wanted if service.managed_by}),
            kept=sorted(service.label for service in asked if service.pk not in chosen),
            owners=sorted({service.owner for service in wanted} - {identity.name, ""}),
            groups=sorted({service.group for service in wanted} - left - {""}),
            lost=lost,
        )


def _wholes(registry: KindRegistry, services: Collection[ServiceDefinition]) -> Mapping[int, list[int]]:
    """By the pk of each member the services that are made of it."""
    pks = {service.service_id: service.pk for service in services}
    found: dict[int, list[int]] = {}
    for whole, members in members_of(registry, services).items():
        for member in members:
            if member in pks:
                found.setdefault(pks[member], []).append(pks[whole])
    return found
