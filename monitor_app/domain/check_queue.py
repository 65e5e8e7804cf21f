"""The circuit breaker of the queue of all checks here: while it is open, no check is started."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

NO_REASON: Final = "no reason given"


@dataclass(frozen=True, slots=True)
class CheckQueue:
    """As it is stored. `by_name` opened or closed it last, for `reason`."""

    state: Literal["open", "closed"] = "closed"
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    reason: str = ""
    by_name: str = ""

    @property
    def is_open(self) -> bool:
        """Whether no check may be started."""
        return self.state == "open"

    @property
    def since(self) -> datetime | None:
        """Since when it is as it is; None: it was never touched."""
        return self.opened_at if self.is_open else self.closed_at

    @property
    def words(self) -> str:
        """Who and why, for those who wonder why nothing is checked."""
        return f"{self.by_name or 'somebody'}: {self.reason or NO_REASON}"


@dataclass(frozen=True, slots=True)
class JobCounts:
    """The checks of this installation: those that wait for their turn and run at a moment, the others since its engine
    began.
    """

    at: datetime
    waiting: int
    running: int
    done: int
    failed: int
    retried: int
    oldest_wait_seconds: float
