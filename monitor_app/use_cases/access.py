"""Who is it? Answered at once, from memory, for every request and event; kept up to date from the database."""

import asyncio
import hmac
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from monitor_app.bus.local import Bus
from monitor_app.domain.account import Preferences
from monitor_app.domain.events import AccessChanged
from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.errors import DatabaseUnavailable, SecretUnreadable, SettingsError
from monitor_app.log import get_logger
from monitor_app.security import machine_tokens
from monitor_app.security.machine_tokens import SigningKey
from monitor_app.security.permissions import (
    ANONYMOUS,
    BOARD_READ,
    NOT_FOR_KEYS,
    ROLES,
    VIEWER,
    Identity,
    Via,
)
from monitor_app.security.tokens import parse_key, token_hash
from monitor_app.storage import api_keys, sessions
from monitor_app.storage.access import StoredAccess, access_revision, load_access
from monitor_app.storage.accounts import Account
from monitor_app.storage.api_keys import ApiKey
from monitor_app.storage.database import Database
from monitor_app.storage.sessions import Session
from monitor_app.use_cases.services import Clock

POLL_SECONDS = 1.0
# So far behind may `used_at` be in the database.
FLUSH_SECONDS = 30.0
_PUBLIC = frozenset({BOARD_READ})
_NOTHING: frozenset[str] = frozenset()
_DEFAULTS = Preferences()

logger = get_logger(__name__)


