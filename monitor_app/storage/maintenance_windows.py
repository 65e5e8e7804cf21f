"""The `maintenance_window` table.

All functions work in the caller's transaction; those that change something need one of `Database.write()`, after the
counter `alerting_rules` was raised (storage/alert_rules.lock).
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.recurrence import LOCAL_FORM, Window, given_local
from monitor_app.domain.alerting.scope import Scope
from monitor_app.domain.alerting.wall_clock import given_zone
from monitor_app.errors import InvalidInput
from monitor_app.log import get_logger
from monitor_app.models import MaintenanceWindowRow
from monitor_app.storage.alerting_position import rules_revision

windows = MaintenanceWindowRow.__table__  # type: ignore[attr-defined]

logger = get_logger(__name__)


async def load_windows(conn: AsyncConnection) -> list[Window]:
    """All of them, by name. One that cannot be understood is logged and left out."""
    found = []
    rows = await conn.execute(select(windows).order_by(func.lower(windows.c.name), windows.c.pk))
    for row in rows.mappings():
        try:
            found.append(window_of(row))
        except InvalidInput as err:
            logger.error("a maintenance window cannot be understood", window=row["name"], reason=str(err))
    return found


async def public_revision(conn: AsyncConnection) -> int:
    """Another one whenever what readers of status pages are told of windows may be another; 0 while that is nothing."""
    told = await conn.scalar(select(func.count()).where(windows.c.public_title != "", windows.c.enabled))
    return await rules_revision(conn) if told else 0


async def load_public(conn: AsyncConnection) -> list[Window]:
    """Those that readers of status pages are told of."""
    return [window for window in await load_windows(conn) if window.enabled and window.public_title]


async def insert_window(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Add one; returns its pk."""
    pk: int = (await conn.execute(insert(windows).values(**values).returning(windows.c.pk))).scalar_one()
    return pk


async def update_window(conn: AsyncConnection, pk: int, values: Mapping[str, Any]) -> None:
    """Change columns of one."""
    await conn.execute(update(windows).where(windows.c.pk == pk).values(**values))


async def delete_window(conn: AsyncConnection, pk: int) -> None:
    """Remove one."""
    await conn.execute(delete(windows).where(windows.c.pk == pk))


async def skip(conn: AsyncConnection, pk: int, what: Collection[str]) -> None:
    """Leave occurrences out, or services of an occurrence (domain/alerting/recurrence.left_out)."""
    kept = await conn.scalar(select(windows.c.skipped).where(windows.c.pk == pk))
    if kept is not None:
        await update_window(conn, pk, {"skipped": sorted({*kept, *what})})


def window_of(row: RowMapping) -> Window:
    """From a row. Raises InvalidInput when somebody wrote nonsense into it."""
    return Window(
        row["pk"],
        row["name"],
        row["reason"],
        Scope.parse(row["scope"]),
        given_local("starts_at", row["starts_at_local"]),
        given_zone("time_zone", row["time_zone"]),
        row["minutes"],
        row["recurrence"],
        row["enabled"],
        frozenset(row["skipped"]),
        row["who"],
        row["public_title"],
        row["updated_at"],
    )


def columns_of(window: Window) -> dict[str, Any]:
    """As it is stored, but for its pk and its times of change."""
    return {
        "name": window.name,
        "reason": window.reason,
        "public_title": window.public_title,
        "scope": window.scope.document(),
        "starts_at_local": window.starts_local.strftime(LOCAL_FORM),
        "time_zone": window.zone.key,
        "minutes": window.minutes,
        "recurrence": window.recurrence,
        "enabled": window.enabled,
        "skipped": sorted(window.skipped),
        "who": window.who,
    }
