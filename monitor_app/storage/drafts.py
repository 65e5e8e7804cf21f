"""The draft table: what people have typed into forms and not saved yet.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models import AccountRow, Counter
from monitor_app.models.counter import SERVICE_REVISION
from monitor_app.models.draft import DraftRow

drafts = DraftRow.__table__  # type: ignore[attr-defined]
accounts = AccountRow.__table__  # type: ignore[attr-defined]
counters = Counter.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A row of the table; secrets in its content are sealed."""

    pk: int
    account_pk: int
    subject: str
    title: str
    content: Mapping[str, Any] = field(repr=False)
    base_revision: int
    updated_at: datetime


async def wait_for_key_change(conn: AsyncConnection) -> None:
    """Until this transaction ends no other key comes into use, and nobody else is kept waiting.

    SQLite has one writer anyway.
    """
    locked = select(counters.c.value).where(counters.c.name == SERVICE_REVISION)
    await conn.execute(locked.with_for_update(read=True))


async def find_draft(conn: AsyncConnection, account_pk: int, subject: str) -> StoredDraft | None:
    """Somebody's draft of this form."""
    chosen = drafts.c.account_pk == account_pk, drafts.c.subject == subject
    row = (await conn.execute(select(drafts).where(*chosen))).mappings().first()
    return _stored(row) if row else None


async def load_drafts(conn: AsyncConnection, account_pk: int | None = None) -> list[StoredDraft]:
    """Those of one person, the newest first; or all there are."""
    statement = select(drafts).order_by(drafts.c.updated_at.desc(), drafts.c.pk.desc())
    if account_pk is not None:
        statement = statement.where(drafts.c.account_pk == account_pk)
    return [_stored(row) for row in (await conn.execute(statement)).mappings()]


async def load_subjects(conn: AsyncConnection, account_pk: int, since: datetime) -> list[str]:
    """Of which forms one person has drafts that were touched since then."""
    chosen = drafts.c.account_pk == account_pk, drafts.c.updated_at >= since
    return list((await conn.execute(select(drafts.c.subject).where(*chosen))).scalars())


async def put_draft(conn: AsyncConnection, account_pk: int, subject: str, values: Mapping[str, Any]) -> None:
    """Add it, or put it in the place of the one there is: title, content, base_revision, updated_at."""
    chosen = drafts.c.account_pk == account_pk, drafts.c.subject == subject
    done = await conn.execute(update(drafts).where(*chosen).values(**values))
    if done.rowcount == 0:
        await conn.execute(insert(drafts).values(account_pk=account_pk, subject=subject, **values))


async def store_content(conn: AsyncConnection, pk: int, content: Mapping[str, Any]) -> None:
    """Put the same content in another writing."""
    await conn.execute(update(drafts).where(drafts.c.pk == pk).values(content=dict(content)))


async def delete_draft(conn: AsyncConnection, account_pk: int, subject: str) -> bool:
    """Whether there was one."""
    chosen = drafts.c.account_pk == account_pk, drafts.c.subject == subject
    return bool((await conn.execute(delete(drafts).where(*chosen))).rowcount)


async def delete_old(conn: AsyncConnection, before: datetime, account_pk: int, keep: int) -> None:
    """Everybody's that were touched last before then, and of one person all but the newest `keep`."""
    await conn.execute(delete(drafts).where(drafts.c.updated_at < before))
    own = select(drafts.c.pk).where(drafts.c.account_pk == account_pk)
    rows = await conn.execute(own.order_by(drafts.c.updated_at.desc(), drafts.c.pk.desc()).offset(keep))
    if surplus := list(rows.scalars()):
        await conn.execute(delete(drafts).where(drafts.c.pk.in_(surplus)))


async def owners(conn: AsyncConnection) -> dict[int, str]:
    """Who has drafts: username by the account's key."""
    chosen = select(accounts.c.pk, accounts.c.username).where(accounts.c.pk.in_(select(drafts.c.account_pk)))
    return {row.pk: row.username for row in await conn.execute(chosen)}


async def authors(conn: AsyncConnection, subjects: Collection[str]) -> list[str]:
    """The usernames of those who have a draft of one of these forms."""
    chosen = select(drafts.c.account_pk).where(drafts.c.subject.in_(subjects))
    return list((await conn.execute(select(accounts.c.username).where(accounts.c.pk.in_(chosen)))).scalars())


def _stored(row: RowMapping) -> StoredDraft:
    return StoredDraft(
        row["pk"],
        row["account_pk"],
        row["subject"],
        row["title"],
        row["content"],
        row["base_revision"],
        row["updated_at"],
    )
