"""The command palette: what is found, and what is started for whom."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from monitor_app.domain.status import Status
from monitor_app.engine.clock import SystemClock
from monitor_app.security.permissions import EDITOR, PERMISSIONS, VIEWER
from monitor_app.state import runtime
from monitor_app.state.breaker import BreakerDialog
from monitor_app.state.check_now import CheckNow
from monitor_app.state.commands import COMMANDS
from monitor_app.state.guard import permission_of
from monitor_app.state.holds import HoldDialog
from monitor_app.state.palette import FOUND_LIMIT, PaletteState
from monitor_app.state.paste import PasteState
from monitor_app.state.services import ServiceDialog
from monitor_app.state.toast import ToastState
from monitor_app.use_cases.check_orders import CheckOrders
from tests.integration.screen.conftest import Screen


async def found(screen: Screen, text: str, **asked: Any) -> dict[str, Any]:
    """The answer to a question."""
    number = 1 + screen.shows(PaletteState, "answer").get("number", 0)
    await screen.send(PaletteState.search, asked={"number": number, "text": text} | asked)
    answer: dict[str, Any] = screen.shows(PaletteState, "answer")
    assert answer["number"] == number
    return answer


def labels(answer: dict[str, Any]) -> list[str]:
    return [service["label"] for service in answer["services"]]


async def sit_down(screen: Screen, role: str) -> None:
    """Somebody else takes this browser."""
    screen.person = await screen.people.log_in(f"a {role}", role)
    await screen.running.access.read_now()


def said(screen: Screen) -> str:
    return str(screen.shows(ToastState, "toast").get("text", ""))


async def test_service_is_found_by_name_id_tag_and_target(screen: Screen) -> None:
    await screen.add("Checkout", "Check-in desk", group="Sales")
    await screen.add("Mail", tags=["checked"], service_id="post-1")
    assert labels(await found(screen, "check")) == ["Checkout", "Check-in desk", "Mail"]
    assert labels(await found(screen, "POST")) == ["Mail"]
    assert labels(await found(screen, "127.0.0.1 checkout")) == ["Checkout"]
    assert labels(await found(screen, "chkot")) == ["Checkout"]
    assert (await found(screen, "sal"))["groups"] == ["Sales"]
    named = await found(screen, "ECK")
    assert (named["tags"], named["environments"]) == (["checked"], [])
    assert labels(await found(screen, "")) == []


async def test_no_more_is_given_than_can_be_read(screen: Screen) -> None:
    await screen.add(*(f"Service {number}" for number in range(FOUND_LIMIT + 5)))
    assert len((await found(screen, "service"))["services"]) == FOUND_LIMIT


async def test_what_was_used_last_is_answered_as_it_is_now(screen: Screen) -> None:
    await screen.add("Shop", service_id="shop")
    assert labels(await found(screen, "", recent=["gone", "shop", 7])) == ["Shop"]


async def test_viewer_finds_services_but_no_actions(screen: Screen) -> None:
    [pk] = await screen.add("Shop")
    await sit_down(screen, VIEWER)
    answer = await found(screen, "shop", here=pk)
    assert (labels(answer), answer["services"][0]["may"], answer["here"]["may"]) == (["Shop"], [], [])
    assert labels(await found(screen, "shop", command="pause")) == []


async def test_viewer_starts_nothing(screen: Screen) -> None:
    [pk] = await screen.add("Shop")
    await sit_down(screen, VIEWER)
    row = screen.running.board.get(pk)
    assert row is not None
    before = row.definition
    for name, command in COMMANDS.items():
        await screen.send(PaletteState.run, name=name, pk=pk if command.fits else 0)
        assert said(screen) == f"You may not {PERMISSIONS[command.needs]}.", name
    await screen.running.follower.read_now()
    assert row.definition is before
    assert not any(one["value"] for one in screen.seen if one["name"] == "is_open")


def test_commands_need_what_their_handlers_need() -> None:
    for name, command in COMMANDS.items():
        event = command.start(1) if command.fits else command.start()
        registered: Any = SimpleNamespace(handler=getattr(event, "handler", event))
        assert permission_of(registered) == command.needs, name


async def test_command_is_offered_where_it_fits(screen: Screen) -> None:
    on, off = await screen.add("On"), await screen.add("Off", enabled=False)
    assert labels(await found(screen, "", command="resume")) == ["Off"]
    assert labels(await found(screen, "", command="pause", recent=["gone"])) == ["On"]
    assert "check" not in (await found(screen, "off"))["services"][0]["may"]
    await screen.send(PaletteState.run, name="resume", pk=on[0])
    assert said(screen) == "Resume is not to be had for On now"
    await screen.send(PaletteState.run, name="pause-or-resume", pk=off[0])
    assert screen.running.board.get(off[0]).definition.enabled  # type: ignore[union-attr]


async def test_editor_deletes_only_what_is_theirs(screen: Screen) -> None:
    [other] = await screen.add("Of others")
    await sit_down(screen, EDITOR)
    assert "delete" not in (await found(screen, "others"))["services"][0]["may"]
    await screen.send(PaletteState.run, name="delete", pk=other)
    assert "not to be had" in said(screen)


async def test_commands_open_their_dialogs(screen: Screen) -> None:
    [pk] = await screen.add("Shop")
    await screen.send(PaletteState.run, name="pause-or-resume", pk=pk)
    assert screen.shows(HoldDialog, "title") == "Pause Shop"
    await screen.send(PaletteState.run, name="edit", pk=pk)
    assert "Shop" in screen.shows(ServiceDialog, "title")
    await screen.send(PaletteState.run, name="breaker-open", pk=pk)
    assert screen.shows(BreakerDialog, "is_open")
    await screen.send(PaletteState.run, name="paste", pk=0)
    assert screen.shows(PasteState, "is_open")


@pytest.mark.parametrize(
    "asked",
    [None, [], {}, {"number": "1"}, {"number": 1, "text": 3, "command": [], "recent": {}, "here": "x"}],
    ids=["none", "list", "empty", "text for a number", "all wrong"],
)
async def test_wrong_questions_do_no_harm(screen: Screen, asked: Any) -> None:
    await screen.add("Shop")
    await screen.send(PaletteState.search, asked=asked)
    assert screen.shows(PaletteState, "answer").get("services", []) == []
    for name, pk in ((None, 0), ("edit", 0), ("new", 1), ("edit", True), (["edit"], 1)):
        await screen.send(PaletteState.run, name=name, pk=pk)
    assert screen.toasts == []
    assert not screen.shows(ServiceDialog, "is_open")


async def test_check_now_tells_what_was_found(screen: Screen) -> None:
    [pk] = await screen.add("Shop")
    given = asyncio.Event()
    orders = CheckOrders(screen.recorder.database, SystemClock(), given.set)
    runtime.install(replace(screen.running, check_orders=orders))

    waiting = asyncio.create_task(screen.send(CheckNow.run, pk=pk))
    await given.wait()
    assert (said(screen), screen.shows(CheckNow, "checking")) == ("Checking Shop…", [pk])
    await screen.recorder.find(pk, Status.FAILED, ms=3.1, message="connection refused", at=datetime.now(UTC))
    await screen.running.follower.read_now()
    await waiting
    assert said(screen) == "Shop: Down, 3.1 ms, connection refused"
    assert screen.shows(CheckNow, "checking") == []


async def test_check_that_cannot_be_had_says_why(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor_app.state.check_results.TAKEN_LOOKS", 1)
    on, off = [*await screen.add("On"), *await screen.add("Off", enabled=False)]
    orders = CheckOrders(screen.recorder.database, SystemClock(), lambda: None)
    runtime.install(replace(screen.running, check_orders=orders))
    await screen.send(CheckNow.run, pk=on)
    assert "no engine has answered yet" in said(screen)
    await screen.send(CheckNow.run, pk=off)
    assert "Off is paused" in said(screen)
