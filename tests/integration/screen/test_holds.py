"""Pausing and maintenance with a reason and an end, from a menu or for many at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor_app.domain.service import ServiceDefinition
from monitor_app.state.details import DetailsState
from monitor_app.state.holds import HoldDialog
from monitor_app.state.rows.wire import wire_row
from monitor_app.state.services import RowActions
from monitor_app.state.toast import ToastState
from tests.integration.screen.conftest import Screen

HOUR = timedelta(hours=1)


async def services(screen: Screen) -> dict[str, ServiceDefinition]:
    await screen.running.follower.read_now()
    return {row.definition.service_id: row.definition for row in screen.running.board}


def form(**values: str) -> dict[str, str]:
    return {"reason": "new disks", "choice": "60", "at": ""} | values


def said(screen: Screen) -> str:
    text: str = screen.shows(ToastState, "toast")["text"]
    return text


async def test_pause_asks_why_and_until_when_and_can_be_undone(screen: Screen) -> None:
    [pk] = await screen.add("Shop")
    await screen.send(RowActions.act, action="hold", pk=pk)
    assert (screen.shows(HoldDialog, "is_open"), screen.shows(HoldDialog, "title")) == (True, "Pause Shop")
    await screen.send(HoldDialog.save, form=form())
    assert screen.shows(HoldDialog, "is_open") is False
    assert said(screen) == "Shop is paused for 1 hour"
    pause = (await services(screen))["shop"].pause
    assert pause is not None
    assert (pause.who, pause.reason) == (screen.person.username, "new disks")
    assert pause.until is not None
    assert HOUR - timedelta(minutes=5) < pause.until - datetime.now(UTC) <= HOUR
    row = screen.running.board.get(pk)
    assert row is not None
    assert wire_row(row)["hold"] == [
        pause.who,
        "new disks",
        *(round(at.timestamp() * 1000) for at in (pause.at, pause.until)),
    ]
    await screen.send(ToastState.undo, toast_id=screen.shows(ToastState, "toast")["id"])
    assert (await services(screen))["shop"].enabled is True


async def test_pause_without_an_end_then_another_reason_then_resumed(screen: Screen) -> None:
    [pk] = await screen.add("Shop")
    await screen.send(HoldDialog.open, pks=pk, what="pause")
    await screen.send(HoldDialog.save, form=form(choice="never"))
    assert (await services(screen))["shop"].pause.until is None  # type: ignore[union-attr]
    await screen.send(HoldDialog.open, pks=[pk], what="pause")
    assert (screen.shows(HoldDialog, "reason"), screen.shows(HoldDialog, "until")) == ("new disks", 0)
    await screen.send(HoldDialog.save, form=form(reason="", choice="240"))
    assert (await services(screen))["shop"].pause.reason == ""  # type: ignore[union-attr]
    await screen.send(RowActions.act, action="resume", pk=pk)
    assert (await services(screen))["shop"].enabled is True


async def test_maintenance_of_many_to_an_exact_time_and_its_end(screen: Screen) -> None:
    pks = await screen.add("Shop", "Blog")
    await screen.send(HoldDialog.open, pks=pks, what="maintenance")
    assert screen.shows(HoldDialog, "title") == "Maintenance of 2 services"
    until = (datetime.now(UTC) + 3 * HOUR).replace(microsecond=0)
    await screen.send(HoldDialog.save, form=form(choice="at", at=str(round(until.timestamp() * 1000))))
    assert said(screen) == "2 services are in maintenance"
    holds = [each.maintenance for each in (await services(screen)).values()]
    assert {hold.until for hold in holds if hold} == {until}
    await screen.send(DetailsState.open, pk=pks[0])
    assert screen.shows(DetailsState, "in_maintenance") is True
    await screen.send(HoldDialog.open, pks=pks[0], what="maintenance")
    assert screen.shows(HoldDialog, "until") == round(until.timestamp() * 1000)
    await screen.send(HoldDialog.close)
    await screen.send(RowActions.act, action="maintenance-end", pk=pks[0])
    assert said(screen) == "Shop is no longer in maintenance"
    await screen.send(HoldDialog.end, pks=pks, what="maintenance")
    assert [each.maintenance for each in (await services(screen)).values()] == [None, None]


@pytest.mark.parametrize(
    ("what", "given", "fields"),
    [
        ("maintenance", {"choice": "never"}, {"until"}),
        ("maintenance", {"choice": "at"}, {"until"}),
        ("pause", {"choice": "at", "at": "1000"}, {"until"}),
        ("pause", {"choice": "tomorrow", "at": "9" * 30}, {"until"}),
        ("pause", {"choice": "at", "at": "noon", "reason": "x" * 300}, {"until"}),
        ("pause", {"reason": "x" * 300}, {"reason"}),
        ("pause", {"choice": ["60"], "at": {"$ne": 1}}, {"until"}),
    ],
    ids=["no end", "no time", "past", "far", "word", "reason", "odd"],
)
async def test_wrong_answers_are_told_and_the_question_stays(
    screen: Screen, what: str, given: dict[str, Any], fields: set[str]
) -> None:
    [pk] = await screen.add("Shop")
    before = await services(screen)
    await screen.send(HoldDialog.open, pks=pk, what=what)
    await screen.send(HoldDialog.save, form=form() | given)
    assert screen.shows(HoldDialog, "errors").keys() == fields
    assert (screen.shows(HoldDialog, "is_open"), screen.shows(HoldDialog, "refusals")) == (True, 1)
    assert await services(screen) == before


async def test_payloads_that_make_no_sense_and_services_that_are_gone_change_nothing(screen: Screen) -> None:
    [pk] = await screen.add("Shop")
    before = await services(screen)
    await screen.send(HoldDialog.save, form=form())
    await screen.send(HoldDialog.open, pks=[pk], what="delete")
    await screen.send(HoldDialog.open, pks=["; drop", True], what="pause")
    await screen.send(HoldDialog.open, pks=[pk] * 10_001, what="pause")
    await screen.send(HoldDialog.open, pks=999, what="pause")
    await screen.send(HoldDialog.end, pks={"pk": pk}, what="pause")
    await screen.send(HoldDialog.end, pks=pk, what=["pause"])
    assert screen.shows(HoldDialog, "is_open") is False
    assert said(screen) == "It was deleted meanwhile"
    await screen.send(HoldDialog.open, pks=pk, what="pause")
    await screen.send(HoldDialog.save, form="text")
    assert await services(screen) == before


async def test_end_that_is_no_moment_is_refused_in_words(screen: Screen) -> None:
    [pk] = await screen.add("Shop")
    await screen.send(HoldDialog.open, pks=pk, what="pause")
    for at in ("9" * 5000, "9" * 16, "-1", "soon", "²"):
        await screen.send(HoldDialog.save, form=form(choice="at", at=at))
        assert screen.shows(HoldDialog, "errors") == {"until": "needs a day and a time"}, at[:20]
        assert screen.shows(HoldDialog, "is_open") is True
        screen.vars[HoldDialog.get_full_name()]["errors"] = {}
        await screen.send(HoldDialog.open, pks=pk, what="pause")
