"""The `signing_key` table. The secrets are sealed; who reads them here unseals them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models import SigningKeyRow

keys = SigningKeyRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class StoredSigningKey:
    """A key as it is stored: `sealed` is the token of its secret."""

    kid: str
    sealed: str = field(repr=False)
    created_at: datetime


async def load_signing_keys(conn: AsyncConnection) -> list[StoredSigningKey]:
    """All, the newest first."""
    rows = await conn.execute(select(keys).order_by(keys.c.created_at.desc(), keys.c.kid))
    return [StoredSigningKey(row["kid"], row["secret"], row["created_at"]) for row in rows.mappings()]


async def insert_signing_key(conn: AsyncConnection, key: StoredSigningKey) -> None:
    """Add one, which signs from now on."""
    await conn.execute(insert(keys).values(kid=key.kid, secret=key.sealed, created_at=key.created_at))


async def delete_signing_keys(conn: AsyncConnection, kids: Collection[str]) -> None:
    """Take these away: what they signed is of no use any more."""
    await conn.execute(delete(keys).where(keys.c.kid.in_(kids)))
