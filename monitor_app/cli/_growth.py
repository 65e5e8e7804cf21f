"""What `doctor` says about the size of the database: how large, how fast it grows, and where that leads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor_app.engine.retention import Policy
from monitor_app.storage.upkeep import DatabaseSize, Upkeep

# Growth is measured over the last days.
MEASURED = timedelta(days=3)
_DAY = timedelta(days=1)
# Less than that tells nothing about a day.
_LEAST_MEASURED = timedelta(hours=1)
_UNITS = ("B", "KB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class Growth:
    """The size of the database and how many results a day were added to it lately (None: too young to tell)."""

    size: DatabaseSize
    rows_per_day: float | None

    @property
    def bytes_per_row(self) -> float:
        """All that is stored, for each result."""
        return self.size.used_bytes / self.size.raw_rows if self.size.raw_rows else 0.0

    @property
    def bytes_per_day(self) -> float | None:
        """As long as nothing is old enough to go."""
        return None if self.rows_per_day is None else self.rows_per_day * self.bytes_per_row


async def measure(upkeep: Upkeep, now: datetime) -> Growth:
    """Ask the database. Raises DatabaseUnavailable."""
    size = await upkeep.size()
    if size.oldest_raw is None:
        return Growth(size, None)
    measured = min(MEASURED, now - size.oldest_raw)
    if measured < _LEAST_MEASURED:
        return Growth(size, None)
    return Growth(size, await upkeep.raw_rows_since(now - measured) / (measured / _DAY))


def lines(growth: Growth, policy: Policy) -> Iterator[str]:
    """What is so, in sentences."""
    size = growth.size
    free = size.file_bytes - size.used_bytes
    room = f", with {in_units(free)} of free room in its file" if free > size.file_bytes // 20 else ""
    since = f", the oldest from {size.oldest_raw:%Y-%m-%d %H:%M} UTC" if size.oldest_raw else ""
    yield f"{in_units(size.used_bytes)}{room}; {size.raw_rows:,} results{since}"
    if growth.bytes_per_day is None:
        yield "too young to tell how fast it grows"
        return
    yield (
        f"{growth.rows_per_day:,.0f} results a day, {growth.bytes_per_row:.0f} bytes each: "
        f"{in_units(growth.bytes_per_day)} a day"
    )
    level = growth.bytes_per_day * policy.raw_days
    if level > size.used_bytes:
        yield f"levels off at about {in_units(level)}, when results are {policy.raw_days} days old"


def bound(growth: Growth, policy: Policy, now: datetime) -> tuple[str, bool] | None:
    """Where MAX_DB_SIZE leads, and whether it shortens the history; None without a bound, or when nothing is known."""
    limit, per_day = policy.max_bytes, growth.bytes_per_day
    if limit is None:
        return None
    if growth.size.used_bytes >= limit:
        return f"MAX_DB_SIZE ({in_units(limit)}) is reached: the oldest results go earlier", True
    if per_day is None:
        return None
    if per_day * policy.raw_days <= limit:
        return f"MAX_DB_SIZE ({in_units(limit)}) is not reached at this rate", False
    days = (limit - growth.size.used_bytes) / per_day
    when = f"{now + timedelta(days=days):%Y-%m-%d}"
    kept = f"results are then kept for about {max(1, int(limit / per_day))} days instead of {policy.raw_days}"
    return f"MAX_DB_SIZE ({in_units(limit)}) is reached in about {days:.0f} days ({when}); {kept}", True


def in_units(size: float) -> str:
    """For example `1.4 GB`; a KB is 1000 bytes."""
    unit = 0
    while size >= 999.5 and unit < len(_UNITS) - 1:
        size /= 1000
        unit += 1
    return f"{size:.0f} {_UNITS[unit]}" if unit == 0 or size >= 99.5 else f"{size:.1f} {_UNITS[unit]}"
