"""Keeping the database small: what is too old goes, a bite at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DatabaseSize:
    """How large the database is, and what of it is history.

    `used_bytes` is what is in use; an SQLite file (`file_bytes`, with its WAL) also holds room that was given free.
    """

    used_bytes: int
    file_bytes: int
    raw_rows: int
    oldest_raw: datetime | None


class Upkeep(Protocol):
    """Each call is one short transaction. Everything raises DatabaseUnavailable when the database cannot be used."""

    async def purge_raw(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` blocks of results (on PostgreSQL one partition) that end before this time.

        Returns how many; 0 when there is nothing left. What is not in the summaries yet stays.
        """
        ...

    async def purge_summaries(self, granularity: int, before: datetime, limit: int) -> int:
        """Delete at most `limit` blocks of summaries of so many seconds that end before; returns how many."""
        ...

    async def purge_log(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` downtimes, gaps and events that ended before; returns how many."""
        ...

    async def purge_changes(self, before: datetime, keep: int, limit: int) -> int:
        """Delete at most `limit` objects of changes made before, and of each object all but its last `keep`.

        Returns how many.
        """
        ...

    async def purge_details(self, bad: int, limit: int) -> int:
        """Delete at most `limit` of what results found in full; returns how many.

        Of each service the newest stays, and the last `bad` that were not good.
        """
        ...

    async def purge_told(self, before: datetime, keep: int, limit: int) -> int:
        """Delete at most `limit` of what sources told before, and of each service all but its last `keep`.

        Returns how many.
        """
        ...

    async def purge_deleted_services(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` rows of services that were deleted before, themselves last; returns how many.

        Those that were purged go whenever they were deleted.
        """
        ...

    async def size(self) -> DatabaseSize:
        """How large everything is now."""
        ...

    async def used_bytes(self) -> int:
        """Only that, which costs little."""
        ...

    async def raw_rows_since(self, since: datetime) -> int:
        """How many results there are from this time on."""
        ...
