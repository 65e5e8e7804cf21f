"""What is told of the time since somebody looked: to accounts, and to visitors."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.changes import ServiceEvent
from monitor_app.domain.status import Status
from monitor_app.engine.clock import SystemClock
from monitor_app.errors import PermissionDenied
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import ADMIN, BOARD_READ, NOBODY, SYSTEM, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.history.changes import write_changes
from monitor_app.use_cases.access import AccessBook
from monitor_app.use_cases.looked import Looked
from monitor_app.use_cases.services import ServiceUseCases
from tests.people import People

VISITOR = replace(NOBODY, permissions=frozenset({BOARD_READ}))


@dataclass
class Kept:
    """One visitor."""

    looked_at: datetime | None = None


class OneVisitor:
    """What use_cases/visitors.py keeps of one."""

    def __init__(self) -> None:
        self.kept = Kept()

    async def find(self, key: str) -> Kept | None:
        return self.kept if key else None

    async def note_look(self, key: str, at: datetime) -> None:
        if key:
            self.kept.looked_at = at


@dataclass
class World:
    database: Database
    looked: Looked
    ada: Identity
    pk: int

    async def went_down(self, minutes_ago: float) -> None:
        at = SystemClock().now() - timedelta(minutes=minutes_ago)
        event = ServiceEvent(self.pk, at, "status_changed", "", "refused", Status.OK, Status.FAILED)
        async with self.database.write() as conn:
            await write_changes(conn, [event])


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[World]:
    database, clock, bus = Database(sqlite_url), SystemClock(), Bus()
    people = People(database, AccessBook(database, clock, bus, unseal=str))
    person = await people.log_in("ada", ADMIN)
    ada = Identity.of_role("ada", ADMIN, account_pk=person.pk, via="session", credential="1")
    use_cases = ServiceUseCases(database, KindRegistry(), clock, bus)
    [made] = await use_cases.create_many(SYSTEM, [{"label": "Shop", "status_config": {"url": "http://127.0.0.1:1/"}}])
    yield World(database, Looked(database, clock, OneVisitor()), ada, made.pk)
    await bus.close()
    await database.close()


async def test_who_has_never_looked_is_told_nothing(world: World) -> None:
    await world.went_down(5)
    assert await world.looked.news(world.ada, "") is None


async def test_what_changed_before_the_last_look_is_no_news(world: World) -> None:
    await world.went_down(5)
    await world.looked.note(world.ada, "")
    news = await world.looked.news(world.ada, "")
    assert news is not None
    assert news.changed == []
    await world.went_down(-1)
    news = await world.looked.news(world.ada, "")
    assert news is not None
    assert [(each.service_pk, each.downs, each.reason) for each in news.changed] == [(world.pk, 1, "refused")]


async def test_visitor_is_known_by_a_key(world: World) -> None:
    assert await world.looked.news(VISITOR, "") is None
    await world.looked.note(VISITOR, "")
    assert await world.looked.news(VISITOR, "key") is None
    await world.looked.note(VISITOR, "key")
    assert await world.looked.news(VISITOR, "key") is not None
    assert await world.looked.news(replace(VISITOR, via="wall", credential="7"), "key") is not None


async def test_who_may_not_read_the_board_is_told_nothing(world: World) -> None:
    with pytest.raises(PermissionDenied):
        await world.looked.news(NOBODY, "")
    with pytest.raises(PermissionDenied):
        await world.looked.note(NOBODY, "")
