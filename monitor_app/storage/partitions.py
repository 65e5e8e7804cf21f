"""How `check_result` is cut into partitions on PostgreSQL: one a day, made ahead, dropped when old.

The one place to change for another way of partitioning, such as TimescaleDB, where `make` would do nothing and `drop`
would call drop_chunks.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from monitor_app.models.types import to_millis

DAY_MS = 86_400_000
DAYS_AHEAD = 3
PARENT = "check_result"
STRAYS = "check_result_default"
# On SQLite `check_result` has no index.
TIME_INDEX = "ix_check_result_service_time"


def ahead(now: datetime) -> range:
    """The days (since 1970) that must have a partition: yesterday, today and the next ones."""
    today = to_millis(now) // DAY_MS
    return range(today - 1, today + DAYS_AHEAD + 1)


def name_of(day: int) -> str:
    """The partition's name, such as check_result_20260517."""
    return f"{PARENT}_{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day):%Y%m%d}"


def existing(connection: Connection) -> list[str]:
    """The names of the partitions, without the one for strays, oldest first."""
    statement = text(
        "SELECT child.relname FROM pg_inherits"
        " JOIN pg_class child ON child.oid = inhrelid"
        " WHERE inhparent = to_regclass(:parent) AND child.relname <> :strays ORDER BY 1"
    )
    return list(connection.execute(statement, {"parent": PARENT, "strays": STRAYS}).scalars())


def make(connection: Connection, days: Iterable[int]) -> None:
    """Make the partitions of these days that are missing, and put strays of those days into them."""
    known = set(existing(connection))
    for day in days:
        if name_of(day) not in known:
            _make_one(connection, day)


def _make_one(connection: Connection, day: int) -> None:
    name, start, end = name_of(day), day * DAY_MS, (day + 1) * DAY_MS
    connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE {PARENT} INCLUDING DEFAULTS)")
    connection.exec_driver_sql(
        f"WITH strays AS (DELETE FROM {STRAYS} WHERE checked_at >= {start} AND checked_at < {end} RETURNING *)"  # noqa: S608
        f" INSERT INTO {name} SELECT * FROM strays"
    )
    connection.exec_driver_sql(f"ALTER TABLE {PARENT} ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})")


def ended(connection: Connection, before: datetime) -> list[str]:
    """Partitions whose whole day lies before this moment, oldest first."""
    last_day = to_millis(before) // DAY_MS - 1
    return [name for name in existing(connection) if name <= name_of(last_day)]


def drop(connection: Connection, name: str) -> None:
    """Take a partition away with all its rows."""
    connection.exec_driver_sql(f"DROP TABLE {name}")


def day_of(name: str) -> datetime:
    """When the day of a partition begins."""
    return datetime.strptime(name.removeprefix(f"{PARENT}_"), "%Y%m%d").replace(tzinfo=UTC)


def is_partition(name: str) -> bool:
    """Whether a table of this name is a part of `check_result`, which no model knows."""
    return name.startswith(f"{PARENT}_")
