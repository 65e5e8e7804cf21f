"""Measures whether one thing keeps others from running."""

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def longest_pause(asking: Awaitable[T]) -> tuple[T, float]:
    """The result, and the processor seconds of the longest time in which nothing else could run on the loop."""
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - before)

    watching = asyncio.create_task(watch())
    try:
        result = await asking
        await asyncio.sleep(0)
        return result, longest
    finally:
        watching.cancel()
