"""The silence table.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.scope import Scope
from monitor_app.domain.alerting.silence import Silence
from monitor_app.errors import InvalidInput
from monitor_app.log import get_logger
from monitor_app.models.silence import SilenceRow

silences = SilenceRow.__table__  # type: ignore[attr-defined]

logger = get_logger(__name__)


async def load_active(conn: AsyncConnection, now: datetime) -> list[Silence]:
    """Those that are not over; they may begin later. One that cannot be understood is logged and left out."""
    found = []
    statement = select(silences).where(silences.c.ends_at > now).order_by(silences.c.pk)
    for row in (await conn.execute(statement)).mappings():
        try:
            found.append(silence_of(row))
        except InvalidInput as err:
            logger.error("a silence cannot be understood", silence=row["pk"], reason=str(err))
    return found


def silence_of(row: RowMapping) -> Silence:
    """From a row. Raises InvalidInput when somebody wrote nonsense into it."""
    return Silence(
        row["pk"],
        Scope.parse(row["scope"]),
        row["rule_pk"],
        row["starts_at"],
        row["ends_at"],
        row["who"],
        row["reason"],
    )


async def load_silences(conn: AsyncConnection, limit: int) -> list[Silence]:
    """The latest, those that end last first."""
    statement = select(silences).order_by(silences.c.ends_at.desc(), silences.c.pk.desc()).limit(limit)
    return [silence_of(row) for row in (await conn.execute(statement)).mappings()]


async def find_silence(conn: AsyncConnection, pk: int) -> Silence | None:
    """One of them."""
    row = (await conn.execute(select(silences).where(silences.c.pk == pk))).mappings().first()
    return silence_of(row) if row else None


async def insert_silences(conn: AsyncConnection, new: Sequence[Mapping[str, Any]]) -> list[int]:
    """Add some; the counter `alerting_rules` was raised before. Returns their pks in the same order."""
    statement = insert(silences).returning(silences.c.pk, sort_by_parameter_order=True)
    return list((await conn.execute(statement, list(new))).scalars())


async def end_silence(conn: AsyncConnection, pk: int, now: datetime) -> None:
    """It is over; the counter `alerting_rules` was raised before."""
    await conn.execute(update(silences).where(silences.c.pk == pk).values(ends_at=now))


async def purge_silences(conn: AsyncConnection, before: datetime) -> int:
    """Delete those that ended before; returns how many."""
    deleted: int = (await conn.execute(delete(silences).where(silences.c.ends_at < before))).rowcount
    return deleted
