"""What was deleted or changed a moment ago and can come back: in memory, while somebody is likely to be sorry."""

from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from monitor_app.errors import NotFound

KEPT: Final = timedelta(minutes=15)
KEPT_LIMIT: Final = 50

Thing = TypeVar("Thing")


class RecentDeletions(Generic[Thing]):
    """By name. The process that deleted it has it, until it ends; of more than KEPT_LIMIT the oldest give way.

    `what` is said of it when there is none.
    """

    def __init__(self, what: str = "something was deleted") -> None:
        self._what = what
        self._kept: dict[str, tuple[datetime, Thing]] = {}

    def put(self, name: str, thing: Thing, now: datetime) -> None:
        """It is deleted, or not any more what this is."""
        self._kept.pop(name, None)
        self._kept[name] = now, thing
        while len(self._kept) > KEPT_LIMIT:
            del self._kept[next(iter(self._kept))]

    def get(self, name: str, now: datetime) -> Thing:
        """Raises NotFound."""
        at, thing = self._kept.get(name, (None, None))
        if at is None or thing is None or now - at > KEPT:
            self.drop(name)
            minutes = KEPT // timedelta(minutes=1)
            raise NotFound(f"there is nothing to bring back: it goes for {minutes} minutes after {self._what}")
        return thing

    def drop(self, name: str) -> None:
        """It is back, or too old."""
        self._kept.pop(name, None)
