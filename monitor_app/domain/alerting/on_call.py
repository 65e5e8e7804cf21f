"""On-call schedules: whose turn it is at a moment, and whose next."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from monitor_app.domain.alerting.wall_clock import on_day

MEMBERS_LIMIT: Final = 100
ROTATION_DAYS_MAX: Final = 28
# Who stands in for longer than this belongs into the rotation.
OVERRIDE_DAYS_MAX: Final = 92
SHIFTS_LIMIT: Final = 1000


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody stands in for whoever's turn it would be; without an account nobody is on call meanwhile."""

    pk: int
    account_pk: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """People in turn. The first turn begins on the first `hand_over_day` at or after `starts_on`.

    A turn is of `rotation_days` days by the wall clock of the zone, handed over at `hand_over_at`: one over a change of
    the clock is an hour shorter or longer. Monday is 0.
    """

    pk: int
    name: str
    zone: ZoneInfo
    starts_on: date
    hand_over_day: int
    hand_over_at: time
    rotation_days: int
    members: tuple[int, ...]
    overrides: tuple[Override, ...] = ()

    @property
    def first_day(self) -> date:
        """The day of the first hand-over."""
        return self.starts_on + timedelta(days=(self.hand_over_day - self.starts_on.weekday()) % 7)


@dataclass(frozen=True, slots=True)
class Shift:
    """Who is on call in a stretch of time; None: nobody. `override_pk` is that of who stands in."""

    account_pk: int | None
    starts_at: datetime
    ends_at: datetime
    override_pk: int | None = None


def on_call(schedule: Schedule, at: datetime) -> Shift:
    """Whoever is on call at a moment. Without members, or before the first turn, it is nobody."""
    for override in reversed(schedule.overrides):
        if override.starts_at <= at < override.ends_at:
            later = (o.starts_at for o in schedule.overrides if o.starts_at > at and o.pk > override.pk)
            return Shift(override.account_pk, override.starts_at, min([override.ends_at, *later]), override.pk)
    turn = _turn(schedule, at)
    starts, ends = turn.starts_at, turn.ends_at
    for override in schedule.overrides:
        if override.ends_at <= at:
            starts = max(starts, override.ends_at)
        elif override.starts_at > at:
            ends = min(ends, override.starts_at)
    return Shift(turn.account_pk, starts, ends)


def next_on_call(schedule: Schedule, at: datetime) -> Shift | None:
    """The next shift of somebody else; None when nobody else ever comes."""
    now = on_call(schedule, at)
    shift = now
    for _ in range(2 * len(schedule.members) + 2 * len(schedule.overrides) + 2):
        if shift.ends_at >= _FOR_EVER:
            return None
        shift = on_call(schedule, shift.ends_at)
        if shift.account_pk != now.account_pk:
            return shift
    return None


def shifts(schedule: Schedule, since: datetime, until: datetime) -> list[Shift]:
    """All shifts of a span, cut to it, each person's neighbouring ones as one; at most SHIFTS_LIMIT."""
    found: list[Shift] = []
    at = since
    while at < until and len(found) < SHIFTS_LIMIT:
        shift = on_call(schedule, at)
        ends_at = min(shift.ends_at, until)
        if found and (found[-1].account_pk, found[-1].override_pk) == (shift.account_pk, shift.override_pk):
            found[-1] = Shift(shift.account_pk, found[-1].starts_at, ends_at, shift.override_pk)
        else:
            found.append(Shift(shift.account_pk, at, ends_at, shift.override_pk))
        at = ends_at
    return found


def overlapping(overrides: Iterable[Override], starts_at: datetime, ends_at: datetime) -> list[Override]:
    """Those that share time with a span."""
    return [each for each in overrides if each.starts_at < ends_at and starts_at < each.ends_at]


_FOR_EVER: Final = datetime(9000, 1, 1, tzinfo=UTC)
_LONG_AGO: Final = datetime(1970, 1, 2, tzinfo=UTC)


def _turn(schedule: Schedule, at: datetime) -> Shift:
    """The turn of the rotation alone."""
    first = _hand_over(schedule, 0)
    if at < first or not schedule.members:
        return Shift(None, _LONG_AGO, first if schedule.members else _FOR_EVER)
    # Days of the wall clock are an hour longer or shorter at times, so the guess is one off at most.
    guess = (at - first) // timedelta(days=schedule.rotation_days)
    bounds = [_hand_over(schedule, number) for number in range(max(0, guess - 1), guess + 3)]
    here = bisect_right(bounds, at) - 1
    starts_at, ends_at = list(pairwise(bounds))[here]
    number = max(0, guess - 1) + here
    return Shift(schedule.members[number % len(schedule.members)], starts_at, ends_at)


def _hand_over(schedule: Schedule, number: int) -> datetime:
    day = schedule.first_day + timedelta(days=number * schedule.rotation_days)
    return on_day(day, schedule.hand_over_at, schedule.zone)


def in_order(overrides: Sequence[Override]) -> tuple[Override, ...]:
    """As `Schedule.overrides` wants them: what was entered later counts before what was there."""
    return tuple(sorted(overrides, key=lambda each: each.pk))
