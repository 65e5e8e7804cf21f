"""How late the event loop comes to what is due: the time that something kept it busy."""

import asyncio

from monitor_app.domain.timings import Timings

SAMPLE_SECONDS = 0.25


class LoopLag:
    """Looks four times a second. `timings` are all looks since the start, `recent` the last five to ten minutes."""

    def __init__(self) -> None:
        self.timings = Timings()
        self._recent, self._before = Timings(), Timings()
        self._task: asyncio.Task[None] | None = None

    @property
    def recent(self) -> Timings:
        """Of the last minutes."""
        return Timings.sum([self._before, self._recent])

    def start(self) -> None:
        """Begin, on the running loop."""
        self._task = asyncio.create_task(self._sample(), name="event loop lag")

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _sample(self) -> None:
        loop = asyncio.get_running_loop()
        turn_at = loop.time() + 300
        while True:
            before = loop.time()
            await asyncio.sleep(SAMPLE_SECONDS)
            now = loop.time()
            lag = max(0.0, now - before - SAMPLE_SECONDS)
            self.timings.add(lag)
            self._recent.add(lag)
            if now >= turn_at:
                self._before, self._recent, turn_at = self._recent, Timings(), now + 300
