"""What waits for one client: events in order, or, when it reads too slowly, only the latest of each."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Frame:
    """One event as it is sent. Of those with the same `key` a later one makes the earlier ones needless."""

    key: str
    data: str


class Batch:
    """Events that belong together; made once for all clients that get them."""

    def __init__(self, frames: Iterable[Frame]) -> None:
        self.frames = tuple(frames)

    @cached_property
    def joined(self) -> bytes:
        """All of them in one piece."""
        return "".join(frame.data for frame in self.frames).encode()


class Outbox:
    """A bounded queue with one reader. Belongs to one event loop."""

    def __init__(self, limit: int) -> None:
        self._limit = self._room = limit
        self._waiting: list[Batch] = []
        self._count = 0
        self._missed = 0
        self._arrived = asyncio.Event()
        self._is_closed = False

    @property
    def waiting(self) -> int:
        """How many events wait."""
        return self._count

    def put(self, batch: Batch) -> int:
        """Append; returns how many events gave way to later ones."""
        if self._is_closed:
            return 0
        self._waiting.append(batch)
        self._count += len(batch.frames)
        self._arrived.set()
        return self._coalesce() if self._count > self._room else 0

    def close(self) -> None:
        """Take no more; the reader is told at once, whatever waits."""
        self._is_closed = True
        self._arrived.set()

    async def take(self) -> tuple[list[Batch], int] | None:
        """All that waits, and how many events gave way since the last time; None when it is closed."""
        while not self._waiting and not self._is_closed:
            self._arrived.clear()
            await self._arrived.wait()
        if self._is_closed:
            return None
        taken, self._waiting = self._waiting, []
        missed, self._missed = self._missed, 0
        self._count, self._room = 0, self._limit
        return taken, missed

    def _coalesce(self) -> int:
        latest: dict[str, Frame] = {}
        for batch in self._waiting:
            for frame in batch.frames:
                latest.pop(frame.key, None)  # to the end, where the new one belongs
                latest[frame.key] = frame
        dropped = self._count - len(latest)
        self._waiting, self._count = [Batch(latest.values())], len(latest)
        self._missed += dropped
        # Where the latest alone are many, not each further one shall cost this again.
        self._room = max(self._limit, 2 * len(latest))
        return dropped
