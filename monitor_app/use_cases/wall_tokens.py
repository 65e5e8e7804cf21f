"""Tokens for wall screens, which read the board and nothing else."""

from monitor_app.domain.account import KeyView
from monitor_app.domain.given import given_pk, given_text
from monitor_app.errors import Conflict, NotFound, PermissionDenied
from monitor_app.security.permissions import BOARD_READ, SETTING_MANAGE, Identity
from monitor_app.security.tokens import new_key, token_hash
from monitor_app.storage import accounts, api_keys, sessions
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.key_input import NAME_LIMIT, check_expiry, key_document, key_view

TOKENS_LIMIT = 50


class WallTokens:
    """All need the permission setting:manage. A token works as long as who made it has an account that works."""

    def __init__(self, changes: AccessChanges) -> None:
        self._changes = changes

    async def list_all(self, identity: Identity) -> list[KeyView]:
        """The newest first, revoked ones too; at most 200."""
        identity.require(SETTING_MANAGE)
        now = self._changes.now()
        async with self._changes.database.read() as conn:
            names = {account.pk: account.username for account in await accounts.load_accounts(conn)}
            return [key_view(key, names[key.account_pk], now) for key in await api_keys.load_keys(conn, "wall")]

    async def make(self, identity: Identity, name: str, expires_days: int | None = None) -> str:
        """The token, shown once: the page is /wall#TOKEN. Raises InvalidInput, Conflict when there are too many."""
        identity.require(SETTING_MANAGE)
        if identity.account_pk is None:
            raise PermissionDenied(f"{identity.name} has no account")
        now = self._changes.now()
        name, expires_at = given_text("name", name, NAME_LIMIT), check_expiry(expires_days, now)
        made = new_key()
        new = api_keys.NewApiKey(
            made.key_id, token_hash(made.secret), "wall", name, identity.account_pk, now, expires_at, (BOARD_READ,)
        )
        async with self._changes.begin() as conn:
            if sum((await api_keys.count_working(conn, "wall", now)).values()) >= TOKENS_LIMIT:
                raise Conflict({"name": f"cannot be added: there are {TOKENS_LIMIT} wall screens; revoke one first"})
            after = key_document(await api_keys.insert_key(conn, new))
            await record(conn, identity, "wall.create", at=now, target_type="wall", target=made.key_id, after=after)
        return made.text

    async def revoke(self, identity: Identity, pk: int) -> None:
        """Ends the screens that were opened with it. Raises NotFound."""
        identity.require(SETTING_MANAGE)
        pk = given_pk("wall", pk)
        async with self._changes.begin() as conn:
            now = self._changes.now()
            key = await api_keys.revoke_key(conn, pk, "wall", now)
            if key is None:
                raise NotFound("There is no such token: it was revoked already.")
            await sessions.delete_sessions_of_key(conn, pk)
            before = key_document(key)
            await record(conn, identity, "wall.revoke", at=now, target_type="wall", target=key.key_id, before=before)
