"""What changed on the board since somebody looked last. Nobody but they themselves sees any of it: no audit."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from monitor_app.domain.since import ChangedSince, changed_since
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.storage import accounts
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.use_cases.services import Clock

# Further back nobody asks what changed; of more changes the oldest are left out.
SPAN_LIMIT: Final = timedelta(days=30)
EVENTS_LIMIT: Final = 5000


class Visitor(Protocol):
    """What is known of somebody without an account."""

    @property
    def looked_at(self) -> datetime | None:
        """Up to when they have seen it."""
        ...


class Visitors(Protocol):
    """What is asked of use_cases/visitors.py."""

    async def find(self, key: str) -> Visitor | None:
        """Somebody without an account, by their key."""
        ...

    async def note_look(self, key: str, at: datetime) -> None:
        """Up to when they have seen it."""
        ...


@dataclass(frozen=True, slots=True)
class News:
    """What changed after `since`, the latest first."""

    since: datetime
    changed: list[ChangedSince]


class Looked:
    """By account; who has none is known by the key of a visitor, and who has no key either is told nothing."""

    def __init__(self, database: Database, clock: Clock, visitors: Visitors) -> None:
        self._database = database
        self._history = SqlHistory(database)
        self._clock = clock
        self._visitors = visitors

    async def news(self, identity: Identity, key: str) -> News | None:
        """What they have not seen; None for who has never looked. Raises DatabaseUnavailable."""
        identity.require(BOARD_READ)
        looked_at = await self._looked_at(identity, key)
        if looked_at is None:
            return None
        since = max(looked_at, self._clock.now() - SPAN_LIMIT)
        return News(since, changed_since(await self._history.status_changes(since, EVENTS_LIMIT)))

    async def note(self, identity: Identity, key: str) -> None:
        """They see it now. Raises DatabaseUnavailable."""
        identity.require(BOARD_READ)
        if identity.via == "session" and identity.account_pk is not None:
            async with self._database.write() as conn:
                await accounts.note_look(conn, identity.account_pk, self._clock.now())
        else:
            await self._visitors.note_look(key, self._clock.now())

    async def _looked_at(self, identity: Identity, key: str) -> datetime | None:
        if identity.via == "session" and identity.account_pk is not None:
            async with self._database.read() as conn:
                return await accounts.looked_at(conn, identity.account_pk)
        found = await self._visitors.find(key)
        return None if found is None else found.looked_at
