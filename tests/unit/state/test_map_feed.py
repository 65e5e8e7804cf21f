"""What those who look at the map are told: what changed, once."""

from typing import Any

import pytest

from monitor_app.domain.relation import Relation
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board
from monitor_app.engine.relation_book import RelationBook
from monitor_app.state.map_feed import ROOM, MapHub
from monitor_app.use_cases.map_places import Place
from tests.accounts import HandClock
from tests.board_rows import feed, result, service


class Rooms:
    def __init__(self) -> None:
        self.members: set[str] = set()
        self.sent: list[dict[str, Any]] = []

    async def move(self, sid: str, room: str) -> bool:
        self.members.add(sid)
        return True

    def listeners(self, room: str) -> int:
        return len(self.members) if room == ROOM else 0

    async def send(self, room: str, patch: dict[str, Any]) -> None:
        if self.members:
            self.sent.append(patch)


@pytest.fixture
def board() -> Board:
    made = Board()
    made.apply_services([service(1, group="shop"), service(2)])
    return made


async def test_who_comes_gets_all_statuses_and_then_only_what_changes(board: Board) -> None:
    rooms = Rooms()
    hub = MapHub(board, rooms, HandClock())
    assert await hub.flush() is False
    first = await hub.join("ann")
    assert first["statuses"] == {1: Status.UNKNOWN, 2: Status.UNKNOWN}
    assert first["groups"] == {"shop": Status.UNKNOWN}
    feed(board, [result(1, 2, Status.FAILED)])
    assert await hub.flush() is True
    assert await hub.flush() is True
    assert rooms.sent == [{"seq": first["seq"] + 1, "version": first["version"], "rows": [[2, 2]], "groups": []}]


async def test_other_services_and_other_relations_are_another_map(board: Board) -> None:
    rooms = Rooms()
    hub = MapHub(board, rooms, HandClock())
    first = await hub.join("ann")
    board.relations, board.relation_revision = RelationBook([Relation(1, 1, 2, "dependency", True, "")]), 7
    await hub.flush()
    board.apply_services([service(3)])
    await hub.flush()
    versions = [patch["version"] for patch in rooms.sent]
    assert len({first["version"], *versions}) == 3
    assert rooms.sent[-1]["rows"] == [[3, Status.UNKNOWN]]


async def test_moved_services_are_told_once_and_a_reset_is_another_map(board: Board) -> None:
    rooms = Rooms()
    hub = MapHub(board, rooms, HandClock())
    first = await hub.join("ann")
    hub.note_moved({1: Place(4, 8)})
    hub.note_moved({1: Place(5, 8)})
    await hub.flush()
    await hub.flush()
    assert [patch["places"] for patch in rooms.sent[1:]] == [[[1, 5, 8]]]
    assert rooms.sent[-1]["version"] == first["version"]
    hub.note_moved({1: Place(6, 8)})
    hub.note_reset()
    await hub.flush()
    assert "places" not in rooms.sent[-1]
    assert rooms.sent[-1]["version"] != first["version"]


async def test_what_changed_before_somebody_came_is_in_what_they_begin_with(board: Board) -> None:
    rooms = Rooms()
    hub = MapHub(board, rooms, HandClock())
    await hub.join("ann")
    feed(board, [result(1, 1)])
    second = await hub.join("ben")
    assert second["statuses"][1] == Status.OK
    assert second["seq"] == rooms.sent[-1]["seq"]
    assert rooms.sent[-1]["groups"] == [["shop", Status.OK]]
    await hub.flush()
    assert len(rooms.sent) == 2


async def test_it_sleeps_while_nobody_looks_and_ends_when_closed(board: Board) -> None:
    hub = MapHub(board, Rooms(), HandClock())
    hub.start()
    await hub.join("ann")
    await hub.close()
