"""The queue of all checks: its circuit breaker, in the one row of a table, and its counts, in rows of another."""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.check_queue import CheckQueue, JobCounts
from monitor_app.models import CheckQueueRow, Counter
from monitor_app.models.check_queue import THE_ONE
from monitor_app.storage.documents import storable_text
from monitor_app.storage.monitor_state import require_epoch

rows = CheckQueueRow.__table__  # type: ignore[attr-defined]
counters = Counter.__table__  # type: ignore[attr-defined]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_AT: Final = "jobs_at"
_OLDEST: Final = "jobs_oldest_wait_ms"
_COUNTED: Final = {name: f"jobs_{name}" for name in ("waiting", "running", "done", "failed", "retried")}


async def load_check_queue(conn: AsyncConnection) -> CheckQueue:
    """As it is now; closed where nobody ever touched it."""
    row = (await conn.execute(select(rows).where(rows.c.pk == THE_ONE))).mappings().first()
    if row is None:
        return CheckQueue()
    state: Literal["open", "closed"] = "open" if row["state"] == "open" else "closed"
    return CheckQueue(state, row["opened_at"], row["closed_at"], row["reason"], row["by_name"])


async def save_check_queue(conn: AsyncConnection, queue: CheckQueue, account_pk: int | None, at: datetime) -> None:
    """Write it down. The caller has made sure that nobody else does so at the same time."""
    values = {
        "state": queue.state,
        "opened_at": queue.opened_at,
        "closed_at": queue.closed_at,
        "reason": storable_text(queue.reason, len(queue.reason)),
        "by_name": storable_text(queue.by_name, 80),
        "account_pk": account_pk,
        "updated_at": at,
    }
    done = await conn.execute(update(rows).where(rows.c.pk == THE_ONE).values(values))
    if not done.rowcount:
        await conn.execute(insert(rows).values(pk=THE_ONE, **values))


async def load_job_counts(conn: AsyncConnection) -> JobCounts | None:
    """What the engine wrote down last, wherever it runs; None where none ever did."""
    names = (_AT, _OLDEST, *_COUNTED.values())
    statement = select(counters.c.name, counters.c.value).where(counters.c.name.in_(names))
    found = {row.name: row.value for row in await conn.execute(statement)}
    if len(found) != len(names):
        return None
    at = _EPOCH + timedelta(milliseconds=found[_AT])
    counts = {name: found[stored] for name, stored in _COUNTED.items()}
    return JobCounts(at, **counts, oldest_wait_seconds=found[_OLDEST] / 1000)


async def save_job_counts(conn: AsyncConnection, epoch: int, counts: JobCounts) -> None:
    """Write it down for all. Raises LeadershipLost when another engine schedules than that of this epoch."""
    await require_epoch(conn, epoch)
    values = {stored: getattr(counts, name) for name, stored in _COUNTED.items()}
    values[_AT] = (counts.at - _EPOCH) // timedelta(milliseconds=1)
    values[_OLDEST] = round(counts.oldest_wait_seconds * 1000)
    await conn.execute(delete(counters).where(counters.c.name.in_(values)))
    await conn.execute(insert(counters), [{"name": name, "value": value} for name, value in values.items()])
