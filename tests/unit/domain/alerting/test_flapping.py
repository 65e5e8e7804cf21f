"""When a service counts as flapping, and when it is quiet."""

from datetime import UTC, datetime, timedelta

from monitor_app.domain.alerting.flapping import QUIET, Flips

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)


def flipped(*minutes, rule_pk=1):
    flips = Flips()
    for minute in minutes:
        flips.add(7, rule_pk, NOON + timedelta(minutes=minute))
    return flips


def test_more_than_four_changes_in_half_an_hour_are_flapping():
    assert not flipped(0, 5, 10, 15).is_flapping(7, NOON + timedelta(minutes=15))
    assert flipped(0, 5, 10, 15, 20).is_flapping(7, NOON + timedelta(minutes=20))
    assert not flipped(0, 8, 16, 24, 30).is_flapping(7, NOON + timedelta(minutes=30))
    assert not flipped(0, 8, 16, 24, 32).is_flapping(7, NOON + timedelta(minutes=32))
    assert flipped(0, 8, 16, 24, 30, 31).is_flapping(7, NOON + timedelta(minutes=31))
    assert not flipped().is_flapping(7, NOON)


def test_rules_count_by_themselves():
    flips = flipped(0, 5, 10)
    for minute in (0, 5, 10):
        flips.add(7, 2, NOON + timedelta(minutes=minute))
    assert not flips.is_flapping(7, NOON + timedelta(minutes=10))


def test_quiet_is_a_quarter_of_an_hour_after_the_last_change():
    assert flipped(0, 5).quiet_at(7) == NOON + timedelta(minutes=5) + QUIET
    assert flipped().quiet_at(7) is None


def test_clock_that_is_set_makes_nothing_longer_ago():
    flips = flipped(0, 5, 10, 15, 20)
    flips.move(-timedelta(hours=1))
    assert flips.quiet_at(7) == NOON - timedelta(minutes=40) + QUIET
    assert flips.is_flapping(7, NOON - timedelta(minutes=40))
    assert not flips.is_flapping(7, NOON)


def test_what_is_old_is_forgotten():
    flips = flipped(0, 5)
    flips.forget(NOON + timedelta(minutes=34))
    assert flips.quiet_at(7) is not None
    flips.forget(NOON + timedelta(minutes=35))
    assert flips.quiet_at(7) is None
    flips = flipped(0, 5)
    flips.clear(7)
    flips.clear(7)
    assert flips.quiet_at(7) is None
