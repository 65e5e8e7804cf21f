"""What the engines have in common: a session that asks, and the words for what goes wrong."""

import math
from dataclasses import dataclass
from typing import Any, Protocol

from monitor_app.net.failures import BadAnswer


class Refused(Exception):
    """The server is there and says no; the text is for people."""


class LoginRefused(Refused):
    """It wants other credentials, or some at all."""


class NotAllowed(Exception):
    """The user may not look at what was asked for, which says nothing about the server."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`value` is the first value of the first row; `has_more` when there are more rows than were fetched."""

    value: Any
    rows: int
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Replication:
    """`lag_seconds` is None when it cannot be told, and `trouble` says why."""

    role: str
    lag_seconds: float | None
    trouble: str = ""


NO_REPLICATION = Replication("alone", None, "this server follows no other, and none follows it")


def finite(value: Any) -> float:
    """A number that the other side wrote. Raises BadAnswer for all else, infinity included."""
    try:
        number = float(value)
    except (ValueError, TypeError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise BadAnswer("the answer holds something else where a number belongs")
    return number


class Session(Protocol):
    """A connection that is logged in and may only read.

    Everything raises NetworkFailure (it broke, or time ran out) and Refused; the first two also NotAllowed.
    """

    address: str

    async def replication(self) -> Replication:
        """How far behind it is, or the slowest of those that follow it."""
        ...

    async def statistics(self) -> dict[str, float]:
        """A few numbers about the server."""
        ...

    async def query(self, text: str) -> Answer:
        """The answer to one statement. Nothing else can be asked afterwards."""
        ...

    async def ping(self) -> None:
        """That it still answers."""
        ...

    async def close(self) -> None:
        """Never raises."""
        ...
