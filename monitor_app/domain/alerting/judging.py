"""Whether what a rule waits for is there, from what is known of a service; in words that can stand in a message."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from monitor_app.domain.alerting.condition import (
    BurnCondition,
    ExpiryCondition,
    MetricCondition,
    NoDataCondition,
    ResponseCondition,
    ShareCondition,
    units_of,
)
from monitor_app.domain.alerting.past import ResponsePast, StatusPast
from monitor_app.domain.status import Status, either_of

# Fewer response times say nothing about how they are spread.
RESPONSES_MIN: Final = 5
RESPONSE_MS: Final = "response_ms"
_BEYOND: Final = {">": "above", ">=": "at or above", "<": "below", "<=": "at or below", "!=": "not"}
_MINUTE: Final = 60_000
_HOUR: Final = 60 * _MINUTE
_COUNTING: Final = (Status.OK, Status.DEGRADED, Status.FAILED)


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether it is there; None: nothing is known, so nothing changes. `cause` says what was found."""

    holds: bool | None
    cause: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


UNKNOWN: Final = Judged(None)
NO: Final = Judged(holds=False)


def judge_share(condition: ShareCondition, past: StatusPast, now: int) -> Judged:
    """A share of the time that is known, but at least of half the span: a service of one minute has no past."""
    span = condition.span_minutes * _MINUTE
    if not past.had(condition.statuses, now - span):
        return NO if past.status is not None else UNKNOWN
    times = past.millis(now - span, now)
    counted = {*_COUNTING, *condition.statuses}
    known = sum(millis for status, millis in times.items() if status in counted)
    share = sum(times.get(status, 0) for status in condition.statuses) / max(known, span / 2)
    if share < condition.share:
        return NO
    words = f"{either_of(condition.statuses)} for {share * 100:.3g} % of {last_words(condition.span_minutes)}"
    return Judged(holds=True, cause=words, facts={"share": round(share, 4)})


def judge_metric(condition: MetricCondition, metrics: Mapping[str, float]) -> Judged:
    """By the last result that had the metric."""
    value = metrics.get(condition.metric)
    if value is None:
        return UNKNOWN
    if not condition.is_met_by(value):
        return NO
    words = _metric_words(condition, value)
    return Judged(holds=True, cause=words, facts={"metric": condition.metric, "value": value})


def _metric_words(condition: MetricCondition, value: float) -> str:
    """In the unit in which the person gave the value; else in that of the metric."""
    units = units_of(condition.metric)
    unit = condition.unit or next(iter(units), "")
    after = f" {unit}" if unit else ""
    limit = f"{condition.value:.15g}"
    if condition.comparison == "==":
        return f"{condition.metric} is exactly {limit}{after}"
    measured = value / units.get(unit, 1)
    found = f"{float(f'{measured:.4g}'):.15g}"  # four digits are read at a glance, powers of ten are not
    if found == limit:
        found = f"{measured:.15g}"
    return f"{condition.metric} is {found}{after}, {_BEYOND[condition.comparison]} {limit}{after}"


def judge_response(condition: ResponseCondition, past: ResponsePast | None, now: int) -> Judged:
    """By the response times of the span."""
    value = None if past is None else past.percentile(now, condition.percentile / 100, RESPONSES_MIN)
    return UNKNOWN if value is None else judged_response(condition, value)


def judged_response(condition: ResponseCondition, value: float) -> Judged:
    """By the percentile itself, in ms."""
    if value <= condition.above_ms:
        return NO
    span = last_words(condition.span_minutes)
    words = f"p{condition.percentile} of {span} is {value:.4g} ms, above {condition.above_ms:g} ms"
    return Judged(holds=True, cause=words, facts={"percentile": condition.percentile, "value": round(value, 3)})


def judge_expiry(condition: ExpiryCondition, metrics: Mapping[str, float]) -> Judged:
    """By the days that the last result with a certificate, or a registration, had found."""
    left = metrics.get(condition.type)
    if left is None:
        return UNKNOWN
    if left > condition.days:
        return NO
    what = "certificate" if condition.type == "certificate_days" else "registration of the domain"
    days = f"{math.floor(abs(left) * 10) / 10:g}"  # "7 days" with 6.98 left would promise too much
    days += " day" if days == "1" else " days"
    words = f"the {what} has {days} left" if left >= 0 else f"the {what} expired {days} ago"
    return Judged(holds=True, cause=words, facts={"days": round(left, 2)})


def judge_no_data(condition: NoDataCondition, heard_at: int, patience_ms: int, now: int) -> Judged:
    """By when something that counts was found last; one that is checked once a day is not missed after an hour."""
    silent = now - heard_at
    if silent < max(condition.minutes * _MINUTE, patience_ms):
        return NO
    words = f"no data for {minutes_words(silent // _MINUTE)}"
    return Judged(holds=True, cause=words, facts={"heard_at": heard_at})


def judge_burn(condition: BurnCondition, past: StatusPast, now: int) -> Judged:
    """The first pace that is kept over both of its spans (The Site Reliability Workbook, chapter 5)."""
    if past.status is None:
        return UNKNOWN
    for pace in condition.paces:
        long_ms = int(pace.hours * _HOUR)
        if not past.had((Status.FAILED,), now - long_ms):
            continue
        rates = [_burn(condition.target, past, now, span) for span in (long_ms, pace.short_minutes * _MINUTE)]
        if min(rates) >= pace.rate:
            span = last_words(int(pace.hours * 60))
            words = f"the error budget burns {rates[0]:.3g} times too fast over {span}"
            return Judged(holds=True, cause=words, facts={"burn_rate": round(rates[0], 2), "hours": pace.hours})
    return NO


def last_words(minutes: int) -> str:
    """A span that ends now: "the last hour", "the last 3 days"."""
    return f"the last {minutes_words(minutes).removeprefix('1 ')}"


def minutes_words(minutes: int) -> str:
    """A time as people say it: "90 minutes", "2 hours", "3 days"."""
    for size, word in ((1440, "day"), (60, "hour")):
        if minutes >= size and minutes % size == 0:
            return f"{minutes // size} {word}{'' if minutes == size else 's'}"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def _burn(target: float, past: StatusPast, now: int, span: int) -> float:
    times = past.millis(now - span, now)
    known = sum(times.get(status, 0) for status in _COUNTING)
    return times.get(Status.FAILED, 0) / max(known, span / 2) / (1 - target)
