"""What became of one service over a span: the head of its page, and what its charts draw."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitor_app.domain.measure import Measure, coarser, measures_of, merged_windows_of_measures
from monitor_app.domain.measured import Measured
from monitor_app.domain.result import StoredResult
from monitor_app.domain.series import (
    POINTS_LIMIT,
    Kept,
    MeasuredPlan,
    Plan,
    Point,
    Window,
    bands_of,
    measured_plan,
    measured_summaries,
    plan_of,
    points_of,
    points_of_results,
    regrouped,
    until_now,
    windows_of,
)
from monitor_app.domain.status import Status
from monitor_app.domain.summary import Summary, summaries_of
from monitor_app.domain.uptime import Span, Uptime
from monitor_app.errors import InvalidInput
from monitor_app.models.types import from_millis, to_millis
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory

__all__ = ["Kept", "Measurements", "Series", "SeriesUseCases", "ServiceHead", "WindowFacts"]

# How far back the head of a service's page tells its uptime, in days.
UPTIME_DAYS: Final = (1, 7, 30, 90, 365)
HEAD_SHARES: Final = (0.5, 0.95, 0.99)
HEAD_DAY: Final = timedelta(days=1)
HOUR: Final = 3600
DAY: Final = 86_400
GAPS_LIMIT: Final = 1000
# How often a service is checked may have changed: a span that should hold few results and holds more than this is told
# from summaries.
READ_LIMIT: Final = 20_000
# What a bar of a day tells: an hour of checks every 5 seconds, and some that people asked for.
WINDOW_LIMIT: Final = timedelta(hours=1)
WINDOW_SHARES: Final = (0.5, 0.95)
WINDOW_RESULTS: Final = 1000


@dataclass(frozen=True, slots=True)
class ServiceHead:
    """Uptime by the length of the span in days; p50, p95 and p99 of the last day in ms, None without any response."""

    uptime: Mapping[int, Uptime | None]
    percentiles: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class Series:
    """A span as charts draw it. Bands are spans in ms since 1970: when it was down, and when it rested."""

    plan: Plan
    points: list[Point]
    windows: list[Window]
    down: list[Span]
    resting: list[Span]


@dataclass(frozen=True, slots=True)
class Measurements:
    """What results measured, from `since` on: later than asked where older ones are not counted yet."""

    since: datetime
    measured: Measured


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """What a short time held: response times in ms, None without any; the first result that FAILED; when it rested."""

    p50: float | None
    p95: float | None
    first_failed: StoredResult | None
    resting: list[Span]


class SeriesUseCases:
    """What a person or a client asks of the history of one service."""

    def __init__(self, database: Database, kept: Kept | None = None) -> None:
        self._history = SqlHistory(database)
        self._kept = kept or Kept()

    async def head(self, identity: Identity, service_pk: int, now: datetime) -> ServiceHead:
        """What a person wants to know first; all of it unknown for a service that does not exist."""
        identity.require(BOARD_READ)
        uptime = {
            days: (await self._history.uptime([service_pk], now - timedelta(days=days), now)).get(service_pk)
            for days in UPTIME_DAYS
        }
        found = await self._history.percentiles(service_pk, now - HEAD_DAY, now, HEAD_SHARES)
        return ServiceHead(uptime, None if found is None else tuple(found))

    async def series(
        self,
        identity: Identity,
        service_pk: int,
        interval_seconds: int,
        since: datetime,
        until: datetime,
        now: datetime,
    ) -> Series:
        """Response times, counts and availability of [since, until), and what is shaded in it."""
        identity.require(BOARD_READ)
        plan = await self._plan(service_pk, interval_seconds, since, until, now)
        told = None if plan.granularity else await self._of_results(service_pk, plan, interval_seconds)
        if told is None and not plan.granularity:
            plan = self._without_results(interval_seconds, since, until, now)
        begin, end = from_millis(plan.since * 1000), from_millis(plan.until * 1000)
        if told is not None:
            points, counted = told
        else:
            summaries = await self._history.summaries(service_pk, plan.granularity, plan.since, plan.until)
            # Tens of milliseconds of computing for a quarter: not on the loop.
            points, counted = await asyncio.to_thread(_of_summaries, summaries, plan, interval_seconds)
        ends = min(end, now)
        down, unknown = await self._history.unknown(service_pk, begin, ends)
        gaps = await self._history.gaps(service_pk, begin, ends, GAPS_LIMIT)
        first, last = to_millis(since), to_millis(min(until, now))
        rests = [(to_millis(gap.started_at), to_millis(gap.ended_at or ends)) for gap in gaps if gap.is_rest]
        windows = windows_of(plan, counted, down, unknown, to_millis(now))
        points = until_now(points, plan.step_seconds, to_millis(now))
        shown = [point for point in points if first <= point.at_ms + plan.step_seconds * 500 and point.at_ms < last]
        return Series(plan, shown, windows, bands_of(down, first, last), bands_of(rests, first, last))

    async def window(
        self, identity: Identity, service_pk: int, since: datetime, until: datetime, now: datetime
    ) -> WindowFacts:
        """What a bar of the last 24 hours tells beside its counts; of an hour at most.

        Raises InvalidInput for a longer time.
        """
        identity.require(BOARD_READ)
        if until - since > WINDOW_LIMIT:
            raise InvalidInput({"since": "must be at most an hour before until"})
        times = await self._history.percentiles(service_pk, since, until, WINDOW_SHARES)
        results = await self._history.page(service_pk, since, until, WINDOW_RESULTS)
        failed = (one for one in reversed(results) if one.status is Status.FAILED)
        p50, p95 = times or (None, None)
        resting = await self.resting(identity, service_pk, since, until, now)
        return WindowFacts(p50, p95, next(failed, None), resting)

    async def resting(
        self, identity: Identity, service_pk: int, since: datetime, until: datetime, now: datetime
    ) -> list[Span]:
        """When it was paused or in maintenance in [since, until)."""
        identity.require(BOARD_READ)
        end = min(until, now)
        if since >= end:
            return []
        gaps = await self._history.gaps(service_pk, since, end, GAPS_LIMIT)
        rests = [(to_millis(gap.started_at), to_millis(gap.ended_at or end)) for gap in gaps if gap.is_rest]
        return bands_of(rests, to_millis(since), to_millis(end))

    async def measurements(
        self,
        identity: Identity,
        service_pk: int,
        interval_seconds: int,
        since: datetime,
        until: datetime,
        now: datetime,
    ) -> Measurements:
        """Phases, metrics and classes of answers of the results of [since, until)."""
        identity.require(BOARD_READ)
        ends, at = (since.timestamp(), until.timestamp()), now.timestamp()
        first = await self._history.first_result(service_pk, since)
        begin = until if first is None else first
        plan = measured_plan(*ends, interval_seconds, self._kept, at, begin.timestamp())
        told = None
        if not plan.granularity and await self._has_results(service_pk, since, until, first, interval_seconds):
            told = await self._measured_results(service_pk, plan)
        known_since = since
        if told is None:
            plan = plan if plan.granularity else measured_summaries(*ends, interval_seconds, self._kept, at)
            known_since = await self._measured_since(service_pk, since, until)
            held = await self._history.measures(service_pk, plan.granularity, plan.since, plan.until)
            told = await asyncio.to_thread(coarser, held, plan.step_seconds)
        return Measurements(known_since, Measured(told, plan.step_seconds, interval_seconds))

    async def _has_results(
        self, service_pk: int, since: datetime, until: datetime, first: datetime | None, interval_seconds: int
    ) -> bool:
        """Whether the results of [since, until) are kept, of which `first` is the first that there is.

        A database that is too large keeps results for a shorter time than it should. A pause leaves none, either: what
        is gone is in the summaries of the hours before the first.
        """
        if first is not None and first - since < timedelta(seconds=3 * interval_seconds):
            return True
        begin, end = -int(-since.timestamp() // HOUR) * HOUR, -int(-until.timestamp() // HOUR) * HOUR
        if first is not None:
            end = min(end, int(first.timestamp()) // HOUR * HOUR)
        return begin >= end or not await self._history.summaries(service_pk, HOUR, begin, end)

    async def _measured_since(self, service_pk: int, since: datetime, until: datetime) -> datetime:
        """From when on it is counted what was measured in [since, until): later than `since` only where something is
        missing."""
        counted = await self._history.measured_since()
        end = min(counted, int(until.timestamp()))
        if end <= since.timestamp():
            return since
        day = int(since.timestamp()) // DAY * DAY
        missing = await self._history.summaries(service_pk, DAY, day, -(-end // DAY) * DAY)
        return from_millis(counted * 1000) if missing else since

    async def _measured_results(self, service_pk: int, plan: MeasuredPlan) -> dict[int, Measure] | None:
        """None for more than READ_LIMIT results."""
        begin, end = from_millis(plan.since * 1000), from_millis(plan.until * 1000)
        counted: dict[int, Measure] = {}
        results = 0
        async with aclosing(self._history.columns(service_pk, begin, end)) as parts:
            async for part in parts:
                results += len(part)
                if results > READ_LIMIT:
                    return None
                columns = (part.checked_at, part.statuses, part.response_ms, part.phases, part.metrics)
                counted = merged_windows_of_measures(counted, measures_of(plan.step_seconds, *columns))
        return counted

    async def _plan(
        self, service_pk: int, interval_seconds: int, since: datetime, until: datetime, now: datetime
    ) -> Plan:
        ends = (since.timestamp(), until.timestamp())
        plan = plan_of(*ends, interval_seconds, self._kept, now.timestamp())
        if plan.granularity or now - since < HEAD_DAY:
            return plan
        first = await self._history.first_result(service_pk, since)
        if await self._has_results(service_pk, since, until, first, interval_seconds):
            return plan
        return self._without_results(interval_seconds, since, until, now)

    def _without_results(self, interval_seconds: int, since: datetime, until: datetime, now: datetime) -> Plan:
        kept = replace(self._kept, results=0)
        return plan_of(since.timestamp(), until.timestamp(), interval_seconds, kept, now.timestamp())

    async def _of_results(
        self, service_pk: int, plan: Plan, interval_seconds: int
    ) -> tuple[list[Point], dict[int, Summary]] | None:
        """None for more than READ_LIMIT results."""
        begin, end = from_millis(plan.since * 1000), from_millis(plan.until * 1000)
        rows: list[tuple[int, int, float | None]] = []
        async with aclosing(self._history.columns(service_pk, begin, end)) as parts:
            async for part in parts:
                rows += zip(part.checked_at, part.statuses, part.response_ms, strict=True)
                if len(rows) > READ_LIMIT:
                    return None
        rows.sort()
        at, statuses, times = zip(*rows, strict=True) if rows else ((), (), ())
        counted = summaries_of(at, statuses, times, plan.window_seconds)
        step = plan.step_seconds
        if not step and len(rows) > POINTS_LIMIT:  # somebody checked it again and again
            step = plan.window_seconds
        if not step:
            return points_of_results(zip(at, times, strict=True), interval_seconds), counted
        summaries = dict(sorted(summaries_of(at, statuses, times, step).items()))
        return points_of(summaries, step, interval_seconds), counted


def _of_summaries(
    summaries: Mapping[int, Summary], plan: Plan, interval_seconds: int
) -> tuple[list[Point], dict[int, Summary]]:
    points = points_of(regrouped(summaries, plan.step_seconds), plan.step_seconds, interval_seconds)
    return points, regrouped(summaries, plan.window_seconds)
