"""When rules would have fired."""

from monitor_app.domain.alerting.condition import ResponseCondition
from monitor_app.domain.alerting.judging import Judged
from monitor_app.domain.alerting.trial import STEP_MS, Held, held_samples, held_statuses, over_responses
from monitor_app.domain.sketch import sketch_of
from monitor_app.domain.status import Status

OK, FAILED, DEGRADED = Status.OK, Status.FAILED, Status.DEGRADED


def test_statuses_that_held() -> None:
    changes = [
        (0, FAILED, "early"),
        (5, OK, ""),
        (20, FAILED, "a"),
        (30, DEGRADED, "b"),
        (40, OK, ""),
        (50, FAILED, "c"),
    ]
    assert list(held_statuses(changes, [FAILED, DEGRADED], 3)) == [
        Held(3, 5, "early"),
        Held(20, 40, "a"),
        Held(50, None, "c"),
    ]
    assert list(held_statuses(changes, [FAILED], 10)) == [Held(20, 30, "a"), Held(50, None, "c")]


def test_samples_that_held_and_what_is_not_known_changes_nothing() -> None:
    yes, no, unknown = Judged(True, "slow"), Judged(False), Judged(None)
    samples = [(0, no), (1, yes), (2, unknown), (3, yes), (4, no), (5, no), (6, yes)]
    assert list(held_samples(samples)) == [Held(1, 4, "slow"), Held(6, None, "slow")]
    assert list(held_samples([(0, unknown)])) == []


def test_it_has_to_hold_for_long_enough() -> None:
    assert Held(1000, 61_000, "").fired_at(60, 100_000) == 61_000
    assert Held(1000, 60_000, "").fired_at(60, 100_000) is None
    assert Held(1000, None, "").fired_at(60, 60_000) is None
    assert Held(1000, None, "").fired_at(60, 61_000) == 61_000


def test_percentiles_of_a_span_that_moves() -> None:
    slow = ResponseCondition(50, 500, 10)
    fast_sketch, slow_sketch = sketch_of([1000] * 5), sketch_of([900_000] * 6)
    sketches = {0: fast_sketch, STEP_MS: slow_sketch, 2 * STEP_MS: slow_sketch, 5 * STEP_MS: fast_sketch}
    held = [(at // STEP_MS, judged.holds) for at, judged in over_responses(slow, sketches, 0, 7 * STEP_MS)]
    assert held == [(0, None), (1, False), (2, True), (3, True), (4, True), (5, None), (6, False), (7, False)]
