"""The overview of all services: their days, the slowest, flakiest and most changed, error budgets of groups."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from monitor_app import log
from monitor_app.domain.fleet import (
    DAY_MS,
    WEEK_MS,
    FleetLine,
    Known,
    Responses,
    fleet_line,
)
from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.objective import DEFAULT_TARGET, Budget, Objective, budget_of, burn_rate
from monitor_app.domain.uptime import Span, Uptime, mean_uptime
from monitor_app.errors import DatabaseUnavailable
from monitor_app.models.types import from_millis, to_millis
from monitor_app.security.permissions import MONITOR_READ, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.fleet import count_status_changes, read_lives, read_response_times, read_seen_days
from monitor_app.storage.objectives import load_objectives
from monitor_app.use_cases.selection import Present
from monitor_app.use_cases.services import Clock

__all__ = ["DAYS", "Fleet", "FleetLine", "FleetUseCases", "GroupBudget"]

# How many days are told: three sizes, so that few pictures are kept.
DAYS: Final = (30, 60, 90)
# The past hardly changes: so long a picture serves all who ask; as long again it does while the next one is made.
KEPT_SECONDS: Final = 60.0
# Budgets for so many targets are kept with a picture.
TARGETS_KEPT: Final = 8
# Days that are over change only by results that come late.
DAYS_KEPT: Final = timedelta(hours=1)
# They are read soon after the start, when the first checks are done, and then well before they are too old to be shown.
FIRST_SECONDS: Final = 15.0
AGAIN_SECONDS: Final = 1800.0

logger = log.get_logger(__name__)

_DayTimes = Mapping[int, list[tuple[int, int, int]]]


@dataclass(frozen=True, slots=True)
class Fleet:
    """What was known at `made_at` of all services over the days from `since` on (midnight UTC), today included."""

    since: datetime
    made_at: datetime
    days: int
    lines: Mapping[int, FleetLine]
    objectives: tuple[Objective, ...]


@dataclass(frozen=True, slots=True)
class GroupBudget:
    """The error budget of a group and the groups in it over the days of a picture.

    `target` is that of the group's objective, the strictest of several, or of nobody (`is_own` False).
    """

    group: str
    services: int
    target: float
    is_own: bool
    uptime: Uptime | None
    budget: Budget
    burn: float | None


@dataclass(slots=True)
class _Slot:
    """One picture, made by one at a time."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    fleet: Fleet | None = None
    next: "asyncio.Task[None] | None" = None
    # By the target of groups without an objective.
    budgets: dict[float, list[GroupBudget]] = field(default_factory=dict)


