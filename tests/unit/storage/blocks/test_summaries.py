"""Blocks of summaries: exact, small, and folded by addition."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.status import Status
from monitor_app.domain.summary import EMPTY, GRANULARITIES, Summary, merged_windows, summaries_of, summary_of
from monitor_app.storage.blocks.section import BrokenBlob
from monitor_app.storage.blocks.summaries import decode_counts, decode_summaries, decode_times, encode_summaries, folded

NOON_MS = 1_779_019_200_000
row = st.tuples(
    st.integers(NOON_MS - 40 * 86_400_000, NOON_MS) | st.integers(NOON_MS, NOON_MS + 900_000),
    st.integers(0, 5),
    st.none() | st.floats(-5, 10**9) | st.floats(20, 25),
)
rows = st.lists(row, min_size=1, max_size=60)


def summarised(of: list[Any], granularity: int) -> dict[int, Summary]:
    return summaries_of([at for at, _, _ in of], [status for _, status, _ in of], [ms for _, _, ms in of], granularity)


def http_rows(days: int, seed: int) -> list[tuple[int, int, float | None]]:
    draw = random.Random(seed)
    base = draw.uniform(30, 300)
    return [
        (NOON_MS + number * 60_000, 2, None)
        if draw.random() < 0.005
        else (NOON_MS + number * 60_000, 0, round(base * draw.lognormvariate(0, 0.15), 3))
        for number in range(days * 1440)
    ]


@given(rows, st.sampled_from(GRANULARITIES))
def test_summaries_come_back_exactly(all_rows: list[Any], granularity: int) -> None:
    summaries = summarised(all_rows, granularity)
    found = decode_summaries(encode_summaries(granularity, summaries))
    assert found == summaries
    assert list(found) == sorted(summaries)


@given(rows, rows, st.sampled_from(GRANULARITIES))
def test_folding_is_merging(early: list[Any], late: list[Any], granularity: int) -> None:
    one, other = summarised(early, granularity), summarised(late, granularity)
    blob = folded(folded(None, granularity, one), granularity, other)
    assert decode_summaries(blob) == merged_windows(one, other) == summarised(early + late, granularity)
    assert blob == encode_summaries(granularity, merged_windows(one, other))


@given(rows, st.sampled_from(GRANULARITIES))
def test_times_are_a_part_of_it(all_rows: list[Any], granularity: int) -> None:
    summaries = summarised(all_rows, granularity)
    expected = [(start, one.responses, one.total_us) for start, one in sorted(summaries.items()) if one.responses]
    assert decode_times(encode_summaries(granularity, summaries)) == expected


@given(rows, st.sampled_from(GRANULARITIES))
def test_counts_are_a_part_of_it(all_rows: list[Any], granularity: int) -> None:
    summaries = summarised(all_rows, granularity)
    counts = decode_counts(encode_summaries(granularity, summaries))
    assert (counts.starts[0], counts.starts[-1]) == (min(summaries), max(summaries))
    for status in Status:
        held = [summaries.get(start, EMPTY).counts[status] for start in counts.starts]
        assert list(counts.by_status.get(status, [0] * len(held))) == held
        assert any(held) == (status in counts.by_status)


@pytest.mark.parametrize(("granularity", "windows", "limit"), [(300, 72, 2.2), (3600, 8, 0.6), (86_400, 8, 0.1)])
def test_a_summary_takes_few_bytes_for_each_result_it_stands_for(granularity: int, windows: int, limit: float) -> None:
    sizes, count = 0, 0
    for seed in range(5):
        days = 8 if granularity == 86_400 else 1
        summaries = summarised(http_rows(days, seed), granularity)
        starts = sorted(summaries)
        count += days * 1440
        for first in range(0, len(starts), windows):
            part = {start: summaries[start] for start in starts[first : first + windows]}
            sizes += len(encode_summaries(granularity, part))
    assert sizes / count < limit


def test_counts_do_not_look_at_the_rest() -> None:
    blob = encode_summaries(300, summarised(http_rows(1, 1), 300))
    assert decode_counts(blob[:-500] + bytes(500)) == decode_counts(blob)


def test_no_summaries_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one summary"):
        encode_summaries(300, {})


def test_a_window_that_begins_between_is_refused() -> None:
    with pytest.raises(ValueError, match="whole multiple"):
        encode_summaries(300, {301: summary_of([0], [1.0])})


def test_a_window_without_a_result_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one result"):
        encode_summaries(300, {300: EMPTY})


@pytest.mark.parametrize("sketch", [{}, {400: 1}, {1: 2}])
def test_a_summary_that_no_results_come_to_is_refused(sketch: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="must hold each response time"):
        encode_summaries(300, {300: Summary((1, 0, 0, 0, 0, 0), 1, 10, 10, 10, sketch)})


def test_large_counts_come_back() -> None:
    many = {86_400 * day: Summary((1440 * day, 0, day, 0, 0, 2**31)) for day in range(1, 9)}
    blob = encode_summaries(86_400, many)
    assert decode_summaries(blob) == many
    with pytest.raises(BrokenBlob):
        decode_counts(blob[:40])


BROKEN_COUNTS = [b"\x02", b"\x02\x01\x05\x00", b"\x02\x01\x05\x00\x01\xff\x00", b"\x02\x01\x05\x00\x01\x01\x01\x07\x01"]


@pytest.mark.parametrize("blob", [b"", b"\x00abc", b"\x01abc", *BROKEN_COUNTS])
def test_what_is_no_block_is_refused(blob: bytes) -> None:
    with pytest.raises(BrokenBlob):
        decode_counts(blob)


def test_this_format_is_read_for_ever() -> None:
    """A blob that was written once. Never change it: make a new format beside it."""
    assert decode_summaries(bytes.fromhex(FIRST)) == summarised(FIRST_ROWS, 300)


FIRST_ROWS: list[tuple[int, int, float | None]] = [
    (NOON_MS, 0, 12.5),
    (NOON_MS + 60_000, 0, 14.123),
    (NOON_MS + 120_000, 2, None),
    (NOON_MS + 600_000, 1, 5000.0),
    (NOON_MS + 900_000, 5, None),
]
FIRST = (
    "02ac0204a0f1d305270100000201000201010000010100030133199400e500020200000200a9011a0400fd0100042affd29d"
    "fb01000412d1e6070000000400fd0100807f807d80807c807f8080"
)
