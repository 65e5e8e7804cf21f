"""Who is it? Answered at once, from memory, for every request and event; kept up to date from the database."""

from monitor_app.bus.local import Bus
from monitor_app.domain.account import Preferences
from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.security.permissions import Identity
from monitor_app.storage.database import Database


class AccessBook:
    """Sessions, keys and accounts of the whole installation, in memory.

    It follows the counter `access` every second and publishes AccessChanged for each change seen; what this process
    changes itself counts at once (`read_now`). While the database cannot be read it keeps what it has.

    `cookie_name` is `lb_session`, or `__Host-lb_session` where pages come over https (`Settings.cookie_name`).
    """

    def __init__(self, database: Database, clock, bus: Bus, unseal, cookie_name: str = "lb_session") -> None:
        self.cookie_name = cookie_name

    async def start(self) -> None:
        """Read all, then follow in the background. Raises DatabaseUnavailable."""
        raise NotImplementedError

    async def close(self) -> None:
        """Write down what was used, and stop following."""
        raise NotImplementedError

    async def read_now(self) -> None:
        """Return when all that was committed before this call counts. Raises DatabaseUnavailable."""
        raise NotImplementedError

    def of_cookie(self, cookie_header: str, address: str, *, is_use: bool = True) -> Identity:
        """Who sends this Cookie header from this address: nobody for an unknown, ended or missing session.

        With `is_use` the session counts as used now. The correlation id is left blank.
        """
        raise NotImplementedError

    def of_authorization(self, header: str, address: str) -> Identity | None:
        """Who sends this Authorization header: `Bearer` with an API key or a short-lived token. None: it is wrong."""
        raise NotImplementedError

    def identity_of_session(self, pk: int) -> Identity:
        """Who a session belongs to now; nobody when it has ended. Does not count as use; the address is blank."""
        raise NotImplementedError

    def nobody(self, address: str = "") -> Identity:
        """Who has not logged in; may read the board where that is public."""
        raise NotImplementedError

    def session_key(self, cookie_header: str) -> str:
        """SHA-256 (hex) of the session cookie's value, whether it is good or not; "" without one."""
        raise NotImplementedError

    def preferences(self, account_pk: int | None) -> Preferences:
        """What somebody has chosen; the defaults for nobody, walls and unknown accounts."""
        raise NotImplementedError

    def settings(self) -> SecuritySettings:
        """What administrators have decided."""
        raise NotImplementedError
