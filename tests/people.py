"""People who are logged in, put straight into a real database: no password is hashed for it."""

from dataclasses import dataclass, field
from datetime import timedelta

from monitor_app.engine.clock import SystemClock
from monitor_app.security.tokens import new_key, new_token, token_hash
from monitor_app.storage.accounts import find_account, insert_account, update_account
from monitor_app.storage.api_keys import NewApiKey, insert_key
from monitor_app.storage.database import Database
from monitor_app.storage.sessions import NewSession, delete_sessions, insert_session
from monitor_app.use_cases.access import AccessBook
from monitor_app.use_cases.access_changes import AccessChanges

COOKIE = "lb_session"


@dataclass(frozen=True)
class Person:
    """An account with one session."""

    pk: int
    username: str
    token: str = field(repr=False)

    @property
    def cookie(self) -> str:
        """The Cookie header of the browser."""
        return f"{COOKIE}={self.token}"

    @property
    def key(self) -> str:
        """The session's key, as the screens' guard knows it."""
        return token_hash(self.token)


class People:
    """Makes and ends accounts and sessions. With a book what is done counts at once in this process."""

    def __init__(self, database: Database, book: AccessBook | None = None) -> None:
        self._changes = AccessChanges(database, SystemClock(), book)

    async def log_in(self, username: str, role: str) -> Person:
        """A new session, for a new account when there is none of this name."""
        now, token = self._changes.now(), new_token()
        async with self._changes.begin() as conn:
            account = await find_account(conn, username)
            if account is None:
                account = await insert_account(conn, username, role, "no password", now)
            session = NewSession(token_hash(token), now, now + timedelta(days=1), account_pk=account.pk)
            await insert_session(conn, session)
        return Person(account.pk, username, token)

    async def open_wall(self, owner: Person) -> Person:
        """A wall screen with a token that `owner` made."""
        now, token, key = self._changes.now(), new_token(), new_key()
        async with self._changes.begin() as conn:
            new = NewApiKey(key.key_id, token_hash(key.secret), "wall", "hall", owner.pk, now)
            made = await insert_key(conn, new)
            session = NewSession(token_hash(token), now, now + timedelta(days=1), api_key_pk=made.pk)
            await insert_session(conn, session)
        return Person(0, "wall hall", token)

    async def end_sessions(self, person: Person) -> None:
        """Log somebody out, everywhere."""
        async with self._changes.begin() as conn:
            await delete_sessions(conn, person.pk)

    async def change(self, person: Person, **columns: object) -> None:
        """Change columns of an account, such as role."""
        async with self._changes.begin() as conn:
            await update_account(conn, person.pk, self._changes.now(), **columns)
