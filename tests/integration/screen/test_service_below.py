"""The page of one service below its charts: timeline, notes, results in full, downtimes, what is known."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from monitor_app.domain.changes import Batch, DowntimeClosed, DowntimeOpened, ServiceEvent
from monitor_app.domain.report import ResultDetail, document, facts, text
from monitor_app.domain.status import Status
from monitor_app.security.permissions import SYSTEM, VIEWER
from monitor_app.state.service_downtimes import DowntimesState
from monitor_app.state.service_known import NODES_LIMIT, KnownState, graph_below
from monitor_app.state.service_notes import NoteDialog
from monitor_app.state.service_results import PAGE_SIZE, ResultsState
from monitor_app.state.service_timeline import TimelineState
from tests.integration.screen.conftest import Screen
from tests.samples import result


@pytest.fixture
async def page(screen: Screen) -> Screen:
    """Before the page of the service "Web", which was down for a while and has more results than fit a page."""
    (pk,) = await screen.add("Web")
    now, history = datetime.now(UTC), screen.recorder.history
    epoch = await history.begin_epoch()
    count, first = PAGE_SIZE + 3, epoch.next_result_id
    numbered = [
        (first + n, result(pk, status=Status.OK, checked_at=now - timedelta(minutes=60 - n), phases={"dns": 1.5}))
        for n in range(count)
    ]
    told = document([facts("Answer", {"Status line": "HTTP/1.1 200"}), text("Begin of the body", "<b>hello</b>")])
    number, newest = numbered[-1]
    began, ended = now - timedelta(minutes=20), now - timedelta(minutes=12)
    changes = [
        DowntimeOpened(pk, began, "refused"),
        ServiceEvent(pk, began, "status_changed", before=Status.OK, after=Status.FAILED, reason="refused"),
        DowntimeClosed(pk, ended),
        ServiceEvent(pk, ended, "status_changed", before=Status.FAILED, after=Status.OK),
    ]
    detail = ResultDetail(pk, number, newest.checked_at, newest.status, told)
    await history.record(epoch, Batch(numbered, [], changes, number, details=[detail]))
    await screen.running.follower.read_now()
    screen.address = "/services/web"
    return screen


def says(screen: Screen) -> list[str]:
    return [row["says"] for row in screen.shows(TimelineState, "entries")]


async def test_timeline_is_filtered_and_takes_notes(page: Screen) -> None:
    await page.send(TimelineState.load)
    assert says(page) == ["added", "up, was down", "down, was up: refused"]
    await page.send(NoteDialog.write)
    await page.send(NoteDialog.save, form={"text": " "})
    assert page.shows(NoteDialog, "error") == "The text is required"
    assert page.shows(NoteDialog, "is_open")
    await page.send(NoteDialog.save, form={"text": "a cable\nwas cut"})
    assert not page.shows(NoteDialog, "is_open")
    note = page.shows(TimelineState, "entries")[0]
    assert (note["who"], note["text"], note["may"]) == ("ada", "a cable\nwas cut", True)
    await page.send(NoteDialog.edit, pk=note["pk"])
    assert page.shows(NoteDialog, "text") == "a cable\nwas cut"
    await page.send(NoteDialog.save, form={"text": "two cables"})
    await page.send(TimelineState.choose, sort="note")
    assert [row["text"] for row in page.shows(TimelineState, "entries")] == ["two cables"]
    await page.send(TimelineState.choose, sort="nonsense")
    assert page.shows(TimelineState, "sort") == "note"
    await page.send(NoteDialog.ask, pk=note["pk"])
    assert page.shows(NoteDialog, "asked") == note["pk"]
    await page.send(NoteDialog.remove, pk=note["pk"])
    assert page.shows(NoteDialog, "asked") == 0
    assert page.shows(TimelineState, "entries") == []


async def test_downtimes_show_what_was_written_about_them(page: Screen) -> None:
    await page.send(DowntimesState.load)
    (row,) = page.shows(DowntimesState, "rows")
    assert (row["cause"], row["to"] - row["at"], row["notes"]) == ("refused", 480_000, [])
    await page.send(NoteDialog.write_about, downtime_id=row["id"])
    await page.send(NoteDialog.save, form={"text": "known"})
    (row,) = page.shows(DowntimesState, "rows")
    assert [note["text"] for note in row["notes"]] == ["known"]


async def test_results_come_in_pages_and_one_opens_in_full(page: Screen) -> None:
    await page.send(ResultsState.load)
    rows = page.shows(ResultsState, "rows")
    assert (len(rows), page.shows(ResultsState, "has_older")) == (PAGE_SIZE, True)
    assert [row["is_kept"] for row in rows[:2]] == [True, False]
    await page.send(ResultsState.open, result_id=rows[0]["id"])
    assert [section["text"] for section in page.shows(ResultsState, "sections")] == ["", "<b>hello</b>"]
    assert page.shows(ResultsState, "phases")[0]["name"] == "DNS"
    await page.send(ResultsState.open, result_id=rows[1]["id"])
    assert not page.shows(ResultsState, "is_kept")
    await page.send(ResultsState.older)
    assert len(page.shows(ResultsState, "rows")) == 3
    # Who looks at older ones is left there.
    await page.send(ResultsState.refresh)
    assert len(page.shows(ResultsState, "rows")) == 3
    await page.send(ResultsState.newer)
    assert page.shows(ResultsState, "rows") == rows
    await page.send(ResultsState.close)
    for absurd in ("x", True, -1, rows[0]["id"] + 1000):
        await page.send(ResultsState.open, result_id=absurd)
    assert page.shows(ResultsState, "open_id") == 0


async def test_viewers_see_that_there_is_a_body_and_not_what_it_says(page: Screen) -> None:
    page.person = await page.people.log_in("eve", VIEWER)
    await page.send(KnownState.load)
    sections: list[dict[str, Any]] = page.shows(KnownState, "sections")
    assert [(section["title"], section["text"], section["is_hidden"]) for section in sections] == [
        ("Answer", "", False),
        ("Begin of the body", "", True),
    ]
    assert page.shows(KnownState, "kind_title") == "HTTP"
    sent = len(page.was_sent(KnownState, "sections"))
    await page.send(KnownState.load)
    assert len(page.was_sent(KnownState, "sections")) == sent
    await page.send(NoteDialog.write)
    assert not page.shows(NoteDialog, "is_open")


async def test_small_map_shows_two_steps_each_way(page: Screen) -> None:
    await page.send(KnownState.load)
    assert page.shows(KnownState, "graph") == {}
    names = ("Shop", "Cart", "Database", "Disk", "Far")
    await page.add(*names)
    chain = ("shop", "cart", "web", "database", "disk", "far")
    for source, target in pairwise(chain):
        ends = {"source_service_id": source, "target_service_id": target}
        await page.running.relations.create(SYSTEM, ends)
    await page.running.follower.read_now()
    await page.send(KnownState.load)
    graph = page.shows(KnownState, "graph")
    assert {node["sid"] for node in graph["nodes"]} == set(chain) - {"far"}
    assert (len(graph["edges"]), graph["more"]) == (4, 0)
    assert len(graph["nodes"]) <= NODES_LIMIT
    assert [row["sid"] for row in page.shows(KnownState, "related")["needs"]["rows"]] == ["database"]
    # What an incident affects goes all the way up, through what belongs to it.
    pks = {node["sid"]: node["id"] for node in graph["nodes"]}
    affected = graph_below(pks["disk"], [pks["database"]])
    assert [node["sid"] for node in affected["nodes"]] == ["disk", "database", "web", "cart", "shop"]


async def test_other_pages_have_nothing_of_it(page: Screen) -> None:
    page.address = "/"
    for state in (TimelineState, ResultsState, DowntimesState, KnownState):
        await page.send(state.load)
    assert page.shows(TimelineState, "entries") == []
    assert page.shows(ResultsState, "rows") == []
