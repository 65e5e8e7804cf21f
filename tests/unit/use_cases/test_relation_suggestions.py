"""What is suggested to whom, and what they do not want to see again."""

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from monitor_app.domain.audit import AuditFilter
from monitor_app.domain.relation import Relation
from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.board_row import BoardRow
from monitor_app.errors import InvalidInput, PermissionDenied
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import EDITOR, VIEWER, Identity
from monitor_app.storage.audit import read
from monitor_app.storage.database import Database
from monitor_app.use_cases.relation_suggestions import DISMISSED_LIMIT, RelationSuggestions
from tests.accounts import HandClock

ANN = Identity.of_role("ann", EDITOR, account_pk=1)
BOB = Identity.of_role("bob", EDITOR, account_pk=2)
BOT = Identity.of_role("bot", EDITOR, credential="k1")


@dataclass
class Desk:
    """What is watched, and what is suggested."""

    services: list[ServiceDefinition] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    version: Any = field(default_factory=count)
    suggesting: RelationSuggestions = None  # type: ignore[assignment] # needs the desk

    def add(self, service_id: str, service_type: str = "application", group: str = "", **config: Any) -> None:
        pk = len(self.services) + 1
        kind = "composite" if "members" in config else "http"
        self.services.append(
            ServiceDefinition(pk, service_id, service_id, service_type, kind, group, (), config, {}, 60, True, False, 1)
        )

    def relate(self, source: int, target: int, *, enabled: bool = True) -> None:
        self.relations.append(Relation(len(self.relations) + 1, source, target, "dependency", enabled, ""))

    @property
    def definition_version(self) -> int:
        number: int = next(self.version)
        return number

    @property
    def relation_revision(self) -> int:
        return 0

    def __iter__(self) -> Iterator[BoardRow]:
        return (BoardRow(service, "") for service in self.services)

    async def pairs(self, identity: Identity = ANN) -> list[str]:
        return [one.key for one in (await self.suggesting.list_for(identity)).suggestions]


@pytest.fixture
async def desk(sqlite_url: str) -> AsyncIterator[Desk]:
    database, made = Database(sqlite_url), Desk()
    made.suggesting = RelationSuggestions(database, KindRegistry(), HandClock(), made)
    yield made
    await database.close()


def shop(desk: Desk) -> None:
    desk.add("web", "website", "Shop", url="https://shop.example/", headers={"X-Upstream": "billing"})
    desk.add("billing", url="https://pay.example:8443/orders-db")
    desk.add("orders-db", "database", "Shop", host="DB.example.", password="db.secret.example")


async def test_hosts_ids_and_groups_are_found_in_configs(desk: Desk) -> None:
    shop(desk)
    desk.add("login", url="https://login.example/", oauth2={"token_url": "https://db.example/x", "password": "web"})
    desk.add("names", "dns", name="shop.example")
    assert await desk.pairs() == [
        "billing orders-db",
        "login orders-db",
        "web billing",
        "web names",
        "web orders-db",
    ]


async def test_odd_configs_are_no_hindrance(desk: Desk) -> None:
    desk.add("odd", url="https://[::1/", host=5, body=["a", {"b": None}], members="odd, gone")
    desk.add("bare", url=None)
    assert await desk.pairs() == []


async def test_nothing_that_would_close_a_circle_is_suggested(desk: Desk) -> None:
    shop(desk)
    assert "web orders-db" in await desk.pairs()
    desk.relate(3, 2)
    desk.relate(2, 1)
    assert await desk.pairs() == []


async def test_member_of_a_composite_is_suggested(desk: Desk) -> None:
    desk.add("web", "website")
    desk.add("whole", members="web")
    (found,) = (await desk.suggesting.list_for(ANN)).suggestions
    assert (found.source, found.target, found.reasons[0].hint) == ("whole", "web", "member")


async def test_what_somebody_dismisses_stays_away_from_them_alone(desk: Desk) -> None:
    shop(desk)
    pair = {"source_service_id": "web", "target_service_id": "billing"}
    for identity in (ANN, BOT):
        await desk.suggesting.dismiss(identity, [pair])
        await desk.suggesting.dismiss(identity, [pair])
        assert "web billing" not in await desk.pairs(identity)
    assert "web billing" in await desk.pairs(BOB)
    assert (await desk.suggesting.list_for(ANN)).dismissed == 1
    await desk.suggesting.bring_back(ANN)
    await desk.suggesting.bring_back(ANN)
    assert "web billing" in await desk.pairs()
    async with desk.suggesting._database.read() as conn:
        told = [line.entry.action for line in await read(conn, AuditFilter(), limit=9)]
    assert sorted(told) == ["suggestion.dismiss", "suggestion.dismiss", "suggestion.restore"]


async def test_only_so_many_are_remembered(desk: Desk) -> None:
    for start in range(0, DISMISSED_LIMIT + 100, 100):
        many = [{"source_service_id": f"a{start + n}", "target_service_id": "b"} for n in range(100)]
        await desk.suggesting.dismiss(ANN, many)
    async with desk.suggesting._database.read() as conn:
        (line,) = await read(conn, AuditFilter(), limit=1)
    assert len(line.entry.after["dismissed"]) == len(line.entry.before["dismissed"]) == 100


async def test_wrong_ones_and_those_without_the_permission_are_refused(desk: Desk) -> None:
    many: list[list[dict[str, Any]]] = [[], [{}], [{"source_service_id": "a", "target_service_id": 5}], [{}] * 201]
    for wrong in many:
        with pytest.raises(InvalidInput):
            await desk.suggesting.dismiss(ANN, wrong)
    viewer = Identity.of_role("vic", VIEWER)
    for call in (
        desk.suggesting.list_for(viewer),
        desk.suggesting.dismiss(viewer, []),
        desk.suggesting.bring_back(viewer),
    ):
        with pytest.raises(PermissionDenied):
            await call


async def test_five_thousand_services_take_little_more_than_ten_times_five_hundred(desk: Desk) -> None:
    async def seconds(services: int) -> float:
        while len(desk.services) < services:
            number = len(desk.services)
            kind, group = ("website", "application", "database")[number % 3], f"group-{number // 6}"
            url = f"https://host-{number // 4}.example/a/svc-{number + 7}"
            desk.add(f"svc-{number}", kind, group, url=url, body="some text to look at " * 5)
        began = time.process_time()
        assert await desk.pairs()
        return time.process_time() - began

    few = min([await seconds(500) for _ in range(3)])
    assert await seconds(5000) < 60 * few + 1
