"""Writes down who was denied: the first time at once, repetitions gathered, so that nobody can flood the audit log."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor_app.errors import DatabaseUnavailable
from monitor_app.log import get_logger
from monitor_app.security.permissions import Identity
from monitor_app.security.throttle import network_of
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record

# Who is denied the same thing again within this time is written down once more at its end, with how often.
GATHER_SECONDS = 10.0
# So many different denials are remembered; further ones are counted together.
KEPT_LIMIT = 500
# What is counted together is told under this action.
OTHERS = "others"
RETRY_SECONDS = 5.0

logger = get_logger(__name__)
Key = tuple[str, str, str, str]


class Clock(Protocol):
    """Tells the time of day, aware and in UTC, and seconds that are never set back."""

    def now(self) -> datetime:
        """The present moment."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment."""
        ...


@dataclass(slots=True)
class _Denial:
    """`untold` of them are not in the log yet; nothing more is told of them before `told_at` is long enough ago."""

    identity: Identity
    action: str
    target: str
    at: datetime
    untold: int = 1
    told_at: float = float("-inf")


class Denials:
    """What was denied, on its way to the audit log. Nobody waits for it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._kept: dict[Key, _Denial] = {}
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write, on the running loop."""
        self._task = asyncio.create_task(self._write_forever(), name="denials")

    async def close(self) -> None:
        """Write what is not told yet, and stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            await self.flush(everything=True)
        except DatabaseUnavailable as err:
            logger.warning("denials could not be written down", reason=str(err))

    def note(self, identity: Identity, action: str, target: str = "") -> None:
        """One denial; returns at once."""
        # All addresses that one customer can choose from are one place: with each anew the log could be flooded.
        key = (identity.name, network_of(identity.address), action, target)
        if key not in self._kept and len(self._kept) >= KEPT_LIMIT:
            action, target = OTHERS, ""
            key = ("", "", action, target)
        known = self._kept.get(key)
        if known is None:
            self._kept[key] = _Denial(identity, action, target, self._clock.now())
        else:
            known.untold += 1
            known.at = self._clock.now()
        self._arrived.set()

    async def flush(self, *, everything: bool = False) -> float | None:
        """Write what is due, in one transaction; in how many seconds something will be, None when nothing waits.

        Raises DatabaseUnavailable, and keeps what it could not write.
        """
        now = self._clock.monotonic()
        due = [denial for denial in self._kept.values() if denial.untold and (everything or _is_due(denial, now))]
        if due:
            counts = [denial.untold for denial in due]
            async with self._database.write() as conn:
                for denial, times in zip(due, counts, strict=True):
                    await record(
                        conn, denial.identity, denial.action, at=denial.at, target=denial.target, outcome="denied",
                        times=times,
                    )  # fmt: skip
            for denial, times in zip(due, counts, strict=True):
                denial.untold -= times
                denial.told_at = now
        self._kept = {key: denial for key, denial in self._kept.items() if denial.untold or not _is_due(denial, now)}
        return min(self._waits(now), default=None)

    def _waits(self, now: float) -> Iterator[float]:
        return (max(0.0, denial.told_at + GATHER_SECONDS - now) for denial in self._kept.values())

    async def _write_forever(self) -> None:
        wait: float | None = None
        while True:
            try:
                async with asyncio.timeout(wait):
                    await self._arrived.wait()
            except TimeoutError:
                pass
            self._arrived.clear()
            try:
                wait = await self.flush()
            except DatabaseUnavailable as err:
                logger.warning("denials cannot be written down just now", reason=str(err))
                wait = RETRY_SECONDS
            except Exception:  # the next ones must be written all the same
                logger.exception("denials could not be written down")
                wait = RETRY_SECONDS


def _is_due(denial: _Denial, now: float) -> bool:
    return now >= denial.told_at + GATHER_SECONDS
