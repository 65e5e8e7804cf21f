"""Writes to one client what waits for it, and cuts off who does not read."""

import asyncio
from collections.abc import AsyncIterator

from starlette.types import Message, Send

from monitor_app.api.stream.client import Client
from monitor_app.api.stream.limits import StreamLimits
from monitor_app.api.stream.outbox import Batch
from monitor_app.engine.clock import Clock


class Sender:
    """The only one who writes to its client; made and used by one task."""

    def __init__(self, client: Client, limits: StreamLimits, clock: Clock, send: Send) -> None:
        self._client, self._limits, self._clock, self._send = client, limits, clock, send
        self._behind_since: float | None = None
        client.writer = asyncio.current_task()

    async def batches(self) -> AsyncIterator[tuple[list[Batch], int]]:
        """What waits, again and again, and how many events gave way meanwhile; until the stream ends.

        Who is still behind after `behind_seconds` gets what is the latest, and no more.
        """
        while self._client.ended is None and (taken := await self._client.outbox.take()) is not None:
            is_last = self._is_too_long_behind(taken[1])
            yield taken
            if is_last:
                self._client.end("slow")

    async def write(self, message: Message) -> bool:
        """One write. False when the stream has ended; also when this write took so long that it was given up.

        The hub looks each second for writes that take too long: a timer for each would cost as much as the write.
        """
        client = self._client
        if client.ended is not None:
            return False
        client.writing_since = self._clock.monotonic()
        try:
            await self._send(message)
        except asyncio.CancelledError:
            if client.writer is None or not client.is_given_up:
                raise
            client.writer.uncancel()
        except OSError:  # the line is cut, and some servers say so here
            client.end("gone")
        finally:
            client.writing_since = None
        return client.ended is None

    def _is_too_long_behind(self, missed: int) -> bool:
        now = self._clock.monotonic()
        if not missed:
            self._behind_since = None
            return False
        if self._behind_since is None:
            self._behind_since = now
        return now >= self._behind_since + self._limits.behind_seconds
