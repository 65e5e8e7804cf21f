"""What administrators do with accounts: invite, change roles, disable, end sessions."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.account import AccountView, InvitationView
from monitor_app.domain.given import given_number, given_pk, given_text, shown
from monitor_app.errors import Conflict, InvalidInput, NotFound, Stale
from monitor_app.security.permissions import ACCOUNT_ROLES, ADMIN, USER_MANAGE, Identity
from monitor_app.security.tokens import new_token, token_hash
from monitor_app.storage import accounts, api_keys, invitations, sessions
from monitor_app.storage.accounts import ACCOUNTS_LIMIT, Account
from monitor_app.use_cases.access import allowed_to
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.auditing import record

DAYS_LIMIT = 30
NOTE_LIMIT = 120


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation, at the only moment when its token is known."""

    pk: int
    token: str = field(repr=False)


class AccountUseCases:
    """All need the permission user:manage."""

    def __init__(self, changes: AccessChanges) -> None:
        self._changes = changes

    async def list_all(self, identity: Identity) -> list[AccountView]:
        """Every account, by name; at most 1000."""
        identity.require(USER_MANAGE)
        now = self._changes.now()
        async with self._changes.database.read() as conn:
            known = await accounts.load_accounts(conn)
            of_sessions = await sessions.count_by_account(conn, now)
            of_keys = await api_keys.count_working(conn, "key", now)
        return [
            _view(account, of_sessions.get(account.pk, 0), of_keys.get(account.pk, 0))
            for account in known[:ACCOUNTS_LIMIT]
        ]

    async def invite(self, identity: Identity, role: str, note: str = "", days: int = 7) -> str:
        """A token for one new account, shown once: the page is /invitation#TOKEN. Raises InvalidInput."""
        return (await self.new_invitation(identity, role, note, days)).token

    async def new_invitation(self, identity: Identity, role: str, note: str = "", days: int = 7) -> Invited:
        """The same with the number of the invitation. Raises InvalidInput."""
        identity.require(USER_MANAGE)
        role, token = _role(role), new_token()
        note = given_text("note", note, NOTE_LIMIT, is_required=False)
        days = given_number("days", days, 1, DAYS_LIMIT)
        async with self._changes.begin() as conn:
            now = self._changes.now()
            expires_at = now + timedelta(days=days)
            new = invitations.NewInvitation(token_hash(token), role, identity.name, now, expires_at, note=note)
            pk = await invitations.insert_invitation(conn, new)
            after = {"role": role, "note": note, "expires_at": expires_at.isoformat()}
            await record(
                conn, identity, "invitation.create", at=now, target_type="invitation", target=note, after=after
            )
        return Invited(pk, token)

    async def list_invitations(self, identity: Identity) -> list[InvitationView]:
        """The newest first; at most 200."""
        identity.require(USER_MANAGE)
        async with self._changes.database.read() as conn:
            return await invitations.load_invitations(conn, self._changes.now())

    async def withdraw(self, identity: Identity, invitation_pk: int) -> None:
        """Raises NotFound when there is none that is open."""
        identity.require(USER_MANAGE)
        invitation_pk = given_pk("invitation", invitation_pk)
        async with self._changes.begin() as conn:
            gone = await invitations.delete_invitation(conn, invitation_pk)
            if gone is None:
                raise NotFound("There is no such invitation that could be withdrawn: it was used, or withdrawn before.")
            before = {"role": gone.role, "note": gone.note}
            await record(
                conn,
                identity,
                "invitation.delete",
                at=self._changes.now(),
                target_type="invitation",
                target=gone.note,
                before=before,
            )

    async def get(self, identity: Identity, pk: int) -> AccountView:
        """One account. Raises NotFound."""
        identity.require(USER_MANAGE)
        pk, now = given_pk("account", pk), self._changes.now()
        async with self._changes.database.read() as conn:
            account = await accounts.get_account(conn, pk)
            of_sessions = await sessions.count_by_account(conn, now)
            of_keys = await api_keys.count_working(conn, "key", now)
        return _view(account, of_sessions.get(pk, 0), of_keys.get(pk, 0))

    async def change(
        self,
        identity: Identity,
        pk: int,
        *,
        role: str | None = None,
        is_disabled: bool | None = None,
        expected_version: str | None = None,
    ) -> None:
        """Another role, disabled or not, or both; what is None stays. See `set_role` and `disable`.

        Raises NotFound, InvalidInput, Stale when the account is not the expected version, and Conflict for oneself and
        for the last administrator.
        """
        identity.require(USER_MANAGE)
        pk = given_pk("account", pk)
        wanted = {"role": None if role is None else _role(role), "is_disabled": is_disabled}
        async with self._changes.begin() as conn:
            account = await accounts.get_account(conn, pk)
            if expected_version not in (None, _view(account, 0, 0).version):
                text = f"{account.username} was changed by somebody else meanwhile: read it again, then change it"
                raise Stale({"account": text})
            present = {"role": account.role, "is_disabled": account.is_disabled}
            if after := {name: value for name, value in wanted.items() if value not in (None, present[name])}:
                await self._apply(conn, identity, account, **after)

    async def set_role(self, identity: Identity, pk: int, role: str) -> None:
        """Ends the account's sessions. Raises NotFound, InvalidInput, and Conflict for oneself and the last admin."""
        identity.require(USER_MANAGE)
        pk, role = given_pk("account", pk), _role(role)
        async with self._changes.begin() as conn:
            account = await accounts.get_account(conn, pk)
            if account.role == role:
                raise Conflict({"role": f"is {role} already"})
            await self._apply(conn, identity, account, role=role)

    async def disable(self, identity: Identity, pk: int) -> None:
        """Ends the account's sessions; its keys do not work. Raises NotFound, Conflict as `set_role` does."""
        identity.require(USER_MANAGE)
        pk = given_pk("account", pk)
        async with self._changes.begin() as conn:
            account = await accounts.get_account(conn, pk)
            if account.is_disabled:
                raise Conflict({"account": f"{account.username} is disabled already"})
            await self._apply(conn, identity, account, is_disabled=True)

    async def enable(self, identity: Identity, pk: int) -> None:
        """Let somebody log in again. Raises NotFound, Conflict for who may."""
        identity.require(USER_MANAGE)
        pk = given_pk("account", pk)
        async with self._changes.begin() as conn:
            account = await accounts.get_account(conn, pk)
            if not account.is_disabled:
                raise Conflict({"account": f"{account.username} is not disabled"})
            await self._apply(conn, identity, account, is_disabled=False)

    async def end_sessions(self, identity: Identity, pk: int) -> int:
        """How many there were. Raises NotFound."""
        identity.require(USER_MANAGE)
        pk = given_pk("account", pk)
        async with self._changes.begin() as conn:
            account = await accounts.get_account(conn, pk)
            ended = await sessions.delete_sessions(conn, pk)
            before = {"sessions": ended}
            await _note(conn, identity, "account.end_sessions", account, self._changes.now(), before)
        return ended

    async def reset_second_factor(self, identity: Identity, pk: int) -> None:
        """For who has lost both phone and codes; ends the account's sessions.

        Raises NotFound, Conflict without one, and for oneself: that takes one's password, see ProfileUseCases.
        """
        identity.require(USER_MANAGE)
        pk = given_pk("account", pk)
        if pk == identity.account_pk:
            raise Conflict({"account": "is your own: take its second factor off in your profile, with your password"})
        async with self._changes.begin() as conn:
            account, now = await accounts.get_account(conn, pk), self._changes.now()
            if account.sealed_totp is None:
                raise Conflict({"account": f"{account.username} has no second factor"})
            await accounts.drop_second_factor(conn, pk, now)
            await sessions.delete_sessions(conn, pk)
            await _note(conn, identity, "account.reset_second_factor", account, now)

    async def _apply(self, conn: AsyncConnection, identity: Identity, account: Account, **after: Any) -> None:
        """Make what differs so: role, is_disabled. Ends the sessions unless somebody is only enabled."""
        now = self._changes.now()
        is_enabled_only = after == {"is_disabled": False}
        if "role" in after:
            await self._refuse_to_lock_out(conn, identity, account, "role", "given another role")
        if after.get("is_disabled"):
            await self._refuse_to_lock_out(conn, identity, account, "account", "disabled")
        await accounts.update_account(conn, account.pk, now, **after)
        if not is_enabled_only:
            await sessions.delete_sessions(conn, account.pk)
        before = {name: getattr(account, name) for name in after}
        if list(after) == ["role"]:
            await _note(conn, identity, "account.set_role", account, now, before, after)
        elif list(after) == ["is_disabled"]:
            await _note(conn, identity, "account.disable" if after["is_disabled"] else "account.enable", account, now)
        else:
            await _note(conn, identity, "account.update", account, now, before, after)

    async def _refuse_to_lock_out(
        self, conn: AsyncConnection, identity: Identity, account: Account, field: str, done: str
    ) -> None:
        """An installation without an administrator could only be mended on the command line."""
        if account.pk == identity.account_pk:
            raise Conflict({field: f"your own account cannot be {done} by yourself: ask another administrator"})
        is_admin = account.role == ADMIN and not account.is_disabled
        if is_admin and not await accounts.count_admins(conn, ADMIN, besides=account.pk):
            raise Conflict({field: f"{account.username} is the last administrator and cannot be {done}"})


async def may_still_invite(conn: AsyncConnection, created_by: str) -> bool:
    """Whether an invitation counts: no door stays open that somebody made who has lost the right to.

    The command line and the program itself have no account.
    """
    account = await accounts.find_account(conn, created_by)
    return account is None or (not account.is_disabled and USER_MANAGE in allowed_to(account))


def _role(role: object) -> str:
    if not isinstance(role, str) or role not in ACCOUNT_ROLES:
        raise InvalidInput({"role": f"must be one of {', '.join(ACCOUNT_ROLES)}, got {shown(role)}"})
    return role


def _view(account: Account, session_count: int, key_count: int) -> AccountView:
    return AccountView(
        pk=account.pk,
        username=account.username,
        role=account.role,
        is_disabled=account.is_disabled,
        has_second_factor=account.sealed_totp is not None,
        sessions=session_count,
        keys=0 if account.is_disabled else key_count,
        created_at=account.created_at,
        signed_in_at=account.signed_in_at,
    )


async def _note(
    conn: AsyncConnection,
    identity: Identity,
    action: str,
    account: Account,
    at: datetime,
    before: object = None,
    after: object = None,
) -> None:
    await record(
        conn, identity, action, at=at, target_type="account", target=account.username, before=before, after=after
    )
