"""What an alert rule waits for, as data that a form, the API and a file can hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar, Final, Literal, Self

from monitor_app.domain.given import given_number, given_text, shown
from monitor_app.domain.objective import TARGET_MAX, TARGET_MIN
from monitor_app.domain.status import Status, either_of
from monitor_app.domain.thresholds import COMPARISONS, RESPONSE_MS
from monitor_app.errors import InvalidInput

# A rule on OK would be an alert that all is well.
STATUSES: Final = {
    status.name.lower(): status
    for status in (Status.FAILED, Status.DEGRADED, Status.UNKNOWN, Status.STOPPED, Status.STARTING)
}
PERCENTILES: Final = (50, 90, 95, 99)
SPAN_MINUTES_MIN, SPAN_MINUTES_MAX = 5, 7 * 24 * 60
NO_DATA_MINUTES_MAX: Final = 7 * 24 * 60
DAYS_MAX: Final = 365
BURN_WINDOW_DAYS: Final = (7, 28, 30, 90)
# How many of what a metric counts one of a unit is, by the end of the metric's name.
UNITS: Final[Mapping[str, Mapping[str, float]]] = {
    "_ms": {"ms": 1, "s": 1000},
    "_seconds": {"s": 1, "min": 60, "h": 3600, "d": 86_400},
    "_bytes": {"B": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3},
    "_percent": {"%": 1},
    "_days": {"d": 1},
}
_METRIC: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")

Comparison = Literal[">", ">=", "<", "<=", "==", "!="]


@dataclass(frozen=True, slots=True)
class StatusCondition:
    """The service has one of these statuses."""

    type: ClassVar[str] = "status"
    statuses: tuple[Status, ...]

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Raises InvalidInput."""
        return cls(_statuses(document))

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return {"type": self.type, "statuses": [status.name.lower() for status in self.statuses]}

    @property
    def words(self) -> str:
        """As it stands in a list of rules."""
        return f"is {either_of(self.statuses)}"


@dataclass(frozen=True, slots=True)
class ShareCondition:
    """The service had one of these statuses for at least this share of the known time of the last minutes."""

    type: ClassVar[str] = "share"
    statuses: tuple[Status, ...]
    share: float
    span_minutes: int

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Raises InvalidInput."""
        share = _number("share", document.get("share"))
        if not 0 < share <= 1:
            raise InvalidInput(
                {"share": f"must be more than 0 and at most 1 (0.2 is a fifth of the time), got {share:g}"}
            )
        return cls(_statuses(document), share, _span(document))

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "type": self.type,
            "statuses": [status.name.lower() for status in self.statuses],
            "share": self.share,
            "span_minutes": self.span_minutes,
        }

    @property
    def words(self) -> str:
        """As it stands in a list of rules."""
        span = _minutes(self.span_minutes).removeprefix("1 ")
        return f"was {either_of(self.statuses)} for {self.share * 100:g} % of the last {span}"


@dataclass(frozen=True, slots=True)
class MetricCondition:
    """What the last result measured, compared with a value in the metric's own unit."""

    type: ClassVar[str] = "metric"
    metric: str
    comparison: str
    value: float
    # As the person gave it.
    unit: str = ""

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Raises InvalidInput."""
        metric = document.get("metric")
        if not isinstance(metric, str) or not _METRIC.fullmatch(metric):
            message = f"must be the name of a metric, such as {RESPONSE_MS} or certificate_days, got {shown(metric)}"
            raise InvalidInput({"metric": message})
        comparison = document.get("comparison")
        if comparison not in COMPARISONS:
            raise InvalidInput({"comparison": f"must be one of {', '.join(COMPARISONS)}, got {shown(comparison)}"})
        unit = given_text("unit", document.get("unit", ""), 20, is_required=False)
        _check_unit(metric, unit)
        return cls(metric, str(comparison), _number("value", document.get("value")), unit)

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "type": self.type,
            "metric": self.metric,
            "comparison": self.comparison,
            "value": self.value,
            "unit": self.unit,
        }

    @property
    def limit(self) -> float:
        """The value in the unit in which the metric is measured."""
        return self.value * (units_of(self.metric).get(self.unit, 1) if self.unit else 1)

    def is_met_by(self, measured: float) -> bool:
        """Whether a measured value is beyond it."""
        return COMPARISONS[self.comparison](measured, self.limit)

    @property
    def words(self) -> str:
        """As it stands in a list of rules."""
        return f"{self.metric} {self.comparison} {self.value:g}{f' {self.unit}' if self.unit else ''}"


@dataclass(frozen=True, slots=True)
class ResponseCondition:
    """A percentile of the response times of the last minutes is above this."""

    type: ClassVar[str] = "response"
    percentile: int
    above_ms: float
    span_minutes: int

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Raises InvalidInput."""
        percentile = document.get("percentile")
        if isinstance(percentile, bool) or percentile not in PERCENTILES:
            allowed = ", ".join(str(each) for each in PERCENTILES)
            raise InvalidInput({"percentile": f"must be one of {allowed}, got {shown(percentile)}"})
        above_ms = _number("above_ms", document.get("above_ms"))
        if above_ms <= 0:
            raise InvalidInput({"above_ms": f"must be more than 0 milliseconds, got {above_ms:g}"})
        return cls(percentile, above_ms, _span(document))

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "type": self.type,
            "percentile": self.percentile,
            "above_ms": self.above_ms,
            "span_minutes": self.span_minutes,
        }

    @property
    def words(self) -> str:
        """As it stands in a list of rules."""
        return f"p{self.percentile} of {_minutes(self.span_minutes)} is above {self.above_ms:g} ms"


