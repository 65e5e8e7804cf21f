"""Maintenance windows and silences, on SQLite and PostgreSQL."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from monitor_app.bus.local import Bus
from monitor_app.domain.audit import AuditFilter
from monitor_app.domain.group_tree import GroupTree
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.models import AlertRow
from monitor_app.security.permissions import EDITOR, VIEWER, Identity
from monitor_app.storage.audit import read
from monitor_app.storage.database import Database
from monitor_app.storage.services import insert_services, load_services
from monitor_app.storage.silences import load_active
from monitor_app.use_cases import window_watch
from monitor_app.use_cases.holds import HoldUseCases
from monitor_app.use_cases.maintenance_windows import MaintenanceWindows
from monitor_app.use_cases.selection import Present
from monitor_app.use_cases.silences import SilenceUseCases
from monitor_app.use_cases.window_watch import WindowWatch
from tests.accounts import HandClock, on_sqlite
from tests.samples import NOON, service_row

ADA = Identity.of_role("ada", EDITOR, account_pk=1)
EVE = Identity.of_role("eve", VIEWER, account_pk=2)
HOUR = timedelta(hours=1)
# NOON is 12:00 UTC on a Sunday in May: two in the afternoon in Berlin.
AFTERNOON = {"starts_at": "2026-05-17T15:00", "time_zone": "Europe/Berlin", "minutes": 60}
alerts = AlertRow.__table__  # type: ignore[attr-defined]


class World:
    """Three services, two of them in a group."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock, self.bus = database, HandClock(), Bus()
        self.services: list[Any] = []
        self.present = Present(lambda: self.services, lambda: GroupTree((), {one.group for one in self.services}))
        self.windows = MaintenanceWindows(database, self.clock, self.present)
        self.silences = SilenceUseCases(database, self.clock, self.present)
        self.holds = HoldUseCases(database, self.clock, self.bus)
        self.watch = WindowWatch(database, self.clock, self.bus, self.present)

    async def live(self) -> None:
        rows = [service_row("shop", group="Sales"), service_row("cart", group="Sales"), service_row("stock")]
        async with self.database.write() as conn:
            await insert_services(conn, rows)
        await self.read()

    async def read(self) -> None:
        async with self.database.read() as conn:
            self.services = await load_services(conn)

    async def look(self, at: datetime) -> list[str]:
        """Let the time pass; returns who rests then."""
        self.clock.at = at
        # The board knows what people did by then: only so is anything written at all.
        await self.read()
        await self.watch.look()
        await self.read()
        return [one.service_id for one in self.services if one.maintenance and not one.maintenance.is_over(at)]

    async def window(self, **values: Any) -> Any:
        return await self.windows.create(ADA, {"name": "Disks", **AFTERNOON, **values})

    async def actions(self) -> list[str]:
        async with self.database.read() as conn:
            return [line.entry.action for line in await read(conn, AuditFilter())][::-1]


@pytest.fixture
async def world(database: Database) -> World:
    made = World(database)
    await made.live()
    return made


async def test_services_rest_while_a_window_is_on(world: World) -> None:
    made = await world.window(scope={"groups": ["Sales"]}, reason="new disks", recurrence="FREQ=WEEKLY;BYDAY=SU")
    assert (made.services, made.now, made.following.starts_at) == (2, None, NOON + HOUR)
    assert await world.look(NOON + HOUR - timedelta(seconds=1)) == []
    assert await world.look(NOON + HOUR) == ["shop", "cart"]
    hold = world.services[0].maintenance
    assert (hold.who, hold.reason, hold.until) == ("ada", "Disks: new disks", NOON + 2 * HOUR)
    assert (hold.window_pk, hold.occurrence) == (made.window.pk, "2026-05-17T15:00")
    assert await world.watch.look() == 0  # nothing to be done twice
    world.clock.at = NOON + 2 * HOUR
    await world.holds.end_what_is_over()
    assert await world.look(NOON + 2 * HOUR + timedelta(minutes=1)) == []
    assert await world.look(NOON + timedelta(days=7) + HOUR) == ["shop", "cart"]
    assert await world.actions() == [
        "maintenance_window.create",
        *["service.maintenance"],
        *["service.maintenance_ended"],
        *["service.maintenance"],
    ]


