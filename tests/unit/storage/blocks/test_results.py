"""Blocks of results: what goes in comes out, in few bytes, and readers pay only for what they want."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.result import MESSAGE_LIMIT
from monitor_app.domain.status import Status
from monitor_app.storage.blocks import results
from monitor_app.storage.blocks.results import (
    ResultColumns,
    Row,
    columns_of,
    count_of,
    decode_ids,
    decode_results,
    decode_timeline,
    encode_results,
    joined,
    sliced,
    stored_results,
)
from monitor_app.storage.blocks.section import BrokenBlob
from monitor_app.storage.documents import storable_numbers, storable_text

NOON_MS = 1_779_019_200_000
floats = st.floats(allow_nan=False, allow_infinity=False)
numbers = floats | st.integers() | st.integers(0, 600) | st.booleans()
names = st.sampled_from(["dns", "connect", "tls", "first_byte", "größe", '"', ""]) | st.text(max_size=100)


def stored(decimals: int) -> st.SearchStrategy[dict[str, float] | None]:
    """What storage keeps of odd phases or metrics."""
    return st.dictionaries(names, numbers, max_size=4).map(lambda some: storable_numbers(some, decimals))


row = st.tuples(
    st.integers(0, 2**50),
    st.integers(-(2**44), 2**44) | st.integers(NOON_MS, NOON_MS + 5),
    st.integers(0, 5),
    st.none() | floats | st.floats(0, 60_000).map(lambda ms: round(ms, 3)),
    st.text().map(lambda text: storable_text(text, MESSAGE_LIMIT)),
    stored(3),
    stored(6),
)


def exactly(columns: ResultColumns) -> list[str]:
    """Rows with the types and the order of all that is in them; 0.0 and -0.0 are the same."""
    return [repr(one).replace("-0.0,", "0.0,").replace("-0.0}", "0.0}") for one in columns.rows]


def http_rows(count: int, seed: int = 1, failures: float = 0.005) -> list[Row]:
    """What an http check every 60 s gives, with some failures."""
    draw = random.Random(seed)
    base, start_ms, first_id = draw.uniform(5, 40), NOON_MS + draw.randrange(60_000), draw.randrange(10**7, 10**8)
    rows: list[Row] = []
    for number in range(count):
        phases: dict[str, float] = {
            "dns": round(draw.lognormvariate(0, 0.4), 3),
            "connect": round(base * draw.lognormvariate(0, 0.05), 3),
            "tls": round(2 * base * draw.lognormvariate(0, 0.05), 3),
            "first_byte": round(4 * base * draw.lognormvariate(0, 0.2), 3),
            "body": round(draw.lognormvariate(-1, 0.3), 3),
        }
        found: tuple[Any, ...] = (
            int(Status.OK),
            round(sum(phases.values()), 3),
            "200 OK",
            phases,
            {"status_code": 200, "body_bytes": 5123, "certificate_days": round(60 - number / 1440, 2)},
        )
        if draw.random() < failures:
            found = (int(Status.FAILED), None, "timed out after 10 s while connecting", {"connect": 10_000.0}, None)
        at = start_ms + number * 60_000 + draw.randrange(20)
        rows.append((first_id + number * 1000 + draw.randrange(16), at, *found))
    return rows


@given(st.lists(row, min_size=1, max_size=30))
def test_everything_that_storage_keeps_comes_back_exactly(rows: list[Row]) -> None:
    columns = columns_of(rows)
    blob = encode_results(columns)
    assert exactly(decode_results(blob)) == exactly(columns)
    assert count_of(blob) == len(rows)
    assert decode_ids(blob) == list(columns.ids)


@given(st.lists(row, min_size=1, max_size=30))
def test_a_timeline_is_a_part_of_it(rows: list[Row]) -> None:
    columns = columns_of(rows)
    timeline = decode_timeline(encode_results(columns))
    assert timeline.checked_at == list(columns.checked_at)
    assert timeline.statuses == list(columns.statuses)
    assert timeline.response_ms == list(columns.response_ms)


@given(st.lists(st.integers(-3_000_000, 3_000_000).map(lambda micros: micros / 1000), min_size=1, max_size=300))
def test_response_times_of_any_spread_come_back(times: list[float]) -> None:
    rows = [(number, NOON_MS - number % 7, 0, ms, "", {"connect": ms}, None) for number, ms in enumerate(times)]
    assert exactly(decode_results(encode_results(columns_of(rows)))) == exactly(columns_of(rows))


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 240, 1441, 10_000])
def test_http_results_come_back(count: int) -> None:
    columns = columns_of(http_rows(count, failures=0.02))
    assert exactly(decode_results(encode_results(columns))) == exactly(columns)


@pytest.mark.parametrize(("count", "limit"), [(240, 10.2), (1440, 9.4)])
def test_http_results_take_few_bytes(count: int, limit: float) -> None:
    sizes = [len(encode_results(columns_of(http_rows(count, seed)))) for seed in range(5)]
    assert sum(sizes) / count / len(sizes) < limit


def test_results_without_anything_to_tell_take_hardly_any_space() -> None:
    rows: list[Row] = [(number, NOON_MS + number * 60_000, 0, None, "up", None, None) for number in range(1440)]
    assert len(encode_results(columns_of(rows))) < 60


def test_an_outlier_does_not_make_the_others_large() -> None:
    rows = http_rows(240, failures=0)
    plain = len(encode_results(columns_of(rows)))
    rows[7] = (*rows[7][:3], 3_600_000.123, *rows[7][4:])
    assert len(encode_results(columns_of(rows))) < plain + 40


def test_whole_numbers_stay_whole_and_decimal_ones_decimal() -> None:
    metrics: list[dict[str, float]] = [{"whole": 5, "decimal": 5.0, "both": both, "large": 10**30} for both in (1, 1.0)]
    rows: list[Row] = [(number, NOON_MS, 0, 1.0, "", None, one) for number, one in enumerate(metrics)]
    found = decode_results(encode_results(columns_of(rows))).metrics
    assert repr(list(found)) == repr(metrics)


def test_the_order_of_phases_is_kept() -> None:
    rows: list[Row] = [
        (1, NOON_MS, 0, 3.0, "", {"connect": 1.0, "dns": 2.0}, None),
        (2, NOON_MS, 0, 3.0, "", {"dns": 2.0, "connect": 1.0}, None),
    ]
    found = decode_results(encode_results(columns_of(rows))).phases
    assert [list(one or ()) for one in found] == [["connect", "dns"], ["dns", "connect"]]


def test_empty_phases_and_metrics_come_back_as_none() -> None:
    found = decode_results(encode_results(columns_of([(1, NOON_MS, 0, None, "", {}, {})])))
    assert (list(found.phases), list(found.metrics)) == ([None], [None])


def test_a_timeline_does_not_look_at_the_rest() -> None:
    blob = encode_results(columns_of(http_rows(240)))
    timeline = decode_timeline(blob)
    assert decode_timeline(blob[:-100] + bytes(100)) == timeline


def test_blocks_are_joined_in_the_order_of_time() -> None:
    rows = http_rows(20)
    shuffled = rows[:]
    random.Random(5).shuffle(shuffled)
    whole = joined(columns_of(shuffled[:12]), columns_of(shuffled[8:]), columns_of([]))
    assert list(whole.rows) == rows
    assert list(sliced(whole, 3, 5).rows) == rows[3:5]


def test_results_of_the_same_time_stand_in_the_order_of_their_ids() -> None:
    rows: list[Row] = [(number, NOON_MS, 0, None, "", None, None) for number in (3, 1, 2)]
    assert list(joined(columns_of(rows)).ids) == [1, 2, 3]


def test_as_stored_results() -> None:
    rows: list[Row] = [
        (5, NOON_MS, 2, None, "no", None, None),
        (6, NOON_MS + 60_000, 0, 12.5, "yes", {"connect": 12.5}, {"status_code": 200}),
    ]
    bad, good = stored_results(9, columns_of(rows))
    assert (bad.id, bad.service_pk, bad.status, bad.phases, bad.metrics) == (5, 9, Status.FAILED, {}, {})
    assert (good.message, good.response_ms, good.phases) == ("yes", 12.5, {"connect": 12.5})
    assert good.checked_at.isoformat() == "2026-05-17T12:01:00+00:00"
    assert good.metrics == {"status_code": 200}


def test_an_empty_block_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one result"):
        encode_results(columns_of([]))


@pytest.mark.parametrize("blob", [b"", b"\x00abc", b"\x02abc", bytes([results.FORMAT])])
def test_what_is_no_block_is_refused(blob: bytes) -> None:
    with pytest.raises(BrokenBlob):
        decode_results(blob)


@pytest.mark.parametrize("kept", [2, 5, 40, 0.5, 0.99])
def test_a_block_that_is_cut_off_is_refused(kept: float) -> None:
    blob = encode_results(columns_of(http_rows(240)))
    with pytest.raises(BrokenBlob):
        decode_results(blob[: int(kept if kept > 1 else kept * len(blob))])


def test_the_first_format_is_read_for_ever() -> None:
    """A blob that was written by the first version. Never change it: make a new format beside it."""
    blob = bytes.fromhex(FIRST)
    assert list(decode_results(blob).rows) == FIRST_ROWS


FIRST_ROWS: list[Row] = [
    (1001, NOON_MS, 0, 12.5, "200 OK", {"dns": 0.5, "connect": 12.0}, {"status_code": 200}),
    (2003, NOON_MS + 60_004, 0, 14.123, "200 OK", {"dns": 0.623, "connect": 13.5}, {"status_code": 200}),
    (3001, NOON_MS + 120_001, 2, None, "größer", {"dns": 5000.0}, None),
    (3997, NOON_MS + 180_002, 0, 1.25, "200 OK", {"dns": 0.25, "connect": 1.0}, {"status_code": 200, "loss": 1.5}),
]
FIRST = (
    "010439100400570e0002030093636ab8f1f5ceb17416a6434bd9195818fe3332b030fc6564606391b8bec78ea1b1aea1a1a1"
    "a9a1a1a1bea1a1a1160070100002030102020202333dc4c874899f85e90c37030bc37f4608c1c4c237fd07230303032303c3"
    "043f1686bf8c0c8c7c0c139819f9182630b330ac614278584729bde8f0b6c3f3538bb0790a169e984e8bd5c92bcdc9c108d6"
    "9cfce262a5d8d8d8a686fa8686c60608aeabaf6f680400"
)
