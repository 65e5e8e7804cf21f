"""What results measured, in windows."""

from typing import Any

from monitor_app.domain.measure import measures_of
from monitor_app.domain.measured import NAMES_LIMIT, Measured


def measured(*rows: tuple[int, int, float | None, dict[str, Any] | None, dict[str, Any] | None]) -> Measured:
    """Of results (second, status, response_ms, phases, metrics) of a service that is checked every minute."""
    seconds, *columns = map(list, zip(*rows, strict=True))
    return Measured(measures_of(60, [int(second) * 1000 for second in seconds], *columns), 60, 60)


def test_phases_are_the_mean_of_those_that_answered() -> None:
    found = measured(
        (0, 0, 30.0, {"dns": 10.0, "body": 20.0}, None),
        (30, 0, 10.0, {"body": 10.0}, None),
        (60, 2, None, {"connect": 10_000.0}, None),
    )
    assert found.timestamps == [30_000, 90_000]
    assert found.phases() == {"dns": [5.0, None], "body": [15.0, None]}  # no answer is not one of 0 ms


def test_metrics_have_mean_and_bounds_and_break_in_holes() -> None:
    found = measured(
        (0, 0, 1.0, None, {"load": 1.0}), (20, 0, 1.0, None, {"load": 3.0}), (600, 0, 1.0, None, {"load": 5})
    )
    assert found.timestamps == [30_000, 330_000, 630_000]
    assert found.metrics() == {"load": {"mean": [2.0, None, 5.0], "low": [1.0, None, 5], "high": [3.0, None, 5]}}
    assert found.status_classes() == {}


def test_answers_are_counted_by_their_class() -> None:
    found = measured(
        (0, 0, 1.0, None, {"status_code": 200}),
        (1, 0, 1.0, None, {"status_code": 204}),
        (2, 2, 1.0, None, {"status_code": 503}),
        (3, 2, None, None, None),
        (4, 2, 1.0, None, {"status_code": 700}),
        (60, 0, 1.0, None, {"status_code": 301}),
    )
    assert found.status_classes() == {
        "2xx": [2, 0.0],
        "3xx": [0.0, 1],
        "5xx": [1, 0.0],
        "other": [1, 0.0],
        "no answer": [1.0, 0.0],
    }
    assert "status_code" not in found.metrics()


def test_more_metrics_than_can_be_drawn_are_told_as_a_number() -> None:
    found = measured((0, 0, 1.0, None, {f"m{number:02}": number for number in range(NAMES_LIMIT + 3)}))
    assert len(found.metrics()) == NAMES_LIMIT
    assert found.metrics_left_out == 3


def test_service_that_always_answers_has_no_failures_without_an_answer() -> None:
    assert measured((0, 0, 1.0, None, {"status_code": 200})).status_classes() == {"2xx": [1]}
