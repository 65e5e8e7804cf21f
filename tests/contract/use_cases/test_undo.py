"""Undo and redo on both databases: exactly what was there before, or a refusal that says what somebody else changed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.audit import AuditEntry, AuditFilter
from monitor_app.errors import NotFound
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import ADMIN, EDITOR, VIEWER, Identity
from monitor_app.security.vault import Vault, new_key
from monitor_app.storage.audit import read
from monitor_app.storage.change_log import relation_document, service_document
from monitor_app.storage.database import Database
from monitor_app.storage.relations import load_relations
from monitor_app.storage.services import load_services
from monitor_app.use_cases.relations import RelationUseCases
from monitor_app.use_cases.service_bulk import BulkChange, ServiceBulk
from monitor_app.use_cases.services import ServiceUseCases
from monitor_app.use_cases.undo import UndoUseCases
from monitor_app.use_cases.versions import VersionUseCases
from tests.accounts import HandClock

ANN = Identity.of_role("ann", EDITOR, account_pk=1)
BOB = Identity.of_role("bob", EDITOR, account_pk=2)
ADA = Identity.of_role("ada", ADMIN, account_pk=3)
VIC = Identity.of_role("vic", VIEWER, account_pk=4)
NAMES = ("web", "api", "db")


@dataclass
class Desk:
    """Where somebody changes services and relations, and takes it back; the clock moves on with each step."""

    database: Database
    registry: KindRegistry
    clock: HandClock
    bus: Bus

    def __post_init__(self) -> None:
        parts = self.database, self.registry, self.clock, self.bus
        self.services, self.relations = ServiceUseCases(*parts), RelationUseCases(*parts)
        self.bulk = ServiceBulk(self.database, self.clock, self.bus)
        self.undo, self.versions = UndoUseCases(*parts), VersionUseCases(*parts)

    async def step(self, work: Any) -> Any:
        self.clock.move(seconds=1)
        return await work

    async def change(self, name: str, who: Identity = ANN, **values: Any) -> Any:
        return await self.step(self.services.update(who, name, values, expected_revision=None))

    async def link(self, source: str, target: str, who: Identity = ANN) -> int:
        wanted = {"source_service_id": source, "target_service_id": target}
        return int((await self.step(self.relations.create(who, wanted))).relation.pk)

    async def picture(self) -> tuple[dict[int, Any], dict[int, Any]]:
        """Everything that undo is to bring back: what is there, with its pks."""
        async with self.database.read() as conn:
            services = {service.pk: service_document(service) for service in await load_services(conn)}
            return services, {relation.pk: relation_document(relation) for relation in await load_relations(conn)}

    async def lines(self) -> list[AuditEntry]:
        async with self.database.read() as conn:
            return [line.entry for line in reversed(await read(conn, AuditFilter(), limit=200))]


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    made = Desk(database, KindRegistry(sealer=Vault([new_key()])), HandClock(), Bus())
    for name in NAMES:
        await made.step(made.services.create(ADA, site(name)))
    yield made
    await made.bus.close()


def site(name: str, **more: Any) -> dict[str, Any]:
    return {"label": name, "service_id": name, "status_config": {"url": f"https://{name}.example.org"}} | more


async def test_each_change_is_undone_and_done_again_exactly(desk: Desk) -> None:
    """Ten steps of every sort, all the way back and all the way forth."""
    pictures = [await desk.picture()]

    async def then(work: Any) -> None:
        await desk.step(work)
        pictures.append(await desk.picture())

    ends = {"source_service_id": "web", "target_service_id": "api"}
    await then(desk.services.create(ANN, site("shop")))
    await then(desk.change("shop", label="Shop", tags=["a"], service_id="store", group="Sales"))
    await then(desk.relations.create(ANN, ends))
    pk = max(pictures[-1][1])
    await then(desk.relations.update(ANN, pk, {"note": "orders", "target_service_id": "store"}))
    await then(desk.bulk.change(ANN, NAMES, BulkChange("tag", tags_add=["x"])))
    await then(desk.services.pause(ANN, ["web", "db"]))
    await then(desk.services.delete(ANN, ["store"]))
    await then(desk.services.restore(ANN, [max(pictures[0][0]) + 1]))
    await then(desk.relations.delete(ANN, pk))
    await then(desk.services.resume(ANN, ["web"]))
    for picture in reversed(pictures[:-1]):
        await desk.step(desk.undo.undo(ANN))
        assert await desk.picture() == picture
    with pytest.raises(NotFound, match="there is nothing to undo"):
        await desk.undo.undo(ANN)
    for picture in pictures[1:]:
        await desk.step(desk.undo.redo(ANN))
        assert await desk.picture() == picture
    with pytest.raises(NotFound, match="there is nothing to redo"):
        await desk.undo.redo(ANN)
    told = [line for line in await desk.lines() if line.action.endswith((".undo", ".redo"))]
    assert len(told) == 20
    assert {line.action for line in told} == {"service.undo", "service.redo", "relation.undo", "relation.redo"}
