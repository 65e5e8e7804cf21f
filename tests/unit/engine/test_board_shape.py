"""The lines of a list: headings of groups, followers under their root cause, pages of both."""

from monitor_app.domain.group import Group
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board, BoardQuery, Sort
from monitor_app.engine.board_shape import GroupLine, Line, RowLine, Shape, page_of_lines
from monitor_app.engine.group_book import GroupBook
from tests.board_rows import feed, result, service

BY_CAUSE = Shape(by_cause=True)
BY_GROUP = Shape(by_group=True, by_cause=True)


def board_of(*groups: str, failed: tuple[int, ...] = (), degraded: tuple[int, ...] = ()) -> Board:
    """A service in each of these groups, numbered from 1."""
    board = Board()
    board.apply_groups(GroupBook((Group(1, "Shop", ""), Group(2, "Cart", "", parent="Shop"), Group(3, "Office", ""))))
    board.apply_services([service(pk, group=group) for pk, group in enumerate(groups, 1)])
    status_of = dict.fromkeys(failed, Status.FAILED) | dict.fromkeys(degraded, Status.DEGRADED)
    feed(board, [result(pk, pk, status_of.get(pk, Status.OK)) for pk in range(1, len(groups) + 1)])
    return board


def lines(board: Board, shape: Shape, because: dict[int, tuple[int, ...]] | None = None, **query: object) -> list[str]:
    """As somebody would draw them."""
    return [drawn(line) for line in board.lines(BoardQuery(shape=shape, **query), because or {})]  # type: ignore[arg-type]


def drawn(line: Line) -> str:
    indent = "  " * line.depth
    if isinstance(line, GroupLine):
        return f"{indent}{'+' if line.is_folded else '-'} {line.name}{' again' if line.is_again else ''}"
    more = f" {'-' if line.is_open else '+'}{line.followers}" if line.followers else ""
    return f"{indent}{line.pk}{more}{f' by {line.because}' if line.because else ''}"


def test_followers_are_folded_under_the_root_with_the_most_of_them() -> None:
    board = board_of("", "", "", "", "", failed=(1, 2, 3, 4), degraded=(5,))
    because = {3: (2,), 4: (2, 1), 5: (1,)}
    assert lines(board, BY_CAUSE, because) == ["2 +2", "1 +1"]
    opened = Shape(by_cause=True, unfolded=frozenset({"service-2"}))
    assert lines(board, opened, because) == ["2 -2", "  3 by 2", "  4 by 2", "1 +1"]


def test_follower_stands_for_itself_where_its_root_is_filtered_out() -> None:
    board = board_of("", "", failed=(1,), degraded=(2,))
    assert lines(board, BY_CAUSE, {2: (1,)}, statuses=frozenset({Status.DEGRADED})) == ["2 by 1"]
    assert lines(board, BY_CAUSE) == ["1", "2"]


def test_nearest_root_that_is_in_the_list_takes_it() -> None:
    board = board_of("Shop", "Office", "Office", failed=(1, 2, 3))
    assert lines(board, BY_CAUSE, {3: (1, 2)}, group="Office") == ["2 +1"]


def test_groups_stand_in_groups_and_the_worst_comes_first() -> None:
    board = board_of("Shop", "Cart", "Office", "", failed=(3,))
    assert lines(board, BY_GROUP) == ["- Office", "  3", "- Shop", "  1", "  - Cart", "    2", "- ", "  4"]
    assert lines(board, BY_GROUP, sort=Sort.LABEL)[0] == "- Office"
    assert lines(board, BY_GROUP, {3: (1,)}, search="3") == ["- Office", "  3 by 1"]


def test_what_is_folded_is_out_of_sight_with_all_that_is_in_it() -> None:
    board = board_of("Shop", "Cart", "Office", "")
    assert lines(board, Shape(by_group=True, folded=frozenset({"Shop", ""}))) == ["- Office", "  3", "+ Shop", "+ "]
    rest = Shape(by_group=True, folded=frozenset({"Shop"}), is_rest_folded=True)
    assert lines(board, rest) == ["+ Office", "- Shop", "  1", "  + Cart", "+ "]


def test_page_begins_with_the_headings_that_it_is_under() -> None:
    board = board_of("Shop", "Cart", "Cart", "Office")
    all_lines = board.lines(BoardQuery(shape=BY_GROUP, sort=Sort.LABEL), {})
    second = page_of_lines(all_lines, 2, 6)
    assert [drawn(line) for line in second.lines] == ["- Shop again", "  - Cart again", "    3"]
    assert (second.page, second.pages) == (2, 2)
    assert page_of_lines(all_lines, 9, 6) == second
    assert page_of_lines([], 3, 6).lines == ()
    assert page_of_lines([RowLine(1), RowLine(2)], 2, 1).lines == (RowLine(2),)


def test_equal_shapes_have_one_key() -> None:
    one = BoardQuery(shape=Shape(by_group=True, folded=frozenset({"a", "b"})))
    other = BoardQuery(shape=Shape(by_group=True, folded=frozenset({"b", "a"})))
    assert one.key == other.key != BoardQuery().key
    assert BoardQuery(shape=Shape(by_group=True, folded=frozenset({"a,b"}))).key != one.key


def pk_of_oldest(board: Board) -> int | None:
    row = board.oldest_problem()
    return None if row is None else row.pk


def test_oldest_problem_is_what_is_down_for_longest() -> None:
    board = board_of("", "", "")
    assert pk_of_oldest(board) is None
    feed(board, [result(10, 1, Status.DEGRADED, seconds=1)])
    assert pk_of_oldest(board) == 1
    feed(board, [result(11, 3, Status.FAILED, seconds=2), result(12, 2, Status.FAILED, seconds=3)])
    assert pk_of_oldest(board) == 3
