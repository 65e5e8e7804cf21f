"""What is true now."""

import gc
import tracemalloc
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.hold import Hold
from monitor_app.domain.state import CLOSED, Breaker, Pending
from monitor_app.domain.status import URGENCY, Status
from monitor_app.engine.board import Board, BoardQuery, BoardRow, DefinitionSort, Sort
from monitor_app.engine.board_row import FRESH_MESSAGE
from monitor_app.engine.status_object import stamp, status_object
from tests.board_rows import NOW, at, feed, result, service, state_after


def board_of(*statuses: Status, **changes: object) -> Board:
    """Services 1, 2, 3, ... with these statuses, the first one labelled "Service 1"."""
    board = Board()
    board.apply_services([service(pk, **changes) for pk in range(1, len(statuses) + 1)])
    feed(board, [result(pk, pk, status, seconds=pk) for pk, status in enumerate(statuses, 1)])
    return board


def row_of(board: Board, pk: int) -> BoardRow:
    row = board.get(pk)
    assert row is not None
    return row


def test_service_without_result_is_unknown_and_says_why() -> None:
    board = Board()
    board.apply_services([service(1)])
    row = row_of(board, 1)
    assert (row.status, row.message, row.since, row.checked_at) == (
        Status.UNKNOWN,
        "waiting for the first check",
        None,
        None,
    )


def test_disabled_service_is_stopped_whatever_was_found() -> None:
    board = board_of(Status.FAILED)
    board.apply_services([service(1, enabled=False, revision=2)])
    row = row_of(board, 1)
    assert (row.status, row.message, row.since) == (Status.STOPPED, "paused", None)
    assert board.counts()[Status.STOPPED] == 1


def test_enabled_again_shows_what_was_found_last() -> None:
    board = board_of(Status.FAILED)
    board.apply_services([service(1, enabled=False, revision=2)])
    board.apply_services([service(1, revision=3)])
    assert row_of(board, 1).status is Status.FAILED


def test_result_is_shown() -> None:
    board = Board()
    board.apply_services([service(1)])
    board.apply_results(
        [result(5, 1, Status.DEGRADED, seconds=30, ms=812.0, message="slow")],
        [state_after(result(5, 1, Status.DEGRADED, seconds=30, ms=812.0, message="slow"), since=NOW)],
    )
    row = row_of(board, 1)
    assert (row.status, row.since, row.checked_at, row.response_ms, row.message) == (
        Status.DEGRADED,
        NOW,
        at(30),
        812.0,
        "slow",
    )
    assert [each.status for each in row.recent.results()] == [Status.DEGRADED]
    assert board.day_bars(1, 5, at(30))[-1].degraded == 1


def test_what_was_read_twice_counts_once() -> None:
    board = Board()
    board.apply_services([service(1)])
    for _ in range(2):
        changed = board.apply_results([result(5, 1)], [state_after(result(5, 1))])
    assert not changed.service_pks
    assert row_of(board, 1).recent.total == 1
    assert board.day_bars(1, 5, NOW)[-1].ok == 1


def test_results_of_nobody_are_ignored() -> None:
    board = Board()
    assert not board.apply_results([result(5, 99)], [state_after(result(5, 99))]).service_pks


def test_change_of_status_is_a_change_of_layout_and_the_same_again_is_not() -> None:
    board = board_of(Status.OK)
    assert not feed(board, [result(10, 1, seconds=60)])
    assert feed(board, [result(11, 1, Status.FAILED, seconds=120)])


def test_deleted_service_is_gone() -> None:
    board = board_of(Status.OK, Status.FAILED, group="shop", tags=("a",))
    changed = board.apply_services([service(1, is_deleted=True), service(9, is_deleted=True)])
    assert (changed.removed, changed.is_layout) == (frozenset({1}), True)
    assert board.get(1) is None
    assert board.find("service-1") is None
    assert board.groups() == ["shop"]
    assert sum(board.counts()) == len(board) == 1
    assert board.day_bars(1, 60, NOW) == []
    assert 1 not in board.query(BoardQuery()).pks


def test_service_id_passes_to_a_new_service_in_one_batch() -> None:
    board = board_of(Status.OK)
    board.apply_services([service(2, service_id="service-1"), service(1, is_deleted=True)])
    found = board.find("service-1")
    assert found is not None
    assert found.pk == 2


