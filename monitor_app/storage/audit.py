"""The `audit_entry` table. There is no function that changes or removes a line."""

import math
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.audit import BEGINNING, AuditEntry, AuditFilter, AuditLine, line_hash
from monitor_app.models import AuditEntryRow, Counter
from monitor_app.models.counter import AUDIT_ID
from monitor_app.models.types import from_millis, to_millis
from monitor_app.storage.documents import storable_text
from monitor_app.storage.services import raise_counter

lines = AuditEntryRow.__table__  # type: ignore[attr-defined]
counters = Counter.__table__  # type: ignore[attr-defined]

_LIMITS = {
    "who": 80, "role": 20, "via": 40, "address": 45, "action": 60, "target_type": 40, "target": 200,
    "correlation_id": 32,
}  # fmt: skip
_CHUNK = 500
_PEOPLE_LIMIT = 500


async def append(conn: AsyncConnection, entry: AuditEntry, at: datetime) -> AuditLine:
    """Write one line, last in the transaction that does what it tells of: who writes others waits from here on."""
    number = await raise_counter(conn, AUDIT_ID)
    previous = (await conn.execute(select(lines.c.hash).where(lines.c.id == number - 1))).scalar() or BEGINNING
    at = from_millis(to_millis(at.astimezone(UTC)))
    entry = _storable(entry)
    line = AuditLine(number, at, entry, previous, line_hash(number, at, entry, previous))
    values = {name: getattr(entry, name) for name in AuditEntry.__dataclass_fields__}
    await conn.execute(insert(lines).values(id=number, at=at, previous_hash=previous, hash=line.hash, **values))
    return line


async def read(
    conn: AsyncConnection, wanted: AuditFilter, *, before_id: int | None = None, limit: int = 50
) -> list[AuditLine]:
    """The newest lines first, from before a line on."""
    where = _conditions(wanted) + ([lines.c.id < before_id] if before_id is not None else [])
    rows = await conn.execute(select(lines).where(*where).order_by(lines.c.id.desc()).limit(limit))
    return [_line(row) for row in rows.mappings()]


async def after(conn: AsyncConnection, last: int, wanted: AuditFilter | None = None) -> list[AuditLine]:
    """The next few hundred lines after that one, the oldest first."""
    where = [*_conditions(wanted or AuditFilter()), lines.c.id > last]
    rows = await conn.execute(select(lines).where(*where).order_by(lines.c.id).limit(_CHUNK))
    return [_line(row) for row in rows.mappings()]


async def last_id(conn: AsyncConnection) -> int:
    """The number that was given last."""
    value: int = (await conn.execute(select(counters.c.value).where(counters.c.name == AUDIT_ID))).scalar_one()
    return value


async def actions(conn: AsyncConnection) -> list[str]:
    """Every action that the log knows, for a filter."""
    return list((await conn.execute(select(lines.c.action).distinct().order_by(lines.c.action))).scalars())


async def people(conn: AsyncConnection) -> list[str]:
    """Everybody that the log knows, for a filter; at most 500."""
    statement = select(lines.c.who).distinct().order_by(lines.c.who).limit(_PEOPLE_LIMIT)
    return list((await conn.execute(statement)).scalars())


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    # As it was stored; any text may be asked for.
    exact = {name: storable_text(getattr(wanted, name), 200) for name in ("who", "action", "target_type", "outcome")}
    where = [lines.c[name] == value for name, value in exact.items() if value]
    if wanted.search:
        where.append(lines.c.target.contains(storable_text(wanted.search, 200), autoescape=True))
    if wanted.since is not None:
        where.append(lines.c.at >= wanted.since)
    if wanted.until is not None:
        where.append(lines.c.at < wanted.until)
    return where


def _storable(entry: AuditEntry) -> AuditEntry:
    """As every database takes it: what is hashed must be what is read again."""
    said: dict[str, Any] = {name: getattr(entry, name) for name in AuditEntry.__dataclass_fields__}
    said |= {name: storable_text(said[name], limit) for name, limit in _LIMITS.items()}
    said |= {name: _document(said[name]) for name in ("before", "after")}
    return AuditEntry(**said)


def _document(value: Any) -> Any:
    match value:
        case str():
            return storable_text(value, len(value))
        case dict():
            return {storable_text(str(name), 200): _document(item) for name, item in value.items()}
        case list() | tuple():
            return [_document(item) for item in value]
        case None | bool() | int():
            return value
        case float() if math.isfinite(value):
            return value
        case _:
            return storable_text(str(value), 200)


def _line(row: RowMapping) -> AuditLine:
    entry = AuditEntry(**{name: row[name] for name in AuditEntry.__dataclass_fields__})
    return AuditLine(row["id"], row["at"], entry, row["previous_hash"], row["hash"])
