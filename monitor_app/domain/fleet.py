"""All services side by side: their days, and which of them are slow, restless or changed."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log2
from typing import Final

from monitor_app.domain.uptime import Span, Uptime, united, uptime_from

DAY_MS: Final = 86_400_000
WEEK_MS: Final = 7 * DAY_MS
# A cell of a day about which nothing is known.
NOTHING: Final = -1
WHOLE: Final = 10_000
# Means of fewer responses say little, and a change of fewer milliseconds nobody feels.
RESPONSES_MIN: Final = 10
CHANGE_MIN_MS: Final = 5.0
# So much of availability weighs as much as a response time that doubled or halved.
AVAILABILITY_WEIGHT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one service in a span, in ms since 1970.

    `seen` has a byte for each day: not 0 when there was a result that counts. `unknown` are gaps of all sorts.
    """

    seen: bytes
    down: Sequence[Span] = ()
    unknown: Sequence[Span] = ()
    status_changes: int = 0


@dataclass(frozen=True, slots=True)
class Responses:
    """How many responses there were in a week, and how long they took together."""

    count: int = 0
    total_us: int = 0

    @property
    def mean_ms(self) -> float | None:
        """None of fewer responses than tell something."""
        return self.total_us / self.count / 1000 if self.count >= RESPONSES_MIN else None


@dataclass(frozen=True, slots=True)
class FleetLine:
    """One service. `days` are shares in ten-thousandths, NOTHING where nothing is known.

    `mean_ms` and `availability` are of the last week, `..._before` of the week before it.
    """

    pk: int
    days: "array[int]"
    uptime: Uptime
    downtimes: int
    status_changes: int
    mean_ms: float | None
    mean_ms_before: float | None
    availability: float | None
    availability_before: float | None

    @property
    def restlessness(self) -> tuple[int, int, float]:
        """What the flakiest have most of."""
        return self.downtimes, self.status_changes, self.uptime.down_seconds

    @property
    def change(self) -> float:
        """How much the last week differs from the one before, either way; 0 where nothing is known of one of them."""
        found = 0.0
        now, before = self.mean_ms, self.mean_ms_before
        if now and before and abs(now - before) >= CHANGE_MIN_MS:
            found += abs(log2(now / before))
        if self.availability is not None and self.availability_before is not None:
            found += AVAILABILITY_WEIGHT * abs(self.availability - self.availability_before)
        return found


def fleet_line(
    pk: int, first: int, until: int, known: Known, week: Responses = Responses(), before: Responses = Responses()
) -> FleetLine:
    """The line of a service over [first, until), ms since 1970; `first` is the beginning of a day."""
    lived = _Lived.of(first, until, known)
    total = lived.uptime(first, until)
    now, earlier = lived.availability(until - WEEK_MS, until), lived.availability(until - 2 * WEEK_MS, until - WEEK_MS)
    downtimes = sum(start < until and end > first for start, end in known.down)
    days = lived.days(known.seen)
    return FleetLine(pk, days, total, downtimes, known.status_changes, week.mean_ms, before.mean_ms, now, earlier)


def day_cells(first: int, until: int, known: Known) -> "array[int]":
    """The availability of each day of [first, until); of a day without a downtime it is whole if anything was seen."""
    return _Lived.of(first, until, known).days(known.seen)


@dataclass(frozen=True, slots=True)
class _Lived:
    """Gaps of [first, until), and these with the downtimes; both in order and without overlaps."""

    first: int
    until: int
    gaps: Sequence[Span]
    either: Sequence[Span]

    @classmethod
    def of(cls, first: int, until: int, known: Known) -> "_Lived":
        gaps = united(first, until, known.unknown)
        return cls(first, until, gaps, united(first, until, (*known.down, *gaps)) if known.down else gaps)

    def uptime(self, since: int, until: int) -> Uptime:
        """Of a part of it."""
        gap, either = _within(self.gaps, since, until), _within(self.either, since, until)
        return uptime_from(until - since, either - gap, gap)

    def availability(self, since: int, until: int) -> float | None:
        """The same as a share; None also for what begins before it."""
        return self.uptime(since, until).uptime if since >= self.first else None

    def days(self, seen: bytes) -> "array[int]":
        """A cell for each byte."""
        cells = array("h", [WHOLE if one else NOTHING for one in seen])
        gap, either = self._by_day(self.gaps), self._by_day(self.either)
        for day, length in either.items():
            begin, unknown = self.first + day * DAY_MS, gap.get(day, 0)
            known = min(begin + DAY_MS, self.until) - begin - unknown
            if not known:
                cells[day] = NOTHING
            elif length > unknown:
                cells[day] = _share(1 - (length - unknown) / known)
        return cells

    def _by_day(self, spans: Sequence[Span]) -> dict[int, int]:
        """How much of each day they cover."""
        found: dict[int, int] = {}
        for start, end in spans:
            day = (start - self.first) // DAY_MS
            begin = start
            while begin < end:
                cut = min(end, self.first + (day + 1) * DAY_MS)
                found[day] = found.get(day, 0) + cut - begin
                begin, day = cut, day + 1
        return found


def slowest(lines: Iterable[FleetLine], limit: int) -> list[FleetLine]:
    """Those whose responses took longest in the last week."""
    return _first(lines, lambda line: line.mean_ms or 0.0, limit)


def flakiest(lines: Iterable[FleetLine], limit: int) -> list[FleetLine]:
    """Those that were down most often; then those whose status changed most often."""
    return _first(lines, lambda line: line.restlessness, limit, (0, 0, 0.0))


def most_changed(lines: Iterable[FleetLine], limit: int) -> list[FleetLine]:
    """Those of which the last week differs most from the week before."""
    return _first(lines, lambda line: line.change, limit)


def _first(
    lines: Iterable[FleetLine], weight: Callable[[FleetLine], object], limit: int, nothing: object = 0.0
) -> list[FleetLine]:
    weighed = [(weight(line), -line.pk, line) for line in lines]
    weighed = sorted((one for one in weighed if one[0] != nothing), key=lambda one: one[:2], reverse=True)
    return [line for _, _, line in weighed[:limit]]


def _share(availability: float) -> int:
    """In ten-thousandths; what was down for a moment is not whole, and what was up for one is not nothing."""
    rounded = round(availability * WHOLE)
    if rounded == WHOLE and availability < 1:
        return WHOLE - 1
    return 1 if rounded == 0 and availability > 0 else rounded


def _within(spans: Sequence[Span], since: int, until: int) -> int:
    """How much of [since, until) they cover, who do not overlap."""
    return sum(min(end, until) - max(start, since) for start, end in spans if start < until and end > since)
