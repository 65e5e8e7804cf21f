"""Thresholds on what a check measured: beyond one for some results in a row, a good result is DEGRADED."""

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from monitor_app.domain.result import MESSAGE_LIMIT, CheckResult
from monitor_app.domain.status import Status
from monitor_app.errors import InvalidInput

RESPONSE_MS = "response_ms"
RESULTS_LIMIT = 100
THRESHOLDS_LIMIT = 20
FORM = "response_ms > 500 for 3 results"

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}

_WORDS = {">": "above", ">=": "at or above", "<": "below", "<=": "at or below", "==": "exactly", "!=": "not"}
# What a metric counts stands at the end of its name.
_UNITS = {"_ms": " ms", "_percent": " %", "_days": " days", "_seconds": " s", "_bytes": " bytes"}
_DIGITS = 3

_METRIC = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LINE = re.compile(r"\s*(\S+?)\s*(>=|<=|==|!=|>|<)\s*(\S+)(?:\s+for\s+(\S+)\s+results?)?\s*")
_FIELDS = ("metric", "comparison", "value", "results")
_SHOWN_LIMIT = 60

# How many results in a row were beyond each threshold, by its text.
Breaches = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """`metric` (`response_ms`, or one of the kind's) compared with `value`, `results` times in a row."""

    metric: str
    comparison: str
    value: float
    results: int = 1

    @property
    def status(self) -> Status:
        """What a good result beyond it becomes."""
        return Status.DEGRADED

    @property
    def text(self) -> str:
        """As it is written in a form: "response_ms > 500 for 3 results"."""
        return f"{self.metric} {self.comparison} {_number(self.value)}{_in_a_row(self.results)}"

    def is_breached_by(self, value: float) -> bool:
        """Whether a measured value is beyond it."""
        return COMPARISONS[self.comparison](value, self.value)

    def reason(self, value: float) -> str:
        """Why a result is DEGRADED: "response time 812 ms, above 500 ms for 3 results"."""
        name, unit = _named(self.metric)
        beyond = f"{_WORDS[self.comparison]} {_number(self.value)}{unit}{_in_a_row(self.results)}"
        return f"{name} {_number(self._shortened(value))}{unit}, {beyond}"

    def _shortened(self, value: float) -> float:
        """With as few digits as tell that it is beyond."""
        whole = math.floor(math.log10(abs(value))) + 1 if value and math.isfinite(value) else 1
        for digits in range(max(_DIGITS - whole, 0), _DIGITS):
            if self.is_breached_by(short := round(value, digits)):
                return short
        return round(value, _DIGITS)


@dataclass(frozen=True, slots=True)
class KindThreshold:
    """A bound that a kind judges by itself, as its config says: beyond it one result is `status`."""

    metric: str
    comparison: str
    value: float
    status: Status = Status.DEGRADED

    @property
    def text(self) -> str:
        """As people write thresholds: "certificate_days < 14"."""
        return f"{self.metric} {self.comparison} {_number(self.value)}"


@dataclass(frozen=True, slots=True)
class Judged:
    """A result with the status that the thresholds give it, and what they remember.

    `is_open` tells that a threshold which is breached could not be judged by this result: it stays breached.
    """

    result: CheckResult
    breaches: Breaches = ()
    is_open: bool = False


def judge(thresholds: tuple[Threshold, ...], result: CheckResult, breaches: Breaches) -> Judged:
    """Compare a result with all thresholds. A result without a threshold's number says nothing about that one."""
    if not thresholds:
        return Judged(result)
    known, counts, reasons, is_open = dict(breaches), {}, [], False
    for threshold in thresholds:
        value, text = _measured(threshold, result), threshold.text
        counts[text] = known.get(text, 0)
        if value is None:
            is_open = is_open or counts[text] >= threshold.results
            continue
        is_beyond = threshold.is_breached_by(value)
        # Not counted further than needed: what does not change is not written again.
        counts[text] = min(counts[text] + 1, threshold.results) if is_beyond else 0
        if counts[text] >= threshold.results:
            reasons.append(threshold.reason(value))
    if reasons and result.status is Status.OK:
        result = replace(result, status=Status.DEGRADED, message="; ".join(reasons)[:MESSAGE_LIMIT])
    return Judged(result, tuple((text, count) for text, count in counts.items() if count), is_open)


def _named(metric: str) -> tuple[str, str]:
    """What people call a metric, and its unit."""
    if metric == RESPONSE_MS:
        return "response time", _UNITS["_ms"]
    end = next((end for end in _UNITS if metric.endswith(end) and metric != end), "")
    return metric.removesuffix(end).replace("_", " "), _UNITS.get(end, "")


