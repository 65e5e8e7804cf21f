"""Keeps the parts of the engine going, whatever becomes of one of them."""

import asyncio
from collections.abc import Awaitable, Callable

from monitor_app.engine.backoff import backoff_seconds
from monitor_app.errors import LeadershipLost
from monitor_app.log import get_logger

RETRY_SECONDS = 1.0
# A task that fails again and again is begun anew after this long at most.
RETRY_LIMIT_SECONDS = 300.0

logger = get_logger(__name__)


async def steadily(name: str, job: Callable[[], Awaitable[None]]) -> None:
    """Do what goes on for ever, and begin it anew after an error that nobody foresaw. Raises LeadershipLost.

    One part that is broken must not keep the others from checking. It is logged once.
    """
    failures = 0
    while True:
        try:
            await job()
        except LeadershipLost:
            raise
        except Exception as err:
            if not failures:
                logger.exception("a part of the engine has failed; it is begun anew", part=name, reason=repr(err))
        await asyncio.sleep(backoff_seconds(failures, RETRY_SECONDS, RETRY_LIMIT_SECONDS))
        failures += 1
