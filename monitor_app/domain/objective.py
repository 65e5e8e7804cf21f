"""Service level objectives: for how much of a time something is to be up, and what of its error budget is left."""

from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Final, Literal

from monitor_app.domain.given import shown
from monitor_app.domain.uptime import Uptime
from monitor_app.errors import InvalidInput

NAME_LIMIT: Final = 80
TARGET_MIN: Final = 0.5
TARGET_MAX: Final = 0.99999
WINDOW_DAYS_MAX: Final = 366
OBJECTIVES_LIMIT: Final = 1000
# Below this share of the budget an objective is at risk.
LITTLE: Final = 0.25
DEFAULT_TARGET: Final = 0.999

Verdict = Literal["met", "at risk", "missed", "unknown"]


@dataclass(frozen=True, slots=True)
class Objective:
    """Of a service (`service_pk`), or of a group and the groups in it. `target` is a share of the time that is known.

    `window_days`: the last so many days.
    """

    pk: int
    name: str
    service_pk: int | None
    group: str
    target: float
    window_days: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be down, what was, and what is left of it: less than nothing for an objective that is missed.

    Seconds are of one service; those of a group are of its mean. `left_share` is of what may be down. All of it follows
    from the time about which something is known: maintenance and what nobody saw neither cost nor earn any.
    """

    allowed_seconds: float
    spent_seconds: float
    left_seconds: float
    left_share: float | None


def budget_of(target: float, uptime: Uptime | None) -> Budget:
    """The error budget of a time."""
    if uptime is None:
        return Budget(0.0, 0.0, 0.0, None)
    allowed = (1 - target) * (uptime.up_seconds + uptime.down_seconds)
    left = allowed - uptime.down_seconds
    return Budget(allowed, uptime.down_seconds, left, left / allowed if allowed else None)


def burn_rate(target: float, uptime: Uptime | None) -> float | None:
    """How fast the budget goes: 1 spends all of it just by the end of the window, 2 by its middle; None: unknown."""
    if uptime is None or uptime.uptime is None:
        return None
    return (1 - uptime.uptime) / (1 - target)


def verdict_of(budget: Budget) -> Verdict:
    """How an objective does, in words."""
    if budget.left_share is None:
        return "unknown"
    if budget.left_share < 0:
        return "missed"
    return "at risk" if budget.left_share < LITTLE else "met"


def given_target(field: str, value: Any) -> float:
    """A share of the time. Raises InvalidInput on `field`."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not isfinite(value) or not TARGET_MIN <= value <= TARGET_MAX:
        raise InvalidInput({field: f"must be a share from {TARGET_MIN} to {TARGET_MAX}, got {shown(value)}"})
    return float(value)
