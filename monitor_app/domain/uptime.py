"""Uptime by time: what a span holds of downtimes and of gaps."""

from collections.abc import Iterable
from dataclasses import dataclass

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Uptime:
    """How long a service was up in a span.

    Gaps (nothing known that counts, or not yet added) are neither up nor down: up + down + gap is the span. `coverage`
    is the share of the span that is no gap, `uptime` the share of that in which it was up; None without any.
    """

    up_seconds: float
    down_seconds: float
    gap_seconds: float
    coverage: float
    uptime: float | None


def uptime_of(since: int, until: int, downtimes: Iterable[Span], gaps: Iterable[Span]) -> Uptime:
    """The uptime in [since, until), from spans (start, end) of the same unit, milliseconds; they may overlap.

    A downtime does not count where a gap is.
    """
    unknown = united(since, until, gaps)
    gap = _length(unknown)
    down = _length(united(since, until, (*downtimes, *unknown))) - gap
    return uptime_from(max(until - since, 0), down, gap)


def uptime_from(span: int, down: int, gap: int) -> Uptime:
    """The uptime in a span of so many ms, of which so many were down, and so many a gap."""
    known = span - gap
    up = known - down
    return Uptime(
        up_seconds=up / 1000,
        down_seconds=down / 1000,
        gap_seconds=gap / 1000,
        coverage=known / span if span else 0.0,
        uptime=up / known if known else None,
    )


def mean_uptime(parts: Iterable[tuple[float, Uptime]]) -> Uptime | None:
    """The uptime of several together, each with its weight; None when none of them weighs anything.

    Each second of each counts by its weight: who is known for a day counts for a day. Seconds are per unit of weight.
    """
    weighing = [(weight, uptime) for weight, uptime in parts if weight > 0]
    total = sum(weight for weight, _ in weighing)
    if not total:
        return None
    up, down, gap = (
        sum(weight * getattr(uptime, name) for weight, uptime in weighing) / total
        for name in ("up_seconds", "down_seconds", "gap_seconds")
    )
    known, span = up + down, up + down + gap
    return Uptime(up, down, gap, known / span if span else 0.0, up / known if known else None)


def united(since: int, until: int, spans: Iterable[Span]) -> list[Span]:
    """What the spans cover of [since, until), without overlaps, in order."""
    united: list[Span] = []
    for start, end in sorted((max(start, since), min(end, until)) for start, end in spans):
        if start >= end:
            continue
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((start, end))
    return united


def _length(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)
