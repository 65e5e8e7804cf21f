"""How much work an answer may be."""

import struct

import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.net.dns_wire import LABELS_LIMIT, RECORDS_LIMIT, until_end_of_answers

QUESTION = dns.message.make_query("web.test", "A", id=7).to_wire()[12:]
POINTER = b"\xc0\x0c"


def message(*records: bytes, questions: int = 1, count: int | None = None, tail: bytes = b"") -> bytes:
    head = struct.pack("!HHHHHH", 7, 0x8180, questions, len(records) if count is None else count, 1, 1)
    return head + QUESTION * questions + b"".join(records) + tail


def record(record_type: int, data: bytes, name: bytes = POINTER) -> bytes:
    return name + struct.pack("!HHIH", record_type, 1, 60, len(data)) + data


def test_what_comes_after_the_answers_is_left_out() -> None:
    records = [record(1, b"\x01\x02\x03\x04"), record(5, POINTER), record(15, b"\0\x0a" + POINTER)]
    cut = until_end_of_answers(message(*records, tail=b"whatever"))
    assert cut.endswith(records[-1])
    read = dns.message.from_wire(cut)
    assert sum(len(rrset) for rrset in read.answer) == 3
    assert not read.authority


def test_many_records_are_refused() -> None:
    address = record(1, b"\x01\x02\x03\x04")
    assert until_end_of_answers(message(*[address] * RECORDS_LIMIT))
    with pytest.raises(ValueError, match=f"more than {RECORDS_LIMIT} records"):
        until_end_of_answers(message(*[address] * (RECORDS_LIMIT + 1)))


def test_names_that_are_long_and_repeated_are_refused() -> None:
    long_name = b"\x01a" * 126 + b"\0"
    first = record(5, long_name)
    place = struct.pack("!H", 0xC000 | 12 + len(QUESTION) + len(POINTER) + 10)
    repeated = record(5, place, place)
    assert until_end_of_answers(message(first, *[repeated] * 20))
    with pytest.raises(ValueError, match=f"more than {LABELS_LIMIT} labels"):
        until_end_of_answers(message(first, *[repeated] * 25))


def test_unknown_types_count_as_one_long_name() -> None:
    with pytest.raises(ValueError, match="labels"):
        until_end_of_answers(message(*[record(46, b"x" * 20)] * 60))


def test_a_name_that_points_to_itself_is_refused() -> None:
    place = struct.pack("!H", 0xC000 | 12 + len(QUESTION))
    with pytest.raises(ValueError, match="points in circles"):
        until_end_of_answers(message(record(1, b"1234", place)))


@pytest.mark.parametrize("data", [b"", b"x" * 11])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(struct.error):
        until_end_of_answers(data)


def test_a_message_that_ends_too_early_is_refused() -> None:
    whole = message(record(1, b"\x01\x02\x03\x04"))
    for length in range(12, len(whole)):
        with pytest.raises(ValueError, match="ends too early"):
            until_end_of_answers(whole[:length])


def test_two_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="more than one question"):
        until_end_of_answers(message(questions=2))


@given(st.binary(min_size=12, max_size=300))
def test_noise_is_refused_or_shortened(data: bytes) -> None:
    try:
        assert len(until_end_of_answers(data)) <= len(data)
    except ValueError:
        return
