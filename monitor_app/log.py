"""Logs: one line an event, JSON for machines and plain words on a terminal, secrets masked, nothing forged.

    log = get_logger(__name__)
    log.info("check failed", service="db-main", reason="connection refused")

Standard library logging is underneath, so that what libraries log comes out the same way.
"""

import json
import logging
import secrets
import sys
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

from monitor_app.redact import MASK, SPELLED_OUT, is_secret_name, redact

# The correlation id of the check that runs now; each log line of it carries this.
check_id: ContextVar[str] = ContextVar("check_id", default="")
# The correlation id of the request or event that is being answered: in its log lines, its audit lines and its answer.
correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")

TEXT_LIMIT = 8_000
# Libraries that tell each step of theirs at INFO.
CHATTY = ("httpx", "httpcore", "apscheduler", "alembic", "aiosqlite", "asyncio", "sqlalchemy", "engineio", "socketio")

_LEVEL_COLOURS = {"debug": "2", "info": "36", "warning": "33", "error": "31", "critical": "1;31"}
_secret_names: dict[str, bool] = {}


class EventLogger:
    """Logs events: a short text in plain words, and fields."""

    __slots__ = ("_logger",)

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def debug(self, event: str, **fields: Any) -> None:
        """Of use to somebody who looks for a bug."""
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: Any) -> None:
        """Something worth knowing happened."""
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Something is odd; it goes on."""
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, **fields: Any) -> None:
        """Something failed."""
        self._write(logging.ERROR, event, fields)

    def exception(self, event: str, **fields: Any) -> None:
        """Something failed with an exception that is being handled now: its traceback goes along."""
        self._write(logging.ERROR, event, fields, exc_info=sys.exc_info())

    def _write(self, level: int, event: str, fields: dict[str, Any], exc_info: Any = None) -> None:
        logger = self._logger
        if logger.isEnabledFor(level):
            # Not Logger.log(): it walks the stack to find the caller, which costs more than all the rest.
            record = logger.makeRecord(logger.name, level, "", 0, event, (), exc_info)
            record.fields = fields
            logger.handle(record)


def get_logger(name: str) -> EventLogger:
    """The logger of a module: `get_logger(__name__)`."""
    return EventLogger(logging.getLogger(name))


def configure(level: str = "INFO", stream: TextIO | None = None, human: bool | None = None) -> None:
    """Send all logs to `stream` (stderr), as text when `human` (default: when it is a terminal), else as JSON lines."""
    target = sys.stderr if stream is None else stream
    is_human = target.isatty() if human is None else human
    handler = logging.StreamHandler(target)
    handler.setFormatter(TextFormatter(is_coloured=target.isatty()) if is_human else JsonFormatter())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(True)
    quiet = logging.WARNING if root.level < logging.WARNING else root.level
    for name in CHATTY:
        logging.getLogger(name).setLevel(quiet)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, event, logger, check_id and correlation_id where there is one, then fields.

    ASCII only, so that no control character and no other line separator gets through.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "event": _clean(record.getMessage()),
            "logger": record.name,
        }
        line |= _ids()
        for name, value in _fields(record).items():
            line[name if name not in line else f"{name}_"] = value
        if trace := _traceback(record):
            line["traceback"] = trace
        return json.dumps(line, default=_as_text, separators=(",", ":"))


class TextFormatter(logging.Formatter):
    """For people: `12:00:01 warning  event  name=value`. A traceback follows, each line marked."""

    def __init__(self, *, is_coloured: bool = False) -> None:
        super().__init__()
        self._is_coloured = is_coloured

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, and its traceback in marked lines below."""
        level = record.levelname.lower()
        shown_level = f"\x1b[{_LEVEL_COLOURS.get(level, '0')}m{level:<8}\x1b[0m" if self._is_coloured else f"{level:<8}"
        parts = [_clean(record.getMessage())]
        parts += [f"{name}={_field_text(value)}" for name, value in _fields(record).items()]
        parts += [f"{name}={value}" for name, value in _ids().items()]
        text = "  ".join(parts).translate(SPELLED_OUT)
        trace = "".join(f"\n    | {line.translate(SPELLED_OUT)}" for line in _traceback(record).splitlines())
        return f"{_time(record)[11:19]} {shown_level} {text}{trace}"


def _ids() -> dict[str, str]:
    """What names all that belongs together."""
    current = {"check_id": check_id.get(), "correlation_id": correlation_id.get()}
    return {name: value for name, value in current.items() if value}


def new_correlation_id() -> str:
    """Names all that follows from one request or event."""
    return secrets.token_hex(8)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _traceback(record: logging.LogRecord) -> str:
    if not record.exc_info or record.exc_info[1] is None:
        return ""
    err = record.exc_info[1]
    text = "".join(traceback.format_exception(err)).rstrip()
    if len(text) <= TEXT_LIMIT:
        return redact(text)
    # Whole lines of where it began and of where it was raised, and always the exception itself.
    itself = "".join(traceback.format_exception_only(err)).rstrip()
    part = TEXT_LIMIT // 4
    head = redact(text[:part].rpartition("\n")[0])
    tail = redact(text.removesuffix(itself)[-part:].partition("\n")[2])
    return f"{head}\n… ({len(text)} characters)\n{tail}{_clean(itself, TEXT_LIMIT // 2)}"


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    fields: Mapping[str, Any] = getattr(record, "fields", {})
    return {name: MASK if _is_secret(name) else _safe(value) for name, value in fields.items()}


def _is_secret(name: str) -> bool:
    known = _secret_names.get(name)
    if known is None:
        known = is_secret_name(name)
        if len(_secret_names) < 1_000:
            _secret_names[name] = known
    return known


def _safe(value: Any) -> Any:
    match value:
        case str():
            return _clean(value)
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {str(name): MASK if _is_secret(str(name)) else _safe(item) for name, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_safe(item) for item in value]
        case _:
            return _as_text(value)


def _as_text(value: Any) -> str:
    return _clean(str(value))


def _clean(text: str, limit: int = TEXT_LIMIT) -> str:
    if len(text) > limit:
        # Masked before it is cut: half of a URL does not look like one any more.
        return f"{redact(text[: 2 * limit])[:limit]}… ({len(text)} characters)"
    return redact(text)


def _field_text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=_as_text, ensure_ascii=False)
    return json.dumps(text, ensure_ascii=False) if isinstance(value, str) and (" " in text or not text) else text
