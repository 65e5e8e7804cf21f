"""Quiet hours: when a person is not to be told of what can wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from monitor_app.domain.alerting.severity import Severity, rank
from monitor_app.domain.alerting.wall_clock import given_clock, on_day
from monitor_app.domain.given import shown
from monitor_app.errors import InvalidInput

SPANS_LIMIT: Final = 14


@dataclass(frozen=True, slots=True)
class QuietSpan:
    """Begins on these days (Monday is 0). One that ends no later than it begins ends on the day after."""

    days: frozenset[int]
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Whatever is as severe as `passes` is told at any time."""

    zone: ZoneInfo
    spans: tuple[QuietSpan, ...]
    passes: Severity = "critical"


def quiet_until(quiet: QuietHours | None, severity: str, at: datetime) -> datetime | None:
    """Until when something of this severity waits; None: it may be told now."""
    if quiet is None or rank(severity) >= rank(quiet.passes):
        return None
    end = _span_end(quiet, at)
    # Where spans touch, the quiet goes on; a week of them is the longest that there is.
    for _ in range(7 * max(1, len(quiet.spans))):
        further = None if end is None else _span_end(quiet, end)
        if further is None:
            break
        end = further
    return end


def parse_spans(value: Any) -> tuple[QuietSpan, ...]:
    """From their document, a list. Raises InvalidInput on `spans`."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > SPANS_LIMIT:
        raise InvalidInput({"spans": f"must be a list of at most {SPANS_LIMIT} spans, got {shown(value)}"})
    return tuple(_parsed(each) for each in value)


def spans_document(spans: Sequence[QuietSpan]) -> list[dict[str, Any]]:
    """As they are stored."""
    return [{"days": sorted(span.days), "from": f"{span.starts:%H:%M}", "to": f"{span.ends:%H:%M}"} for span in spans]


def _parsed(value: Any) -> QuietSpan:
    if not isinstance(value, Mapping) or set(value) != {"days", "from", "to"}:
        raise InvalidInput({"spans": f"each must have days, from and to, got {shown(value)}"})
    days = value["days"]
    if (
        not isinstance(days, Sequence)
        or not days
        or any(isinstance(day, bool) or not isinstance(day, int) or not 0 <= day <= 6 for day in days)
    ):
        raise InvalidInput({"spans": f"days must be numbers from 0 (Monday) to 6 (Sunday), got {shown(days)}"})
    return QuietSpan(frozenset(days), given_clock("spans", value["from"]), given_clock("spans", value["to"]))


def _span_end(quiet: QuietHours, at: datetime) -> datetime | None:
    """The latest end of the spans that are on at a moment."""
    today = at.astimezone(quiet.zone).date()
    ends = []
    for span in quiet.spans:
        for day in (today - timedelta(days=1), today):
            if day.weekday() not in span.days:
                continue
            last_day = day if span.ends > span.starts else day + timedelta(days=1)
            starts_at, ends_at = on_day(day, span.starts, quiet.zone), on_day(last_day, span.ends, quiet.zone)
            if starts_at <= at < ends_at:
                ends.append(ends_at)
    return max(ends, default=None)
