"""Groups on the board: their tree, their status, and lists by group."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor_app.domain.group import Group
from monitor_app.domain.hold import Hold
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board, BoardQuery, Sort
from monitor_app.engine.group_book import GroupBook

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)


class StillClock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.moment = NOON

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0


def service(pk: int, group: str) -> ServiceDefinition:
    return ServiceDefinition(pk, f"s{pk}", f"S{pk}", "website", "http", group, ("db",), {}, {}, 60, True, False, pk)


def board_of(*groups: str) -> Board:
    board = Board(StillClock())
    board.apply_services([service(pk, group) for pk, group in enumerate(groups, 1)])
    return board


def test_list_by_group_has_what_is_in_its_groups_too() -> None:
    board = board_of("Shop", "Europe", "Other", "")
    query = BoardQuery(group="Shop", sort=Sort.LABEL)
    before = board.version_of(query)
    assert board.query(query).pks == (1,)
    changed = board.apply_groups(GroupBook([Group(1, "Europe", "", parent="Shop")]))
    assert changed.is_layout
    assert board.version_of(query) != before
    assert board.query(query).pks == (1, 2)
    assert board.query(BoardQuery(group="Nowhere")).matched == 0


def test_the_same_groups_again_change_nothing() -> None:
    board = board_of("Shop")
    board.apply_groups(GroupBook([Group(1, "Europe", "")]))
    version = board.layout_version
    assert not board.apply_groups(GroupBook([Group(1, "Europe", "")])).is_layout
    assert board.layout_version == version


def test_groups_without_services_of_their_own_can_be_filtered_by() -> None:
    board = board_of("Europe")
    board.apply_groups(GroupBook([Group(1, "Europe", "", parent="Shop"), Group(2, "Empty", "")]))
    assert board.groups() == ["Europe", "Shop"]


def test_picture_is_found_once_for_each_state_of_the_board() -> None:
    board = board_of("Shop", "Shop")
    first = board.group_picture()
    assert first.of("Shop").status is Status.UNKNOWN
    assert first.of("Nowhere").total == 0
    assert board.group_picture() is first
    board.apply_services([replace(service(1, "Shop"), enabled=False), replace(service(2, "Shop"), enabled=False)])
    assert board.group_picture().of("Shop").status is Status.STOPPED


def test_maintenance_leaves_out_until_it_is_over() -> None:
    board = Board(clock := StillClock())
    until = NOON + timedelta(hours=1)
    holds = [Hold("ann", "disks", NOON, until), Hold("ann", "disks", NOON)]
    board.apply_services([replace(service(pk, "Shop"), maintenance=hold) for pk, hold in enumerate(holds, 1)])
    assert (board.group_picture().of("Shop").status, board.group_picture().of("Shop").resting) == (Status.STOPPED, 2)
    clock.moment = until
    assert board.group_picture().of("Shop").resting == 1


def test_environments_stand_in_the_order_that_somebody_gave_them() -> None:
    board = Board()
    places = ("staging", "Attic", "production")
    board.apply_services([replace(service(pk, ""), environment=name) for pk, name in enumerate(places, 1)])
    assert board.environments() == ["Attic", "production", "staging"]
    board.apply_groups(GroupBook(environments=["production", "gone", "staging"]))
    assert board.environments() == ["production", "staging", "Attic"]


def test_large_tree_is_looked_at_in_no_time() -> None:
    """5,000 services in 500 groups, eight levels deep; half of the groups tell their share."""
    board = board_of(*(f"g{pk % 500}" for pk in range(5000)))
    share = {"how": "share", "degraded_below": 100, "failed_below": 50, "weights": {}}
    rows = [
        Group(n, f"g{n}", "", parent=f"g{n - 1}" if n % 8 else "", rollup=share if n % 2 else None) for n in range(500)
    ]
    board.apply_groups(GroupBook(rows))
    began = time.process_time()
    picture = board.group_picture()
    assert time.process_time() - began < 2  # about 0.02 s on a quiet machine
    assert picture.of("g0").total == 80
