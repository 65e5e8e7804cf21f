"""Tables of blocks: windows of one granularity and one service, several in a row, found by when they begin."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, func, select, tuple_, type_coerce
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import NullType

# (granularity, start, service)
Key = tuple[int, int, int]
# More services than this are not listed in a statement: all are read, and the others passed over.
_LISTED = 500
_BEFORE_ALL = -(2**62)


class BlockTable:
    """A table with the columns `granularity`, `started_at`, `service_pk` (its key) and `data`.

    `seconds` is how long a time a block of each granularity spans.
    """

    def __init__(self, table: Any, seconds: Mapping[int, int]) -> None:
        self.seconds = seconds
        self._table = table
        self._columns = table.c
        # As the driver gives it: a type would make another copy of each.
        self._data = type_coerce(table.c.data, NullType())
        self._upserts = {"sqlite": self._upsert(sqlite), "postgresql": self._upsert(postgresql)}

    def start(self, granularity: int, at: int) -> int:
        """Where the block begins that holds this moment (seconds since 1970)."""
        return at // self.seconds[granularity] * self.seconds[granularity]

    def starts(self, granularity: int, since: int, until: int) -> range:
        """Where the blocks begin that hold something of [since, until), in seconds since 1970."""
        return range(self.start(granularity, since), until, self.seconds[granularity])

    async def read(
        self, conn: AsyncConnection, granularity: int, service_pks: Collection[int], since: int, until: int
    ) -> list[Any]:
        """Blocks of these services that may hold windows of a span, as (service, data)."""
        statement = select(self._columns.service_pk, self._data).where(
            self._columns.granularity == granularity,
            self._columns.started_at.in_(self.starts(granularity, since, until)),
        )
        if len(service_pks) <= _LISTED:
            return list((await conn.execute(statement.where(self._columns.service_pk.in_(service_pks)))).all())
        wanted = set(service_pks)
        return [row for row in await conn.execute(statement) if row[0] in wanted]

    async def load(self, conn: AsyncConnection, keys: Collection[Key]) -> dict[Key, bytes]:
        """Blocks by their keys, of those that are there."""
        wanted = set(keys)
        found = {}
        places = {(granularity, start) for granularity, start, _ in keys}
        pks = {pk for _, _, pk in keys}
        for granularity, start in places:
            statement = select(self._columns.service_pk, self._columns.data).where(
                self._columns.granularity == granularity,
                self._columns.started_at == start,
                self._columns.service_pk.in_(pks),
            )
            for pk, data in await conn.execute(statement):
                if (granularity, start, pk) in wanted:
                    found[granularity, start, pk] = data
        return found

    async def store(self, conn: AsyncConnection, blocks: Mapping[Key, bytes]) -> None:
        """Insert blocks, or replace them."""
        rows = [
            {"granularity": granularity, "started_at": start, "service_pk": pk, "data": data}
            for (granularity, start, pk), data in sorted(blocks.items())
        ]
        if rows:
            await conn.execute(self._upserts[conn.dialect.name], rows)

    async def purge(self, conn: AsyncConnection, granularity: int, before: int, limit: int) -> int:
        """Delete at most `limit` blocks that end before (seconds since 1970); returns how many."""
        key = (self._columns.granularity, self._columns.started_at, self._columns.service_pk)
        last = before - self.seconds[granularity]
        old = select(*key).where(key[0] == granularity, key[1] <= last).order_by(*key).limit(limit)
        deleted: int = (await conn.execute(delete(self._table).where(tuple_(*key).in_(old)))).rowcount
        return deleted

    async def purge_service(self, conn: AsyncConnection, service_pk: int, limit: int) -> int:
        """Delete about `limit` blocks of a service at most; returns how many.

        There is no index on the service, so the starts of all blocks are asked for first, in steps over the key.
        """
        deleted = 0
        for granularity in self.seconds:
            start = _BEFORE_ALL
            following = select(func.min(self._columns.started_at)).where(self._columns.granularity == granularity)
            while deleted < limit:
                found = (await conn.execute(following.where(self._columns.started_at > start))).scalar()
                if found is None:
                    break
                start = int(found)
                own = delete(self._table).where(
                    self._columns.granularity == granularity,
                    self._columns.started_at == start,
                    self._columns.service_pk == service_pk,
                )
                deleted += (await conn.execute(own)).rowcount
        return deleted

    def _upsert(self, dialect: Any) -> Any:
        statement = dialect.insert(self._table)
        return statement.on_conflict_do_update(
            index_elements=["granularity", "started_at", "service_pk"], set_={"data": statement.excluded.data}
        )
