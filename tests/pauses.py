"""Measures whether one thing keeps others from running, and how long this process did not run at all."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")


async def longest_pause(asking: Awaitable[T]) -> tuple[T, float]:
    """The result, and the processor seconds of the longest time in which nothing else could run on the loop.

    Garbage is not collected meanwhile: that of all tests before would count.
    """
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - before)

    gc.disable()
    watching = asyncio.create_task(watch())
    try:
        result = await asking
        await asyncio.sleep(0)
        return result, longest
    finally:
        watching.cancel()
        gc.enable()


LOOK_SECONDS = 0.05


class OwnPauses:
    """The longest time for which the event loop stood still: moments that a test notes are blurred by as much."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(LOOK_SECONDS)
            self.longest = max(self.longest, time.monotonic() - before - LOOK_SECONDS)


@asynccontextmanager
async def own_pauses() -> AsyncIterator[OwnPauses]:
    """Watch meanwhile."""
    pauses = OwnPauses()
    watching = asyncio.create_task(pauses.watch())
    try:
        yield pauses
    finally:
        watching.cancel()
