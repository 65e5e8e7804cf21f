"""Notes, the timeline and the table of downtimes, on SQLite and PostgreSQL."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.audit import AuditFilter
from monitor_app.domain.changes import Batch, DowntimeClosed, DowntimeOpened, ServiceEvent
from monitor_app.domain.note import TEXT_LIMIT
from monitor_app.domain.report import ResultDetail
from monitor_app.domain.status import Status
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import ADMIN, ANONYMOUS, BOARD_READ, EDITOR, VIEWER, Identity
from monitor_app.storage.audit import read
from monitor_app.storage.database import Database
from monitor_app.storage.history import IncidentFilter, Place, SqlHistory
from monitor_app.use_cases import notes as notes_module
from monitor_app.use_cases.downtimes import COLUMNS, Downtimes
from monitor_app.use_cases.notes import Notes
from monitor_app.use_cases.relations import RelationUseCases
from monitor_app.use_cases.results import ResultUseCases
from monitor_app.use_cases.services import ServiceUseCases
from monitor_app.use_cases.timeline import Edit, Timeline
from tests.accounts import HandClock
from tests.samples import NOON, add_services, result

PUBLIC = Identity("anonymous", ANONYMOUS, frozenset({BOARD_READ}))
ADA = Identity.of_role("ada", EDITOR, account_pk=1)
BEN = Identity.of_role("ben", EDITOR, account_pk=2)
EVE = Identity.of_role("eve", VIEWER, account_pk=3)
ROOT = Identity.of_role("root", ADMIN, account_pk=4)


class World:
    """One service, people, and what they do with it. It is noon, or later."""

    def __init__(self, database: Database, pk: int) -> None:
        self.database, self.pk, self.clock = database, pk, HandClock()
        self.notes = Notes(database, self.clock)
        self.timeline = Timeline(database)
        self.downtimes = Downtimes(database, self.notes)
        self.results = ResultUseCases(database)

    async def record(self, *changes: Any, results: Any = (), details: Any = ()) -> None:
        history = SqlHistory(self.database)
        epoch = await history.begin_epoch()
        numbered = list(enumerate(results, epoch.next_result_id))
        last_id = epoch.next_result_id + len(numbered)
        kept = [detail(numbered) for detail in details]
        await history.record(epoch, Batch(numbered, [], list(changes), last_id, details=kept))

    async def down(self, minutes: int, cause: str = "refused", lasts: int | None = 5) -> int:
        """A downtime that began so many minutes after noon; its number."""
        began = NOON + timedelta(minutes=minutes)
        await self.record(DowntimeOpened(self.pk, began, cause))
        if lasts is not None:
            await self.record(DowntimeClosed(self.pk, began + timedelta(minutes=lasts)))
        wanted = IncidentFilter(began + timedelta(seconds=1), None, [self.pk])
        return (await SqlHistory(self.database).incidents(wanted, 1))[0].number

    async def said(self, who: Identity, **chosen: Any) -> list[str]:
        return [entry.happening.sort for entry in await self.timeline.page(who, self.pk, 50, **chosen)]


@pytest.fixture
async def world(database: Database) -> World:
    [pk] = await add_services(database, "shop")
    return World(database, pk)


async def test_notes_are_written_changed_and_removed_by_their_author(world: World) -> None:
    note = await world.notes.add(ADA, world.pk, {"text": "  new disks\r\nsince today \n"})
    assert (note.text, note.who, note.downtime_id, note.is_edited) == ("new disks\nsince today", "ada", None, False)
    world.clock.move(seconds=60)
    later = NOON - timedelta(days=1)
    changed = await world.notes.change(ADA, note.pk, {"text": "old disks", "at": later})
    assert (changed.text, changed.at, changed.is_edited) == ("old disks", later, True)
    assert (await world.notes.change(ROOT, note.pk, {"at": None})).at == later
    assert (await world.notes.get(ADA, note.pk)).text == "old disks"
    await world.notes.remove(ADA, note.pk)
    with pytest.raises(NotFound):
        await world.notes.remove(ADA, note.pk)
    async with world.database.read() as conn:
        lines = await read(conn, AuditFilter(), limit=10)
    assert [line.entry.action for line in reversed(lines)] == [
        "note.create",
        "note.update",
        "note.update",
        "note.delete",
    ]
    assert (lines[0].entry.target, lines[0].entry.before["text"]) == ("shop", "old disks")


async def test_others_may_neither_change_nor_write(world: World) -> None:
    note = await world.notes.add(ADA, world.pk, {"text": "mine"})
    for attempt in (
        world.notes.change(BEN, note.pk, {"text": "his"}),
        world.notes.remove(BEN, note.pk),
        world.notes.add(EVE, world.pk, {"text": "hers"}),
        world.notes.get(PUBLIC, note.pk),
    ):
        with pytest.raises(PermissionDenied):
            await attempt
    assert notes_module.may_change(ADA, note)
    assert not notes_module.may_change(BEN, note)


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, "text"),
    ({"text": " "}, "text"),
    ({"text": 7}, "text"),
    ({"text": "a\x1b[2J"}, "text"),
    ({"text": "x" * (TEXT_LIMIT + 1)}, "text"),
    ({"text": "x", "at": NOON.replace(tzinfo=None)}, "at"),
    ({"text": "x", "at": NOON.replace(year=2200)}, "at"),
    ({"text": "x", "at": NOON.replace(year=1999)}, "at"),
    ({"text": "x", "downtime_id": "1"}, "downtime_id"),
)


async def test_what_is_wrong_is_told(world: World) -> None:
    for values, field in WRONG:
        with pytest.raises(InvalidInput) as caught:
            await world.notes.add(ADA, world.pk, values)
        assert list(caught.value.fields) == [field], values


async def test_a_service_has_so_many_notes_at_most(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes_module, "NOTES_LIMIT", 1)
    await world.notes.add(ADA, world.pk, {"text": "one"})
    with pytest.raises(Conflict):
        await world.notes.add(ADA, world.pk, {"text": "two"})
    with pytest.raises(NotFound):
        await world.notes.add(ADA, 999, {"text": "of nothing"})


async def test_downtimes_come_with_their_notes(world: World) -> None:
    first, second = await world.down(-60), await world.down(-30, "=cmd()", lasts=None)
    about = await world.notes.add(ADA, world.pk, {"text": "a cable\nwas cut", "downtime_id": first})
    assert about.at == NOON - timedelta(minutes=55)
    now = world.clock.now()
    assert (await world.notes.add(ADA, world.pk, {"text": "still on", "downtime_id": second})).at == now
    with pytest.raises(NotFound):
        await world.notes.add(ADA, world.pk, {"text": "x", "downtime_id": 999})
    found = await world.downtimes.page(ADA, world.pk, now, 10)
    assert [(one.incident.number, [note.text for note in one.notes]) for one in found] == [
        (second, ["still on"]),
        (first, ["a cable\nwas cut"]),
    ]
    assert found[1].lasted_seconds(now) == 300
    place = Place(found[0].incident.started_at, second)
    older = await world.downtimes.page(PUBLIC, world.pk, now, 10, before=place)
    assert [(one.incident.number, list(one.notes)) for one in older] == [(first, [])]
    rows = list(csv.reader(io.StringIO(await world.downtimes.as_csv(ADA, world.pk, None, now))))
    assert rows[0] == list(COLUMNS)
    assert rows[1][:5] == [str(second), "2026-05-17T11:30:00.000Z", "", "", "'=cmd()"]
    assert rows[2][3:] == ["300.0", "refused", "ada: a cable\nwas cut"]
    assert "cable" not in await world.downtimes.as_csv(PUBLIC, world.pk, None, now)


async def test_all_sorts_are_in_one_order(world: World) -> None:
    at = world.clock.now()
    await world.record(
        ServiceEvent(world.pk, at, "status_changed", before=Status.OK, after=Status.FAILED, reason="refused"),
        ServiceEvent(world.pk, at, "breaker_opened", who="ada", reason="new disks"),
    )
    services = ServiceUseCases(world.database, KindRegistry(), world.clock, Bus())
    values = {"label": "The shop", "status_config": {"url": "http://shop.test"}}
    await services.update(ADA, "shop", values, expected_revision=None)
    await world.notes.add(ADA, world.pk, {"text": "written"})
    assert await world.said(ADA) == ["breaker", "status", "edit", "note"]
    assert await world.said(ADA, sorts=["note", "status"]) == ["status", "note"]
    assert await world.said(ADA, sorts=["breaker"]) == ["breaker"]
    entries = await world.timeline.page(ADA, world.pk, 50)
    paged = []
    for _ in entries:
        place = None if not paged else Place(paged[-1].happening.at, paged[-1].happening.number)
        paged += await world.timeline.page(ADA, world.pk, 1, place)
    assert paged == entries
    assert await world.said(ADA, before=Place(entries[-1].happening.at, entries[-1].happening.number)) == []
    edit = next(entry for entry in entries if isinstance(entry.happening.what, Edit))
    assert ("label", "The shop") in [(field.name, field.after) for field in edit.changed]
    seen = await world.timeline.page(EVE, world.pk, 50)
    assert [list(entry.changed) for entry in seen] == [[], [], [], []]
    with pytest.raises(InvalidInput):
        await world.said(ADA, sorts=["nonsense"])


async def test_edits_of_relations_stand_in_the_timelines_of_both_ends(world: World) -> None:
    [other] = await add_services(world.database, "ledger")
    [third] = await add_services(world.database, "apart")
    relations = RelationUseCases(world.database, KindRegistry(), world.clock, Bus())
    ends = {"source_service_id": "shop", "target_service_id": "ledger"}
    made = await relations.create(ADA, {**ends, "relation_type": "dependency"})
    await relations.update(ADA, made.relation.pk, {"relation_type": "communication"})
    await relations.delete(ADA, made.relation.pk)
    for pk in (world.pk, other):
        edits = await world.timeline.page(ADA, pk, 50, sorts=["edit"])
        assert [entry.happening.what.change.action for entry in edits if isinstance(entry.happening.what, Edit)] == [
            "relation.delete",
            "relation.update",
            "relation.create",
        ]
        newest = edits[0].happening.what
        assert isinstance(newest, Edit)
        assert newest.ends == (world.pk, other)
        assert [(field.before, field.after) for field in edits[1].changed] == [("dependency", "communication")]
    assert await world.timeline.page(ADA, third, 50, sorts=["edit"]) == []


async def test_people_without_an_account_see_no_names_and_nothing_written(world: World) -> None:
    await world.notes.add(ADA, world.pk, {"text": "written"})
    opened = ServiceEvent(world.pk, NOON, "breaker_opened", who="ada", reason="new disks")
    await world.record(opened)
    [entry] = await world.timeline.page(PUBLIC, world.pk, 50)
    assert isinstance(entry.happening.what, ServiceEvent)
    assert (entry.happening.what.who, entry.happening.what.reason) == ("", "")
    assert await world.timeline.page(PUBLIC, world.pk, 50, sorts=["note"]) == []


async def test_results_are_told_in_full_where_they_are_kept(world: World) -> None:
    results = [result(world.pk, -20 + number) for number in range(3)]

    def of_second(numbered: Any) -> ResultDetail:
        number, one = numbered[1]
        return ResultDetail(world.pk, number, one.checked_at, one.status, {"sections": []})

    await world.record(results=results, details=[of_second])
    stored = await world.results.page(PUBLIC, world.pk, NOON - timedelta(hours=1), NOON, 10)
    kept = await world.results.kept_in_full(PUBLIC, world.pk, stored)
    assert kept == {stored[1].id}
    assert await world.results.kept_in_full(PUBLIC, world.pk, []) == set()
    one, detail = await world.results.in_full(PUBLIC, world.pk, stored[1].id)
    assert (one, detail.document) == (stored[1], {"sections": []})
    newest = await world.results.newest_in_full(PUBLIC, world.pk)
    assert newest is not None
    assert newest.result_id == stored[1].id
    with pytest.raises(NotFound):
        await world.results.in_full(PUBLIC, world.pk, stored[0].id)