def _measured(threshold: Threshold, result: CheckResult) -> float | None:
    if threshold.metric != RESPONSE_MS:
        return result.metrics.get(threshold.metric)
    return None if result.is_stalled else result.response_ms


def parse(metric_config: Mapping[str, Any]) -> tuple[Threshold, ...]:
    """The thresholds of a service: `{"thresholds": [{"metric": "response_ms", "comparison": ">", "value": 500}]}`.

    Raises InvalidInput on `metric_config` with all that is wrong.
    """
    wrong = [f"{name} is not a field: must be thresholds" for name in metric_config if name != "thresholds"]
    entries = metric_config.get("thresholds", [])
    if not isinstance(entries, list | tuple):
        wrong.append(f"thresholds must be a list, got {_shown(entries)}")
        entries = []
    found: list[Threshold] = []
    for number, entry in enumerate(entries, 1):
        try:
            found.append(_threshold(entry))
        except ValueError as err:
            wrong.append(f"threshold {number}: {err}")
    wrong += _wrong_together(found)
    if wrong:
        raise InvalidInput({"metric_config": "; ".join(wrong)})
    return tuple(found)


def from_text(text: str) -> tuple[Threshold, ...]:
    """The thresholds of a form's text, one a line. Raises InvalidInput on `thresholds` with all that is wrong."""
    wrong: list[str] = []
    found: list[Threshold] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(_from_line(line))
        except ValueError as err:
            wrong.append(f"line {number}: {err}")
    wrong += _wrong_together(found)
    if wrong:
        raise InvalidInput({"thresholds": "; ".join(wrong)})
    return tuple(found)


def as_text(thresholds: Iterable[Threshold]) -> str:
    """The text of a form."""
    return "\n".join(threshold.text for threshold in thresholds)


def as_config(thresholds: Iterable[Threshold]) -> dict[str, Any]:
    """The `metric_config` that `parse` reads."""
    entries = [{name: getattr(threshold, name) for name in _FIELDS} for threshold in thresholds]
    return {"thresholds": entries} if entries else {}


def _from_line(line: str) -> Threshold:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"must be like {FORM!r}, got {_shown(line.strip())}")
    metric, comparison, value, results = match.groups()
    return _threshold({"metric": metric, "comparison": comparison, "value": value, "results": results or 1})


def _threshold(entry: object) -> Threshold:
    if not isinstance(entry, Mapping):
        raise ValueError(f"must be an object with {', '.join(_FIELDS)}, got {_shown(entry)}")
    if strange := [name for name in entry if name not in _FIELDS]:
        raise ValueError(f"{_shown(strange[0])} is not a field: must be {', '.join(_FIELDS)}")
    return Threshold(
        metric=_metric(entry.get("metric")),
        comparison=_comparison(entry.get("comparison", ">")),
        value=_value(entry.get("value")),
        results=_results(entry.get("results", 1)),
    )


def _metric(given: object) -> str:
    if not isinstance(given, str) or not _METRIC.fullmatch(given):
        raise ValueError(f"metric must be response_ms or the name of a metric such as rtt_avg_ms, got {_shown(given)}")
    return given


def _comparison(given: object) -> str:
    if not isinstance(given, str) or given not in COMPARISONS:
        raise ValueError(f"comparison must be one of {' '.join(COMPARISONS)}, got {_shown(given)}")
    return given


def _value(given: object) -> float:
    number = _as_number(given)
    if number is None:
        raise ValueError(f"value must be a number, got {_shown(given)}")
    return number


def _results(given: object) -> int:
    number = _as_number(given)
    if number is None or not number.is_integer() or not 1 <= number <= RESULTS_LIMIT:
        raise ValueError(f"results must be 1 to {RESULTS_LIMIT}, got {_shown(given)}")
    return int(number)


def _as_number(given: object) -> float | None:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    try:
        number = float(given)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _wrong_together(found: list[Threshold]) -> list[str]:
    texts = [threshold.text for threshold in found]
    wrong = [f"{text!r} stands there twice" for text in dict.fromkeys(texts) if texts.count(text) > 1]
    if len(texts) > THRESHOLDS_LIMIT:
        wrong.append(f"must be at most {THRESHOLDS_LIMIT} thresholds, got {len(texts)}")
    return wrong


def _number(given: float) -> str:
    value = float(given)  # an int knows is_integer only from Python 3.12 on
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _in_a_row(results: int) -> str:
    return "" if results == 1 else f" for {results} results"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_LIMIT else f"{text[:_SHOWN_LIMIT]}…"
