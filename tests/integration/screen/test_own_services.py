"""What editors made themselves they may delete, and nothing else is offered to them for deletion."""

import pytest

from monitor_app.security.permissions import ADMIN, EDITOR, VIEWER
from monitor_app.state.board import BoardState
from monitor_app.state.details import DetailsState
from monitor_app.state.services import ServiceDialog
from tests.integration.screen.conftest import Screen


@pytest.mark.parametrize(("role", "is_told"), [(EDITOR, True), (ADMIN, False), (VIEWER, False)])
async def test_own_services_are_told_to_who_deletes_only_those(screen: Screen, role: str, is_told: bool) -> None:
    [other] = await screen.add("Of others")
    screen.person = await screen.people.log_in("eve", EDITOR)
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.save, form={"label": "Own", "config.url": "http://127.0.0.1:1/"})
    await screen.running.follower.read_now()
    row = next(row for row in screen.running.board if row.definition.label == "Own")
    await screen.people.change(screen.person, role=role)
    await screen.running.access.read_now()
    await screen.send(BoardState.load)
    assert screen.shows(BoardState, "own") == ([row.pk] if is_told else [])
    for pk, is_own in ((row.pk, is_told), (other, False)):
        await screen.send(DetailsState.open, pk=pk)
        assert screen.shows(DetailsState, "is_own") is is_own
