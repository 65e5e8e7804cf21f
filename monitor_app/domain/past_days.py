"""The past of a service as a bar a day, from its results and its confirmed downtimes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitor_app.domain.public_page import NO_DAY, Day, day_of
from monitor_app.domain.uptime import Span, uptime_of

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class DayCounts:
    """How many results of each day were what."""

    ok: Sequence[int]
    degraded: Sequence[int]
    failed: Sequence[int]


def past_days(since: int, until: int, counts: DayCounts, down: Sequence[Span], unknown: Sequence[Span]) -> list[Day]:
    """The days from `since` on, the last one up to `until`; both, and the spans, in ms since 1970."""
    days: list[Day] = []
    for number, (ok, degraded, failed) in enumerate(zip(counts.ok, counts.degraded, counts.failed, strict=True)):
        begin = since + number * DAY_MS
        end = min(begin + DAY_MS, until)
        touching = [span for span in down if span[0] < end and span[1] > begin]
        if not touching or end <= begin:
            days.append(day_of(ok, degraded, failed, 1.0, 0) if ok + degraded + failed else NO_DAY)
            continue
        found = uptime_of(begin, end, touching, unknown)
        # A downtime of many hours may have days without a result of its own.
        counted = failed or (1 if found.down_seconds >= 1 else 0)
        days.append(day_of(ok, degraded, counted, found.uptime, found.down_seconds))
    return days
