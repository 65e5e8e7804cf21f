"""The figures of a report: availability of services over a span, with maintenance told apart and coverage told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from monitor_app.domain.uptime import Span, Uptime, mean_uptime, uptime_of

Sla = Literal["met", "missed", "unknown"]


@dataclass(frozen=True, slots=True)
class Lived:
    """What happened to a service, as spans in ms since 1970. `unknown` holds the other two as well."""

    down: Sequence[Span] = ()
    unknown: Sequence[Span] = ()
    maintenance: Sequence[Span] = ()
    paused: Sequence[Span] = ()


@dataclass(frozen=True, slots=True)
class SlaLine:
    """One service: up + down + maintenance + paused + unknown seconds are the span.

    Availability is up / (up + down). Downtimes are counted, and measured, by what of them counts.
    """

    pk: int
    uptime: Uptime
    maintenance_seconds: float
    paused_seconds: float
    unknown_seconds: float
    downtimes: int
    longest_seconds: float

    @property
    def mean_downtime_seconds(self) -> float | None:
        """How long a downtime lasted; None without any."""
        return self.uptime.down_seconds / self.downtimes if self.downtimes else None

    def verdict(self, target: float) -> Sla:
        """Whether a target (a share) was met."""
        return verdict_of(self.uptime, target)


def sla_line(pk: int, since: int, until: int, lived: Lived) -> SlaLine:
    """The figures of [since, until), ms since 1970."""
    uptime = uptime_of(since, until, lived.down, lived.unknown)
    maintenance = _seconds(since, until, lived.maintenance)
    paused = _seconds(since, until, lived.paused)
    lengths = [
        uptime_of(max(since, start), min(until, end), [(start, end)], lived.unknown) for start, end in lived.down
    ]
    counting = [one.down_seconds for one in lengths if one.down_seconds > 0]
    return SlaLine(
        pk,
        uptime,
        maintenance,
        paused,
        max(0.0, uptime.gap_seconds - maintenance - paused),
        len(counting),
        max(counting, default=0.0),
    )


def total_of(lines: Iterable[SlaLine]) -> Uptime | None:
    """All of them together: each known second of each service counts the same."""
    return mean_uptime((1.0, line.uptime) for line in lines)


def verdict_of(uptime: Uptime | None, target: float) -> Sla:
    """Whether a target was met."""
    if uptime is None or uptime.uptime is None:
        return "unknown"
    return "met" if uptime.uptime >= target else "missed"


def _seconds(since: int, until: int, spans: Iterable[Span]) -> float:
    """How much of [since, until) they cover together."""
    return uptime_of(since, until, (), spans).gap_seconds
