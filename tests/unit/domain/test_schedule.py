"""Slots and phases."""

from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.schedule import (
    CATCH_UP_SECONDS,
    SOON_SECONDS,
    catch_up_slot,
    count_slots,
    make_up_slot,
    next_slot,
    phase_seconds,
)

intervals = st.integers(1, 86_400)
moments = st.floats(-1e9, 4e9)
phases = st.floats(0, 0.999)


def test_phase_is_the_same_for_ever():
    """A change of the hash would move every service's slot in every installation."""
    assert phase_seconds("db-main", 60) == phase_seconds("db-main", 60)
    assert round(phase_seconds("db-main", 60), 6) == 57.476405
    assert round(phase_seconds("web", 86_400), 3) == 46_645.447


def test_phases_are_spread_evenly():
    tenths = [0] * 10
    for number in range(5000):
        tenths[int(phase_seconds(f"service-{number}", 10))] += 1
    assert min(tenths) > 400
    assert max(tenths) < 600


@given(moments, intervals, phases)
def test_next_slot_is_later_but_at_most_an_interval(after, interval, share):
    phase = share * interval
    slot = next_slot(after, phase, interval)
    assert after < slot <= after + interval + 1e-5


@given(moments, intervals, phases, st.integers(0, 50))
def test_every_slot_is_counted_once(after, interval, share, slots):
    phase = share * interval
    first = next_slot(after, phase, interval)
    until = first + (slots - 0.5) * interval
    assert count_slots(after, until, phase, interval) == max(slots, 0)
    middle = first + slots / 2 * interval + interval / 4
    parts = count_slots(after, middle, phase, interval) + count_slots(middle, until + interval, phase, interval)
    assert parts == count_slots(after, until + interval, phase, interval) or middle > until + interval


@given(moments, intervals, st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True))
def test_catching_up_is_never_later_than_the_next_slot_nor_than_a_minute(now, interval, service_id):
    phase = phase_seconds(service_id, interval)
    slot = catch_up_slot(now, service_id, phase, interval)
    soon = min(CATCH_UP_SECONDS, interval / 2)
    assert now <= slot <= min(now + soon, next_slot(now, phase, interval)) + 1e-5


@given(moments, intervals, st.integers(1, 5))
def test_making_up_comes_soon_after_a_short_pause_and_never_later_than_the_next_slot(now, interval, attempt):
    phase = phase_seconds("some", interval)
    slot = make_up_slot(now, "some", phase, interval, pause_seconds=2, attempt=attempt)
    assert now <= slot <= min(now + SOON_SECONDS, next_slot(now, phase, interval)) + 1e-5


def test_making_up_takes_as_long_as_the_pause_but_a_minute_at_most():
    def last(pause_seconds):
        return max(make_up_slot(0, f"s{n}", 3599, 3600, pause_seconds, attempt=1) for n in range(1000))

    assert [round(last(pause)) for pause in (2, 20, 3600)] == [5, 20, 60]
