"""Pauses and maintenance with a reason and an end, on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import text

from monitor_app.bus.local import Bus
from monitor_app.domain.hold import LONGEST, REASON_LIMIT, Hold
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import InvalidInput, NotFound, PermissionDenied
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import EDITOR, VIEWER, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.services import load_services, service_revision
from monitor_app.use_cases.holds import HoldUseCases, HoldWatch
from monitor_app.use_cases.service_bulk import BulkChange, ServiceBulk
from monitor_app.use_cases.services import ServiceUseCases
from tests.samples import add_services

ANN = Identity.of_role("ann", EDITOR)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE_OCLOCK = NOON + timedelta(hours=1)


class House:
    """Two processes on one database, at a time of their own."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self.moment = NOON
        self.database = database
        self.bus = bus
        self.holds = HoldUseCases(database, self, bus)
        self.other = HoldUseCases(database, self, bus)
        self.services = ServiceUseCases(database, KindRegistry(), self, bus)
        self.bulk = ServiceBulk(database, self, bus)

    def now(self) -> datetime:
        return self.moment

    async def all(self) -> dict[str, ServiceDefinition]:
        async with self.database.read() as conn:
            return {service.service_id: service for service in await load_services(conn)}

    async def audited(self) -> list[tuple[str, str, str]]:
        async with self.database.read() as conn:
            rows = await conn.execute(text("SELECT who, action, target FROM audit_entry ORDER BY id"))
            return [(row.who, row.action, row.target) for row in rows]


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    await add_services(database, "one", "two", "three")
    bus = Bus()
    yield House(database, bus)
    await bus.close()


async def test_pause_says_who_why_and_until_when_and_resuming_forgets_it(house):
    await house.holds.pause(ANN, ["one", "two"], " a new\ndisk ", ONE_OCLOCK)
    services = await house.all()
    assert services["one"].pause == Hold("ann", "a new disk", NOON, ONE_OCLOCK)
    assert [services[name].enabled for name in ("one", "two", "three")] == [False, False, True]
    await house.holds.pause(ANN, ["one"], "still")
    assert (await house.all())["one"].pause == Hold("ann", "still", NOON)
    changed = await house.holds.resume(ANN, ["one", "three"])
    assert [service.service_id for service in changed] == ["one"]
    assert ((await house.all())["one"].enabled, (await house.all())["one"].pause) == (True, None)
    assert await house.audited() == [
        ("ann", "service.pause", "2 services"),
        ("ann", "service.pause", "one"),
        ("ann", "service.resume", "one"),
    ]


async def test_maintenance_begins_is_changed_and_ends(house):
    berlin = ONE_OCLOCK.astimezone(timezone(timedelta(hours=1)))
    await house.holds.begin_maintenance(ANN, ["one"], "", berlin)
    assert (await house.all())["one"].maintenance == Hold("ann", "", NOON, ONE_OCLOCK)
    await house.holds.begin_maintenance(ANN, ["one", "two"], "longer", NOON + LONGEST)
    services = await house.all()
    assert services["one"].maintenance == services["two"].maintenance == Hold("ann", "longer", NOON, NOON + LONGEST)
    assert services["one"].enabled
    assert [each.service_id for each in await house.holds.end_maintenance(ANN, ["one", "three"])] == ["one"]
    assert (await house.all())["one"].maintenance is None
    assert await house.holds.end_maintenance(ANN, ["one"]) == []


@pytest.mark.parametrize(
    ("reason", "until", "fields"),
    [
        ("x" * (REASON_LIMIT + 1), ONE_OCLOCK, {"reason"}),
        ("", NOON, {"until"}),
        ("", NOON + LONGEST + timedelta(seconds=1), {"until"}),
        ("", ONE_OCLOCK.replace(tzinfo=None), {"until"}),
        ("", None, {"until"}),
        ("x" * 300, NOON - LONGEST, {"reason", "until"}),
    ],
    ids=["reason", "now", "too late", "no zone", "no end", "both"],
)
async def test_what_is_wrong_is_told_field_by_field_and_changes_nothing(house, reason, until, fields):
    before = await house.all()
    with pytest.raises(InvalidInput) as caught:
        await house.holds.begin_maintenance(ANN, ["one"], reason, until)
    assert caught.value.fields.keys() == fields
    if until is not None:
        with pytest.raises(InvalidInput):
            await house.holds.pause(ANN, ["one"], reason, until)
    assert await house.all() == before
    assert await house.audited() == []


