"""The address that a service reports to: shown to who asks for it and may change services, and renewed."""

from typing import Any

import pytest

from monitor_app.errors import NotFound, PermissionDenied
from monitor_app.redact import MASK
from monitor_app.security.permissions import SYSTEM, VIEWER, Identity
from monitor_app.state.details import DetailsState
from monitor_app.state.push import PushDialog
from monitor_app.state.services import RowActions, ServiceDialog
from monitor_app.state.toast import ToastState
from tests.integration.screen.conftest import Screen

BACKUP = {"label": "Backup", "config.period_seconds": "3600", "config.token": ""}


async def added(screen: Screen) -> int:
    """A push service, by form."""
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.choose_kind, kind="push")
    await screen.send(ServiceDialog.save, form=BACKUP)
    await screen.running.follower.read_now()
    row = screen.running.board.find("backup")
    assert row is not None
    return row.pk


def token_of(screen: Screen, pk: int) -> str:
    row = screen.running.board.get(pk)
    assert row is not None
    return str(row.definition.status_config["token"])


async def test_a_new_one_is_told_where_to_report_to(screen: Screen) -> None:
    pk = await added(screen)
    assert screen.shows(PushDialog, "is_open") is True
    assert screen.shows(PushDialog, "address") == f"http://localhost:3000/push/{token_of(screen, pk)}"
    await screen.send(PushDialog.close)
    assert screen.shows(PushDialog, "address") == ""


async def test_the_token_goes_nowhere_but_to_who_asked(screen: Screen) -> None:
    pk = await added(screen)
    token = token_of(screen, pk)
    await screen.send(PushDialog.close)
    screen.seen.clear()
    await screen.send(DetailsState.open, pk=pk)
    await screen.send(RowActions.act, action="edit", pk=pk)
    assert screen.shows(DetailsState, "is_told") is True
    assert token not in str(screen.seen)
    assert token not in str(screen.running.board.get(pk).target)  # type: ignore[union-attr]
    await screen.send(PushDialog.show, pk=pk)
    assert screen.shows(PushDialog, "address").endswith(token)


async def test_editing_keeps_the_token_and_a_blank_one_is_made_anew(screen: Screen) -> None:
    pk = await added(screen)
    before = token_of(screen, pk)
    await screen.send(RowActions.act, action="edit", pk=pk)
    rows = {row["key"]: row for row in screen.shows(ServiceDialog, "rare_fields")}
    assert rows["config.token"]["value"] == MASK
    typed = BACKUP | {"service_id": "backup", "config.period_seconds": "60"}
    await screen.send(ServiceDialog.save, form=typed | {"config.token": MASK})
    await screen.running.follower.read_now()
    assert screen.running.board.get(pk).definition.status_config["period_seconds"] == 60  # type: ignore[union-attr]
    assert token_of(screen, pk) == before
    await screen.send(RowActions.act, action="edit", pk=pk)
    await screen.send(ServiceDialog.save, form=typed)
    await screen.running.follower.read_now()
    assert token_of(screen, pk) != before


async def test_renewing_asks_first_and_changes_nothing_else(screen: Screen) -> None:
    pk = await added(screen)
    before = token_of(screen, pk)
    await screen.send(PushDialog.renew)
    assert token_of(screen, pk) == before, "nothing was asked yet"
    await screen.send(PushDialog.ask)
    await screen.send(PushDialog.keep)
    await screen.send(PushDialog.renew)
    assert token_of(screen, pk) == before, "the answer was no"
    await screen.send(PushDialog.ask)
    await screen.send(PushDialog.renew)
    after = token_of(screen, pk)
    assert after != before
    assert screen.shows(PushDialog, "address").endswith(after)
    assert screen.shows(PushDialog, "is_asking") is False
    assert "has a new address" in screen.shows(ToastState, "toast")["text"]
    assert screen.running.board.get(pk).definition.status_config["period_seconds"] == 3600  # type: ignore[union-attr]


async def test_renewing_what_somebody_changed_is_refused(screen: Screen) -> None:
    pk = await added(screen)
    before = token_of(screen, pk)
    await screen.send(PushDialog.ask)
    await screen.running.services.pause(SYSTEM, ["backup"])
    await screen.send(PushDialog.renew)
    assert "somebody else" in screen.shows(PushDialog, "error")
    await screen.running.follower.read_now()
    assert token_of(screen, pk) == before


async def test_who_may_only_look_gets_no_address(screen: Screen) -> None:
    pk = await added(screen)
    viewer, addresses = Identity.of_role("vera", VIEWER), screen.running.push_addresses
    service = screen.running.board.get(pk).definition  # type: ignore[union-attr]
    with pytest.raises(PermissionDenied):
        addresses.path(viewer, service)
    with pytest.raises(PermissionDenied):
        await addresses.renew(viewer, service)


async def test_page_that_is_loaded_anew_shows_no_address(screen: Screen) -> None:
    await added(screen)
    await screen.send(DetailsState.restore)
    assert (screen.shows(PushDialog, "is_open"), screen.shows(PushDialog, "address")) == (False, "")


@pytest.mark.parametrize("pk", [None, "1", 999, {"pk": 1}])
async def test_payloads_that_make_no_sense_show_nothing(screen: Screen, pk: Any) -> None:
    await screen.send(PushDialog.show, pk=pk)
    assert screen.shows(PushDialog, "is_open") is False


async def test_service_that_is_asked_has_no_address(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop")
    await screen.send(DetailsState.open, pk=pk)
    await screen.send(PushDialog.show, pk=pk)
    assert screen.shows(DetailsState, "is_told") is False
    assert screen.shows(PushDialog, "is_open") is False
    with pytest.raises(NotFound):
        await screen.running.push_addresses.renew(SYSTEM, screen.running.board.get(pk).definition)  # type: ignore[union-attr]
