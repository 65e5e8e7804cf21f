"""What the database knows of the time: for who doubts this machine's clock."""

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models import ServiceStateRow

states = ServiceStateRow.__table__  # type: ignore[attr-defined]


async def newest_check(conn: AsyncConnection) -> datetime | None:
    """When the newest known check was; None without any."""
    found: datetime | None = (await conn.execute(select(func.max(states.c.checked_at)))).scalar()
    return found


async def server_time(conn: AsyncConnection) -> datetime:
    """By the clock of the database's own machine, which for SQLite is this one."""
    if conn.dialect.name == "sqlite":
        return datetime.now(UTC)
    found: datetime = (await conn.execute(select(func.clock_timestamp()))).scalar_one()
    return found.astimezone(UTC)