class AccessBook:
    """Sessions, keys and accounts of the whole installation, in memory.

    It follows the counter `access` every second and publishes AccessChanged for each change seen; what this process
    changes itself counts at once (`read_now`). While the database cannot be read it keeps what it has.

    `cookie_name` is that of `Settings.cookie_name`: no other one counts. `unseal` opens the stored signing keys.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        unseal: Callable[[str], str],
        cookie_name: str = "lb_session",
    ) -> None:
        self.cookie_name = cookie_name
        self.visitor_cookie_name = cookie_name.replace("session", "visitor")
        self._cookie, self._visitor_cookie = _value_of(cookie_name), _value_of(self.visitor_cookie_name)
        self._database = database
        self._clock = clock
        self._bus = bus
        self._unseal = unseal
        self._reading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        # By the session's number: when it was last used, here or as far as others have told.
        self._used: dict[int, datetime] = {}
        self._working: frozenset[tuple[str, int]] = frozenset()
        self._take(StoredAccess(-1, [], [], [], [], SecuritySettings()))
        # What is not written down yet.
        self._session_uses: dict[int, datetime] = {}
        self._key_uses: dict[int, tuple[datetime, str]] = {}
        self._flushed_at = clock.now()

    async def start(self) -> None:
        """Read all, then follow in the background. Raises DatabaseUnavailable."""
        await self.read_now()
        self._task = asyncio.create_task(self._follow(), name="access book")

    async def close(self) -> None:
        """Write down what was used, and stop following."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with suppress(DatabaseUnavailable):
            await self.flush()

    async def read_now(self) -> None:
        """Return when all that was committed before this call counts. Raises DatabaseUnavailable."""
        async with self._reading:
            async with self._database.read() as conn:
                if await access_revision(conn) == self._stored.revision:
                    return
                stored = await load_access(conn, self._clock.now())
            self._take(stored)
        self._bus.publish(AccessChanged(stored.revision))

    async def look(self) -> None:
        """What is done every second: read what changed, see what has come to its end, now and then write down uses.

        Raises DatabaseUnavailable.
        """
        await self.read_now()
        working = frozenset(self._all_working())
        if self._working - working:
            self._bus.publish(AccessChanged(self._stored.revision))
        self._working = working
        if self._clock.now() - self._flushed_at >= timedelta(seconds=FLUSH_SECONDS):
            await self.flush()

    async def flush(self) -> None:
        """Write down when sessions and keys were used, and learn what other processes have written of theirs.

        Raises DatabaseUnavailable.
        """
        self._flushed_at = self._clock.now()
        session_uses, self._session_uses = self._session_uses, {}
        key_uses, self._key_uses = self._key_uses, {}
        try:
            if session_uses or key_uses:
                async with self._database.write() as conn:
                    await sessions.note_uses(conn, session_uses)
                    await api_keys.note_uses(conn, key_uses)
            async with self._database.read() as conn:
                known = await sessions.load_uses(conn)
        except DatabaseUnavailable:
            self._session_uses = session_uses | self._session_uses
            self._key_uses = key_uses | self._key_uses
            raise
        for pk, used_at in known.items():
            if pk in self._used and used_at > self._used[pk]:
                self._used[pk] = used_at

    def of_cookie(self, cookie_header: str, address: str, *, is_use: bool = True) -> Identity:
        """Who sends this Cookie header from this address: nobody for an unknown, ended or missing session.

        With `is_use` the session counts as used now. The correlation id is left blank.
        """
        return self.of_key(self.session_key(cookie_header), address, is_use=is_use)

    def of_key(self, session_key: str, address: str, *, is_use: bool = True) -> Identity:
        """The same by what `session_key` made of the header, for who does not want to keep cookies."""
        session = self._sessions.get(session_key)
        now = self._clock.now()
        if session is None or not self._is_working(session, now):
            return self.nobody(address)
        if is_use:
            self._used[session.pk] = self._session_uses[session.pk] = now
        return self._identity(session, address)

    def of_authorization(self, header: str, address: str) -> Identity | None:
        """Who sends this Authorization header: `Bearer` with an API key or a short-lived token. None: it is wrong."""
        scheme, _, text = header.strip().partition(" ")
        if scheme.lower() != "bearer":
            return None
        text, now = text.strip(), self._clock.now()
        if (parts := parse_key(text)) is not None:
            key_id, secret = parts
            key = self._keys.get(key_id)
            if key is None or not hmac.compare_digest(key.secret_hash, token_hash(secret)):
                return None
            return self._of_key(key, key.permissions, "key", address, now)
        token = machine_tokens.read(self._signing_keys, text, now)
        key = self._keys.get(token.key_id) if token is not None else None
        if token is None or key is None:
            return None
        return self._of_key(key, token.permissions.intersection(key.permissions), "token", address, now)

    def identity_of_session(self, pk: int) -> Identity:
        """Who a session belongs to now; nobody when it has ended. Does not count as use; the address is blank."""
        session = self._sessions_by_pk.get(pk)
        if session is None or not self._is_working(session, self._clock.now()):
            return self.nobody()
        return self._identity(session, "")

    def of_same_proof(self, identity: Identity) -> Identity:
        """Who comes with the same proof now, for who listens for long: nobody when it is good no more.

        A short-lived token is taken for good here: its end by time the caller knows.
        """
        match identity.via:
            case "session" | "wall":
                return replace(self.identity_of_session(int(identity.credential)), address=identity.address)
            case "key" | "token":
                key = self._keys.get(identity.credential)
                if key is None:
                    return self.nobody(identity.address)
                given = frozenset(key.permissions)
                allowed = given & identity.permissions if identity.via == "token" else given
                found = self._of_key(key, allowed, identity.via, identity.address, self._clock.now())
                return found or self.nobody(identity.address)
            case _:
                return self.nobody(identity.address)

    def nobody(self, address: str = "") -> Identity:
        """Who has not logged in; may read the board where that is public."""
        permissions = _PUBLIC if self._stored.settings.is_board_public else _NOTHING
        return Identity(ANONYMOUS, ANONYMOUS, permissions, address=address)

    def session_key(self, cookie_header: str) -> str:
        """SHA-256 (hex) of the session cookie's value, whether it is good or not; "" without one.

        Two that differ count as none: another site of the same domain may have planted one of them.
        """
        return _key_in(cookie_header, self._cookie)

    def visitor_key(self, cookie_header: str) -> str:
        """The same of the cookie of who has no account, which proves nothing: it names what was chosen and seen."""
        return _key_in(cookie_header, self._visitor_cookie)

    def preferences(self, account_pk: int | None) -> Preferences:
        """What somebody has chosen; the defaults for nobody, walls and unknown accounts."""
        account = self._accounts.get(account_pk) if account_pk is not None else None
        return account.preferences if account is not None else _DEFAULTS

    def settings(self) -> SecuritySettings:
        """What administrators have decided."""
        return self._stored.settings

    def has_key(self, key_id: str) -> bool:
        """Whether there is a key of this id that works, whoever may use it."""
        return key_id in self._keys

    def signing_keys(self) -> list[SigningKey]:
        """Those that short-lived tokens may be signed with."""
        return self._signing_keys

    def places(self) -> Iterator[tuple[str, str]]:
        """Username and address of each session: where people are known to come from."""
        for session in self._stored.sessions:
            account = self._accounts.get(session.account_pk) if session.account_pk is not None else None
            if account is not None and session.address:
                yield account.username, session.address

    def used_at(self, session: Session) -> datetime:
        """When a session was last used, this moment's uses included."""
        return max(session.used_at, self._used.get(session.pk, session.used_at))

    def _take(self, stored: StoredAccess) -> None:
        self._stored = stored
        self._accounts = {account.pk: account for account in stored.accounts}
        self._sessions = {session.token_hash: session for session in stored.sessions}
        self._sessions_by_pk = {session.pk: session for session in stored.sessions}
        self._keys = {key.key_id: key for key in stored.keys}
        self._keys_by_pk = {key.pk: key for key in stored.keys}
        self._signing_keys = list(self._opened(stored))
        self._used = {session.pk: self.used_at(session) for session in stored.sessions}
        self._working = frozenset(self._all_working())

    def _opened(self, stored: StoredAccess) -> Iterator[SigningKey]:
        for key in stored.signing_keys:
            try:
                yield SigningKey(key.kid, self._unseal(key.sealed), key.created_at)
            except (SecretUnreadable, SettingsError) as err:  # a key that is lost, a key file that cannot be read
                logger.warning("tokens of machine clients that this key signed do not work", kid=key.kid, why=str(err))

    def _is_working(self, session: Session, now: datetime) -> bool:
        if session.api_key_pk is not None:
            key = self._keys_by_pk.get(session.api_key_pk)
            if key is None or key.kind != "wall" or not key.works(now):
                return False
            owner = self._accounts.get(key.account_pk)
        else:
            owner = self._accounts.get(session.account_pk) if session.account_pk is not None else None
        if owner is None or owner.is_disabled:
            return False
        return now < session.ends_at(self._stored.settings, self._used.get(session.pk))

    def _all_working(self) -> Iterator[tuple[str, int]]:
        now = self._clock.now()
        yield from (("session", session.pk) for session in self._stored.sessions if self._is_working(session, now))
        yield from (("key", key.pk) for key in self._stored.keys if key.works(now))

    def _identity(self, session: Session, address: str) -> Identity:
        """Of a session that works."""
        if session.api_key_pk is not None:
            name = f"wall {self._keys_by_pk[session.api_key_pk].name}"
            return Identity(name, VIEWER, _PUBLIC, None, "wall", str(session.pk), address)
        assert session.account_pk is not None
        account = self._accounts[session.account_pk]
        return Identity(
            account.username, account.role, allowed_to(account), account.pk, "session", str(session.pk), address
        )

    def _of_key(
        self, key: ApiKey, permissions: frozenset[str] | tuple[str, ...], via: Via, address: str, now: datetime
    ) -> Identity | None:
        account = self._accounts.get(key.account_pk)
        if key.kind != "key" or account is None or account.is_disabled or not key.works(now):
            return None
        if key.addresses and not _is_inside(address, key.addresses):
            return None
        self._key_uses[key.pk] = (now, address)
        # What its owner may not (any more), the key may not either.
        allowed = allowed_to(account).intersection(permissions) - NOT_FOR_KEYS
        return Identity(account.username, account.role, allowed, account.pk, via, key.key_id, address)

    async def _follow(self) -> None:
        is_told = False
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self.look()
            except Exception as err:  # noqa: BLE001 - whatever happens, changes must be followed
                if not is_told:
                    self._tell(err)
                is_told = True
            else:
                if is_told:
                    logger.info("accounts, sessions and keys are read again")
                is_told = False

    def _tell(self, err: Exception) -> None:
        if isinstance(err, DatabaseUnavailable):
            logger.error("changes of accounts, sessions and keys are not seen", reason=str(err))
        else:
            logger.exception("changes of accounts, sessions and keys are not seen")


def _value_of(cookie_name: str) -> re.Pattern[str]:
    """Finds the values of a cookie in a Cookie header."""
    return re.compile(rf"(?:^|;)\s*{re.escape(cookie_name)}=([^;]*)")


def _key_in(cookie_header: str, cookie: re.Pattern[str]) -> str:
    values = set(cookie.findall(cookie_header))
    return token_hash(values.pop().strip()) if len(values) == 1 else ""


def allowed_to(account: Account) -> frozenset[str]:
    """What the account's role allows; nothing, if this version does not know that role."""
    return ROLES.get(account.role, _NOTHING)


def _is_inside(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an address is in one of these networks; an IPv4 address may come in the clothes of an IPv6 one."""
    try:
        place = ip_address(address)
    except ValueError:
        return False
    place = getattr(place, "ipv4_mapped", None) or place
    return any(place in ip_network(network) for network in networks)