@dataclass(frozen=True, slots=True)
class ExpiryCondition:
    """A certificate, or the registration of a domain, has at most so many days left."""

    type: str
    days: int

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Raises InvalidInput."""
        return cls(str(document["type"]), given_number("days", document.get("days"), 0, DAYS_MAX))

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return {"type": self.type, "days": self.days}

    @property
    def words(self) -> str:
        """As it stands in a list of rules."""
        what = "certificate" if self.type == "certificate_days" else "domain"
        return f"its {what} has at most {_count(self.days, 'day')} left"


@dataclass(frozen=True, slots=True)
class NoDataCondition:
    """Nothing that counts was found out for so long, though the service is to be checked."""

    type: ClassVar[str] = "no_data"
    minutes: int

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Raises InvalidInput."""
        return cls(given_number("minutes", document.get("minutes"), 1, NO_DATA_MINUTES_MAX))

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return {"type": self.type, "minutes": self.minutes}

    @property
    def words(self) -> str:
        """As it stands in a list of rules."""
        return f"has no data for {_minutes(self.minutes)}"


@dataclass(frozen=True, slots=True)
class Pace:
    """The budget burns by `rate` or faster over the long span, and over the short one: it still does."""

    hours: float
    short_minutes: int
    rate: float


@dataclass(frozen=True, slots=True)
class BurnCondition:
    """The error budget of an objective burns too fast.

    Multi-window, multi-burn-rate alerts as in The Site Reliability Workbook, chapter 5: what would spend 2 % of the
    budget of 30 days in an hour, 5 % in six hours, or 10 % in three days; other windows have the same shares.
    """

    type: ClassVar[str] = "burn"
    target: float
    window_days: int

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Raises InvalidInput."""
        target = _number("target", document.get("target"))
        if not TARGET_MIN <= target <= TARGET_MAX:
            message = f"must be a share from {TARGET_MIN} to {TARGET_MAX} (0.999 is 99.9 %), got {target:g}"
            raise InvalidInput({"target": message})
        days = document.get("window_days")
        if isinstance(days, bool) or days not in BURN_WINDOW_DAYS:
            allowed = ", ".join(str(each) for each in BURN_WINDOW_DAYS)
            raise InvalidInput({"window_days": f"must be one of {allowed}, got {shown(days)}"})
        return cls(target, days)

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return {"type": self.type, "target": self.target, "window_days": self.window_days}

    @property
    def paces(self) -> tuple[Pace, ...]:
        """Each of them is enough, the fastest first."""
        hours = self.window_days * 24
        return (
            Pace(1, 5, 0.02 * hours),
            Pace(6, 30, 0.05 * hours / 6),
            Pace(72, 360, 0.1 * hours / 72),
        )

    @property
    def words(self) -> str:
        """As it stands in a list of rules."""
        return f"burns the error budget of {self.target * 100:g} % in {self.window_days} days too fast"


Condition = (
    StatusCondition
    | ShareCondition
    | MetricCondition
    | ResponseCondition
    | ExpiryCondition
    | NoDataCondition
    | BurnCondition
)
_TYPES: Final[Mapping[str, Any]] = {
    "status": StatusCondition,
    "share": ShareCondition,
    "metric": MetricCondition,
    "response": ResponseCondition,
    "certificate_days": ExpiryCondition,
    "domain_days": ExpiryCondition,
    "no_data": NoDataCondition,
    "burn": BurnCondition,
}
CONDITION_TYPES: Final = tuple(_TYPES)
_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "status": frozenset({"statuses"}),
    "share": frozenset({"statuses", "share", "span_minutes"}),
    "metric": frozenset({"metric", "comparison", "value", "unit"}),
    "response": frozenset({"percentile", "above_ms", "span_minutes"}),
    "certificate_days": frozenset({"days"}),
    "domain_days": frozenset({"days"}),
    "no_data": frozenset({"minutes"}),
    "burn": frozenset({"target", "window_days"}),
}


def parse_condition(document: Any) -> Condition:
    """A condition from its document. Raises InvalidInput, naming the field of the condition."""
    if not isinstance(document, Mapping):
        raise InvalidInput({"condition": f"must be an object with a type, got {shown(document)}"})
    kind = document.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise InvalidInput({"type": f"must be one of {', '.join(_TYPES)}, got {shown(kind)}"})
    if strange := [name for name in document if name != "type" and name not in _FIELDS[kind]]:
        allowed = ", ".join(sorted(_FIELDS[kind]))
        raise InvalidInput({str(strange[0])[:60]: f"is not a field of {kind}, which has {allowed}"})
    found: Condition = _TYPES[kind].parse(document)
    return found


def units_of(metric: str) -> Mapping[str, float]:
    """The units in which a value of this metric may be given; none where the name does not tell."""
    return next((units for end, units in UNITS.items() if metric.endswith(end)), {})


def _check_unit(metric: str, unit: str) -> None:
    if not unit:
        return
    units = units_of(metric)
    if not units:
        raise InvalidInput({"unit": f"must be left out: {metric} is a plain number, got {shown(unit)}"})
    if unit not in units:
        raise InvalidInput({"unit": f"must be one of {', '.join(units)} for {metric}, got {shown(unit)}"})


def _statuses(document: Mapping[str, Any]) -> tuple[Status, ...]:
    value = document.get("statuses")
    if not isinstance(value, list | tuple) or not value:
        raise InvalidInput({"statuses": f"must be one or more of {', '.join(STATUSES)}, got {shown(value)}"})
    for each in value:
        if not isinstance(each, str) or each not in STATUSES:
            raise InvalidInput({"statuses": f"must be of {', '.join(STATUSES)}, got {shown(each)}"})
    return tuple(status for name, status in STATUSES.items() if name in value)


def _number(field: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15 or not isfinite(value):
        raise InvalidInput({field: f"must be a number, got {shown(value)}"})
    return float(value)


def _span(document: Mapping[str, Any]) -> int:
    return given_number("span_minutes", document.get("span_minutes"), SPAN_MINUTES_MIN, SPAN_MINUTES_MAX)


def _minutes(minutes: int) -> str:
    if minutes % 1440 == 0:
        return _count(minutes // 1440, "day")
    return _count(minutes // 60, "hour") if minutes % 60 == 0 else _count(minutes, "minute")


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
