"""How somebody wants to see the screens: kept with the account, or for who has none under a key of its own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.account import Preferences
from monitor_app.errors import DatabaseUnavailable, InvalidInput
from monitor_app.log import get_logger
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.security.tokens import token_hash
from monitor_app.storage import visitors as table
from monitor_app.storage.database import Database
from monitor_app.storage.visitors import KEY_LENGTH, LET_IN, Visitor
from monitor_app.use_cases.preferences import changed
from monitor_app.use_cases.services import Clock

# Who did not come back for so long is forgotten; of more than so many those that stayed away longest.
KEPT: Final = timedelta(days=400)
VISITORS_LIMIT: Final = 10_000
# So far behind may `used_at` be.
USE_NOTED: Final = timedelta(days=1)

logger = get_logger(__name__)


class AccountPreferences(Protocol):
    """What is asked of use_cases/access.py."""

    def preferences(self, account_pk: int | None) -> Preferences:
        """What somebody has chosen; the defaults for nobody."""
        ...


class OwnPreferences(Protocol):
    """What is asked of use_cases/profile.py."""

    async def set_preferences(self, identity: Identity, values: Mapping[str, Any]) -> Preferences:
        """Change one's own account."""
        ...


def key_of(identity: Identity, session_key: str, visitor_key: str) -> str:
    """Under what is kept what this one chooses: "" for an account, which has a place of its own, and for a browser that
    has no cookie yet.

    `session_key` and `visitor_key` are what AccessBook makes of the cookies. A program never changes the account that
    its key belongs to, so it has a place of its own, too.
    """
    match identity.via:
        case "wall":
            return f"{LET_IN}{token_hash(f'wall {session_key}')}"[:KEY_LENGTH]
        case "key" | "token":
            return f"{LET_IN}{token_hash(f'key {identity.credential}')}"[:KEY_LENGTH]
        case "nothing":
            return visitor_key
        case _:
            return ""


class Visitors:
    """What accounts choose is theirs; everybody else is known by a key, see `key_of`.

    Nothing is kept of who never chose anything. No line in the audit log: nobody but its owner sees any of it.
    """

    def __init__(self, database: Database, clock: Clock, access: AccountPreferences, profile: OwnPreferences) -> None:
        self._database = database
        self._clock = clock
        self._access = access
        self._profile = profile

    async def find(self, key: str) -> Visitor | None:
        """What is known of somebody without an account. Raises DatabaseUnavailable."""
        if not key:
            return None
        async with self._database.read() as conn:
            found = await table.find_visitor(conn, key)
        if found is not None and self._clock.now() - found.used_at > USE_NOTED:
            async with self._database.write() as conn:
                await self._put(conn, key)
        return found

    async def preferences(self, identity: Identity, key: str) -> Preferences:
        """What was chosen; a program takes what its owner chose until it chooses for itself.

        The defaults while the database cannot be read: a screen comes up all the same.
        """
        base = self._access.preferences(identity.account_pk)
        try:
            return _with(base, await self.find(key))
        except DatabaseUnavailable as err:
            logger.warning("the preferences of a visitor cannot be read", reason=str(err))
            return base

    async def change(self, identity: Identity, key: str, values: Mapping[str, Any]) -> Preferences:
        """What is not named stays. Raises InvalidInput with a message for each wrong or unknown one."""
        identity.require(BOARD_READ)
        if identity.via == "session":
            return await self._profile.set_preferences(identity, values)
        base = self._access.preferences(identity.account_pk)
        async with self._database.write() as conn:
            found = await table.find_visitor(conn, key) if key else None
            after = changed(_with(base, found), values)
            if not key:
                raise InvalidInput({"cookie": "is needed to keep this"})
            chosen = dict(found.preferences if found else {}) | {name: getattr(after, name) for name in values}
            await self._put(conn, key, preferences=chosen)
        return after

    async def note_look(self, key: str, at: datetime) -> None:
        """Up to when somebody without an account has seen what changed. Raises DatabaseUnavailable."""
        if key:
            async with self._database.write() as conn:
                # Only of who has chosen something: anybody can make up cookies, and look at the board with each.
                await table.update_visitor(conn, key, used_at=self._clock.now(), looked_at=at)

    async def _put(self, conn: AsyncConnection, key: str, **values: Any) -> None:
        now = self._clock.now()
        await table.put_visitor(conn, key, now, **values)
        await table.delete_old(conn, now - KEPT, VISITORS_LIMIT)


def _with(base: Preferences, found: Visitor | None) -> Preferences:
    """With what was chosen; what another version knew is left out."""
    chosen = {} if found is None else found.preferences
    return replace(base, **{name: chosen[name] for name in Preferences.__slots__ if name in chosen})
