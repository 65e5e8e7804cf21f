"""Blocks of summaries: exact, small, and folded by addition."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.summary import GRANULARITIES, Summary, merged_windows, summaries_of, summary_of
from monitor_app.storage.blocks.section import BrokenBlob
from monitor_app.storage.blocks.summaries import decode_counts, decode_summaries, encode_summaries, folded

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
def test_counts_are_a_part_of_it(all_rows: list[Any], granularity: int) -> None:
    summaries = summarised(all_rows, granularity)
    counts = decode_counts(encode_summaries(granularity, summaries))
    assert list(counts.starts) == sorted(summaries)
    assert list(zip(*counts.by_status, strict=True)) == [summaries[start].counts for start in counts.starts]


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


@pytest.mark.parametrize("sketch", [{}, {400: 1}, {1: 2}])
def test_a_summary_that_no_results_come_to_is_refused(sketch: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="must hold each response time"):
        encode_summaries(300, {300: Summary((1, 0, 0, 0, 0, 0), 1, 10, 10, 10, sketch)})


@pytest.mark.parametrize("blob", [b"", b"\x00abc", b"\x02abc", b"\x01"])
def test_what_is_no_block_is_refused(blob: bytes) -> None:
    with pytest.raises(BrokenBlob):
        decode_counts(blob)


def test_the_first_format_is_read_for_ever() -> None:
    """A blob that was written by the first version. Never change it: make a new format beside it."""
    assert decode_summaries(bytes.fromhex(FIRST)) == summarised(FIRST_ROWS, 300)


FIRST_ROWS: list[tuple[int, int, float | None]] = [
    (NOON_MS, 0, 12.5),
    (NOON_MS + 60_000, 0, 14.123),
    (NOON_MS + 120_000, 2, None),
    (NOON_MS + 600_000, 1, 5000.0),
    (NOON_MS + 900_000, 5, None),
]
FIRST = (
    "01ac020329005359f0f1322b03d3828f975959187e3332f8b130fc676440231aea9b1a1a1a1a1b1a1b1a1a1a1a0133199400"
    "e500020200000200a9011a0400fd0100042affd29dfb01000412d1e6070000000400fd0100807f807d80807c807f8080"
)
