"""What is kept for those that come back, and what each filter sees of it."""

from monitor_app.api.stream.buffer import Buffer, Entry, Facts, Filter
from monitor_app.api.stream.outbox import Frame
from monitor_app.domain.status import Status
from tests.board_rows import service


def entry(seq: int, size: int = 10) -> Entry:
    facts = Facts(service(1), Status.OK)
    return Entry(seq, facts, facts, Frame("service-1", "x" * size), None)


def filled(count: int, **limits: int) -> Buffer:
    buffer = Buffer("0123abcd", **limits)
    for seq in range(1, count + 1):
        buffer.append(entry(seq))
    return buffer


def numbers(buffer: Buffer, seq: int) -> list[int] | None:
    found = buffer.since(buffer.id_of(seq))
    return None if found is None else [one.seq for one in found]


def test_what_came_after_an_id_is_given_whole_or_not_at_all() -> None:
    buffer = filled(5, events_limit=3)
    assert numbers(buffer, 5) == []
    assert numbers(buffer, 2) == [3, 4, 5]
    assert numbers(buffer, 1) is None
    assert numbers(buffer, 6) is None


def test_bytes_are_bounded_too() -> None:
    buffer = filled(5, bytes_limit=25)
    assert (len(buffer), numbers(buffer, 3), numbers(buffer, 2)) == (2, [4, 5], None)


def test_ids_of_another_process_and_nonsense_are_unknown() -> None:
    buffer = filled(5)
    for text in (
        "",
        "5",
        "fedc0123-5",
        "0123abcd-",
        "0123abcd--1",
        "0123abcd-5\n",
        "0123ABCD-5",
        "0123abcd-" + "9" * 30,
    ):
        assert buffer.since(text) is None, text


def test_what_nobody_was_there_for_leaves_a_hole() -> None:
    buffer = filled(5)
    buffer.skip(2)
    buffer.append(entry(8))
    assert (numbers(buffer, 5), numbers(buffer, 6), numbers(buffer, 7)) == (None, None, [8])


def test_filters_are_combined() -> None:
    shop = service(1, group="shop", tags=("eu", "prod"))
    assert Filter().wants(shop)
    assert Filter(groups=frozenset({"shop"}), tags=frozenset({"prod", "us"})).wants(shop)
    assert not Filter(groups=frozenset({"shop"}), tags=frozenset({"us"})).wants(shop)
    assert Filter(environments=frozenset({""})).wants(shop)
    assert not Filter(environments=frozenset({"staging"})).wants(shop)
    assert not Filter(services=frozenset({"service-2"}), groups=frozenset({"shop"})).wants(shop)


def test_service_that_leaves_a_filter_is_removed_from_it() -> None:
    before, after = Facts(service(1, group="a"), Status.OK), Facts(service(1, group="b"), Status.OK)
    status, removed = Frame("service-1", "status"), Frame("service-1", "removed")
    moved = Entry(1, before, after, status, removed)
    gone = Entry(2, after, None, None, removed)
    in_a, in_b = Filter(groups=frozenset({"a"})), Filter(groups=frozenset({"b"}))
    assert (moved.seen_by(in_a), moved.seen_by(in_b), moved.seen_by(Filter())) == (removed, status, status)
    assert (gone.seen_by(in_a), gone.seen_by(in_b), gone.seen_by(Filter())) == (None, removed, removed)
