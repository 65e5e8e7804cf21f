"""Who may start: a limit for all checks in flight, and one for each host, where waiting holds up nobody else."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(slots=True)
class _Lane(Generic[Item]):
    # Those that run or are next in line for the global limit; never more than the limit per host.
    admitted: int = 0
    waiting: deque[Item] = field(default_factory=deque)


class Lanes(Generic[Item]):
    """One lane a host. Admission is in order inside a lane, and in order of admission between lanes."""

    def __init__(self, *, limit: int, limit_per_lane: int) -> None:
        self.in_flight = 0
        self._limit = limit
        self._limit_per_lane = limit_per_lane
        self._lanes: dict[str, _Lane[Item]] = {}
        self._ready: deque[Item] = deque()
        self._waiting = 0

    @property
    def backlog(self) -> int:
        """How many wait."""
        return self._waiting + len(self._ready)

    @property
    def has_next(self) -> bool:
        """Whether it is anybody's turn."""
        return bool(self._ready) and self.in_flight < self._limit

    def put(self, key: str, item: Item) -> None:
        """Line up; `start` tells when it is its turn."""
        lane = self._lanes.setdefault(key, _Lane())
        if lane.admitted < self._limit_per_lane:
            lane.admitted += 1
            self._ready.append(item)
        else:
            lane.waiting.append(item)
            self._waiting += 1

    def start(self) -> Iterator[Item]:
        """Those whose turn it is; each one given counts as in flight until `done`."""
        while self.has_next:
            self.in_flight += 1
            yield self._ready.popleft()

    def done(self, key: str) -> None:
        """One in flight ended; the next of its lane moves up."""
        self.in_flight -= 1
        lane = self._lanes[key]
        if lane.waiting:
            self._waiting -= 1
            self._ready.append(lane.waiting.popleft())
            return
        lane.admitted -= 1
        if not lane.admitted:
            del self._lanes[key]
