"""Circuit breakers by hand, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.changes import Batch
from monitor_app.domain.service import BreakerOrder
from monitor_app.domain.state import Breaker, ServiceState
from monitor_app.domain.status import Status
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.security.permissions import EDITOR, VIEWER, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.services import load_services, service_revision, update_service
from monitor_app.use_cases.breaker import MINUTES_MAX, REASON_LIMIT, BreakerUseCases
from tests.samples import add_services

ANN = Identity.of_role("ann", EDITOR)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Clock:
    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
async def breakers(database: Database) -> AsyncIterator[BreakerUseCases]:
    await add_services(database, "one", "two")
    bus = Bus()
    yield BreakerUseCases(database, SqlHistory(database), Clock(), bus)
    await bus.close()


async def test_order_is_stored_and_can_be_followed(database, breakers):
    async with database.read() as conn:
        before = await service_revision(conn)
    opened = await breakers.open(ANN, "two", " new disk ", 30)
    order = BreakerOrder(1, "open", "ann", "new disk", NOON, NOON + timedelta(minutes=30))
    assert opened.breaker_order == order
    async with database.read() as conn:
        (changed,) = await load_services(conn, before)
    assert (changed.service_id, changed.breaker_order) == ("two", order)


async def test_each_order_has_a_higher_number(breakers):
    numbers = [
        (await breakers.open(ANN, "one", "disk")).breaker_order,
        (await breakers.close(ANN, "one")).breaker_order,
        (await breakers.open(ANN, "one", "disk")).breaker_order,
        (await breakers.open(ANN, "two", "disk")).breaker_order,
    ]
    assert [(order.number, order.action, order.until) for order in numbers if order is not None] == [
        (1, "open", None),
        (2, "close", None),
        (3, "open", None),
        (1, "open", None),
    ]
    assert numbers[1] is not None
    assert numbers[1].reason == "closed by hand"


@pytest.mark.parametrize("service_id", ["one", "two", "three"])
async def test_those_without_the_permission_change_nothing(database, breakers, service_id):
    viewer = Identity.of_role("vic", VIEWER)
    with pytest.raises(PermissionDenied):
        await breakers.open(viewer, service_id, "disk")
    with pytest.raises(PermissionDenied):
        await breakers.close(viewer, service_id)
    async with database.read() as conn:
        assert {service.breaker_order for service in await load_services(conn)} == {None}


@pytest.mark.parametrize(
    ("reason", "minutes", "fields"),
    [
        ("", None, {"reason"}),
        (" \t", 5, {"reason"}),
        ("x" * (REASON_LIMIT + 1), 5, {"reason"}),
        ("disk", 0, {"minutes"}),
        ("disk", -1, {"minutes"}),
        ("disk", float("nan"), {"minutes"}),
        ("disk", MINUTES_MAX + 1, {"minutes"}),
        ("", float("inf"), {"reason", "minutes"}),
    ],
)
async def test_wrong_orders_are_refused_naming_each_field(breakers, reason, minutes, fields):
    with pytest.raises(InvalidInput) as caught:
        await breakers.open(ANN, "one", reason, minutes)
    assert caught.value.fields.keys() == fields


async def test_longest_reason_is_taken_and_control_characters_are_spelled_out(breakers):
    opened = await breakers.open(ANN, "one", "x" * REASON_LIMIT, MINUTES_MAX)
    assert opened.breaker_order is not None
    assert opened.breaker_order.reason == "x" * REASON_LIMIT
    closed = await breakers.close(ANN, "one", "a\x1bb")
    assert closed.breaker_order is not None
    assert closed.breaker_order.reason == "a\\x1bb"


async def test_unknown_and_paused_services_are_refused(database, breakers):
    with pytest.raises(NotFound):
        await breakers.open(ANN, "three", "disk")
    async with database.write() as conn:
        (one, _) = await load_services(conn)
        await update_service(conn, one.pk, {"enabled": False, "updated_at": NOON})
    with pytest.raises(Conflict):
        await breakers.open(ANN, "one", "disk")
    await breakers.close(ANN, "one")


async def test_open_ones_are_listed(database, breakers):
    assert await breakers.list_open(ANN) == []
    async with database.read() as conn:
        one, two = await load_services(conn)
    opened = Breaker("open", NOON, None, 5, "ann", "new disk", 1)
    states = [
        ServiceState(two.pk, Status.STOPPED, NOON, NOON, None, "", 1, breaker=opened),
        ServiceState(one.pk, Status.OK, NOON, NOON, None, "", 2),
    ]
    history = SqlHistory(database)
    await history.record(await history.begin_epoch(), Batch([], states, [], 2))
    (entry,) = await breakers.list_open(ANN)
    assert (entry.service.service_id, entry.breaker) == ("two", opened)
