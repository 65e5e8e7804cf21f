"""Column types that keep time aware and in UTC on every database."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_HALF = timedelta(microseconds=500)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime. SQLite stores and returns naive ones, so the zone is taken off and put back there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Raises ValueError for a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime cannot be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Always aware, always UTC."""
        if value is None:
            return None
        aware: datetime = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware


class EpochMillis(TypeDecorator[datetime]):
    """An aware datetime as whole milliseconds since 1970: eight bytes, and no text to parse when a million are read."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Raises ValueError for a naive datetime."""
        return None if value is None else to_millis(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Always aware, always UTC."""
        return None if value is None else from_millis(value)


def to_millis(moment: datetime) -> int:
    """Whole milliseconds since 1970. Raises ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError(f"a naive datetime cannot be stored: {moment!r}")
    return (moment - _EPOCH + _HALF) // _MILLISECOND  # whole numbers: a float is a microsecond off in 2515


def from_millis(millis: int) -> datetime:
    """Aware, in UTC."""
    return _EPOCH + timedelta(0, 0, 0, millis)  # whole numbers here, too