def test_edit_keeps_what_was_measured() -> None:
    board = board_of(Status.FAILED)
    board.apply_services([service(1, "Renamed", group="new", revision=2)], {1: "renamed.example.org"})
    row = row_of(board, 1)
    assert (row.status, row.recent.total, row.target) == (Status.FAILED, 1, "renamed.example.org")
    assert board.groups() == ["new"]
    assert board.query(BoardQuery(search="renamed.example")).matched == 1


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.sampled_from(Status), st.sampled_from(["result", "off", "on", "delete"])),
        max_size=60,
    )
)
def test_counts_agree_with_counting(steps: list[tuple[int, Status, str]]) -> None:
    board = Board()
    board.apply_services([service(pk, group=f"g{pk % 2}", tags=("x", f"t{pk}")) for pk in range(1, 6)])
    for number, (pk, status, step) in enumerate(steps, 1):
        if step == "result":
            feed(board, [result(number, pk, status, seconds=number)])
        else:
            changed = service(pk, group=f"g{number % 3}", tags=(f"t{number % 3}",), enabled=step == "on")
            board.apply_services([service(pk, is_deleted=True) if step == "delete" else changed])
        rows = list(board)
        assert board.counts() == tuple(sum(row.status is each for row in rows) for each in Status)
        assert set(board.groups()) == {row.definition.group for row in rows}
        assert set(board.tags()) == {tag for row in rows for tag in row.definition.tags}
        urgency = [URGENCY[row_of(board, each).status] for each in board.query(BoardQuery()).pks]
        assert urgency == sorted(urgency)


def test_failed_first_then_by_label() -> None:
    board = Board()
    board.apply_services([service(1, "b"), service(2, "a"), service(3, "C"), service(4, "d")])
    statuses = [Status.OK, Status.OK, Status.FAILED, Status.DEGRADED]
    feed(board, [result(pk, pk, status) for pk, status in enumerate(statuses, 1)])
    assert board.query(BoardQuery()).pks == (3, 4, 2, 1)
    assert board.query(BoardQuery(descending=True)).pks == (2, 1, 4, 3)


@pytest.mark.parametrize(
    ("sort", "up", "down"),
    [
        (Sort.LABEL, (1, 2, 3, 4), (4, 3, 2, 1)),
        (Sort.RESPONSE, (3, 1, 2, 4), (1, 3, 2, 4)),
        (Sort.CHANGED, (3, 1, 2, 4), (2, 1, 3, 4)),
        (Sort.GROUP, (2, 4, 1, 3), (1, 2, 4, 3)),
    ],
)
def test_sorts(sort: Sort, up: tuple[int, ...], down: tuple[int, ...]) -> None:
    board = Board()
    board.apply_services(
        [service(1, group="Web"), service(2, group="db"), service(3), service(4, group="DB", enabled=False)]
    )
    for number, (pk, ms) in enumerate([(2, None), (1, 40.0), (3, 4.0)], 1):
        feed(board, [result(number, pk, seconds=number, ms=ms)])
    assert board.query(BoardQuery(sort=sort)).pks == up
    assert board.query(BoardQuery(sort=sort, descending=True)).pks == down


@pytest.mark.parametrize(
    ("sort", "up"),
    [
        (DefinitionSort.LABEL, (3, 1, 2)),
        (DefinitionSort.SERVICE_ID, (1, 2, 3)),
        (DefinitionSort.GROUP, (3, 2, 1)),
        (DefinitionSort.KIND, (2, 3, 1)),
        (DefinitionSort.INTERVAL, (2, 1, 3)),
        (DefinitionSort.CREATED_AT, (3, 2, 1)),
        (DefinitionSort.UPDATED_AT, (1, 3, 2)),
    ],
)
def test_definitions_are_ordered_by_what_they_say(sort: DefinitionSort, up: tuple[int, ...]) -> None:
    board = Board()
    board.apply_services(
        [
            service(1, "b", group="Z", kind="tcp", interval_seconds=20, created_at=at(3), updated_at=at(1)),
            service(2, "c", group="y", kind="dns", interval_seconds=10, created_at=at(2), updated_at=at(3)),
            service(3, "A", group="", kind="http", interval_seconds=30, created_at=at(1), updated_at=at(2)),
        ]
    )
    assert tuple(row.pk for row in board.in_order(sort)) == up
    assert tuple(row.pk for row in board.in_order(sort, descending=True)) == up[::-1]


def test_kinds_are_ordered_by_the_names_that_people_read() -> None:
    board = Board(kind_titles={"icmp": "Ping (ICMP)", "imap": "Mail (IMAP)", "smtp": "Mail (SMTP)"})
    board.apply_services([service(pk, kind=kind) for pk, kind in enumerate(("icmp", "imap", "smtp", "gone"), 1)])
    assert [row.definition.kind for row in board.in_order(DefinitionSort.KIND)] == ["gone", "imap", "smtp", "icmp"]


