"""The recent past in few bytes."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.status import Status
from monitor_app.engine.ring import RECENT_LIMIT, DayRing, ResultRing
from tests.board_rows import NOW

MIDNIGHT = 1_800_000_000 // 86_400 * 86_400


def test_results_come_back_oldest_first() -> None:
    ring = ResultRing()
    ring.append(1, Status.OK, 12.5, 1000)
    ring.append(2, Status.FAILED, None, 2000)
    assert [(each.status, each.response_ms) for each in ring.results()] == [(Status.OK, 12.5), (Status.FAILED, None)]


@given(count=st.integers(0, 200), wanted=st.integers(0, 80))
def test_ring_keeps_the_newest(count: int, wanted: int) -> None:
    ring = ResultRing()
    for number in range(1, count + 1):
        ring.append(number, number % 6, float(number), number * 1000)
    kept = list(range(1, count + 1))[-RECENT_LIMIT:]
    expected = kept[-wanted:] if wanted else []
    assert ring.last(wanted) == [(number % 6, float(number), number * 1000) for number in expected]
    assert len(ring) == len(kept)
    assert ring.total == count


def test_result_seen_before_is_ignored() -> None:
    ring = ResultRing()
    assert ring.append(7, 0, 1.0, 1000)
    assert not ring.append(7, 2, 1.0, 1000)
    assert not ring.append(6, 2, 1.0, 900)
    assert ring.total == 1


def test_clock_set_back_loses_nothing() -> None:
    ring = ResultRing()
    ring.append(1, 0, 1.0, 5_000_000)
    assert ring.append(2, 0, 1.0, 1_400_000)


@pytest.mark.parametrize(("minutes", "count"), [(5, 288), (15, 96), (30, 48), (60, 24)])
def test_bars_cover_a_day(minutes: int, count: int) -> None:
    bars = DayRing().bars(minutes, NOW)
    assert len(bars) == count
    assert bars[-1].start <= NOW < bars[-1].start + timedelta(minutes=minutes)
    assert {after.start - before.start for before, after in pairwise(bars)} == {timedelta(minutes=minutes)}


def test_bars_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match="got 7"):
        DayRing().bars(7, NOW)


def test_windows_merge_by_addition() -> None:
    ring = DayRing()
    start = int(NOW.timestamp())
    for minute in range(60):
        ring.add(start + minute * 60, Status.FAILED if minute == 7 else Status.OK)
    last = ring.bars(60, NOW + timedelta(minutes=59))[-1]
    assert (last.ok, last.degraded, last.failed) == (59, 0, 1)
    quarters = ring.bars(15, NOW + timedelta(minutes=59))[-4:]
    assert [(bar.ok, bar.failed) for bar in quarters] == [(14, 1), (15, 0), (15, 0), (15, 0)]


def test_statuses_that_are_neither_up_nor_down_are_not_counted() -> None:
    ring = DayRing()
    for status in (Status.STARTING, Status.STOPPED, Status.UNKNOWN):
        ring.add(int(NOW.timestamp()), status)
    assert sum(bar.ok + bar.degraded + bar.failed for bar in ring.bars(5, NOW)) == 0


def test_yesterday_goes_when_today_comes() -> None:
    ring = DayRing()
    ring.add(MIDNIGHT, Status.FAILED)
    ring.add(MIDNIGHT + 86_400, Status.OK)
    later = NOW.fromtimestamp(MIDNIGHT + 86_400, NOW.tzinfo)
    assert sum(bar.failed for bar in ring.bars(5, later)) == 0
    assert sum(bar.ok for bar in ring.bars(5, later)) == 1


def test_what_is_older_than_a_day_is_ignored() -> None:
    ring = DayRing()
    ring.add(MIDNIGHT + 86_400, Status.OK)
    ring.add(MIDNIGHT, Status.FAILED)
    later = NOW.fromtimestamp(MIDNIGHT + 86_400, NOW.tzinfo)
    assert sum(bar.failed for bar in ring.bars(5, later)) == 0


def test_a_ring_that_nobody_fed_for_days_shows_no_data() -> None:
    ring = DayRing()
    ring.add(int(NOW.timestamp()), Status.OK)
    assert sum(bar.ok for bar in ring.bars(5, NOW + timedelta(days=3))) == 0


@given(st.lists(st.tuples(st.integers(0, 3 * 86_400), st.integers(0, 2)), max_size=150))
def test_bars_agree_with_counting(found: list[tuple[int, int]]) -> None:
    ring = DayRing()
    for second, status in sorted(found):
        ring.add(MIDNIGHT + second, status)
    end = MIDNIGHT + 3 * 86_400
    bars = ring.bars(60, NOW.fromtimestamp(end, NOW.tzinfo))
    first = end + 3600 - 86_400
    inside = [status for second, status in found if MIDNIGHT + second >= first]
    assert sum(bar.ok for bar in bars) == inside.count(0)
    assert sum(bar.degraded for bar in bars) == inside.count(1)
    assert sum(bar.failed for bar in bars) == inside.count(2)


def test_replacing_forgets_what_was_there() -> None:
    ring = DayRing()
    start = int(NOW.timestamp())
    ring.add(start, Status.FAILED)
    ring.replace([(start, 3, 2, 1)])
    last = ring.bars(5, NOW)[-1]
    assert (last.ok, last.degraded, last.failed) == (3, 2, 1)


def test_a_window_counts_no_further_than_its_byte() -> None:
    ring = DayRing()
    for _ in range(300):
        ring.add(int(NOW.timestamp()), Status.OK)
    assert ring.bars(5, NOW)[-1].ok == 255


def test_a_result_from_the_future_blanks_nothing() -> None:
    ring = DayRing()
    now = int(NOW.timestamp())
    ring.add(now, Status.OK, now_seconds=now)
    ring.add(now + 3 * 86_400, Status.FAILED, now_seconds=now)
    ring.add(now + 290, Status.DEGRADED, now_seconds=now)  # clocks differ a little
    assert sum(bar.ok for bar in ring.bars(5, NOW)) == 1
    ring.replace([(now, 2, 0, 0), (now + 3 * 86_400, 0, 0, 9)], now_seconds=now)
    assert [sum(values) for values in zip(*[(bar.ok, bar.failed) for bar in ring.bars(5, NOW)], strict=True)] == [2, 0]


def test_windows_stand_in_order_and_a_replacement_is_counted() -> None:
    day = DayRing()
    assert day.windows() == (0, bytes(864))
    day.add(1000 * 300, 0)
    day.add(1002 * 300, 2, 3)
    newest, counts = day.windows()
    assert (newest, counts[-9:], sum(counts)) == (1002, bytes([1, 0, 0, 0, 0, 0, 0, 0, 3]), 4)
    assert day.replaced == 0
    day.replace([(1001 * 300, 2, 0, 0)])
    assert (day.replaced, day.windows()[0]) == (1, 1001)
