"""The pace of what is sent to those who look: soon after news, with a beat now and then, and not at all for nobody."""

import asyncio
from typing import Final, Protocol

from monitor_app.log import get_logger

SEND_SECONDS: Final = 0.5
# A browser that hears nothing for longer knows that its line is dead.
BEAT_SECONDS: Final = 5.0

logger = get_logger(__name__)


class Flush(Protocol):
    """Sends what is new; whether somebody looks."""

    async def __call__(self, *, is_beat: bool) -> bool:
        """With `is_beat` something is sent in any case."""
        ...


async def send_forever(wake: asyncio.Event, flush: Flush, what: str) -> None:
    """Flush when `wake` is set, at most twice a second, and for a beat now and then.

    With nobody there it sleeps until somebody comes, or something happens. `what` is what log lines call it.
    """
    is_watched = False
    while True:
        is_beat = False
        try:
            async with asyncio.timeout(BEAT_SECONDS if is_watched else None):
                await wake.wait()
        except TimeoutError:
            is_beat = True
        wake.clear()
        try:  # one bad patch must not end all of them
            is_watched = await flush(is_beat=is_beat)
        except Exception:
            logger.exception("those who look could not be told", what=what)
            is_watched = True
        await asyncio.sleep(SEND_SECONDS)
