"""How many streams there may be, and how long is waited for whom."""

from collections import Counter
from dataclasses import dataclass

from monitor_app.api.rates import network_of
from monitor_app.security.permissions import Identity

# Somebody who has too many open is told to come again after this.
RETRY_SECONDS = 30
NOBODY_YET = ""


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Streams per user and in all, and of those who still have to say who they are; events that may wait for one.

    Times are in seconds. A single write may take `slow_seconds`, and a client may stay behind for `behind_seconds`;
    then it is cut off.
    """

    per_user: int = 20
    total: int = 2000
    pending: int = 200
    waiting: int = 500
    slow_seconds: float = 10.0
    behind_seconds: float = 30.0
    beat_seconds: float = 15.0
    silence_seconds: float = 45.0
    auth_seconds: float = 10.0


class TooManyStreams(Exception):
    """This one has no seat; the text says why."""


class Seats:
    """Counts the open streams of each user, and all of them; beside those, who has not said yet who it is.

    Those could be anybody, so they cannot take the places of who has.
    """

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._taken: Counter[str] = Counter()
        self._total = 0

    def take(self, owner: str) -> None:
        """One more of `owner`; "" has not said yet who it is. Raises TooManyStreams."""
        if owner == NOBODY_YET:
            if self._taken[owner] >= self._limits.pending:
                raise TooManyStreams(f"{self._limits.pending} others are just logging in. Come again in a moment.")
        elif self._total >= self._limits.total:
            raise TooManyStreams(f"There are {self._limits.total} streams open already (STREAMS_TOTAL).")
        elif self._taken[owner] >= self._limits.per_user:
            raise TooManyStreams(f"You have {self._limits.per_user} streams open already (STREAMS_PER_USER).")
        self._taken[owner] += 1
        self._total += owner != NOBODY_YET

    def give_back(self, owner: str) -> None:
        """One has ended."""
        self._total -= owner != NOBODY_YET
        self._taken[owner] -= 1
        if self._taken[owner] <= 0:
            del self._taken[owner]


def owner_of(identity: Identity) -> str:
    """Whose stream it is: all sessions and keys of an account together; nobody is told apart by the address."""
    if identity.account_pk is not None:
        return f"account {identity.account_pk}"
    if identity.via != "nothing":
        return f"{identity.via} {identity.credential}"
    return f"address {network_of(identity.address)}"
