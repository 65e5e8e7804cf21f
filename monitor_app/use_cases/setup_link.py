"""The link that makes the first administrator, told to who starts the program."""

from datetime import timedelta

from monitor_app.security.permissions import ADMIN, SYSTEM
from monitor_app.security.tokens import new_token, token_hash
from monitor_app.storage.accounts import count_admins
from monitor_app.storage.database import Database
from monitor_app.storage.invitations import NewInvitation, delete_setup_links, insert_invitation
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.auditing import record

LIFETIME = timedelta(hours=24)
PATH = "/setup#"


async def has_administrator(database: Database) -> bool:
    """Whether there is one who may log in. Raises DatabaseUnavailable."""
    async with database.read() as conn:
        return await count_admins(conn, ADMIN) > 0


async def new_setup_link(changes: AccessChanges) -> str | None:
    """The token of a fresh link, good for a day and for one account; those before it are of no use any more.

    None when there is an administrator. Raises DatabaseUnavailable.
    """
    if await has_administrator(changes.database):
        return None
    token = new_token()
    async with changes.begin() as conn:
        if await count_admins(conn, ADMIN):
            return None
        now = changes.now()
        await delete_setup_links(conn)
        link = NewInvitation(token_hash(token), ADMIN, SYSTEM.name, now, now + LIFETIME, is_setup=True)
        await insert_invitation(conn, link)
        await record(conn, SYSTEM, "invitation.create", at=now, target_type="invitation", target="set-up link")
    return token