def test_order_is_made_once_until_a_definition_changes() -> None:
    board = Board()
    board.apply_services([service(1), service(2)])
    for sort in (DefinitionSort.KIND, Sort.LABEL):
        rows = board.in_order(sort)
        feed(board, [result(10, 1, Status.FAILED)])
        assert board.in_order(sort) is rows
        board.apply_services([service(3)])
        assert len(board.in_order(sort)) == len(rows) + 1
        board.apply_services([service(3, is_deleted=True)])


def test_order_by_response_follows_each_result() -> None:
    board = board_of(Status.OK, Status.OK)
    query = BoardQuery(sort=Sort.RESPONSE)
    feed(board, [result(10, 1, seconds=60, ms=50.0)])
    assert board.query(query).pks == (2, 1)
    feed(board, [result(11, 2, seconds=61, ms=90.0)])
    assert board.query(query).pks == (1, 2)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("checkout", (1,)),
        ("CHECK out", (1,)),
        ("pay", (1, 2)),
        ("host2", (2,)),
        ("service-2", (2,)),
        ("critical", (2,)),
        ("money", (1, 2)),
        ("checkout host2", ()),
        ("  ", (1, 2)),
    ],
)
def test_search_finds_every_word_in_any_field(search: str, found: tuple[int, ...]) -> None:
    board = Board()
    board.apply_services(
        [service(1, "Checkout pay", group="Money"), service(2, "Payment", group="Money", tags=("critical",))],
        {1: "host1.example.org", 2: "host2.example.org"},
    )
    assert board.query(BoardQuery(search=search)).pks == found


def test_filters_add_up() -> None:
    board = Board()
    board.apply_services(
        [service(1, group="a", tags=("x",)), service(2, group="a", environment="e"), service(3, group="b", tags=("x",))]
    )
    feed(board, [result(pk, pk, Status.FAILED if pk < 3 else Status.OK) for pk in (1, 2, 3)])
    failed = frozenset({Status.FAILED})
    assert board.query(BoardQuery(statuses=failed)).pks == (1, 2)
    assert board.query(BoardQuery(statuses=failed, group="a", tag="x")).pks == (1,)
    assert board.query(BoardQuery(environment="e")).pks == (2,)
    assert board.environments() == ["e"]
    page = board.query(BoardQuery(group="c"))
    assert (page.pks, page.matched, page.total, page.pages) == ((), 0, 3, 1)


def test_pages() -> None:
    board = board_of(*[Status.OK] * 7)
    page = board.query(BoardQuery(page=2, page_size=3))
    assert (page.pks, page.matched, page.page, page.pages) == ((4, 5, 6), 7, 2, 3)


def test_page_behind_the_end_shows_the_last_one() -> None:
    page = board_of(*[Status.OK] * 4).query(BoardQuery(page=99, page_size=3))
    assert (page.pks, page.page) == ((4,), 2)


def test_query_is_brought_into_bounds() -> None:
    query = BoardQuery(search="  A  b " + "x" * 500, page=-3, page_size=100_000)
    assert (query.page, query.page_size) == (1, 200)
    assert query.search.startswith("a b x")
    assert len(query.search) == 200


@pytest.mark.parametrize("wrong", [{"sort": "secret"}, {"statuses": frozenset({17})}])
def test_query_for_what_does_not_exist_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        BoardQuery(**wrong)  # type: ignore[arg-type]


def test_equal_queries_have_one_name_and_others_another() -> None:
    first = BoardQuery(search="Web  shop", statuses=frozenset({Status.FAILED, Status.OK}))
    same = BoardQuery(search="web shop", statuses=frozenset({Status.OK, Status.FAILED}))
    others = [
        BoardQuery(),
        BoardQuery(group="a"),
        BoardQuery(tag="a"),
        BoardQuery(environment="a"),
        BoardQuery(page=2),
        BoardQuery(descending=True),
    ]
    assert first.key == same.key
    assert len({query.key for query in [first, *others]}) == len(others) + 1


def big_board(count: int) -> Board:
    board = Board()
    board.apply_services(
        [service(pk, f"Service {pk * 7919 % count}", group=f"group-{pk % 20}") for pk in range(1, count + 1)],
        {pk: f"host{pk}.example.org/health" for pk in range(1, count + 1)},
    )
    return board


def test_a_service_takes_few_bytes() -> None:
    count = 300
    tracemalloc.start()
    try:
        board = big_board(count)
        for turn in range(61):
            feed(board, [result(turn * count + pk, pk, seconds=60 * turn) for pk in range(1, count + 1)])
        gc.collect()
        bytes_each = tracemalloc.get_traced_memory()[0] / count
    finally:
        tracemalloc.stop()
    assert bytes_each < 5000  # definition included: 10,000 services in 50 MB


