"""Logging in and out, the first account, invitations, wall screens, and changing one's password."""

from dataclasses import dataclass, field

from monitor_app.domain.account import InvitationView
from monitor_app.errors import LightbulbError
from monitor_app.security.permissions import NOBODY, Identity


class WrongCredentials(LightbulbError):
    """Username or password is wrong, or the account is disabled: which of these is never said."""


class WrongCode(WrongCredentials):
    """The password is right, the code of the second factor is not."""


class CodeNeeded(LightbulbError):
    """The password is right; a code of the second factor is asked for, together with the password again."""


class SlowDown(LightbulbError):
    """Too many tries; nothing was looked at. `retry_after` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(f"Too many tries. Wait {max(1, round(retry_after))} s, then try again.")


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


class SignIn:
    """What makes and ends sessions. `agent` is the browser's User-Agent header, `address` where it comes from."""

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
        """A new session; that of `replaces`, who the browser was until now, ends.

        `code` is of the authenticator app, or a recovery code. Raises WrongCredentials, WrongCode, CodeNeeded, SlowDown.
        """
        raise NotImplementedError

    async def log_out(self, identity: Identity) -> None:
        """End the session that this identity comes from; nothing happens without one."""
        raise NotImplementedError

    async def set_up(
        self, token: str, username: str, password: str, keep: bool = False, agent: str = "", address: str = ""
    ) -> SignedIn:
        """The first administrator. Raises NotFound for a link that is of no use (any more), InvalidInput, SlowDown."""
        raise NotImplementedError

    async def look_at_invitation(self, token: str) -> InvitationView:
        """What a link is for. Raises NotFound when it is unknown, used, withdrawn or expired."""
        raise NotImplementedError

    async def accept_invitation(
        self, token: str, username: str, password: str, keep: bool = False, agent: str = "", address: str = ""
    ) -> SignedIn:
        """An account by an invitation. Raises NotFound, InvalidInput, Conflict (field username), SlowDown."""
        raise NotImplementedError

    async def open_wall(self, token: str, agent: str = "", address: str = "") -> SignedIn:
        """A session that only reads the board. Raises NotFound for a token that does not work."""
        raise NotImplementedError

    async def change_password(
        self, identity: Identity, current: str, new: str, agent: str = "", address: str = ""
    ) -> SignedIn:
        """Ends all sessions of one's own, and gives a new one in place of the present one.

        Raises PermissionDenied, InvalidInput (fields current, new), SlowDown.
        """
        raise NotImplementedError

    async def issue_token(self, identity: Identity) -> IssuedToken:
        """A short-lived token that stands for the API key that was used. Raises PermissionDenied without a key."""
        raise NotImplementedError