async def test_unknown_services_and_those_without_the_permission_change_nothing(house):
    calls = (
        (house.holds.pause, ()),
        (house.holds.resume, ()),
        (house.holds.begin_maintenance, ("", ONE_OCLOCK)),
        (house.holds.end_maintenance, ()),
    )
    before = await house.all()
    for call, more in calls:
        with pytest.raises(NotFound):
            await call(ANN, ["one", "four"], *more)
        with pytest.raises(PermissionDenied):
            await call(Identity.of_role("vic", VIEWER), ["one"], *more)
    with pytest.raises(InvalidInput):
        await house.holds.resume(ANN, [str(number) for number in range(1001)])
    assert await house.all() == before


async def test_what_is_over_ends_once_as_the_system_however_many_processes_look(house):
    await house.holds.pause(ANN, ["one"], "disk", ONE_OCLOCK)
    await house.holds.pause(ANN, ["two"], "disk")
    await house.holds.begin_maintenance(ANN, ["one", "two"], "disk", ONE_OCLOCK)
    await house.holds.begin_maintenance(ANN, ["three"], "disk", ONE_OCLOCK + timedelta(seconds=1))
    watches = [await _watch(house, holds) for holds in (house.holds, house.other)]
    for watch in watches:
        await watch.look()
    assert not (await house.all())["one"].enabled
    house.moment = ONE_OCLOCK
    for watch in [*watches, *watches]:
        await watch.look()
    services = await house.all()
    assert (services["one"].enabled, services["one"].pause, services["one"].maintenance) == (True, None, None)
    assert (services["two"].enabled, services["two"].maintenance) == (False, None)
    assert services["three"].maintenance is not None
    # A process that began later, as after a restart.
    house.moment += timedelta(days=400)
    await (await _watch(house, house.other)).look()
    assert (await house.all())["three"].maintenance is None
    assert (await house.audited())[-3:] == [
        ("system", "service.resume", "one"),
        ("system", "service.maintenance_ended", "2 services"),
        ("system", "service.maintenance_ended", "three"),
    ]


async def _watch(house: House, holds: HoldUseCases) -> HoldWatch:
    services = list((await house.all()).values())
    return HoldWatch(holds, lambda: (1, services), house)


async def test_nothing_of_a_pause_is_left_however_a_service_is_enabled(house):
    ways: list[Any] = [
        lambda: house.services.resume(ANN, ["one"]),
        lambda: house.services.update(
            ANN, "one", {"enabled": True, "status_config": {"url": "https://a.example"}}, expected_revision=None
        ),
        lambda: house.bulk.change(ANN, ["one"], BulkChange("enable")),
        lambda: house.bulk.change(ANN, ["one"], BulkChange("resume")),
    ]
    for way in ways:
        await house.holds.pause(ANN, ["one"], "disk", ONE_OCLOCK)
        await way()
        service = (await house.all())["one"]
        assert (service.enabled, service.pause) == (True, None)
    await house.services.pause(ANN, ["one"])
    assert (await house.all())["one"].pause == Hold("ann", "", NOON)


async def test_many_at_once(house):
    outcome = await house.bulk.change(ANN, ["one", "two", "x"], BulkChange("pause", reason="disk", until=ONE_OCLOCK))
    assert (outcome.success_count, set(outcome.errors)) == (2, {"x"})
    await house.bulk.change(ANN, ["one", "three"], BulkChange("disable"))
    pauses = [service.pause for service in (await house.all()).values()]
    assert pauses == [
        Hold("ann", "disk", NOON, ONE_OCLOCK),
        Hold("ann", "disk", NOON, ONE_OCLOCK),
        Hold("ann", "", NOON),
    ]
    await house.bulk.change(ANN, ["two", "three"], BulkChange("maintenance", reason="disk", until=ONE_OCLOCK))
    async with house.database.read() as conn:
        before = await service_revision(conn)
    assert {service.maintenance for service in (await house.all()).values()} == {
        None,
        Hold("ann", "disk", NOON, ONE_OCLOCK),
    }
    await house.bulk.change(ANN, ["one", "two", "three"], BulkChange("end_maintenance"))
    async with house.database.read() as conn:
        assert len(await load_services(conn, before)) == 2
    with pytest.raises(InvalidInput):
        await house.bulk.change(ANN, ["one"], BulkChange("maintenance"))
    assert [action for _, action, _ in await house.audited()] == [
        "service.pause", "service.pause", "service.maintenance", "service.maintenance_ended",
    ]  # fmt: skip
