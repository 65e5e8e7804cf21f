"""Actions that fail: the person is told why, and nothing is left half done."""

import pytest

from monitor_app.security.permissions import SYSTEM
from monitor_app.state.delete_dialog import DeleteDialog
from monitor_app.state.demo import DemoState
from monitor_app.state.details import DetailsState
from monitor_app.state.failures import UNEXPECTED
from monitor_app.state.paste import PasteState
from monitor_app.state.services import RowActions, ServiceDialog
from monitor_app.state.toast import ToastState
from tests.integration.screen.conftest import Screen
from tests.servers.http import HttpServer, reply


def said(screen: Screen) -> tuple[str, str]:
    toast = screen.shows(ToastState, "toast")
    return toast["text"], toast["tone"]


async def test_database_that_is_away_is_told_in_one_line(screen: Screen, caplog: pytest.LogCaptureFixture) -> None:
    (pk,) = await screen.add("Web shop")
    screen.take_away("service")

    await screen.send(RowActions.act, action="pause", pk=pk)

    (toast,) = screen.toasts
    assert "database" in toast
    (record,) = [record for record in caplog.records if record.message == "an action failed"]
    assert record.exc_info is None


async def test_bug_is_told_without_its_inside_and_logged_with_it(
    screen: Screen, caplog: pytest.LogCaptureFixture
) -> None:
    screen.running.demo.error = ZeroDivisionError("secret inside")

    await screen.send(DemoState.load)

    (toast,) = screen.toasts
    assert UNEXPECTED in toast
    assert "secret" not in toast
    (record,) = [record for record in caplog.records if record.message == "an action broke"]
    assert record.exc_info is not None
    assert screen.shows(DemoState, "is_busy") is False


async def test_undo_works_once_the_database_is_back(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop")
    await screen.send(RowActions.act, action="delete", pk=pk)
    await screen.send(DeleteDialog.delete)
    toast_id = screen.shows(ToastState, "toast")["id"]
    screen.take_away("service")
    await screen.send(ToastState.undo, toast_id=toast_id)
    assert len(screen.toasts) == 1
    screen.give_back("service")

    await screen.send(ToastState.undo, toast_id=toast_id)

    assert said(screen) == ("Undone: deleting Web shop", "")


async def test_details_that_cannot_be_read_open_nothing(screen: Screen) -> None:
    first, second = await screen.add("First", "Second")
    await screen.send(DetailsState.open, pk=first)
    screen.take_away("check_result")

    await screen.send(DetailsState.open, pk=second)
    await screen.send(DetailsState.close)

    assert "Second" not in screen.was_sent(DetailsState, "label")
    assert len(screen.toasts) == 1


async def test_saved_service_is_saved_though_it_cannot_be_shown(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    screen.take_away("check_result")

    await screen.send(ServiceDialog.save, form={"config.url": "http://127.0.0.1:1/", "label": "Web shop"})

    assert screen.toasts == []
    assert said(screen) == ("Web shop is watched now", "")
    assert screen.shows(ServiceDialog, "is_open") is False
    screen.give_back("check_result")
    assert len(await screen.running.services.list_all(SYSTEM)) == 1


@pytest.mark.parametrize("action", ["pause", "resume", "delete"])
async def test_what_somebody_else_deleted_is_told(screen: Screen, action: str) -> None:
    (pk,) = await screen.add("Web shop")
    if action == "delete":
        await screen.send(RowActions.act, action=action, pk=pk)
    await screen.running.services.delete(SYSTEM, ["web-shop"])

    if action == "delete":
        await screen.send(DeleteDialog.delete)
    else:
        await screen.send(RowActions.act, action=action, pk=pk)

    assert said(screen) == ("there is no service web-shop", "failed")
    assert not screen.shows(DeleteDialog, "is_open")


async def test_paste_that_cannot_be_saved_says_so_and_keeps_the_lines(screen: Screen, server: HttpServer) -> None:
    server.on("/good", reply(200))
    await screen.send(PasteState.take, piece=server.url("/good"), index=0, count=1)
    screen.take_away("service")

    await screen.send(PasteState.save)

    assert "database" in said(screen)[0]
    assert said(screen)[1] == "failed"
    assert screen.was_sent(PasteState, "savable")[-1] == 1
