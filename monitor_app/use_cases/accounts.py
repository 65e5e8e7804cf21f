"""What administrators do with accounts: invite, change roles, disable, end sessions."""

from monitor_app.domain.account import AccountView, InvitationView
from monitor_app.security.permissions import Identity


class AccountUseCases:
    """All need the permission user:manage."""

    async def list_all(self, identity: Identity) -> list[AccountView]:
        """Every account, by name; at most 1000."""
        raise NotImplementedError

    async def invite(self, identity: Identity, role: str, note: str = "", days: int = 7) -> str:
        """A token for one new account, shown once: the page is /invitation#TOKEN. Raises InvalidInput."""
        raise NotImplementedError

    async def list_invitations(self, identity: Identity) -> list[InvitationView]:
        """The newest first; at most 200."""
        raise NotImplementedError

    async def withdraw(self, identity: Identity, invitation_pk: int) -> None:
        """Raises NotFound when there is none that is open."""
        raise NotImplementedError

    async def set_role(self, identity: Identity, pk: int, role: str) -> None:
        """Ends the account's sessions. Raises NotFound, InvalidInput, and Conflict for oneself and the last admin."""
        raise NotImplementedError

    async def disable(self, identity: Identity, pk: int) -> None:
        """Ends the account's sessions; its keys do not work. Raises NotFound, Conflict as `set_role` does."""
        raise NotImplementedError

    async def enable(self, identity: Identity, pk: int) -> None:
        """Let somebody log in again. Raises NotFound."""
        raise NotImplementedError

    async def end_sessions(self, identity: Identity, pk: int) -> int:
        """How many there were. Raises NotFound."""
        raise NotImplementedError

    async def reset_second_factor(self, identity: Identity, pk: int) -> None:
        """For who has lost both phone and codes; ends the account's sessions. Raises NotFound, Conflict without one."""
        raise NotImplementedError
