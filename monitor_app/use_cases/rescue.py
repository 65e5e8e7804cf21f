"""What the command line does with accounts, also when nobody can log in: whoever runs it has the database anyway."""

from monitor_app.domain.account import AccountView
from monitor_app.domain.username import same_username
from monitor_app.errors import InvalidInput, NotFound
from monitor_app.security.passwords import password_problem
from monitor_app.security.permissions import ADMIN, COMMAND_LINE
from monitor_app.storage import accounts, invitations, sessions
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.accounts import AccountUseCases
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.password_check import PasswordCheck


class Rescue:
    """Acts as "command line" in the audit log."""

    def __init__(self, changes: AccessChanges, passwords: PasswordCheck) -> None:
        self._changes = changes
        self._passwords = passwords

    async def create_admin(self, username: str, password: str) -> str:
        """A further administrator; set-up links are of no use from now on. The name as it is stored.

        Raises InvalidInput, Conflict when the name is taken.
        """
        name, stored = await self._passwords.choose(username, password)
        async with self._changes.begin() as conn:
            now = self._changes.now()
            await accounts.insert_account(conn, name, ADMIN, stored, now)
            await invitations.delete_setup_links(conn)
            after = {"role": ADMIN}
            await record(conn, COMMAND_LINE, "account.create", at=now, target_type="account", target=name, after=after)
        return name

    async def reset_password(self, username: str, password: str, *, drops_second_factor: bool = False) -> str:
        """A new password for an account, which is enabled by that; its sessions end. The name as it is stored.

        Raises NotFound, InvalidInput (field `password`).
        """
        name = same_username(username)
        if problem := password_problem(password, name):
            raise InvalidInput({"password": problem})
        stored = await self._passwords.hash(password)
        async with self._changes.begin() as conn:
            account, now = await accounts.find_account(conn, name), self._changes.now()
            if account is None:
                raise NotFound(f"No account is called {username!r}: `python -m monitor_app admin list` tells them.")
            await accounts.update_account(conn, account.pk, now, password_hash=stored, is_disabled=False)
            if drops_second_factor:
                await accounts.drop_second_factor(conn, account.pk, now)
            await sessions.delete_sessions(conn, account.pk)
            before = {"is_disabled": account.is_disabled, "has_second_factor": account.sealed_totp is not None}
            has_second_factor = account.sealed_totp is not None and not drops_second_factor
            after = {"is_disabled": False, "has_second_factor": has_second_factor}
            await record(
                conn,
                COMMAND_LINE,
                "password.reset",
                at=now,
                target_type="account",
                target=name,
                before=before,
                after=after,
            )
        return name

    async def list_all(self) -> list[AccountView]:
        """Every account, by name."""
        return await AccountUseCases(self._changes).list_all(COMMAND_LINE)
