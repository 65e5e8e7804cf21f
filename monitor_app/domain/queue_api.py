"""What the API of a queue says: the state of its circuit breaker, and its jobs. Strict: a guess is no answer.

GET .../circuit-breaker-status -> {"status": "success", "data": {"state", "opened_at", "closed_at", "metadata"}}
GET .../status -> {"status": "success", "data": {"job_counts": {...}, "oldest_wait_seconds", ...}}
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from monitor_app.redact import harmless

State = Literal["open", "closed", "half-open"]
STATES: Final[tuple[State, ...]] = ("open", "closed", "half-open")
SUCCESS: Final = "success"
# Of what is said beside the state so much is kept.
METADATA_LIMIT: Final = 20
TEXT_LIMIT: Final = 200
COUNTS_LIMIT: Final = 12
_SHOWN: Final = 60
_COUNT_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_COUNT_MAX: Final = 1e15


class NotUnderstood(ValueError):
    """The answer is not what the API promises; the text says what of it is wrong."""


@dataclass(frozen=True, slots=True)
class QueueBreaker:
    """The circuit breaker of a queue. `metadata` is what is said beside: names with short texts."""

    state: State
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why it is as it is, where that is told; else ""."""
        return self.metadata.get("reason", "")

    @property
    def since(self) -> datetime | None:
        """Since when it is in this state, where that is told."""
        return self.closed_at if self.state == "closed" else self.opened_at


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many jobs there are, by the names that the queue has for them."""

    jobs: Mapping[str, float]
    oldest_wait_seconds: float | None = None


def breaker_of(body: bytes) -> QueueBreaker:
    """What an answer says of the circuit breaker. Raises NotUnderstood."""
    data = _data_of(body)
    state = data.get("state")
    if not isinstance(state, str) or state not in STATES:
        raise NotUnderstood(f"state must be open, closed or half-open, got {_shown(state)}")
    return QueueBreaker(
        STATES[STATES.index(state)],
        _moment("opened_at", data.get("opened_at")),
        _moment("closed_at", data.get("closed_at")),
        _metadata(data.get("metadata")),
    )


def counts_of(body: bytes) -> QueueCounts:
    """What an answer says of the jobs. Raises NotUnderstood."""
    data = _data_of(body)
    told = data.get("job_counts")
    if not isinstance(told, dict):
        raise NotUnderstood(f"job_counts must be an object, got {_shown(told)}")
    jobs = {}
    for name, value in list(told.items())[:COUNTS_LIMIT]:
        if _COUNT_NAME.fullmatch(name):
            jobs[name] = _number(f"job_counts.{name}", value)
    oldest = data.get("oldest_wait_seconds")
    return QueueCounts(jobs, None if oldest is None else _number("oldest_wait_seconds", oldest))


def succeeded(body: bytes) -> None:
    """Whether an order was carried out. Raises NotUnderstood, with what the queue says."""
    _document(body)


def error_in(body: bytes) -> str:
    """What a refusal says, in its own words; "" where it says nothing that can be read."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return _words(document) if isinstance(document, dict) else ""


def _data_of(body: bytes) -> dict[str, Any]:
    data = _document(body).get("data")
    if not isinstance(data, dict):
        raise NotUnderstood(f"data must be an object, got {_shown(data)}")
    return data


def _document(body: bytes) -> dict[str, Any]:
    begin = body[:512].lstrip().lower()
    if begin.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<?xml")):
        raise NotUnderstood("the answer is a web page (HTML) instead of JSON: is this the base address of the API?")
    if not begin:
        raise NotUnderstood("the answer is empty instead of JSON")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise NotUnderstood(f"the answer is not JSON: it begins with {_shown(_beginning(body))}") from None
    if not isinstance(document, dict):
        raise NotUnderstood(f"the answer must be a JSON object, got {_shown(document)}")
    if (status := document.get("status")) != SUCCESS:
        words = _words(document)
        raise NotUnderstood(f"status must be success, got {_shown(status)}" + (f": {words}" if words else ""))
    return document


def _words(document: Mapping[str, Any]) -> str:
    for name in ("error", "message", "detail"):
        found = document.get(name)
        if isinstance(found, dict):
            found = found.get("message")
        if isinstance(found, str) and found.strip():
            return _line(found)
    return ""


def _moment(name: str, value: Any) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise NotUnderstood(f"{name} must be a time as text (ISO 8601) or null, got {_shown(value)}")
    try:
        found = datetime.fromisoformat(value.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotUnderstood(f"{name} is no time: {_shown(value)}") from None


def _metadata(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotUnderstood(f"metadata must be an object or null, got {_shown(value)}")
    kept = {}
    for name, told in list(value.items())[:METADATA_LIMIT]:
        if told is not None and told != "":
            kept[_line(name)[:_SHOWN]] = _line(told if isinstance(told, str) else json.dumps(told, ensure_ascii=False))
    return kept


def _number(name: str, value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= _COUNT_MAX:
        raise NotUnderstood(f"{name} must be a number from 0 up, got {_shown(value)}")
    return float(value) if isinstance(value, float) else int(value)


def _beginning(body: bytes) -> str:
    return body[:_SHOWN].decode("utf-8", "replace")


def _line(text: str) -> str:
    # Half a character (a lone surrogate, which JSON may hold) can be stored nowhere.
    whole = text[: 4 * TEXT_LIMIT].encode("utf-8", "replace").decode()
    return harmless(" ".join(whole.split()), TEXT_LIMIT)


def _shown(value: Any) -> str:
    """As it came, short: what is large is not written out first."""
    if isinstance(value, str):
        return harmless(repr(value[: _SHOWN + 1]), _SHOWN)
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _COUNT_MAX:
        return "a number that is too large"
    return "nothing" if value is None else harmless(json.dumps(value), _SHOWN)
