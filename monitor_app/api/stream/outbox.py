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
    """A queue with one reader. Holds `limit` events, or as many as there are different keys. For one event loop."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: list[Batch] = []
        self._count = 0
        # In the place of `_waiting` while the reader is behind.
        self._latest: dict[str, Frame] = {}
        self._missed = 0
        self._arrived, self._left = asyncio.Event(), asyncio.Event()
        self._is_closed = False

    @property
    def waiting(self) -> int:
        """How many events wait."""
        return self._count

    def put(self, batch: Batch) -> int:
        """Append; returns how many events gave way to later ones."""
        if self._is_closed:
            return 0
        self._arrived.set()
        self._count += len(batch.frames)
        if not self._latest and self._count <= self._limit:
            self._waiting.append(batch)
            return 0
        for each in (*self._waiting, batch):
            for frame in each.frames:
                self._latest.pop(frame.key, None)  # to the end, where the new one belongs
                self._latest[frame.key] = frame
        self._waiting.clear()
        dropped, self._count = self._count - len(self._latest), len(self._latest)
        self._missed += dropped
        return dropped

    def close(self) -> None:
        """Take no more; the reader is told at once, whatever waits."""
        self._is_closed = True
        self._arrived.set()
        self._left.set()

    async def has_room(self) -> None:
        """Wait until no more than `limit` events wait, or it is closed."""
        while self._count > self._limit and not self._is_closed:
            self._left.clear()
            await self._left.wait()

    async def take(self) -> tuple[list[Batch], int] | None:
        """All that waits, and how many events gave way since the last time; None when it is closed."""
        while not self._count and not self._is_closed:
            self._arrived.clear()
            await self._arrived.wait()
        if self._is_closed:
            return None
        taken = [Batch(self._latest.values())] if self._latest else self._waiting
        missed, self._missed = self._missed, 0
        self._waiting, self._latest, self._count = [], {}, 0
        self._left.set()
        return taken, missed
