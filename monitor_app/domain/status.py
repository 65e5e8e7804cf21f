"""The six statuses of a service."""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Final


class Status(IntEnum):
    """What a check found, and what a service is. The numbers are stored and public: never renumber."""

    OK = 0
    DEGRADED = 1
    FAILED = 2
    STARTING = 3
    STOPPED = 4
    UNKNOWN = 5

    @property
    def is_up(self) -> bool:
        """OK and DEGRADED count as up."""
        return self in (Status.OK, Status.DEGRADED)

    @property
    def is_down(self) -> bool:
        """Only FAILED counts as down; STARTING, STOPPED and UNKNOWN are neither."""
        return self is Status.FAILED


# As people read it.
STATUS_WORDS: Final[Mapping[Status, str]] = {
    Status.OK: "Up",
    Status.DEGRADED: "Degraded",
    Status.FAILED: "Down",
    Status.STARTING: "Starting",
    Status.STOPPED: "Paused",
    Status.UNKNOWN: "Unknown",
}
# What deserves a look first, for sorting.
URGENCY: dict[Status, int] = {
    Status.FAILED: 0,
    Status.DEGRADED: 1,
    Status.UNKNOWN: 2,
    Status.STARTING: 3,
    Status.STOPPED: 4,
    Status.OK: 5,
}


def either_of(statuses: Iterable[Status]) -> str:
    """These statuses in a sentence: "down or unknown"."""
    return " or ".join(STATUS_WORDS[status].lower() for status in statuses)
