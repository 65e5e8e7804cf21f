"""Logging in and out, the first account, invitations, wall screens, and changing one's password."""

import hmac
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.account import InvitationView
from monitor_app.domain.device import device_of
from monitor_app.domain.given import given_secret, given_text
from monitor_app.domain.username import same_username
from monitor_app.errors import Conflict, InvalidInput, LightbulbError, NotFound, PermissionDenied, SecretUnreadable
from monitor_app.plugins.sealing import Sealer
from monitor_app.security import machine_tokens
from monitor_app.security.machine_tokens import SigningKey
from monitor_app.security.passwords import password_problem
from monitor_app.security.permissions import ADMIN, BOARD_READ, NOBODY, PROFILE_MANAGE, SYSTEM, VIEWER, Identity
from monitor_app.security.tokens import new_token, parse_key, token_hash
from monitor_app.security.totp import matching_step, recovery_hash
from monitor_app.storage import accounts, api_keys, invitations, sessions
from monitor_app.storage.accounts import Account
from monitor_app.storage.settings import load_security_settings
from monitor_app.storage.signing_keys import (
    StoredSigningKey,
    delete_signing_keys,
    insert_signing_key,
    load_signing_keys,
)
from monitor_app.use_cases.access import allowed_to
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.accounts import may_still_invite
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.password_check import PasswordCheck, SlowDown

__all__ = ["CodeNeeded", "IssuedToken", "SignIn", "SignedIn", "SlowDown", "WrongCode", "WrongCredentials"]

# So long a browser keeps a cookie at the most.
COOKIE_LIMIT = timedelta(days=400)
# As long as nobody says otherwise; a wall screen's session ends with its token.
WALL_LIFETIME = timedelta(days=3650)
CODE_LIMIT = 100
PASSWORD_LIMIT = 4096
TOKEN_LIMIT = 200
UNKNOWN = "an unknown account"

WRONG = "Username or password is not right."
WRONG_CODE = "That code is not right, or was used before. Type the one that your app shows now, or a recovery code."
GONE = "This link is of no use (any more): it was used, withdrawn, or is too old. Ask for a new one."
IS_SET_UP = "Lightbulb is set up already: log in."


class WrongCredentials(LightbulbError):
    """Username or password is wrong, or the account is disabled: which of these is never said."""


class WrongCode(WrongCredentials):
    """The password is right, the code of the second factor is not."""


