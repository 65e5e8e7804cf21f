"""A column of names and numbers: JSON on PostgreSQL, half as long on SQLite, where every page written counts.

On SQLite `{"connect": 1.5, "tls": 2}` is the text `BC[1.5,2]`: everyday names are a letter each, and stand before the
numbers. With any other name in it, it is JSON as elsewhere, and so is what older rows hold.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import JSON, Dialect
from sqlalchemy.types import TypeDecorator

Numbers = Mapping[str, int | float]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# The letters belong to what is written: a new name comes last, and none ever goes.
_NAMES = (
    *("dns", "connect", "proxy", "starttls", "tls", "greeting", "login", "request", "query", "first_byte", "body"),
    *("answer", "status_code", "body_bytes", "certificate_days", "token_ms", "grpc_status", "answer_bytes", "messages"),
    *("connect_ms", "query_ms", "rows", "value", "replication_lag_seconds", "loss_percent", "rtt_avg_ms", "rtt_max_ms"),
    *("jitter_ms", "answers", "ttl_min_seconds", "chain_days", "key_bits", "domain_days", "count", "uptime_seconds"),
    *("memory_bytes", "threads", "open_files", "cpu_percent", "seconds_since", "run_seconds", "ping_ms", "members_up"),
    *("members_down", "members_unknown"),
)
_LETTER_OF = dict(zip(_NAMES, _LETTERS, strict=False))
_NAME_OF = {letter: name for name, letter in _LETTER_OF.items()}


class NumbersByName(TypeDecorator[Numbers]):
    """Names to finite numbers; NULL when there are none."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """See TypeDecorator."""
        return to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """See TypeDecorator."""
        return from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def to_text(numbers: Numbers | None) -> str | None:
    """What SQLite keeps."""
    if numbers is None:
        return None
    letters = _letters_of(tuple(numbers))
    if letters is None:
        return to_json(numbers).decode()
    return letters + to_json(list(numbers.values())).decode()


def from_text(text: str | None) -> dict[str, int | float] | None:
    """The numbers again. Raises ValueError for what is no such text."""
    if text is None:
        return None
    if text[0] == "{":
        found: dict[str, int | float] = from_json(text)
        return found
    letters, _, values = text.partition("[")
    return dict(zip(_names_of(letters), from_json(f"[{values}"), strict=True))


@lru_cache(maxsize=256)
def _letters_of(names: tuple[str, ...]) -> str | None:
    known = [_LETTER_OF.get(name) for name in names]
    return "".join(letter for letter in known if letter) if names and None not in known else None


@lru_cache(maxsize=256)
def _names_of(letters: str) -> tuple[str, ...]:
    try:
        return tuple(_NAME_OF[letter] for letter in letters)
    except KeyError as err:
        raise ValueError(f"no name belongs to the letter {err}") from None