class FleetUseCases:
    """For everybody with an account."""

    def __init__(self, database: Database, clock: Clock, present: Present) -> None:
        self._database = database
        self._clock = clock
        self._present = present
        self._slots = {days: _Slot() for days in DAYS}
        self._over: _DaysOver | None = None
        self._over_turn = asyncio.Lock()
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Keep the days that are over known from now on, so that nobody has to wait until they are read."""
        self._keeping = asyncio.create_task(self._keep(), name="days of the overview")

    async def close(self) -> None:
        """Stop that, and all pictures that are being made."""
        tasks = [task for task in (self._keeping, *(slot.next for slot in self._slots.values())) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self) -> None:
        await asyncio.sleep(FIRST_SECONDS)
        while True:
            try:
                await self.read_days_over(is_anew=True)
            except DatabaseUnavailable as err:
                logger.debug("the days of the overview cannot be read", reason=str(err))
            except Exception:
                logger.exception("the days of the overview could not be read")
            now = self._clock.now()
            tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            await asyncio.sleep(min(AGAIN_SECONDS, (tomorrow - now).total_seconds() + 1))

    async def picture(self, identity: Identity, days: int) -> Fleet:
        """All services over so many days (one of DAYS), at most two minutes old."""
        identity.require(MONITOR_READ)
        slot = self._slots[days]
        if slot.fleet is not None and self._is_younger(slot.fleet, 2 * KEPT_SECONDS):
            # Who looks does not wait: the next one to ask gets the picture that is made now.
            if not self._is_younger(slot.fleet, KEPT_SECONDS) and (slot.next is None or slot.next.done()):
                slot.next = asyncio.create_task(self._renew(slot, days), name=f"overview of {days} days")
            return slot.fleet
        return await self._renewed(slot, days)

    async def _renew(self, slot: _Slot, days: int) -> None:
        try:
            await self._renewed(slot, days)
        except DatabaseUnavailable as err:  # whoever asks later is told
            logger.debug("the overview cannot be made anew", reason=str(err))
        except Exception:
            logger.exception("the overview could not be made anew")

    async def _renewed(self, slot: _Slot, days: int) -> Fleet:
        """A picture of this minute, made by one for all who ask meanwhile."""
        async with slot.lock:
            if slot.fleet is None or not self._is_younger(slot.fleet, KEPT_SECONDS):
                slot.fleet = await self._read(days, self._clock.now())
                slot.budgets = {}
            return slot.fleet

    def _is_younger(self, fleet: Fleet, seconds: float) -> bool:
        return timedelta() <= self._clock.now() - fleet.made_at < timedelta(seconds=seconds)

    async def group_budgets(
        self, identity: Identity, fleet: Fleet, default_target: float = DEFAULT_TARGET
    ) -> list[GroupBudget]:
        """Of every group that has services, in the order of the tree; as of the picture."""
        identity.require(MONITOR_READ)
        slot = self._slots[fleet.days]
        if slot.fleet is fleet and default_target in slot.budgets:
            return slot.budgets[default_target]
        services = [(service.pk, service.group) for service in self._present.definitions()]
        found = await asyncio.to_thread(_budgets, self._present.tree(), services, fleet, default_target)
        if slot.fleet is fleet and len(slot.budgets) < TARGETS_KEPT:
            slot.budgets[default_target] = found
        return found

    async def _read(self, days: int, now: datetime) -> Fleet:
        until = to_millis(now)
        first = until // DAY_MS * DAY_MS - (days - 1) * DAY_MS
        since = from_millis(first)
        over = await self.read_days_over()
        async with self._database.read() as conn:
            seen = _with_today(over, days, await read_seen_days(conn, None, until // DAY_MS * DAY_MS // 1000, 1))
            lives = await read_lives(conn, None, since, now, seen)
            changes = await count_status_changes(conn, since)
            objectives = tuple(await load_objectives(conn))
        lines = await asyncio.to_thread(_lines, first, until, days, seen, lives, changes, over.times)
        return Fleet(since, now, days, lines, objectives)

    async def read_days_over(self, *, is_anew: bool = False) -> "_DaysOver":
        """What was before today, for pictures of all sizes; `is_anew` also when what is known would still do."""
        async with self._over_turn:
            now, kept = self._clock.now(), self._over
            today_ms = to_millis(now) // DAY_MS * DAY_MS
            is_due = kept is None or kept.today_ms != today_ms or not timedelta() <= now - kept.read_at < DAYS_KEPT
            if kept is not None and not is_due and not is_anew:
                return kept
            today = today_ms // 1000
            async with self._database.read() as conn:
                seen = await read_seen_days(conn, None, today - (DAYS[-1] - 1) * DAY_MS // 1000, DAYS[-1] - 1)
                times = await read_response_times(conn, None, today - 2 * WEEK_MS // 1000, today)
            self._over = _DaysOver(now, today_ms, seen, times)
            return self._over


@dataclass(frozen=True, slots=True)
class _DaysOver:
    """Of each service the days before today on which something was found out, and the response times of two weeks.

    The days are one fewer than those of the largest picture, which has today, too.
    """

    read_at: datetime
    today_ms: int
    seen: Mapping[int, bytes]
    times: _DayTimes


def _with_today(over: _DaysOver, days: int, today: Mapping[int, bytes]) -> dict[int, bytes]:
    """The days of a picture, today last."""
    before, nothing = bytes(days - 1), b"\0"
    return {
        pk: over.seen[pk][-(days - 1) :] + today.get(pk, nothing) if pk in over.seen else before + today[pk]
        for pk in over.seen.keys() | today.keys()
    }


def _budgets(
    tree: GroupTree, services: Iterable[tuple[int, str]], fleet: Fleet, default_target: float
) -> list[GroupBudget]:
    by_group: dict[str, list[FleetLine]] = {}
    for pk, group in services:
        if pk in fleet.lines:
            by_group.setdefault(group, []).append(fleet.lines[pk])
    targets: dict[str, float] = {}
    for objective in fleet.objectives:
        if objective.group:
            targets[objective.group] = max(objective.target, targets.get(objective.group, 0.0))
    found = []
    for name in tree:
        lines = [line for inner in tree.below(name) for line in by_group.get(inner, ())]
        if lines:
            target = targets.get(name, default_target)
            uptime = mean_uptime((1.0, line.uptime) for line in lines)
            figures = budget_of(target, uptime), burn_rate(target, uptime)
            found.append(GroupBudget(name, len(lines), target, name in targets, uptime, *figures))
    return found


def _lines(
    first: int,
    until: int,
    days: int,
    seen: Mapping[int, bytes],
    lives: Mapping[int, tuple[list[Span], list[Span]]],
    changes: Mapping[int, int],
    times: _DayTimes,
) -> dict[int, FleetLine]:
    lines = {}
    turn = until // DAY_MS * DAY_MS // 1000 - WEEK_MS // 1000
    for pk, (down, unknown) in lives.items():
        known = Known(seen.get(pk, bytes(days)), down, unknown, changes.get(pk, 0))
        own = times.get(pk, ())
        week = _summed(day for day in own if day[0] >= turn)
        before = _summed(day for day in own if day[0] < turn)
        lines[pk] = fleet_line(pk, first, until, known, week, before)
    return lines


def _summed(days: Iterable[tuple[int, int, int]]) -> Responses:
    count = total_us = 0
    for _, responses, us in days:
        count += responses
        total_us += us
    return Responses(count, total_us)