class CodeNeeded(LightbulbError):
    """The password is right; a code of the second factor is asked for, together with the password again."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. `token` is the cookie's value; `max_age` its seconds, None: until the browser is closed."""

    token: str = field(repr=False)
    identity: Identity
    max_age: int | None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A short-lived token for a machine client, good for so many seconds."""

    token: str = field(repr=False)
    seconds: int


@dataclass(frozen=True, slots=True)
class _Browser:
    """Where a session is made, and who that browser was until now."""

    is_kept: bool
    agent: str
    address: str
    replaces: Identity

    def visitor(self) -> Identity:
        """For the audit log, before it is known who it is."""
        return replace(self.replaces, address=self.address)


class Denials(Protocol):
    """Writes down who was denied, many of a kind in one line."""

    def note(self, identity: Identity, action: str, target: str = "") -> None:
        """One denial; returns at once."""
        ...


class SignIn:
    """What makes and ends sessions.

    `agent` is the browser's User-Agent header, `address` where it comes from. `replaces` is who the browser was until
    now: that session ends, and its correlation id goes into the audit log.
    """

    def __init__(
        self, changes: AccessChanges, passwords: PasswordCheck, sealer: Sealer, denials: Denials | None = None
    ) -> None:
        self._changes = changes
        self._passwords = passwords
        self._sealer = sealer
        self._denials = denials

    async def log_in(
        self,
        username: str,
        password: str,
        code: str = "",
        keep: bool = False,
        agent: str = "",
        address: str = "",
        replaces: Identity = NOBODY,
    ) -> SignedIn:
        """A new session.

        `code` is of the authenticator app, or a recovery code. Raises InvalidInput for what is left blank,
        WrongCredentials, WrongCode, CodeNeeded, SlowDown.
        """
        given_secret("username", username, PASSWORD_LIMIT)
        given_secret("password", password, PASSWORD_LIMIT)
        code = given_text("code", code, CODE_LIMIT, is_required=False)
        browser = _Browser(keep is True, agent, address, replaces)
        name = same_username(username)
        async with self._changes.database.read() as conn:
            found = await accounts.find_account(conn, name)
        stored = None if found is None or found.is_disabled else found.password_hash
        if not await self._passwords.is_right(name, address, stored, password) or found is None:
            await self._deny(browser, "session.create", found)
            raise WrongCredentials(WRONG)
        renewed = await self._passwords.hash(password) if self._passwords.needs_rehash(found.password_hash) else None
        try:
            signed = await self._begin(found, code, browser, renewed)
        except CodeNeeded:
            self._passwords.not_evaluated(name, address)
            raise
        except WrongCredentials:
            await self._deny(browser, "session.create", found)
            raise
        self._passwords.succeeded(name, address)
        return signed

    async def log_out(self, identity: Identity) -> None:
        """End the session that this identity comes from; nothing happens without one."""
        if identity.via not in ("session", "wall"):
            return
        async with self._changes.begin() as conn:
            if await sessions.delete_session(conn, int(identity.credential)):
                await record(conn, identity, "session.delete", at=self._changes.now(), target_type="session",
                             target=identity.name)  # fmt: skip

    async def set_up(
        self,
        token: str,
        username: str,
        password: str,
        keep: bool = False,
        agent: str = "",
        address: str = "",
        replaces: Identity = NOBODY,
    ) -> SignedIn:
        """The first administrator. Raises NotFound for a link that is of no use (any more), InvalidInput, SlowDown."""
        browser = _Browser(keep is True, agent, address, replaces)
        return await self._join(token, username, password, browser, is_setup=True)

    async def look_at_invitation(self, token: str) -> InvitationView:
        """What a link is for. Raises NotFound when it is unknown, used, withdrawn or expired."""
        hashed = token_hash(given_secret("token", token, TOKEN_LIMIT))
        async with self._changes.database.read() as conn:
            return await self._open_invitation(conn, hashed)

    async def accept_invitation(
        self,
        token: str,
        username: str,
        password: str,
        keep: bool = False,
        agent: str = "",
        address: str = "",
        replaces: Identity = NOBODY,
    ) -> SignedIn:
        """An account by an invitation. Raises NotFound, InvalidInput, Conflict (field username), SlowDown."""
        browser = _Browser(keep is True, agent, address, replaces)
        return await self._join(token, username, password, browser, is_setup=False)

    async def open_wall(self, token: str, agent: str = "", address: str = "", replaces: Identity = NOBODY) -> SignedIn:
        """A session that only reads the board. Raises NotFound for a token that does not work."""
        key_id, secret = parse_key(given_secret("token", token, TOKEN_LIMIT)) or ("", "")
        browser = _Browser(True, agent, address, replaces)
        async with self._changes.database.read() as conn:
            key = await api_keys.find_key(conn, key_id)
        if key is None or not hmac.compare_digest(key.secret_hash, token_hash(secret)):
            raise NotFound(GONE)  # before the line of those who write: guesses must hold nobody up
        async with self._changes.begin() as conn:
            now = self._changes.now()
            if (key := await api_keys.find_key(conn, key_id)) is None:
                raise NotFound(GONE)
            owner = await accounts.get_account(conn, key.account_pk)
            if key.kind != "wall" or not key.works(now) or owner.is_disabled:
                raise NotFound(GONE)
            expires_at = key.expires_at or now + WALL_LIFETIME
            token, session = await self._insert(conn, browser, now, expires_at, api_key_pk=key.pk)
            identity = Identity(
                f"wall {key.name}",
                VIEWER,
                frozenset({BOARD_READ}),
                via="wall",
                credential=str(session.pk),
                address=address,
                correlation_id=replaces.correlation_id,
            )
            await record(conn, identity, "session.create", at=now, target_type="session", target=identity.name)
        return SignedIn(token, identity, int(min(expires_at - now, COOKIE_LIMIT).total_seconds()))

    async def change_password(
        self, identity: Identity, current: str, new: str, agent: str = "", address: str = ""
    ) -> SignedIn:
        """Ends all sessions of one's own, and gives a new one in place of the present one.

        Raises PermissionDenied, InvalidInput (fields current, new), SlowDown.
        """
        identity.require(PROFILE_MANAGE)
        if identity.via != "session" or identity.account_pk is None:
            raise PermissionDenied("Only who is logged in has a password to change.")
        given_secret("current", current, PASSWORD_LIMIT)
        given_secret("new", new, PASSWORD_LIMIT)
        if problem := "must be another one" if new == current else password_problem(new, identity.name):
            raise InvalidInput({"new": problem})
        async with self._changes.database.read() as conn:
            account = await accounts.get_account(conn, identity.account_pk)
        if not await self._passwords.is_right(account.username, address, account.password_hash, current):
            await self._deny(_Browser(False, agent, address, identity), "password.change", account)
            raise InvalidInput({"current": "is not your password"})
        self._passwords.succeeded(account.username, address)
        hashed = await self._passwords.hash(new)
        async with self._changes.begin() as conn:
            now = self._changes.now()
            fresh = await accounts.get_account(conn, account.pk)
            if fresh.is_disabled or fresh.password_hash != account.password_hash:
                raise Conflict({"current": "was changed elsewhere just now: log in anew"})
            own = await sessions.get_session(conn, int(identity.credential))
            browser = _Browser(own is not None and own.is_kept, agent, address, identity)
            await sessions.delete_sessions(conn, account.pk)
            await accounts.update_account(conn, account.pk, now, password_hash=hashed)
            signed = await self._sign_in(conn, fresh, browser, now)
            await record(conn, identity, "password.change", at=now, target_type="account", target=account.username)
        return signed

    async def issue_token(self, identity: Identity) -> IssuedToken:
        """A short-lived token that stands for the API key that was used. Raises PermissionDenied without a key."""
        if identity.via != "key":
            raise PermissionDenied("A token is given for an API key: send one as `Authorization: Bearer lb_...`.")
        now = self._changes.now()
        async with self._changes.database.read() as conn:
            keys = self._readable(await load_signing_keys(conn))
        if machine_tokens.is_rotation_due(keys, now):
            keys = await self._rotate()
        token = machine_tokens.issue(keys, identity.credential, identity.permissions, now)
        async with self._changes.database.write() as conn:
            await record(conn, identity, "token.create", at=now, target_type="key", target=identity.credential)
        return IssuedToken(token, int(machine_tokens.LIFETIME.total_seconds()))

    async def _rotate(self) -> list[SigningKey]:
        """A new key to sign with; those go that nothing which is still good was signed with."""
        async with self._changes.begin() as conn:
            known, now = await load_signing_keys(conn), self._changes.now()
            readable = self._readable(known)
            if not machine_tokens.is_rotation_due(readable, now):  # another process was faster
                return readable
            new = machine_tokens.new_signing_key(now)
            await insert_signing_key(conn, StoredSigningKey(new.kid, self._sealer.seal(new.secret), now))
            needed = {key.kid for key in machine_tokens.still_needed([new, *readable], now)}
            await delete_signing_keys(conn, {key.kid for key in known} - needed)
            await record(conn, SYSTEM, "signing_key.create", at=now, target_type="signing_key", target=new.kid)
        return [new, *readable]

    def _readable(self, stored: Sequence[StoredSigningKey]) -> list[SigningKey]:
        """Without those whose secret key was lost: nothing that they signed can be checked."""
        found = []
        for key in stored:
            with suppress(SecretUnreadable):
                found.append(SigningKey(key.kid, self._sealer.unseal(key.sealed), key.created_at))
        return found

    async def _begin(self, found: Account, code: str, browser: _Browser, renewed: str | None) -> SignedIn:
        async with self._changes.begin() as conn:
            now = self._changes.now()
            account = await accounts.get_account(conn, found.pk)
            if account.is_disabled or account.password_hash != found.password_hash:
                raise WrongCredentials(WRONG)
            await self._check_code(conn, account, code, now)
            if renewed is not None:
                await accounts.update_account(conn, account.pk, now, password_hash=renewed)
            signed = await self._sign_in(conn, account, browser, now)
            after = {"device": device_of(browser.agent), "keeps_signed_in": browser.is_kept}
            await record(conn, signed.identity, "session.create", at=now, target_type="session",
                         target=account.username, after=after)  # fmt: skip
        return signed

    async def _check_code(self, conn: AsyncConnection, account: Account, code: str, now: datetime) -> None:
        if account.sealed_totp is None:
            return
        if not code:
            raise CodeNeeded("Type the code that your authenticator app shows, or a recovery code.")
        if await accounts.take_recovery_code(conn, account.pk, recovery_hash(code), now):
            return
        step = matching_step(self._sealer.unseal(account.sealed_totp), code, now)
        if step is None or not await accounts.take_totp_step(conn, account.pk, step):
            raise WrongCode(WRONG_CODE)

    async def _join(self, token: str, username: str, password: str, browser: _Browser, *, is_setup: bool) -> SignedIn:
        hashed = token_hash(given_secret("token", token, TOKEN_LIMIT))
        async with self._changes.database.read() as conn:
            await self._open_invitation(conn, hashed, is_setup=is_setup)
        name, stored = await self._passwords.choose(username, password)
        async with self._changes.begin() as conn:
            now = self._changes.now()
            invitation = await self._open_invitation(conn, hashed, is_setup=is_setup)
            await invitations.use_invitation(conn, invitation.pk, name, now)
            account = await accounts.insert_account(conn, name, invitation.role, stored, now)
            if is_setup:
                await invitations.delete_setup_links(conn)
            signed = await self._sign_in(conn, account, browser, now)
            after = {"role": account.role, "invited_by": invitation.created_by}
            await record(conn, signed.identity, "account.create", at=now, target_type="account", target=name,
                         after=after)  # fmt: skip
        return signed

    async def _open_invitation(
        self, conn: AsyncConnection, hashed: str, *, is_setup: bool | None = None
    ) -> InvitationView:
        found = await invitations.find_invitation(conn, hashed, self._changes.now())
        if found is None or is_setup not in (None, found.is_setup):
            raise NotFound(GONE)
        if found.is_setup and await accounts.count_admins(conn, ADMIN):
            raise NotFound(IS_SET_UP)
        if found.state != "open" or not await may_still_invite(conn, found.created_by):
            raise NotFound(GONE)
        return found

    async def _sign_in(self, conn: AsyncConnection, account: Account, browser: _Browser, now: datetime) -> SignedIn:
        lifetime = (await load_security_settings(conn)).absolute(is_kept=browser.is_kept)
        token, session = await self._insert(conn, browser, now, now + lifetime, account_pk=account.pk)
        await accounts.update_account(conn, account.pk, now, signed_in_at=now)
        identity = Identity(
            account.username,
            account.role,
            allowed_to(account),
            account_pk=account.pk,
            via="session",
            credential=str(session.pk),
            address=browser.address,
            correlation_id=browser.replaces.correlation_id,
        )
        return SignedIn(token, identity, int(lifetime.total_seconds()) if browser.is_kept else None)

    async def _insert(
        self,
        conn: AsyncConnection,
        browser: _Browser,
        now: datetime,
        expires_at: datetime,
        *,
        account_pk: int | None = None,
        api_key_pk: int | None = None,
    ) -> tuple[str, sessions.Session]:
        if browser.replaces.via in ("session", "wall"):
            await sessions.delete_session(conn, int(browser.replaces.credential))
        token = new_token()
        new = sessions.NewSession(token_hash(token), now, expires_at, account_pk, api_key_pk, browser.is_kept,
                                  browser.agent, browser.address)  # fmt: skip
        return token, await sessions.insert_session(conn, new)

    async def _deny(self, browser: _Browser, action: str, account: Account | None) -> None:
        """Written down without what was typed: people type passwords where names belong."""
        who = browser.visitor()
        target = UNKNOWN if account is None else account.username
        if self._denials is not None:
            self._denials.note(who, action, target)
            return
        async with self._changes.database.write() as conn:
            await record(conn, who, action, at=self._changes.now(), target_type="account", target=target,
                         outcome="denied")  # fmt: skip
