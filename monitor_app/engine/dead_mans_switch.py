"""The dead man's switch: somebody elsewhere is called while all is well, and gives the alarm when no call comes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from monitor_app.errors import LightbulbError
from monitor_app.log import get_logger

# Of the checks that were due so many must have finished, or nobody is told that all is well.
SHARE: Final = 0.9
CALL_SECONDS: Final = 10.0
# With fewer than this in a time it is chance whether one falls into it.
EXPECTED: Final = 4

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """What an engine has done so far: checks that were due, those of them that finished, results that are stored.

    `rate` is how many come due each second by the intervals of the services.
    """

    due: int
    finished: int
    stored: int
    rate: float


def trouble(before: Work, now: Work, seconds: float) -> str:
    """Why the work between is not that of a monitor that is well; "" when it is."""
    due, finished = now.due - before.due, now.finished - before.finished
    expected = min(before.rate, now.rate) * seconds
    if expected >= EXPECTED and due < expected / 2:
        return f"only {due} checks came due where about {expected:.0f} should have"
    if finished < due * SHARE:
        return f"only {finished} of {due} checks that were due have finished"
    if finished and now.stored == before.stored:
        return f"none of {finished} results could be stored"
    return ""


class DeadMansSwitch:
    """Calls every `interval_seconds`, except after a time in which too little was checked or nothing stored."""

    def __init__(self, call: Callable[[float], Awaitable[None]], interval_seconds: float) -> None:
        """`call` takes the seconds that it may take, and raises LightbulbError when nobody has heard it."""
        self.calls = 0
        self._call = call
        self._interval_seconds = interval_seconds
        self._is_told: dict[str, bool] = {}

    async def run(self, work: Callable[[], Work], stopped: Callable[[], str] = lambda: "") -> None:
        """For ever, until it is cancelled; nobody is called while `stopped` says why nothing may be checked.

        The first call comes after the first interval: so much is known by then.
        """
        before = work()
        while True:
            await asyncio.sleep(self._interval_seconds)
            now = work()
            reason, before = stopped() or trouble(before, now, self._interval_seconds), now
            self._tell("held", reason, "the dead man's switch is not called", "the dead man's switch is called again")
            if reason:
                continue
            try:
                await self._call(min(CALL_SECONDS, self._interval_seconds))
                self.calls += 1
                self._tell("failed", "", "", "the dead man's switch is reached again")
            except LightbulbError as err:
                self._tell("failed", str(err), "the dead man's switch cannot be reached", "")

    def _tell(self, what: str, reason: str, bad: str, good: str) -> None:
        """Once when it begins and once when it is over."""
        if bool(reason) == self._is_told.get(what, False):
            return
        self._is_told[what] = bool(reason)
        if reason:
            logger.error(bad, reason=reason)
        else:
            logger.info(good)
