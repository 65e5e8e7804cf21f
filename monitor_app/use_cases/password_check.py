"""Looking at a password: slowed down for who guesses, and never telling whether there is such an account."""

from typing import Any

from monitor_app.domain.username import check_username
from monitor_app.errors import Busy, InvalidInput, LightbulbError
from monitor_app.security.passwords import LONGEST, Hasher, password_problem
from monitor_app.security.throttle import LoginThrottle

BUSY_SECONDS = 2.0


class SlowDown(LightbulbError):
    """Too many tries; nothing was looked at. `retry_after` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(f"Too many tries. Wait {max(1, round(retry_after))} s, then try again.")


class PasswordCheck:
    """One for the whole process, because the throttle counts all tries together."""

    def __init__(self, hasher: Hasher, throttle: LoginThrottle) -> None:
        self._hasher = hasher
        self._throttle = throttle

    async def is_right(self, username: str, address: str, stored: str | None, password: str) -> bool:
        """Whether it is the password of `stored`; None, when there is no such account, takes the same time.

        Counts as a wrong try until `succeeded` or `not_evaluated` is called. Raises SlowDown.
        """
        wait = self._throttle.admit(username, address)
        if wait > 0:
            raise SlowDown(wait)
        is_possible = len(password) <= LONGEST
        try:
            return await self._hasher.verify(stored if is_possible else None, password if is_possible else "")
        except Busy as err:
            self._throttle.not_evaluated(username, address)
            raise SlowDown(BUSY_SECONDS) from err

    async def choose(self, username: Any, password: Any) -> tuple[str, str]:
        """Name and hash for a new account. Raises InvalidInput (fields username, password), SlowDown."""
        problems: dict[str, str] = {}
        name = ""
        try:
            name = check_username(username)
        except InvalidInput as err:
            problems |= err.fields
        if problem := _problem(password, name):
            problems["password"] = problem
        if problems:
            raise InvalidInput(problems)
        return name, await self.hash(password)

    async def hash(self, password: str) -> str:
        """What to store of a new one. Raises SlowDown."""
        try:
            return await self._hasher.hash(password)
        except Busy as err:
            raise SlowDown(BUSY_SECONDS) from err

    def needs_rehash(self, stored: str) -> bool:
        """Whether it was stored with older parameters."""
        return self._hasher.needs_rehash(stored)

    def succeeded(self, username: str, address: str) -> None:
        """All was right."""
        self._throttle.succeeded(username, address)

    def not_evaluated(self, username: str, address: str) -> None:
        """The password was right, something else is still to be asked for."""
        self._throttle.not_evaluated(username, address)


def _problem(password: Any, name: str) -> str | None:
    if not isinstance(password, str) or not password:
        return "is required"
    return password_problem(password, name)
