"""A service's recent past in few bytes: its last results one by one, its last 24 hours in 5-minute windows."""

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor_app.domain.status import Status

RECENT_LIMIT = 60
WINDOW_SECONDS = 300
DAY_WINDOWS = 288
# 5-minute windows merge into these, in minutes.
BAR_MINUTES = (5, 15, 30, 60)
_COUNTED = 3  # OK, DEGRADED, FAILED: the other statuses are left out of uptime
_COUNT_LIMIT = 255  # a byte; the shortest interval gives 60 in a window


@dataclass(frozen=True, slots=True)
class RecentResult:
    """One of the last results. `response_ms` has the precision of a 4-byte float."""

    status: Status
    response_ms: float | None
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class DayBar:
    """How many results of each kind the time from `start` on held. All zero: no data."""

    start: datetime
    ok: int
    degraded: int
    failed: int


class ResultRing:
    """The last RECENT_LIMIT results in 13 bytes each. `total` counts all that were ever appended here."""

    __slots__ = ("_at", "_ms", "_status", "last_id", "total")

    def __init__(self) -> None:
        self._status = bytearray()
        self._ms = array("f")
        self._at = array("q")
        self.total = 0
        self.last_id = 0

    def append(self, result_id: int, status: int, response_ms: float | None, at_ms: int) -> bool:
        """Add a result; False when it (or a later one) was added before, so that reading twice does no harm."""
        if result_id <= self.last_id:
            return False
        ms = math.nan if response_ms is None else response_ms
        if self.total < RECENT_LIMIT:
            self._status.append(status)
            self._ms.append(ms)
            self._at.append(at_ms)
        else:
            place = self.total % RECENT_LIMIT
            self._status[place] = status
            self._ms[place] = ms
            self._at[place] = at_ms
        self.total += 1
        self.last_id = result_id
        return True

    def __len__(self) -> int:
        return len(self._status)

    def last(self, count: int = RECENT_LIMIT) -> list[tuple[int, float | None, int]]:
        """The newest `count` as (status, response ms, checked at in epoch ms), oldest first."""
        size = len(self._status)
        count = min(count, size)
        places = [index % RECENT_LIMIT for index in range(self.total - count, self.total)]
        status, ms, at = self._status, self._ms, self._at
        return [(status[i], None if math.isnan(ms[i]) else ms[i], at[i]) for i in places]

    def results(self) -> list[RecentResult]:
        """All of them, oldest first."""
        return [
            RecentResult(Status(status), ms, datetime.fromtimestamp(at / 1000, UTC)) for status, ms, at in self.last()
        ]


class DayRing:
    """Counts of ok, degraded and failed results in DAY_WINDOWS windows of 5 minutes, one byte each.

    `replaced` is how often all of it was replaced: who counts along has to begin anew then.
    """

    __slots__ = ("_counts", "_newest", "replaced")

    def __init__(self) -> None:
        self._counts = bytearray(DAY_WINDOWS * _COUNTED)
        self._newest = 0  # number of the newest window since 1970
        self.replaced = 0

    def add(self, epoch_seconds: int, status: int, count: int = 1, now_seconds: float = math.inf) -> None:
        """Count results; what is older than a day before the newest is ignored, and so is what is not to come yet.

        A result from the future would push out the whole day. The window after that of `now_seconds` is allowed, for
        the clocks of two machines differ a little.
        """
        window = epoch_seconds // WINDOW_SECONDS
        if status >= _COUNTED or window > now_seconds // WINDOW_SECONDS + 1:
            return
        if window > self._newest:
            self._advance(window)
        elif window <= self._newest - DAY_WINDOWS:
            return
        place = window % DAY_WINDOWS * _COUNTED + status
        self._counts[place] = min(self._counts[place] + count, _COUNT_LIMIT)

    def replace(self, windows: Iterable[tuple[int, int, int, int]], now_seconds: float = math.inf) -> None:
        """Forget everything and take these (start in epoch seconds, ok, degraded, failed) instead."""
        self._counts = bytearray(DAY_WINDOWS * _COUNTED)
        self._newest = 0
        self.replaced += 1
        for start, *counts in sorted(windows):
            for status, count in enumerate(counts):
                self.add(start, status, count, now_seconds)

    def totals(self, now: datetime) -> tuple[int, int, int]:
        """How many results of the last 24 hours were ok, degraded and failed."""
        if self._newest >= int(now.timestamp()) // WINDOW_SECONDS:  # nothing in it is older than a day
            return sum(self._counts[0::_COUNTED]), sum(self._counts[1::_COUNTED]), sum(self._counts[2::_COUNTED])
        bars = self.bars(BAR_MINUTES[-1], now)
        return sum(bar.ok for bar in bars), sum(bar.degraded for bar in bars), sum(bar.failed for bar in bars)

    def windows(self) -> tuple[int, bytes]:
        """The number of the newest window since 1970 (0: there is none), and the counts of all windows up to it: three
        bytes a window, the oldest first.
        """
        begin = (self._newest + 1) % DAY_WINDOWS * _COUNTED
        return self._newest, bytes(self._counts[begin:] + self._counts[:begin])

    def bars(self, minutes: int, now: datetime) -> list[DayBar]:
        """The last 24 hours in bars of `minutes` (one of BAR_MINUTES), oldest first; the last one holds `now`."""
        if minutes not in BAR_MINUTES:
            raise ValueError(f"minutes must be one of {BAR_MINUTES}, got {minutes}")
        step = minutes * 60 // WINDOW_SECONDS
        last = int(now.timestamp()) // WINDOW_SECONDS // step * step
        starts = range(last + step - DAY_WINDOWS, last + step, step)
        return [self._merged(start, step) for start in starts]

    def _merged(self, start: int, step: int) -> DayBar:
        sums = [0] * _COUNTED
        for window in range(start, start + step):
            if self._newest - DAY_WINDOWS < window <= self._newest:
                place = window % DAY_WINDOWS * _COUNTED
                for status in range(_COUNTED):
                    sums[status] += self._counts[place + status]
        return DayBar(datetime.fromtimestamp(start * WINDOW_SECONDS, UTC), *sums)

    def _advance(self, window: int) -> None:
        for empty in range(max(self._newest + 1, window - DAY_WINDOWS + 1), window + 1):
            place = empty % DAY_WINDOWS * _COUNTED
            self._counts[place : place + _COUNTED] = bytes(_COUNTED)
        self._newest = window
