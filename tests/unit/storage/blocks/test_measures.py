"""Blocks of measures: exact, small, and folded by addition."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.measure import MEASURED, Figure, Measure, measures_of, merged_windows_of_measures
from monitor_app.storage.blocks.measures import decode_measures, encode_measures, folded_measures
from monitor_app.storage.blocks.section import BrokenBlob
from tests.measured_rows import NOON_MS, columns_of, measured_rows

HOUR = 3600


def http_rows(hours: int, seed: int) -> list[Any]:
    """A result a minute, as checks of a website give them."""
    draw = random.Random(seed)
    rows = []
    for number in range(hours * 60):
        phases = {
            name: round(draw.lognormvariate(3, 0.3), 3) for name in ("dns", "connect", "tls", "first_byte", "body")
        }
        metrics = {"status_code": 200, "body_bytes": 5123, "certificate_days": round(60 - number / 1440, 2)}
        rows.append((NOON_MS + number * 60_000, 0, round(sum(phases.values()), 3), phases, metrics))
    return rows


@given(measured_rows, st.sampled_from(MEASURED))
def test_measures_come_back_exactly(rows: list[Any], granularity: int) -> None:
    measures = measures_of(granularity, *columns_of(rows))
    found = decode_measures(encode_measures(granularity, measures))
    assert found == measures
    assert list(found) == sorted(measures)


@given(measured_rows, measured_rows, st.sampled_from(MEASURED))
def test_folding_is_merging(early: list[Any], late: list[Any], granularity: int) -> None:
    one, other = measures_of(granularity, *columns_of(early)), measures_of(granularity, *columns_of(late))
    blob = folded_measures(folded_measures(None, granularity, one), granularity, other)
    assert decode_measures(blob) == merged_windows_of_measures(one, other)


def test_phases_stay_in_their_order() -> None:
    measures = measures_of(HOUR, *columns_of(http_rows(2, 1)))
    (first, *_) = decode_measures(encode_measures(HOUR, measures)).values()
    assert list(first.phases) == ["dns", "connect", "tls", "first_byte", "body"]


def test_a_day_of_hours_takes_little_room() -> None:
    """Twenty-odd bytes an hour of sixty results."""
    measures = measures_of(HOUR, *columns_of(http_rows(24, 2)))
    assert len(encode_measures(HOUR, measures)) < 24 * 26


def test_format_1_can_be_read() -> None:
    blob = bytes.fromhex(
        "01901c72008b600960626160626061f8c9c8c0c0c2f09b91818185e12f230303c30e7118ebca490e64051c0c0c460c0ccb581818a06a79981a1a1a266cd9fdecdcf68e79bc0c0c0c0c0c0c7087c33cac94939f98a2a4a3549c5995aa14ab13ad645451a1141bdb50d750d750df50df50db5057df0000"
    )
    assert decode_measures(blob) == {
        7200: Measure(
            3, 2, {"dns": 1500, "body": 70_250}, {"load": Figure(2, 3_250_000, 250_000, 3_000_000)}, {"2xx": 3}
        ),
        10_800: Measure(1, 0, {}, {"size": Figure(1, 10**30, 10**30, 10**30)}, {}),
    }


@pytest.mark.parametrize("blob", [b"", b"\x02\x90\x1c", b"\x01", b"\x01\x90\x1c\x09abc"])
def test_what_is_no_block_is_refused(blob: bytes) -> None:
    with pytest.raises(BrokenBlob):
        decode_measures(blob)


def test_windows_must_be_there_and_begin_where_they_may() -> None:
    with pytest.raises(ValueError, match="at least one window"):
        encode_measures(HOUR, {})
    with pytest.raises(ValueError, match="begin at its multiples"):
        encode_measures(HOUR, {3601: Measure(1)})
