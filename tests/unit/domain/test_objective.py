"""Error budgets, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.objective import budget_of, burn_rate, given_target, verdict_of
from monitor_app.domain.uptime import Uptime, uptime_of
from monitor_app.errors import InvalidInput

DAY = 86_400_000


def lived(down_seconds: float, known_seconds: float = 1000.0) -> Uptime:
    return uptime_of(0, int(known_seconds * 1000), [(0, int(down_seconds * 1000))], [])


@pytest.mark.parametrize(
    ("down", "left", "verdict"),
    [(0, 1.0, "met"), (5, 0.5, "met"), (8, 0.2, "at risk"), (9, 0.1, "at risk"), (20, -1.0, "missed")],
    ids=str,
)
def test_what_is_left_of_a_budget(down: int, left: float, verdict: str) -> None:
    budget = budget_of(0.99, lived(down))
    assert budget.allowed_seconds == pytest.approx(10)
    assert budget.spent_seconds == down
    assert budget.left_seconds == pytest.approx(10 - down)
    assert budget.left_share == pytest.approx(left, abs=1e-9)
    assert verdict_of(budget) == verdict


def test_nothing_known_is_neither_met_nor_missed() -> None:
    unknown = uptime_of(0, DAY, [(0, DAY)], [(0, DAY)])
    for nothing in (None, unknown):
        assert budget_of(0.99, nothing).left_share is None
        assert verdict_of(budget_of(0.99, nothing)) == "unknown"
        assert burn_rate(0.99, nothing) is None


def test_maintenance_neither_costs_nor_earns() -> None:
    rested = uptime_of(0, DAY, [(0, DAY // 2)], [(0, DAY // 2)])
    assert budget_of(0.99, rested).spent_seconds == 0
    assert budget_of(0.99, rested).allowed_seconds == pytest.approx(432)


@given(down=st.floats(0, 1000), target=st.floats(0.5, 0.999))
def test_what_burns_at_one_leaves_nothing(down: float, target: float) -> None:
    uptime = lived(down)
    rate, left = burn_rate(target, uptime), budget_of(target, uptime).left_share
    assert rate is not None
    assert left is not None
    assert rate + left == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("value", [True, None, "0.99", 0.4, 1, 0.999999, float("nan"), float("inf")], ids=repr)
def test_a_target_that_is_none(value: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        given_target("target", value)
    assert list(caught.value.fields) == ["target"]


def test_a_target() -> None:
    assert given_target("target", 0.5) == 0.5
