"""All that tells who may do what, read at once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.models import Counter
from monitor_app.models.counter import ACCESS_REVISION
from monitor_app.storage.accounts import Account, load_accounts
from monitor_app.storage.api_keys import ApiKey, load_working_keys
from monitor_app.storage.sessions import Session, load_sessions
from monitor_app.storage.settings import load_security_settings
from monitor_app.storage.signing_keys import StoredSigningKey, load_signing_keys

counters = Counter.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class StoredAccess:
    """The tables as they were at one revision of the counter `access`; what has ended already is left out."""

    revision: int
    accounts: list[Account]
    sessions: list[Session]
    keys: list[ApiKey]
    signing_keys: list[StoredSigningKey]
    settings: SecuritySettings


async def access_revision(conn: AsyncConnection) -> int:
    """The counter `access`."""
    value: int = (await conn.execute(select(counters.c.value).where(counters.c.name == ACCESS_REVISION))).scalar_one()
    return value


async def load_access(conn: AsyncConnection, now: datetime) -> StoredAccess:
    """To be called in a transaction that sees one state, as `Database.read()` gives it."""
    return StoredAccess(
        revision=await access_revision(conn),
        accounts=await load_accounts(conn),
        sessions=await load_sessions(conn, now),
        keys=await load_working_keys(conn, now),
        signing_keys=await load_signing_keys(conn),
        settings=await load_security_settings(conn),
    )
