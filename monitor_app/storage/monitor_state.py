"""What the one engine tells all web processes of itself, wherever they run."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.errors import LeadershipLost
from monitor_app.models import Counter
from monitor_app.models.counter import ENGINE_EPOCH

# Epoch milliseconds since when the monitor has no network; 0 while it has one.
OFFLINE_SINCE = "offline_since"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

counters = Counter.__table__  # type: ignore[attr-defined]


async def offline_since(conn: AsyncConnection) -> datetime | None:
    """Since when the monitor has no network; None while it has one."""
    millis = (await conn.execute(select(counters.c.value).where(counters.c.name == OFFLINE_SINCE))).scalar()
    return _EPOCH + timedelta(milliseconds=millis) if millis else None


async def set_offline_since(conn: AsyncConnection, epoch: int, since: datetime | None) -> None:
    """Write it down for all. Raises LeadershipLost when another engine schedules than that of this epoch."""
    await require_epoch(conn, epoch)
    millis = 0 if since is None else round((since - _EPOCH).total_seconds() * 1000)
    done = await conn.execute(update(counters).where(counters.c.name == OFFLINE_SINCE).values(value=millis))
    if not done.rowcount:
        await conn.execute(insert(counters).values(name=OFFLINE_SINCE, value=millis))


async def require_epoch(conn: AsyncConnection, epoch: int) -> None:
    """Let nobody else begin to schedule in this transaction. Raises LeadershipLost when somebody has since `epoch`."""
    statement = select(counters.c.value).where(counters.c.name == ENGINE_EPOCH).with_for_update()
    present = (await conn.execute(statement)).scalar_one()
    if present != epoch:
        raise LeadershipLost(f"another engine schedules: epoch {present} has begun, this is {epoch}")