async def test_a_window_that_is_changed_while_it_is_on_is_followed(world: World) -> None:
    made = await world.window(scope={"groups": ["Sales"]})
    pk = made.window.pk
    assert await world.look(NOON + HOUR) == ["shop", "cart"]
    await world.windows.update(ADA, pk, {"scope": {"services": ["cart", "stock"]}, "minutes": 90})
    assert await world.look(NOON + HOUR + timedelta(seconds=5)) == ["cart", "stock"]
    assert world.services[1].maintenance.until == NOON + 2.5 * HOUR
    await world.windows.update(ADA, pk, {"enabled": False})
    assert await world.look(NOON + HOUR + timedelta(seconds=10)) == []
    await world.windows.update(ADA, pk, {"enabled": True})
    assert await world.look(NOON + HOUR + timedelta(seconds=15)) == ["cart", "stock"]
    await world.windows.delete(ADA, pk)
    assert await world.look(NOON + HOUR + timedelta(seconds=20)) == []


@on_sqlite
async def test_services_are_held_against_windows_only_when_something_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked at each second: of thousands of services, and hundreds of windows."""
    asked: list[int] = []

    def left_out(local: str, service_pk: int) -> str:
        asked.append(service_pk)
        return f"{local} {service_pk}"

    monkeypatch.setattr(window_watch, "left_out", left_out)
    tree = GroupTree((), {one.group for one in world.services})
    world.present = Present(lambda: world.services, lambda: tree)
    world.watch = WindowWatch(world.database, world.clock, world.bus, world.present)
    await world.window(scope={"groups": ["Sales"]})
    assert await world.look(NOON + HOUR) == ["shop", "cart"]
    await world.watch.look()
    asked.clear()
    for seconds in range(4):
        world.clock.at = NOON + HOUR + timedelta(seconds=seconds)
        assert await world.watch.look() == 0
    assert asked == []
    assert await world.look(NOON + 2 * HOUR) == []


async def test_who_joins_the_group_rests_with_it_and_what_a_person_began_stays(world: World) -> None:
    await world.holds.begin_maintenance(ADA, ["shop"], "mine", NOON + 5 * HOUR)
    await world.window(scope={"groups": ["Sales"]})
    assert await world.look(NOON + HOUR) == ["shop", "cart"]
    assert [one.maintenance.window_pk > 0 for one in world.services[:2]] == [False, True]
    async with world.database.write() as conn:
        await insert_services(conn, [service_row("till", group="Sales")])
    await world.read()
    assert await world.look(NOON + HOUR + timedelta(minutes=1)) == ["shop", "cart", "till"]
    world.clock.at = NOON + 2 * HOUR
    await world.holds.end_what_is_over()
    assert await world.look(NOON + 2 * HOUR) == ["shop"]


async def test_who_ends_it_for_a_service_is_not_asked_again_until_the_next_time(world: World) -> None:
    await world.window(scope={"groups": ["Sales"]}, recurrence="FREQ=DAILY")
    assert await world.look(NOON + HOUR) == ["shop", "cart"]
    await world.holds.end_maintenance(ADA, ["shop"])
    assert await world.look(NOON + HOUR + timedelta(seconds=5)) == ["cart"]
    assert await world.look(NOON + timedelta(days=1) + HOUR) == ["shop", "cart"]


async def test_an_occurrence_is_left_out_or_ended(world: World) -> None:
    made = await world.window(recurrence="FREQ=DAILY")
    assert await world.look(NOON + HOUR) == ["shop", "cart", "stock"]
    await world.windows.skip(ADA, made.window.pk, "2026-05-17T15:00")
    after = await world.windows.skip(ADA, made.window.pk, "2026-05-18T15:00")
    assert after.following.local == "2026-05-19T15:00"
    assert await world.look(NOON + HOUR + timedelta(seconds=5)) == []
    with pytest.raises(InvalidInput, match="must be one of this window"):
        await world.windows.skip(ADA, made.window.pk, "2026-05-18T16:00")


async def test_the_calendar_and_who_else_is_at_that_time(world: World) -> None:
    await world.window(recurrence="FREQ=DAILY")
    other = await world.window(name="Updates", starts_at="2026-05-17T15:30", recurrence="FREQ=WEEKLY;BYDAY=SU")
    assert (await world.windows.get(EVE, other.window.pk)).clashes == ("Disks",)
    found = await world.windows.calendar(EVE, NOON, NOON + timedelta(days=2))
    assert [(one.window.name, one.occurrence.local) for one in found] == [
        ("Disks", "2026-05-17T15:00"),
        ("Updates", "2026-05-17T15:30"),
        ("Disks", "2026-05-18T15:00"),
    ]
    with pytest.raises(InvalidInput, match="until"):
        await world.windows.calendar(EVE, NOON, NOON + timedelta(days=401))


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"name": "disks"}, "name", "is taken by another"),
        ({"name": ""}, "name", "is required"),
        ({"starts_at": "2026-05-16T15:00"}, "starts_at", "lies in the past"),
        ({"starts_at": "soon"}, "starts_at", "must be a date and time"),
        ({"time_zone": "Berlin"}, "time_zone", "the name of a time zone"),
        ({"minutes": 0}, "minutes", "from 1 to"),
        ({"recurrence": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "recurrence", "never happens"),
        ({"starts_at": "2020-01-01T15:00", "recurrence": "FREQ=DAILY;COUNT=3"}, "recurrence", "must come again"),
        ({"starts_at": "2020-01-01T15:00", "recurrence": "FREQ=DAILY;UNTIL=20210101"}, "recurrence", "must come again"),
        ({"recurrence": "FREQ=HOURLY"}, "recurrence", "must have one of FREQ=DAILY"),
        ({"scope": {"groups": ["None"]}}, "scope.groups", "there is no None"),
        ({"scope": {"tags": ["none"]}}, "scope", "is about no service: there is none of the tag none; leave it empty"),
        (
            {"scope": {"services": ["stock"], "groups": ["Sales"], "types": ["a", "b", "c", "d"]}},
            "scope",
            "there is none called stock and in the group Sales and of the type a or b or c or others;",
        ),
        ({"enabled": "yes"}, "enabled", "must be true or false"),
        ({"colour": "blue"}, "colour", "is not known"),
    ],
    ids=str,
)
async def test_what_is_no_window_is_refused(world: World, values: Any, field: str, words: str) -> None:
    await world.window()
    with pytest.raises(InvalidInput) as refused:
        await world.window(**({"name": "More"} | values))
    assert words in refused.value.fields[field]
    assert len(await world.windows.list_all(ADA)) == 1


async def test_a_window_is_not_moved_into_the_past_but_one_that_is_over_gets_another_name(world: World) -> None:
    pk = (await world.window()).window.pk
    with pytest.raises(InvalidInput, match="lies in the past"):
        await world.windows.update(ADA, pk, {"starts_at": "2026-05-16T15:00"})
    with pytest.raises(InvalidInput, match="must come again"):
        await world.windows.update(ADA, pk, {"starts_at": "2026-05-01T15:00", "recurrence": "FREQ=DAILY;COUNT=3"})
    world.clock.at = NOON + timedelta(days=3)
    assert (await world.windows.update(ADA, pk, {"name": "Old disks", "minutes": 60})).window.name == "Old disks"


async def test_a_window_of_next_year_has_a_next_time(world: World) -> None:
    values = {**AFTERNOON, "starts_at": "2027-05-17T15:00"}
    assert [one.local for one in (await world.windows.preview(ADA, values)).occurrences] == ["2027-05-17T15:00"]
    made = await world.windows.create(ADA, {"name": "Disks", **values})
    assert made.following is not None
    assert made.following.starts_at == datetime(2027, 5, 17, 13, tzinfo=NOON.tzinfo)


async def test_viewers_only_read(world: World) -> None:
    pk = (await world.window()).window.pk
    silence = await world.silences.create(ADA, {"reason": "x", "minutes": 5})
    for call in (
        world.windows.create(EVE, {}),
        world.windows.update(EVE, pk, {}),
        world.windows.delete(EVE, pk),
        world.windows.skip(EVE, pk, "2026-05-17T15:00"),
        world.silences.create(EVE, {}),
        world.silences.create_for_alerts(EVE, [1], 5, "x"),
        world.silences.end(EVE, silence.silence.pk),
    ):
        with pytest.raises(PermissionDenied):
            await call


async def test_a_silence_has_an_end_and_a_reason(world: World) -> None:
    made = await world.silences.create(ADA, {"scope": {"groups": ["Sales"]}, "reason": "a move", "minutes": 30})
    assert (made.services, made.is_active, made.silence.ends_at) == (2, True, NOON + timedelta(minutes=30))
    assert made.silence.words == "silenced by ada until 2026-05-17 12:30 UTC: a move"
    async with world.database.read() as conn:
        assert await load_active(conn, NOON) == [made.silence]
    ended = await world.silences.end(ADA, made.silence.pk)
    assert (ended.is_active, ended.silence.ends_at) == (False, NOON)
    with pytest.raises(Conflict, match="is over already"):
        await world.silences.end(ADA, made.silence.pk)
    with pytest.raises(NotFound):
        await world.silences.end(ADA, 99)
    assert await world.silences.list_all(EVE) == []
    assert len(await world.silences.list_all(EVE, with_ended=True)) == 1
    assert await world.actions() == ["silence.create", "silence.end"]


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"reason": ""}, "reason", "is required"),
        ({"minutes": None}, "ends_at", "is required, or minutes"),
        ({"ends_at": NOON + HOUR}, "ends_at", "one of the two"),
        ({"minutes": None, "ends_at": NOON}, "ends_at", "must be in the future"),
        ({"minutes": None, "ends_at": NOON + timedelta(days=91)}, "ends_at", "within 90 days"),
        ({"minutes": 0}, "minutes", "from 1 to"),
        ({"rule": 99}, "rule", "there is none with the number 99"),
        ({"scope": {"tags": ["none"]}}, "scope", "is about no service"),
        ({"colour": "blue"}, "colour", "is not known"),
    ],
    ids=str,
)
async def test_what_is_no_silence_is_refused(world: World, values: Any, field: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await world.silences.create(ADA, {"reason": "a move", "minutes": 5} | values)
    assert words in refused.value.fields[field]


async def test_alerts_are_silenced_by_their_rules_and_services(world: World) -> None:
    rest = {"subject": "service", "severity": "critical", "state": "firing", "held_by": "", "held_why": "", "cause": ""}
    more = {"facts": {}, "since": NOON, "why_resolved": "", "acknowledged_by": "", "revision": 1, "rule_name": "Down"}
    async with world.database.write() as conn:
        pks = [
            (
                await conn.execute(
                    insert(alerts).values(**rest, **more, rule_pk=rule, service_pk=pk).returning(alerts.c.pk)
                )
            ).scalar_one()
            for rule, pk in ((1, 1), (1, 2), (None, 3), (None, None))
        ]
    found = await world.silences.create_for_alerts(ADA, pks, 30, "a known defect")
    assert [(one.rule, one.scope, one.silence.reason) for one in reversed(found)] == [
        ("A service is down", {"services": ["shop", "cart"]}, "a known defect"),
        ("", {"services": ["stock"]}, "a known defect"),
    ]
    with pytest.raises(Conflict, match="none of them is about a service"):
        await world.silences.create_for_alerts(ADA, pks[3:], 30, "a known defect")
    with pytest.raises(NotFound):
        await world.silences.create_for_alerts(ADA, [999], 30, "a known defect")


async def test_a_preview_tells_the_next_five_times_and_plans_nothing(world: World) -> None:
    """Over the night when clocks are set back in Berlin: the wall clock's time stays, the hours in UTC do not."""
    await world.window(name="Other", starts_at="2026-10-25T02:30")
    world.clock.at = NOON.replace(month=10, day=24)
    values = {"scope": {"groups": ["Sales"]}, "starts_at": "2026-10-23T02:00", "time_zone": "Europe/Berlin"}
    found = await world.windows.preview(ADA, {**values, "recurrence": "FREQ=DAILY"})
    assert [f"{one.starts_at:%d %H:%M}" for one in found.occurrences] == [
        "25 00:00",
        "26 01:00",
        "27 01:00",
        "28 01:00",
        "29 01:00",
    ]
    assert (found.services, found.clashes) == (2, ("Other",))
    assert [view.window.name for view in await world.windows.list_all(EVE)] == ["Other"]
    await world.window(name="Third", starts_at="2026-10-25T02:45")
    assert [view.clashes for view in await world.windows.list_all(EVE)] == [("Third",), ("Other",)]
    with pytest.raises(InvalidInput):
        await world.windows.preview(ADA, {**values, "recurrence": "FREQ=HOURLY"})
    with pytest.raises(PermissionDenied):
        await world.windows.preview(EVE, values)


async def test_the_calendar_of_one_service_has_what_it_would_rest_for(world: World) -> None:
    await world.window(scope={"groups": ["Sales"]})
    span = (NOON, NOON + 24 * HOUR)
    assert [one.window.name for one in await world.windows.calendar(EVE, *span, "shop")] == ["Disks"]
    assert await world.windows.calendar(EVE, *span, "stock") == []
    with pytest.raises(NotFound):
        await world.windows.calendar(EVE, *span, "nothing")
