"""Objectives, the overview and reports, on SQLite and PostgreSQL."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor_app.domain.audit import AuditFilter
from monitor_app.domain.changes import Batch, DowntimeClosed, DowntimeOpened, GapClosed, GapOpened, ServiceEvent
from monitor_app.domain.fleet import NOTHING, WHOLE
from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied, TooMany
from monitor_app.security.permissions import ANONYMOUS, BOARD_READ, EDITOR, SYSTEM, VIEWER, Identity
from monitor_app.storage.audit import read
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.merge import merge
from monitor_app.storage.objectives import load_objectives, rename_group
from monitor_app.storage.services import insert_services, load_services
from monitor_app.use_cases import fleet as fleet_module
from monitor_app.use_cases.fleet import FleetUseCases
from monitor_app.use_cases.objectives import ObjectiveUseCases
from monitor_app.use_cases.reports import content
from monitor_app.use_cases.reports import jobs as jobs_module
from monitor_app.use_cases.reports.content import Wanted
from monitor_app.use_cases.reports.jobs import FILES, Job, ReportJobs
from monitor_app.use_cases.selection import Present, Selection
from tests.accounts import HandClock
from tests.samples import NOON, result, service_row, start_recording

ADA = Identity.of_role("ada", EDITOR, account_pk=1)
EVE = Identity.of_role("eve", VIEWER, account_pk=3)
PUBLIC = Identity("anonymous", ANONYMOUS, frozenset({BOARD_READ}))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
HOSTILE = '=HYPERLINK("http://evil.example","Отчёт")'
WANTED = Wanted("May", NOON - 10 * DAY, NOON)


class World:
    """Two services since twenty days, checked three times a day; it is noon.

    `shop` was down for two hours two days ago, and in maintenance for one five days ago; `stock` began 15 days ago,
    and answers half as fast in the last week.
    """

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, HandClock()
        self.services: list[ServiceDefinition] = []
        self.present = Present(lambda: self.services, lambda: GroupTree((), {one.group for one in self.services}))
        self.objectives = ObjectiveUseCases(database, self.clock, self.present)
        self.fleet = FleetUseCases(database, self.clock, self.present)
        self.reports = ReportJobs(database, self.clock, self.present)

    async def live(self) -> None:
        begun = NOON - 20 * DAY
        rows = [
            service_row("shop", label=HOSTILE, group="Sales", created_at=begun, interval_seconds=8 * 3600),
            service_row("stock", group="Store", created_at=begun, interval_seconds=8 * 3600),
        ]
        async with self.database.write() as conn:
            await insert_services(conn, rows)
            self.services = await load_services(conn)
        shop, stock = (one.pk for one in self.services)
        history = SqlHistory(self.database)
        recorder = await start_recording(history)
        times = [begun + number * timedelta(hours=8) for number in range(60)]
        await recorder.record(*(result(shop, (at - NOON).total_seconds(), response_ms=20.0) for at in times))
        for at in times[15:]:
            slow = 80.0 if at >= NOON - 7 * DAY - 12 * HOUR else 40.0
            await recorder.record(result(stock, (at - NOON).total_seconds(), response_ms=slow))
        await merge(self.database, recorder.epoch, NOON, everything=True)
        down, rest = NOON - 2 * DAY, NOON - 5 * DAY
        words = "in maintenance until later: disks"
        changes = [
            GapOpened(stock, begun, Status.STARTING),
            GapClosed(stock, times[15]),
            ServiceEvent(shop, rest, "status_changed", "ada", words, Status.OK, Status.STOPPED),
            GapOpened(shop, rest, Status.STOPPED),
            GapClosed(shop, rest + HOUR),
            ServiceEvent(shop, down, "status_changed", "", "503", Status.OK, Status.FAILED),
            DowntimeOpened(shop, down, "@SUM(1)"),
            DowntimeClosed(shop, down + 2 * HOUR),
        ]
        await history.record(recorder.epoch, Batch([], [], changes, recorder.next_id + 1))

    async def made(self, wanted: Wanted = WANTED, who: Identity = EVE) -> Job:
        job = await self.reports.start(who, wanted)
        assert job.task is not None
        await job.task
        return job

    async def audited(self) -> list[Any]:
        async with self.database.read() as conn:
            return [line.entry for line in await read(conn, AuditFilter(), limit=10)]


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    made = World(database)
    await made.live()
    yield made
    await made.reports.close()


async def test_the_days_of_all_services_and_what_stands_out(world: World) -> None:
    fleet = await world.fleet.picture(EVE, 30)
    shop, stock = (fleet.lines[one.pk] for one in world.services)
    assert list(shop.days[:9]) == [NOTHING] * 9
    assert list(shop.days[9:27]) == [WHOLE] * 18
    assert shop.days[27] == 9167
    assert list(shop.days[28:]) == [WHOLE] * 2
    assert list(stock.days[:14]) == [NOTHING] * 14
    assert (shop.downtimes, shop.status_changes, stock.downtimes) == (1, 2, 0)
    assert shop.uptime.down_seconds == 7200
    assert (stock.mean_ms, stock.mean_ms_before) == (80.0, 40.0)
    assert shop.availability == pytest.approx(1 - 2 / (7 * 24 - 1))
    assert shop.availability_before == 1.0
    assert await world.fleet.picture(EVE, 30) is fleet
    # After a minute the next one is made, and nobody waits for it; after two, who asks does.
    world.clock.move(seconds=61)
    assert await world.fleet.picture(EVE, 30) is fleet
    making = world.fleet._slots[30].next
    assert making is not None
    await making
    again = await world.fleet.picture(EVE, 30)
    assert again is not fleet
    world.clock.move(seconds=121)
    assert await world.fleet.picture(EVE, 30) is not again
    assert [list(one.days) for one in again.lines.values()] == [list(shop.days), list(stock.days)]
    world.clock.move(seconds=24 * 3600)
    tomorrow = (await world.fleet.picture(EVE, 30)).lines[shop.pk]
    assert list(tomorrow.days) == [*shop.days[1:], NOTHING]


async def test_days_that_are_over_are_kept_known(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_module, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(fleet_module, "AGAIN_SECONDS", 0.01)
    world.fleet.start()
    while (first := world.fleet._over) is None:
        await asyncio.sleep(0.01)
    while world.fleet._over is first:
        await asyncio.sleep(0.01)
    await world.fleet.close()
    kept = world.fleet._over
    assert await world.fleet.read_days_over() is kept
    wide, narrow = [await world.fleet.picture(EVE, days) for days in (90, 30)]
    assert world.fleet._over is kept
    for service in world.services:
        assert wide.lines[service.pk].days[60:] == narrow.lines[service.pk].days
    world.clock.move(seconds=3600)
    assert await world.fleet.read_days_over() is not kept


async def test_the_error_budgets_of_groups(world: World) -> None:
    for target in (0.99, 0.995):
        await world.objectives.create(
            ADA, {"name": f"Sales {target}", "group": "Sales", "target": target, "window_days": 7}
        )
    fleet = await world.fleet.picture(EVE, 30)
    sales, store = budgets = await world.fleet.group_budgets(EVE, fleet)
    assert await world.fleet.group_budgets(EVE, fleet) is budgets
    assert (sales.group, sales.services, sales.target, sales.is_own) == ("Sales", 1, 0.995, True)
    assert sales.budget.spent_seconds == 7200
    assert (store.target, store.is_own, store.budget.spent_seconds) == (0.999, False, 0)


async def test_an_objective_and_how_it_does(world: World) -> None:
    values = {"name": "Shop", "service_id": "shop", "target": 0.99, "window_days": 10}
    found = await world.objectives.create(ADA, values)
    known = 10 * 24 * 3600 - 3600
    assert found.budget.allowed_seconds == pytest.approx(0.01 * known)
    assert found.budget.spent_seconds == 7200
    assert (found.service_id, found.services, found.verdict) == ("shop", 1, "at risk")
    assert found.burn == pytest.approx(7200 / known / 0.01)
    assert [(burn.hours, burn.rate) for burn in found.burns[:3]] == [(1, 0.0), (6, 0.0), (24, 0.0)]
    assert found.burns[3].rate == pytest.approx(2 / 72 / 0.01)
    assert await world.objectives.figures(EVE) == [found]
    changed = await world.objectives.update(ADA, found.objective.pk, {"target": 0.98, "group": "Sales"})
    assert (changed.objective.service_pk, changed.objective.group, changed.verdict) == (None, "Sales", "met")
    assert (await world.objectives.get(EVE, found.objective.pk)).objective.target == 0.98
    renamed = await world.objectives.update(ADA, found.objective.pk, {"name": "All"})
    assert (renamed.objective.name, renamed.objective.group) == ("All", "Sales")
    await world.objectives.delete(ADA, found.objective.pk)
    with pytest.raises(NotFound):
        await world.objectives.get(EVE, found.objective.pk)
    lines = await world.audited()
    assert [line.action.removeprefix("objective.") for line in lines[::-1]] == ["create", "update", "update", "delete"]
    assert lines[2].before == {"service_id": "shop", "group": "", "target": 0.99}
    assert lines[2].after == {"service_id": "", "group": "Sales", "target": 0.98}


async def test_an_objective_that_cannot_be(world: World) -> None:
    values = {"name": "Shop", "service_id": "shop", "target": 0.99, "window_days": 10}
    await world.objectives.create(ADA, values | {"name": "taken"})
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"name": ""}, "name"),
        ({"name": "taken"}, "name"),
        ({"target": 1}, "target"),
        ({"window_days": 0}, "window_days"),
        ({"service_id": "none"}, "service_id"),
        ({"service_id": ""}, "service_id"),
        ({"group": "Sales"}, "service_id"),
        ({"service_id": "", "group": "Nowhere"}, "group"),
        ({"owner": 1}, "owner"),
    ]
    for change, field in wrong:
        with pytest.raises(InvalidInput) as caught:
            await world.objectives.create(ADA, values | change)
        assert list(caught.value.fields) == [field], change


async def test_objectives_follow_their_group_and_outlive_their_service(world: World) -> None:
    of_group = {"name": "Sales", "group": "Sales", "target": 0.99, "window_days": 10}
    of_shop = {"name": "Shop", "service_id": "shop", "target": 0.99, "window_days": 10}
    for values in (of_group, of_shop):
        await world.objectives.create(ADA, values)
    async with world.database.write() as conn:
        await rename_group(conn, "Sales", "Trade")
        assert [one.group for one in await load_objectives(conn)] == ["Trade", ""]
    world.services = world.services[1:]
    world.clock.move(seconds=60)
    group, shop = await world.objectives.figures(EVE)
    assert (group.services, group.verdict) == (0, "unknown")
    assert (shop.service_id, shop.services, shop.verdict, shop.uptime) == (None, 0, "unknown", None)
    changed = await world.objectives.update(ADA, shop.objective.pk, {"target": 0.9})
    assert changed.objective.service_pk == shop.objective.service_pk


async def test_who_may_do_what(world: World) -> None:
    values = {"name": "Shop", "service_id": "shop", "target": 0.99, "window_days": 10}
    with pytest.raises(PermissionDenied):
        await world.objectives.create(EVE, values)
    for ask in (
        world.objectives.figures(PUBLIC),
        world.fleet.picture(PUBLIC, 30),
        world.reports.start(PUBLIC, WANTED),
        world.reports.start(SYSTEM, WANTED),
    ):
        with pytest.raises(PermissionDenied):
            await ask
    job = await world.made()
    with pytest.raises(NotFound):
        world.reports.get(ADA, job.number)
    assert world.reports.list_own(ADA) == []
    assert world.reports.list_own(EVE) == [job]


async def test_a_report_tells_maintenance_and_coverage(world: World) -> None:
    job = await world.made()
    assert (job.state, job.progress, job.services) == ("done", 1.0, 2)
    told = json.loads(await world.reports.read(EVE, job.number, "report.json"))
    shop, stock = told["services"]
    assert (shop["maintenance_seconds"], shop["paused_seconds"], shop["unknown_seconds"]) == (3600, 0, 0)
    assert (shop["down_seconds"], shop["downtimes"], shop["longest_downtime_seconds"]) == (7200, 1, 7200)
    assert shop["coverage"] == pytest.approx(1 - 1 / 240, abs=1e-6)
    assert shop["availability"] == pytest.approx(1 - 2 / 239, abs=1e-6)
    assert (shop["sla"], stock["sla"]) == ("missed", "met")
    assert shop["p50_ms"] == pytest.approx(20, rel=0.03)
    assert told["total"]["availability"] == pytest.approx(1 - 2 / 479, abs=1e-6)
    assert [(group["group"], group["services"]) for group in told["groups"]] == [("Sales", 1), ("Store", 1)]
    (downtime,) = told["downtimes"]
    assert (downtime["service_id"], downtime["cause"], downtime["duration_seconds"]) == ("shop", "@SUM(1)", 7200)
    # Hostile names stay text.
    rows = list(csv.DictReader(io.StringIO((await world.reports.read(EVE, job.number, "services.csv")).decode())))
    assert [row["label"] for row in rows] == [f"'{HOSTILE}", "Stock"]
    rows = list(csv.DictReader(io.StringIO((await world.reports.read(EVE, job.number, "downtimes.csv")).decode())))
    assert [(row["service_id"], row["cause"]) for row in rows] == [("shop", "'@SUM(1)")]
    pdf = await world.reports.read(EVE, job.number, "report.pdf")
    assert pdf.startswith(b"%PDF-")
    assert not any(word in pdf for word in (b"/URI", b"/JavaScript", b"/Annots", b"/Launch"))


async def test_many_services_are_told_in_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = json.loads(await world.reports.read(EVE, (await world.made()).number, "report.json"))
    monkeypatch.setattr(content, "_LISTED", 1)
    in_parts = json.loads(await world.reports.read(EVE, (await world.made()).number, "report.json"))
    assert in_parts == whole
    monkeypatch.setattr(content, "DOWNTIMES_LIMIT", 0)
    cut = json.loads(await world.reports.read(EVE, (await world.made()).number, "report.json"))
    assert (whole["has_more_downtimes"], cut["downtimes"], cut["has_more_downtimes"]) == (False, [], True)


async def test_only_what_was_chosen(world: World) -> None:
    since = NOON - DAY
    job = await world.made(Wanted("", since, NOON, Selection(groups=("Store",))))
    told = json.loads(await world.reports.read(EVE, job.number, "report.json"))
    assert ([one["service_id"] for one in told["services"]], told["title"]) == (["stock"], "Availability")
    assert told["downtimes"] == []
    with pytest.raises(NotFound):
        await world.reports.start(EVE, Wanted("", since, NOON, Selection(("gone",))))


async def test_a_report_that_cannot_be(world: World) -> None:
    for wanted, field in (
        (Wanted("x" * 121, NOON - DAY, NOON), "title"),
        (Wanted("", NOON, NOON), "since"),
        (Wanted("", NOON - 2000 * DAY, NOON), "since"),
        (Wanted("", NOON - DAY, NOON, target=1.0), "target"),
        (Wanted("", NOON - DAY, NOON, Selection(tags=("none",))), "selection"),
    ):
        with pytest.raises(InvalidInput) as caught:
            await world.reports.start(EVE, wanted)
        assert list(caught.value.fields) == [field]


async def test_many_reports_wait_and_are_cancelled(world: World) -> None:
    first, *others = [await world.reports.start(EVE, WANTED) for _ in range(jobs_module.PER_PERSON)]
    with pytest.raises(TooMany):
        await world.reports.start(EVE, WANTED)
    with pytest.raises(Conflict):
        await world.reports.read(EVE, first.number, "report.pdf")
    world.reports.remove(EVE, first.number)
    assert first.task is not None
    with pytest.raises(asyncio.CancelledError):
        await first.task
    for job in others:
        assert job.task is not None
        await job.task
    assert [job.state for job in world.reports.list_own(EVE)] == ["done", "done", "cancelled"]
    with pytest.raises(Conflict):
        await world.reports.read(EVE, first.number, "report.pdf")
    world.reports.remove(EVE, first.number)
    with pytest.raises(NotFound):
        world.reports.get(EVE, first.number)
    with pytest.raises(NotFound):
        await world.reports.read(EVE, others[0].number, "../secret.key")


async def test_files_are_private_and_go(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    job = await world.made()
    (folder,) = place.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in (folder / job.number).iterdir()) == sorted(FILES)
    assert job.gone_at == NOON + HOUR
    world.reports.remove(EVE, job.number)
    assert list(folder.iterdir()) == []
    await world.made()
    await world.reports.close()
    assert list(place.iterdir()) == []


async def test_a_report_is_forgotten_after_its_time(world: World) -> None:
    brief = ReportJobs(world.database, world.clock, world.present, kept_seconds=0.5)
    job = await brief.start(EVE, WANTED)
    while brief.list_own(EVE):
        await asyncio.sleep(0.01)
    with pytest.raises(NotFound):
        brief.get(EVE, job.number)
    await brief.close()
