"""Writes to one client what waits for it, and cuts off who does not read."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from monitor_app.api.stream.client import Client
from monitor_app.api.stream.limits import StreamLimits
from monitor_app.api.stream.outbox import Batch
from monitor_app.engine.clock import Clock


class Sender:
    """The only one who writes to its client."""

    def __init__(self, client: Client, limits: StreamLimits, clock: Clock) -> None:
        self._client, self._limits, self._clock = client, limits, clock
        self._behind_since: float | None = None

    async def batches(self) -> AsyncIterator[tuple[list[Batch], int]]:
        """What waits, again and again, and how many events gave way meanwhile; until the stream ends.

        Who is still behind after `behind_seconds` gets what is the latest, and no more.
        """
        while self._client.ended is None and (taken := await self._client.outbox.take()) is not None:
            is_last = self._is_too_long_behind(taken[1])
            yield taken
            if is_last:
                self._client.end("slow")

    async def write(self, how: Callable[[], Awaitable[None]]) -> bool:
        """One write. False when the stream has ended; also when this write takes so long that it is given up."""
        if self._client.ended is not None:
            return False
        try:
            async with asyncio.timeout(self._limits.slow_seconds):
                await how()
        except TimeoutError:
            self._client.end("slow")
        except OSError:  # the line is cut, and some servers say so here
            self._client.end("gone")
        return self._client.ended is None

    def _is_too_long_behind(self, missed: int) -> bool:
        now = self._clock.monotonic()
        if not missed:
            self._behind_since = None
            return False
        if self._behind_since is None:
            self._behind_since = now
        return now >= self._behind_since + self._limits.behind_seconds
