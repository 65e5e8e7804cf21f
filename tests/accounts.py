"""Accounts for tests: the whole of accounts, sessions and keys on one database, with cheap password hashes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.audit import AuditFilter
from monitor_app.domain.events import AccessChanged
from monitor_app.security.passwords import Hasher
from monitor_app.security.permissions import ADMIN, SYSTEM, Identity
from monitor_app.security.throttle import LoginThrottle
from monitor_app.security.tokens import new_token, token_hash
from monitor_app.security.vault import Vault, new_key
from monitor_app.storage.audit import read
from monitor_app.storage.database import Database
from monitor_app.storage.invitations import NewInvitation, insert_invitation
from monitor_app.use_cases.access import AccessBook
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.accounts import AccountUseCases
from monitor_app.use_cases.password_check import PasswordCheck
from monitor_app.use_cases.profile import ProfileUseCases
from monitor_app.use_cases.rescue import Rescue
from monitor_app.use_cases.security_settings import SecuritySettingsUseCases
from monitor_app.use_cases.setup_link import new_setup_link
from monitor_app.use_cases.sign_in import SignedIn, SignIn
from monitor_app.use_cases.visitors import Visitors
from monitor_app.use_cases.wall_tokens import WallTokens
from tests.samples import NOON

PASSWORD = "wobbly-lantern-orchid-72"
ADDRESS = "192.0.2.7"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
# For a contract test whose databases differ in nothing that it is about.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PARTS = ("action", "who", "target", "outcome")
# Hashing as little as Argon2 allows.
cheap_hasher = partial(Hasher, time_cost=1, memory_kib=8)


class HandClock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def move(self, **distance: float) -> None:
        self.at += timedelta(**distance)


class Accounts:
    """All use cases of accounts, wired as the program does it."""

    def __init__(self, database: Database, clock: HandClock, hasher: Hasher, vault: Vault) -> None:
        self.database, self.clock, self.vault = database, clock, vault
        self.bus = Bus()
        self.book = AccessBook(database, clock, self.bus, vault.unseal)
        self.changes = AccessChanges(database, clock, self.book)
        self.passwords = PasswordCheck(hasher, LoginThrottle(clock))
        self.sign_in = SignIn(self.changes, self.passwords, vault)
        self.accounts = AccountUseCases(self.changes)
        self.profile = ProfileUseCases(self.changes, self.passwords, vault)
        self.visitors = Visitors(database, clock, self.book, self.profile)
        self.wall_tokens = WallTokens(self.changes)
        self.security_settings = SecuritySettingsUseCases(self.changes)
        self.rescue = Rescue(self.changes, self.passwords)
        self.seen: list[AccessChanged] = []

    async def note(self, event: AccessChanged) -> None:
        """Takes down what is told on the bus."""
        self.seen.append(event)

    async def set_up(self, username: str = "ada") -> SignedIn:
        """The first administrator, by the link, logged in."""
        token = await new_setup_link(self.changes)
        assert token is not None
        return await self.sign_in.set_up(token, username, PASSWORD, False, FIREFOX, ADDRESS)

    async def join(self, username: str, role: str = ADMIN, keep: bool = False) -> SignedIn:
        """Somebody of a role, by an invitation, logged in."""
        token = new_token()
        async with self.changes.begin() as conn:
            now = self.clock.now()
            until = now + timedelta(days=1)
            await insert_invitation(conn, NewInvitation(token_hash(token), role, SYSTEM.name, now, until))
        return await self.sign_in.accept_invitation(token, username, PASSWORD, keep, FIREFOX, ADDRESS)

    def who(self, signed: SignedIn) -> Identity:
        """Who comes with this session's cookie."""
        return self.book.of_cookie(f"lb_session={signed.token}", ADDRESS)

    async def log(self, *parts: str) -> list[tuple[str, ...]]:
        """The audit log, the oldest line first: action, who, target, outcome; or those parts of it."""
        async with self.database.read() as conn:
            lines = await read(conn, AuditFilter(), limit=1000)
        return [tuple(str(getattr(line.entry, part)) for part in parts or PARTS) for line in reversed(lines)]


@asynccontextmanager
async def accounts_of(
    database: Database, clock: HandClock | None = None, vault: Vault | None = None
) -> AsyncIterator[Accounts]:
    """On a database that has its tables; the book follows only when it is asked to."""
    hasher = cheap_hasher()
    made = Accounts(database, clock or HandClock(), hasher, vault or Vault([new_key()]))
    try:
        made.bus.subscribe(AccessChanged, made.note, "test")
        await made.book.read_now()
        yield made
    finally:
        await made.bus.close()
        hasher.close()
