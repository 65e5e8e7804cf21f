"""Lists narrowed down, and orders that only lists of definitions had before."""

import pytest

from monitor_app.domain.status import Status
from monitor_app.engine.board import Board, BoardQuery, DefinitionSort, Sort
from monitor_app.engine.board_query import sort_of
from monitor_app.engine.facets import ALL, BY_HAND, Facets
from tests.board_rows import feed, result, service


@pytest.fixture
def board() -> Board:
    made = Board()
    made.apply_services(
        [
            service(1, kind="tcp", tags=("web", "eu"), environment="prod", owner="ada", managed_by="a.yaml"),
            service(2, service_type="database", tags=("db",), owner="Ben", enabled=False, group="Core"),
            service(3, environment="Dev", group="Sales"),
        ],
        {1: "zeta:1", 2: "alpha:2"},
    )
    return made


@pytest.mark.parametrize(
    ("facets", "found"),
    [
        (ALL, (1, 2, 3)),
        (Facets(kinds=frozenset({"tcp", "dns"})), (1,)),
        (Facets(service_types=frozenset({"database"})), (2,)),
        (Facets(groups=frozenset({"Core", "Sales"})), (2, 3)),
        (Facets(tags=frozenset({"db", "eu"})), (1, 2)),
        (Facets(environments=frozenset({"prod"})), (1,)),
        (Facets(owners=frozenset({"Ben"})), (2,)),
        (Facets(files=frozenset({"a.yaml"})), (1,)),
        (Facets(files=frozenset({BY_HAND})), (2, 3)),
        (Facets(enabled=False), (2,)),
        (Facets(enabled=True, tags=frozenset({"db"})), ()),
    ],
    ids=range(11),
)
def test_list_is_narrowed_down(board: Board, facets: Facets, found: tuple[int, ...]) -> None:
    assert board.query(BoardQuery(facets=facets, sort=Sort.LABEL)).pks == found


@pytest.mark.parametrize(
    ("sort", "up", "down"),
    [
        (DefinitionSort.TARGET, (2, 1, 3), (1, 2, 3)),
        (DefinitionSort.TAGS, (2, 1, 3), (1, 2, 3)),
        (DefinitionSort.ENVIRONMENT, (3, 1, 2), (1, 3, 2)),
        (DefinitionSort.OWNER, (1, 2, 3), (2, 1, 3)),
        (DefinitionSort.MANAGED_BY, (1, 2, 3), (1, 2, 3)),
        (DefinitionSort.ENABLED, (2, 1, 3), (1, 3, 2)),
        (DefinitionSort.SERVICE_TYPE, (2, 1, 3), (1, 3, 2)),
    ],
)
def test_blank_ones_come_last_in_either_direction(
    board: Board, sort: DefinitionSort, up: tuple[int, ...], down: tuple[int, ...]
) -> None:
    assert board.query(BoardQuery(sort=sort)).pks == up
    assert board.query(BoardQuery(sort=sort, descending=True)).pks == down


def test_order_by_last_check_follows_results(board: Board) -> None:
    query = BoardQuery(sort=Sort.CHECKED)
    before = board.version_of(query)
    feed(board, [result(1, 1, Status.OK, seconds=5), result(2, 3, Status.OK, seconds=9)])
    assert board.version_of(query) != before
    assert board.query(query).pks == (3, 1, 2)


def test_equal_views_have_one_key_and_others_another() -> None:
    one = BoardQuery(facets=Facets(kinds=frozenset({"tcp", "dns"})))
    assert one.key == BoardQuery(facets=Facets(kinds=frozenset({"dns", "tcp"}))).key
    assert len({one.key, BoardQuery().key, BoardQuery(facets=Facets(service_types=frozenset({"tcp", "dns"}))).key}) == 3


def test_name_of_an_order_is_understood() -> None:
    assert sort_of("group") is Sort.GROUP
    assert sort_of("owner") is DefinitionSort.OWNER
    with pytest.raises(ValueError, match="colour"):
        sort_of("colour")
