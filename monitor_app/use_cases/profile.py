"""What everybody does with their own account: preferences, second factor, sessions, keys."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.account import KeyView, Preferences, Profile, SecondFactorOffer, SessionView
from monitor_app.domain.device import device_of
from monitor_app.domain.given import given_pk, given_secret, given_text
from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.plugins.sealing import Sealer
from monitor_app.security import totp
from monitor_app.security.permissions import PROFILE_MANAGE, Identity
from monitor_app.security.tokens import new_key, token_hash
from monitor_app.storage import accounts, api_keys, sessions
from monitor_app.storage.accounts import Account
from monitor_app.storage.sessions import Session
from monitor_app.storage.settings import load_security_settings
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.key_input import (
    NAME_LIMIT,
    check_addresses,
    check_expiry,
    check_permissions,
    key_document,
    key_view,
)
from monitor_app.use_cases.password_check import PasswordCheck
from monitor_app.use_cases.preferences import changed

ISSUER = "Lightbulb"
SECRET_LIMIT = 4096
CODE_LIMIT = 100
# Of one account, those that work.
KEYS_LIMIT = 50
# As `totp.new_secret` makes them: 160 bits in base 32.
_SECRET = re.compile(r"[A-Z2-7]{32}")


class ProfileUseCases:
    """All need the permission profile:manage, and concern the account of the identity, never another one."""

    def __init__(self, changes: AccessChanges, passwords: PasswordCheck, sealer: Sealer) -> None:
        self._changes = changes
        self._passwords = passwords
        self._sealer = sealer

    async def get(self, identity: Identity) -> Profile:
        """One's own account."""
        pk = _own(identity)
        async with self._changes.database.read() as conn:
            account = await accounts.get_account(conn, pk)
            codes = await accounts.count_recovery_codes(conn, pk)
        return Profile(
            username=account.username,
            role=account.role,
            preferences=account.preferences,
            has_second_factor=account.sealed_totp is not None,
            recovery_codes=codes,
            created_at=account.created_at,
            signed_in_at=account.signed_in_at,
        )

    async def set_preferences(self, identity: Identity, values: Mapping[str, Any]) -> Preferences:
        """What is not named stays. Raises InvalidInput with a message for each wrong or unknown one."""
        pk = _own(identity)
        async with self._changes.begin() as conn:
            account, now = await accounts.get_account(conn, pk), self._changes.now()
            after = changed(account.preferences, values)
            await accounts.update_account(conn, pk, now, preferences=asdict(after))
            await self._note(conn, identity, "profile.update", asdict(account.preferences), asdict(after))
        return after

    async def begin_second_factor(self, identity: Identity) -> SecondFactorOffer:
        """A fresh secret; nothing is stored before it is confirmed. Raises Conflict when there is one already."""
        pk = _own(identity)
        async with self._changes.database.read() as conn:
            account = await accounts.get_account(conn, pk)
        _refuse_second(account)
        secret = totp.new_secret()
        uri = totp.uri(secret, account.username, ISSUER)
        return SecondFactorOffer(secret, uri, totp.qr_svg(uri))

    async def confirm_second_factor(self, identity: Identity, secret: str, code: str) -> list[str]:
        """The recovery codes, shown once. Raises InvalidInput for a wrong code, Conflict when there is one already."""
        pk = _own(identity)
        secret = given_secret("secret", secret, SECRET_LIMIT)
        code = given_text("code", code, CODE_LIMIT)
        if not _SECRET.fullmatch(secret):
            raise InvalidInput({"secret": "must be the one that was shown: begin again"})
        codes = totp.new_recovery_codes()
        async with self._changes.begin() as conn:
            account, now = await accounts.get_account(conn, pk), self._changes.now()
            _refuse_second(account)
            step = totp.matching_step(secret, code, now)
            if step is None:
                raise InvalidInput({"code": "is not the one that belongs to this secret now: type the newest one"})
            sealed = self._sealer.seal(secret)
            await accounts.update_account(conn, pk, now, totp_secret=sealed, totp_step=step)
            await accounts.replace_recovery_codes(conn, pk, [totp.recovery_hash(each) for each in codes])
            await self._note(conn, identity, "second_factor.create")
        return codes

    async def drop_second_factor(self, identity: Identity, password: str) -> None:
        """Raises InvalidInput for a wrong password, Conflict when there is none, SlowDown."""
        known = await self._confirmed(identity, password, "second_factor.delete")
        async with self._changes.begin() as conn:
            account = await self._unchanged(conn, known)
            await accounts.drop_second_factor(conn, account.pk, self._changes.now())
            await self._note(conn, identity, "second_factor.delete")

    async def new_recovery_codes(self, identity: Identity, password: str) -> list[str]:
        """The old ones are of no use from now on. Raises as `drop_second_factor` does."""
        known = await self._confirmed(identity, password, "recovery_codes.create")
        codes = totp.new_recovery_codes()
        async with self._changes.begin() as conn:
            account = await self._unchanged(conn, known)
            await accounts.replace_recovery_codes(conn, account.pk, [totp.recovery_hash(each) for each in codes])
            await self._note(conn, identity, "recovery_codes.create")
        return codes

    async def sessions(self, identity: Identity) -> list[SessionView]:
        """Those that have not ended, the last used first; at most 50."""
        pk, now = _own(identity), self._changes.now()
        async with self._changes.database.read() as conn:
            found = await sessions.load_sessions(conn, now, pk)
            settings = await load_security_settings(conn)
        views = [self._session_view(identity, session, settings) for session in found]
        return sorted((view for view in views if view.ends_at > now), key=lambda view: view.used_at, reverse=True)

    async def end_session(self, identity: Identity, pk: int) -> None:
        """Raises NotFound, also for a session of somebody else."""
        own, pk = _own(identity), given_pk("session", pk)
        async with self._changes.begin() as conn:
            if not await sessions.delete_session(conn, pk, own):
                raise NotFound("There is no such session: it has ended already.")
            await self._note(conn, identity, "session.delete", {"session": pk})

    async def end_all_sessions(self, identity: Identity, keep_own: bool = True) -> int:
        """How many there were."""
        own = _own(identity)
        kept = int(identity.credential) if keep_own and identity.via == "session" else None
        async with self._changes.begin() as conn:
            ended = await sessions.delete_sessions(conn, own, besides=kept)
            await self._note(conn, identity, "session.delete_all", {"sessions": ended})
        return ended

    async def keys(self, identity: Identity) -> list[KeyView]:
        """The newest first, revoked ones too; at most 200."""
        own, now = _own(identity), self._changes.now()
        async with self._changes.database.read() as conn:
            return [key_view(key, identity.name, now) for key in await api_keys.load_keys(conn, "key", own)]

    async def make_key(
        self,
        identity: Identity,
        name: str,
        permissions: Sequence[str],
        expires_days: int | None = None,
        addresses: Sequence[str] = (),
    ) -> str:
        """The key, shown once. It may do no more than its owner, at each moment of its life.

        `addresses` are networks in CIDR notation it may be used from; none: from everywhere. Raises InvalidInput.
        """
        own, now = _own(identity), self._changes.now()
        name = given_text("name", name, NAME_LIMIT)
        allowed, networks = check_permissions(identity, permissions), check_addresses(addresses)
        expires_at, made = check_expiry(expires_days, now), new_key()
        new = api_keys.NewApiKey(
            made.key_id, token_hash(made.secret), "key", name, own, now, expires_at, allowed, networks
        )
        async with self._changes.begin() as conn:
            if (await api_keys.count_working(conn, "key", now)).get(own, 0) >= KEYS_LIMIT:
                raise Conflict({"name": f"cannot be added: you have {KEYS_LIMIT} keys; revoke one first"})
            after = key_document(await api_keys.insert_key(conn, new))
            await record(conn, identity, "key.create", at=now, target_type="key", target=made.key_id, after=after)
        return made.text

    async def revoke_key(self, identity: Identity, pk: int) -> None:
        """It is of no use from now on. Raises NotFound, also for a key of somebody else."""
        own, pk = _own(identity), given_pk("key", pk)
        async with self._changes.begin() as conn:
            now = self._changes.now()
            key = await api_keys.revoke_key(conn, pk, "key", now, own)
            if key is None:
                raise NotFound("There is no such key: it was revoked already.")
            before = key_document(key)
            await record(conn, identity, "key.revoke", at=now, target_type="key", target=key.key_id, before=before)

    async def _confirmed(self, identity: Identity, password: str, action: str) -> Account:
        """One's own account, once the password was right and there is a second factor."""
        pk = _own(identity)
        given_secret("password", password, SECRET_LIMIT)
        async with self._changes.database.read() as conn:
            account = await accounts.get_account(conn, pk)
        _require_second(account)
        address = identity.address
        if not await self._passwords.is_right(account.username, address, account.password_hash, password):
            async with self._changes.database.write() as conn:
                await record(conn, identity, action, at=self._changes.now(), target_type="account",
                             target=account.username, outcome="denied")  # fmt: skip
            raise InvalidInput({"password": "is not your password"})
        self._passwords.succeeded(account.username, address)
        return account

    async def _unchanged(self, conn: AsyncConnection, known: Account) -> Account:
        """The same account, now that nobody else can change it."""
        account = await accounts.get_account(conn, known.pk)
        if account.password_hash != known.password_hash or account.is_disabled:
            raise Conflict({"password": "was changed elsewhere just now: log in anew"})
        _require_second(account)
        return account

    def _session_view(self, identity: Identity, session: Session, settings: SecuritySettings) -> SessionView:
        book = self._changes.book
        used_at = session.used_at if book is None else book.used_at(session)
        return SessionView(
            pk=session.pk,
            device=device_of(session.user_agent),
            address=session.address,
            created_at=session.created_at,
            used_at=used_at,
            ends_at=session.ends_at(settings, used_at),
            is_kept=session.is_kept,
            is_own=identity.via == "session" and identity.credential == str(session.pk),
        )

    async def _note(
        self, conn: AsyncConnection, identity: Identity, action: str, before: Any = None, after: Any = None
    ) -> None:
        at = self._changes.now()
        await record(conn, identity, action, at=at, target_type="account", target=identity.name, before=before,
                     after=after)  # fmt: skip


def _own(identity: Identity) -> int:
    identity.require(PROFILE_MANAGE)
    if identity.account_pk is None:
        raise PermissionDenied(f"{identity.name} has no account")
    return identity.account_pk


def _refuse_second(account: Account) -> None:
    if account.sealed_totp is not None:
        raise Conflict({"code": "a second factor is set up already: take that one off first"})


def _require_second(account: Account) -> None:
    if account.sealed_totp is None:
        raise Conflict({"password": "is not needed: no second factor is set up"})
