"""The map_place table: where people have put services on the map. Deleted services keep their places.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models import MapPlaceRow

places = MapPlaceRow.__table__  # type: ignore[attr-defined]

# SQLite allows 32,766 parameters in a statement, PostgreSQL 32,767.
_CHUNK: Final = 5000


async def load_places(conn: AsyncConnection) -> dict[int, tuple[int, int]]:
    """By the services' pks, x and y each."""
    rows = await conn.execute(select(places.c.service_pk, places.c.x, places.c.y))
    return {pk: (x, y) for pk, x, y in rows}


async def save_places(conn: AsyncConnection, given: Mapping[int, tuple[int, int]]) -> None:
    """Put services there, wherever they were; the pks must be those of services."""
    pks = list(given)
    for start in range(0, len(pks), _CHUNK):
        some = pks[start : start + _CHUNK]
        await conn.execute(delete(places).where(places.c.service_pk.in_(some)))
        rows = [{"service_pk": pk, "x": given[pk][0], "y": given[pk][1]} for pk in some]
        await conn.execute(insert(places), rows)


async def forget_places(conn: AsyncConnection) -> int:
    """All services stand where the layout puts them; returns how many had a place."""
    done = await conn.execute(delete(places))
    return int(done.rowcount)
