"""Services that were deleted and whose rows are still there, so that they can come back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.change import SERVICE
from monitor_app.models import ChangeItemRow, ChangeRow, Service

services = Service.__table__  # type: ignore[attr-defined]
changes = ChangeRow.__table__  # type: ignore[attr-defined]
items = ChangeItemRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class DeletedRow:
    """A deleted service; `deleted_by` is "" where nobody wrote it down."""

    pk: int
    service_id: str
    label: str
    kind: str
    group: str
    owner: str
    deleted_at: datetime
    deleted_by: str


async def load_deleted_rows(
    conn: AsyncConnection, since: datetime, limit: int, owner: str | None = None
) -> list[DeletedRow]:
    """Those deleted since, of one owner or of all, without those that were purged; the last first."""
    columns = (
        services.c.pk,
        services.c.service_id,
        services.c.label,
        services.c.kind,
        services.c.group,
        services.c.owner,
        services.c.deleted_at,
    )
    is_kept = [services.c.deleted_at >= since, ~services.c.is_purged]
    if owner is not None:
        is_kept.append(services.c.owner == owner)
    statement = select(*columns).where(*is_kept).order_by(services.c.deleted_at.desc(), services.c.pk.desc())
    rows = (await conn.execute(statement.limit(limit))).all()
    by = await _deleted_by(conn, [row.pk for row in rows])
    return [DeletedRow(*row[:5], row.owner or "", row.deleted_at, by.get(row.pk, "")) for row in rows]


async def _deleted_by(conn: AsyncConnection, pks: list[int]) -> dict[int, str]:
    """Who deleted each last, as the change log has it."""
    statement = (
        select(items.c.subject_pk, changes.c.who)
        .join(changes, changes.c.pk == items.c.change_pk)
        .where(items.c.subject == SERVICE, items.c.subject_pk.in_(pks), items.c.after.is_(null()))
        .order_by(items.c.pk)
    )
    return {row.subject_pk: row.who for row in await conn.execute(statement)}
