"""Whether rules over metrics, spans and budgets hold."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.alerting import judging
from monitor_app.domain.alerting.condition import (
    BurnCondition,
    ExpiryCondition,
    MetricCondition,
    NoDataCondition,
    ResponseCondition,
    ShareCondition,
)
from monitor_app.domain.alerting.past import ResponsePast, StatusPast
from monitor_app.domain.status import Status

OK, FAILED, UNKNOWN = Status.OK, Status.FAILED, Status.UNKNOWN
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOW = 100 * DAY


def past(*minutes_ago: tuple[int, Status]) -> StatusPast:
    return StatusPast((NOW - minutes * MINUTE, status) for minutes, status in minutes_ago)


def test_times_of_each_status_in_a_span() -> None:
    lived = past((600, OK), (30, FAILED), (20, OK), (5, FAILED))
    assert lived.millis(NOW - 60 * MINUTE, NOW) == {OK: 45 * MINUTE, FAILED: 15 * MINUTE}
    assert lived.millis(NOW - 25 * MINUTE, NOW) == {OK: 15 * MINUTE, FAILED: 10 * MINUTE}
    assert lived.millis(NOW - 25 * MINUTE, NOW - 10 * MINUTE) == {OK: 10 * MINUTE, FAILED: 5 * MINUTE}
    assert past((10, OK)).millis(NOW - HOUR, NOW) == {OK: 10 * MINUTE}
    assert StatusPast().millis(0, NOW) == {}
    assert StatusPast().status is None


def test_only_what_is_new_is_added() -> None:
    lived = past((60, OK), (50, OK), (40, FAILED), (40, UNKNOWN))
    assert lived.millis(NOW - DAY, NOW) == {OK: 20 * MINUTE, UNKNOWN: 40 * MINUTE}
    again = past((60, OK), (50, FAILED), (60, OK), (50, FAILED))
    assert again.millis(NOW - DAY, NOW) == {OK: 10 * MINUTE, FAILED: 50 * MINUTE}


def test_clock_that_was_set_back_makes_nothing_last_that_was_said_later() -> None:
    lived = past((70, OK), (10, FAILED), (5, OK), (40, FAILED))
    assert lived.status is FAILED
    assert lived.millis(NOW - DAY, NOW) == {OK: 30 * MINUTE, FAILED: 40 * MINUTE}
    lived.add(NOW - 20 * MINUTE, OK)
    assert lived.millis(NOW - DAY, NOW) == {OK: 50 * MINUTE, FAILED: 20 * MINUTE}


def test_all_of_it_is_as_long_ago_when_the_clock_is_set() -> None:
    lived = past((70, OK), (10, FAILED))
    lived.move(-HOUR)
    assert lived.millis(NOW - DAY, NOW - HOUR) == {OK: 60 * MINUTE, FAILED: 10 * MINUTE}
    for by in (-HOUR, HOUR, -7 * MINUTE, 61_001):
        times = ResponsePast(60 * MINUTE)
        for minute in range(30, 0, -1):
            times.add(NOW - minute * MINUTE, 100_000)
        times.move(by)
        times.add(NOW + by, 100_000)
        assert times.percentile(NOW + by, 0.5, 31) == pytest.approx(100, rel=0.03)
        assert times.percentile(NOW + by + 2 * HOUR, 0.5, 1) is None


def test_what_is_over_is_forgotten() -> None:
    lived = past((600, OK), (300, FAILED), (200, OK))
    lived.forget(NOW - 250 * MINUTE)
    assert lived.millis(0, NOW) == {FAILED: 100 * MINUTE, OK: 200 * MINUTE}
    assert lived.had([FAILED], NOW - 210 * MINUTE)
    assert not lived.had([FAILED], NOW - 200 * MINUTE)
    assert not StatusPast().had([FAILED], 0)
    assert not past((10, OK)).had([FAILED], 0)


@given(st.lists(st.tuples(st.integers(0, 3000), st.sampled_from(Status)), max_size=20), st.integers(0, 3000))
def test_no_time_counts_twice(changes: list[tuple[int, Status]], since: int) -> None:
    lived = StatusPast(sorted(changes, key=lambda change: change[0]))
    times = lived.millis(since, 3000)
    first = min((at for at, _ in changes), default=3000)
    assert sum(times.values()) == 3000 - max(since, first)
    expected: dict[Status, int] = {}
    last = dict(sorted(changes, key=lambda change: change[0]))
    for (at, status), (end, _) in pairwise([*last.items(), (3000, OK)]):
        if (length := end - max(at, since)) > 0:
            expected[status] = expected.get(status, 0) + length
    assert {status: millis for status, millis in times.items() if millis} == expected


@pytest.mark.parametrize(
    ("lived", "holds"),
    [
        (past((600, OK)), False),
        (past((600, OK), (13, FAILED), (1, OK)), True),
        (past((600, OK), (12, FAILED), (1, OK)), False),
        (past((600, UNKNOWN), (13, FAILED), (1, OK)), True),  # of the time that is known, more
        (past((2, FAILED)), False),  # two minutes are no past
        (past((6, FAILED)), True),
        (StatusPast(), None),
    ],
    ids=["good", "a fifth", "less", "unknown before", "new", "bad from the start", "nothing known"],
)
def test_a_share_of_the_time(lived: StatusPast, holds: bool | None) -> None:
    judged = judging.judge_share(ShareCondition((FAILED,), 0.2, 60), lived, NOW)
    assert judged.holds is holds
    if holds:
        assert "of the last hour" in judged.cause


def test_metrics_and_expiry_are_judged_by_what_was_measured_last() -> None:
    slow, soon = MetricCondition("query_ms", ">", 2, "s"), ExpiryCondition("certificate_days", 7)
    assert judging.judge_metric(slow, {}).holds is None
    assert judging.judge_metric(slow, {"query_ms": 1999.0}).holds is False
    assert judging.judge_metric(slow, {"query_ms": 2512.8}).cause == "query_ms is 2.513 s, above 2 s"
    full = MetricCondition("disk_bytes", ">=", 1.5, "GiB")
    assert judging.judge_metric(full, {"disk_bytes": 3e9}).cause == "disk_bytes is 2.794 GiB, at or above 1.5 GiB"
    # In its own unit where nobody named another; one that its name does not tell has none.
    late = MetricCondition("lag_seconds", ">", 1_250_000)
    assert judging.judge_metric(late, {"lag_seconds": 2_345_678.0}).cause == "lag_seconds is 2346000 s, above 1250000 s"
    assert judging.judge_metric(MetricCondition("rows", "<", 1), {"rows": 0.0}).cause == "rows is 0, below 1"
    assert judging.judge_metric(MetricCondition("rows", "<=", 1), {"rows": 1.0}).cause == "rows is 1, at or below 1"
    assert judging.judge_metric(slow, {"query_ms": 2000.1}).cause == "query_ms is 2.0001 s, above 2 s"
    assert judging.judge_metric(MetricCondition("rows", "==", 3), {"rows": 3.0}).cause == "rows is exactly 3"
    assert judging.judge_metric(MetricCondition("rows", "!=", 3), {"rows": 4.0}).cause == "rows is 4, not 3"
    assert judging.judge_expiry(soon, {"domain_days": 3.0}).holds is None
    assert judging.judge_expiry(soon, {"certificate_days": 7.01}).holds is False
    assert judging.judge_expiry(soon, {"certificate_days": 7.0}).holds is True
    assert judging.judge_expiry(soon, {"certificate_days": 6.5}).cause == "the certificate has 6.5 days left"
    assert judging.judge_expiry(soon, {"certificate_days": 6.998}).cause == "the certificate has 6.9 days left"
    assert judging.judge_expiry(soon, {"certificate_days": 1.0}).cause == "the certificate has 1 day left"
    gone = judging.judge_expiry(ExpiryCondition("domain_days", 7), {"domain_days": -2.0})
    assert gone.cause == "the registration of the domain expired 2 days ago"


def test_silence_is_no_data_but_not_sooner_than_two_intervals() -> None:
    silent = NoDataCondition(10)
    assert judging.judge_no_data(silent, NOW - 9 * MINUTE, 2 * MINUTE, NOW).holds is False
    assert judging.judge_no_data(silent, NOW - 10 * MINUTE, 2 * MINUTE, NOW).cause == "no data for 10 minutes"
    assert judging.judge_no_data(silent, NOW - 10 * MINUTE, 2 * DAY, NOW).holds is False


def test_percentiles_forget_what_is_older_than_their_span() -> None:
    slow = ResponseCondition(95, 500, 60)
    times = ResponsePast(60 * MINUTE)
    assert judging.judge_response(slow, None, NOW).holds is None
    for minute in range(120, 60, -1):
        times.add(NOW - minute * MINUTE, 900_000)
    for minute in range(60, 0, -1):
        times.add(NOW - minute * MINUTE, 100_000)
    assert judging.judge_response(slow, times, NOW - 60 * MINUTE).holds is True
    assert judging.judge_response(slow, times, NOW).holds is False
    times.add(NOW - 3 * HOUR, 1)  # too old for anybody
    times.add(NOW - 30 * MINUTE, 1)
    for _ in range(10):
        times.add(NOW, 900_000)
    judged = judging.judge_response(slow, times, NOW)
    assert judged.holds is True
    assert judged.cause.startswith("p95 of the last hour is 886")
    assert judging.judge_response(slow, times, NOW + 2 * HOUR).holds is None


def test_a_percentile_has_to_be_above_the_value() -> None:
    slow = ResponseCondition(95, 500, 60)
    assert judging.judged_response(slow, 500.0).holds is False
    assert judging.judged_response(slow, 500.1).holds is True


def test_a_response_time_that_falls_between_two_slots_is_left_out() -> None:
    times = ResponsePast(60 * MINUTE)
    times.add(NOW, 1000)
    times.add(NOW - 20 * MINUTE, 1000)
    assert times.percentile(NOW, 0.5, 1) == pytest.approx(1, rel=0.03)
    later = ResponsePast(60 * MINUTE)
    for at in (NOW - 40 * MINUTE, NOW, NOW - 20 * MINUTE):
        later.add(at, 1000)
    assert later.percentile(NOW, 0.5, 3) is None


@pytest.mark.parametrize(
    ("lived", "rate"),
    [
        (StatusPast(), None),
        (past((20_000, OK)), 0),
        (past((20_000, OK), (3, FAILED)), 50),  # three minutes of an hour: 50 times 0.1 %
        (past((20_000, OK), (500, FAILED), (490, OK)), 0),  # over for a while
        (past((20_000, OK), (200, FAILED), (197, OK), (20, FAILED), (18, OK)), 13.9),
        (past((20_000, OK), (3000, FAILED), (2990, OK)), 0),
        (past((20_000, OK), (60, FAILED), (58, OK), (1, FAILED)), 50),
    ],
    ids=["nothing", "good", "now", "over", "slower", "days ago", "twice"],
)
def test_budgets_that_burn(lived: StatusPast, rate: float | None) -> None:
    judged = judging.judge_burn(BurnCondition(0.999, 30), lived, NOW)
    if rate is None:
        assert judged.holds is None
    elif not rate:
        assert judged.holds is False
    else:
        assert judged.holds is True
        assert judged.facts["burn_rate"] == pytest.approx(rate, rel=0.01)


@pytest.mark.parametrize(
    ("minutes", "words"), [(1, "1 minute"), (90, "90 minutes"), (60, "1 hour"), (4320, "3 days"), (0, "0 minutes")]
)
def test_times_in_words(minutes: int, words: str) -> None:
    assert judging.minutes_words(minutes) == words
