"""Slows down guessing of passwords, per account and per address, without ever locking anybody out."""

from typing import Protocol


class Clock(Protocol):
    """What the throttle needs of a clock."""

    def monotonic(self) -> float:
        """Seconds that only grow."""
        ...


class LoginThrottle:
    """Says how long a log-in has to wait.

    `wait = admit(account, address)` before the password is looked at: 0.0 lets it through and counts it as failed, any
    other number of seconds is for `Retry-After` (rounded up) and the password is not looked at. Then `succeeded()`
    where everything was right (the second factor included), or `not_evaluated()` when nothing could be looked at
    (Busy); after a wrong password nothing more is to be called. Names that no account has count like others.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def admit(self, account: str, address: str) -> float:
        """0.0: go on; otherwise the seconds to wait."""
        raise NotImplementedError

    def succeeded(self, account: str, address: str) -> None:
        """The log-in was right: from now on this address is known for this account."""
        raise NotImplementedError

    def not_evaluated(self, account: str, address: str) -> None:
        """The log-in that was admitted last could not be looked at, so it does not count."""
        raise NotImplementedError

    def remember(self, account: str, address: str) -> None:
        """This address is known for this account: for sessions that are in the database at the start."""
        raise NotImplementedError