def test_a_result_from_the_future_leaves_the_day_as_it_is() -> None:
    class Noon:
        def monotonic(self) -> float:
            return 0.0

        def now(self) -> datetime:
            return NOW

    board = Board(Noon())
    board.apply_services([service(1)])
    feed(board, [result(1, 1), result(2, 1, seconds=7 * 86_400), result(3, 1)])
    assert sum(bar.ok for bar in board.day_bars(1, 60, NOW)) == 2
    start = int(NOW.timestamp())
    board.replace_day(1, [(start, 5, 0, 0), (start + 7 * 86_400, 1, 0, 0)])
    assert sum(bar.ok for bar in board.day_bars(1, 60, NOW)) == 5


def test_steady_results_complete_the_state_that_was_written_before() -> None:
    board = Board()
    board.apply_services([service(1)])
    first = result(1, 1)
    board.apply_results([first], [state_after(first)])
    changed = board.apply_results([result(2, 1, seconds=60, ms=7.0, message="later")], [])
    row = board.get(1)
    assert row is not None
    assert (row.checked_at, row.response_ms, row.message) == (at(60), 7.0, "later")
    assert (row.since, row.status) == (at(0), Status.OK)
    assert (changed.is_layout, board.last_result_id, board.newest_at) == (False, 2, at(60))


def test_state_of_a_change_after_the_results_is_not_overwritten_by_them() -> None:
    board = Board()
    board.apply_services([service(1)])
    first, second = result(1, 1), result(2, 1, seconds=60)
    opened = Breaker("open", at(70), None, 0, "ann", "new disk", 1)
    stopped = replace(state_after(second), status=Status.STOPPED, since=at(70), message="paused", result_id=3)
    board.apply_results([first, second], [replace(stopped, breaker=opened, settled=Status.OK)])
    row = board.get(1)
    assert row is not None
    assert (row.status, row.message, row.breaker, row.settled) == (Status.STOPPED, "paused", opened, Status.OK)
    board.apply_results([result(1, 1), result(2, 1)], [])
    assert row.message == "paused"


def test_what_is_not_confirmed_is_told_beside_the_status() -> None:
    board = Board()
    board.apply_services([service(1), service(2)])
    failed = result(1, 1, Status.FAILED)
    pending = Pending(Status.FAILED, 1, 3, at(0), "refused")
    board.apply_results([failed], [replace(state_after(failed), status=Status.OK, settled=Status.OK, pending=pending)])
    row, new = board.get(1), board.get(2)
    assert row is not None
    assert new is not None
    assert (row.status, row.pending) == (Status.OK, pending)
    assert (new.pending, new.breaker, new.settled) == (None, CLOSED, None)
    board.apply_services([service(1, enabled=False)])
    assert row.pending is None


def test_service_in_maintenance_is_stopped_and_says_why_until_it_is_checked_anew() -> None:
    board, hold = board_of(Status.FAILED), Hold("ada", "new disks", NOW, at(3600))
    board.apply_services([service(1, maintenance=hold, revision=2)])
    row = board.get(1)
    assert row is not None
    assert (row.status, row.maintenance, row.settled) == (Status.STOPPED, hold, row.settled)
    assert row.message == f"in maintenance until {hold.until:%Y-%m-%d %H:%M} UTC: new disks"
    assert board.counts()[Status.STOPPED] == 1
    told = status_object(row)
    assert told["details"]["maintenance"] == {
        "who": "ada",
        "reason": "new disks",
        "at": stamp(NOW),
        "until": stamp(hold.until),
    }
    assert row.state is not None
    resting = replace(row.state, status=Status.STOPPED, result_id=99, in_maintenance=True, message="found OK: 200 OK")
    board.apply_results([], [resting])
    board.apply_services([service(1, revision=3)])
    assert (row.status, row.message) == (Status.STOPPED, FRESH_MESSAGE)
    board.apply_services([service(1, enabled=False, pause=replace(hold, until=None), maintenance=hold, revision=4)])
    assert (row.message, row.maintenance) == ("paused by ada: new disks", None)


def test_state_that_comes_after_its_result_counts() -> None:
    """States and results are not always read at one moment: a result that came first says nothing of the status."""
    board = Board()
    board.apply_services([service(1)])
    began = replace(state_after(result(1, 1)), status=Status.STARTING)
    board.apply_results([result(2, 1, message="good"), result(3, 1, seconds=60, message="better")], [began])
    board.apply_results([], [state_after(result(2, 1, message="good"))])
    row = row_of(board, 1)
    assert row.state is not None
    assert (row.status, row.message, row.checked_at, row.state.result_id) == (Status.OK, "better", at(60), 3)
    board.apply_results([], [began])
    assert row.status is Status.OK, "what was known before changes nothing"
