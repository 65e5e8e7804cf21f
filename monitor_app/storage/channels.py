"""The `channel` table.

All functions work in the caller's transaction; those that change something need one of `Database.write()`, and raise
the counter `alerting_rules`, which alerting follows.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.channel import Channel
from monitor_app.models import ChannelRow, NotificationRow

channels = ChannelRow.__table__  # type: ignore[attr-defined]
notifications = NotificationRow.__table__  # type: ignore[attr-defined]

# What is told again of a real alert, best first to show what messages look like.
_TELLING_KINDS = ("fired", "update", "repeat", "escalated")


async def load_channels(conn: AsyncConnection) -> list[Channel]:
    """All, by name; there are few."""
    rows = await conn.execute(select(channels).order_by(func.lower(channels.c.name), channels.c.pk))
    return [_channel(row) for row in rows.mappings()]


async def find_channel(conn: AsyncConnection, pk: int) -> Channel | None:
    """One of them."""
    row = (await conn.execute(select(channels).where(channels.c.pk == pk))).mappings().first()
    return _channel(row) if row else None


async def insert_channel(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Add one; returns its key."""
    pk: int = (await conn.execute(insert(channels).values(**values).returning(channels.c.pk))).scalar_one()
    return pk


async def update_channel(conn: AsyncConnection, pk: int, values: Mapping[str, Any]) -> None:
    """Change these columns of one."""
    await conn.execute(update(channels).where(channels.c.pk == pk).values(**values))


async def delete_channel(conn: AsyncConnection, pk: int) -> None:
    """Remove one. Its notifications stay, under its name."""
    await conn.execute(delete(channels).where(channels.c.pk == pk))


async def latest_message(conn: AsyncConnection) -> dict[str, Any] | None:
    """What the newest notification of an alert says (domain/alerting/message.py); None where there was none yet."""
    statement = (
        select(notifications.c.message)
        .where(notifications.c.kind.in_(_TELLING_KINDS))
        .order_by(notifications.c.pk.desc())
        .limit(1)
    )
    found: dict[str, Any] | None = (await conn.execute(statement)).scalar_one_or_none()
    return found


def _channel(row: RowMapping) -> Channel:
    return Channel(**{name: row[name] for name in Channel.__slots__})
