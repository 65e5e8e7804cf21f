"""The same browser in the hands of others: what a viewer, nobody, and somebody whose session has ended may do."""

from typing import Any

import pytest

from monitor_app.security.permissions import EDITOR, SYSTEM, VIEWER
from monitor_app.state.board import BoardState
from monitor_app.state.demo import DemoState
from monitor_app.state.notice import Notices
from monitor_app.state.services import RowActions
from tests.integration.screen.conftest import Screen
from tests.people import Person


def orders(screen: Screen) -> list[Any]:
    return [value for value in screen.was_sent(Notices, "leave") if value]


async def test_viewer_sees_the_board_and_changes_nothing(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop")
    screen.person = await screen.people.log_in("vic", VIEWER)

    await screen.send(BoardState.load)
    await screen.send(RowActions.act, action="pause", pk=pk)

    assert screen.shows(BoardState, "total") == 1
    assert screen.toasts == ["You may not add and change services."]
    (service,) = await screen.running.services.list_all(SYSTEM)
    assert service.enabled
    assert orders(screen) == []


async def test_who_is_not_logged_in_sees_nothing(screen: Screen) -> None:
    await screen.add("Web shop")
    screen.person = Person(0, "nobody", "made up")

    await screen.send(BoardState.load)

    assert screen.shows(BoardState, "total") == 0
    assert orders(screen) == ["login"]


@pytest.mark.parametrize("role", [VIEWER, EDITOR])
async def test_lower_role_counts_with_the_next_event(screen: Screen, role: str) -> None:
    await screen.send(DemoState.load)
    await screen.people.change(screen.person, role=role)
    await screen.send(DemoState.remove)
    assert screen.running.demo.asked == ["load"]
    assert screen.toasts == ["You may not load and remove the demo."]
