"""Tells of incidents, and delivers, until it kills itself between two steps: for the drill of kill -9 while telling.

Reads one line of JSON a round from standard input and forks for it, so that only the first one costs a start; writes
`done` when the round has ended, however it ended.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor_app.alerting.courier import Courier
from monitor_app.alerting.dispatcher import Dispatcher, Parcel
from monitor_app.alerting.telling import Telling
from monitor_app.domain.alerting.news import IncidentNews
from monitor_app.net import Network
from monitor_app.plugins.notifier_kinds import NotifierRegistry
from monitor_app.storage.database import Database
from monitor_app.storage.notifications import next_due
from tests.telling import Stage

# The clock runs so many times as fast as that of the wall, at a pace of 1.
HASTE = 20
STEPS = ("in the transaction", "committed", "claimed", "sent", "settled", "any moment")
DEADLINE_SECONDS = 0.4
CLAIM_SECONDS = 20.0
TICK_SECONDS = 0.02


class HastyClock:
    """The same for all processes of a drill."""

    def __init__(self, began_at: float, pace: float) -> None:
        self._began_at, self._pace = began_at, pace

    def now(self) -> datetime:
        elapsed = (time.time() - self._began_at) * HASTE / self._pace
        return datetime.fromtimestamp(self._began_at, UTC) + timedelta(seconds=elapsed)


class Life:
    """One round: `incidents` begin and end, and at the `after`th passage of `step` it is over."""

    def __init__(self, round_: dict[str, Any]) -> None:
        self._round = round_
        self._left = int(round_["after"])
        self.clock = HastyClock(round_["began_at"], round_["pace"])
        self.database = Database(round_["url"])
        self.stage = Stage(self.database, self.clock)  # type: ignore[arg-type] # it is never moved
        self.network = Network()
        self.dispatcher = Dispatcher(
            self.database,
            self.clock,
            self._deliver,
            deadline_seconds=DEADLINE_SECONDS * round_["pace"],
            claim_seconds=CLAIM_SECONDS,
            on_change=lambda revision: self.passing("settled"),
        )

        async def no_history(service_id: str) -> list[str]:
            return []

        self._courier = Courier(NotifierRegistry(), self.network, self.clock, public_url="", history=no_history)

    def passing(self, step: str) -> None:
        """Perhaps for the last time."""
        if step == self._round["step"]:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    async def run(self) -> None:
        """The last round has no step to die at: it ends when there is nothing left to send."""
        running = asyncio.create_task(self.dispatcher.run())
        if self._round["step"] == "any moment":
            # Not by the event loop: it dies in the middle of what it does.
            signal.setitimer(signal.ITIMER_REAL, self._round["seconds"])
        telling = Telling()
        for number in range(self._round["incidents"]):
            await self._live_through(telling, number)
            await asyncio.sleep(TICK_SECONDS)
        while await self._is_busy(telling):
            self.dispatcher.wake()
            await asyncio.sleep(TICK_SECONDS)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await self.network.close()
        await self.database.close()

    async def _live_through(self, telling: Telling, number: int) -> None:
        """Another incident, and the end of the oldest one; each third time two at once."""
        rows = [self.stage.unwritten(f"Outage {random.getrandbits(40):x}") for _ in range(1 + (number % 3 == 2))]
        async with self.database.write() as conn:
            now = self.clock.now()
            fired = [await self.stage.write(conn, row) for row in rows]
            over = await self.stage.end_oldest(conn, now, but=2 + len(fired))
            news = [IncidentNews(pk, "fired") for pk in fired] + [IncidentNews(pk, "resolved") for pk in over]
            await telling.tell(conn, now, news)
            self.passing("in the transaction")
        self.passing("committed")
        self.dispatcher.wake()

    async def _is_busy(self, telling: Telling) -> bool:
        """Ends what is still open, and tells whether anything is to be sent."""
        async with self.database.write() as conn:
            now = self.clock.now()
            over = await self.stage.end_oldest(conn, now, but=0)
            await telling.tell(conn, now, [IncidentNews(pk, "resolved") for pk in over])
            await telling.due(conn, now)
        async with self.database.read() as conn:
            return bool(over) or await next_due(conn, datetime.fromtimestamp(0, UTC)) is not None

    async def _deliver(self, parcel: Parcel) -> str:
        self.passing("claimed")
        answer = await self._courier(parcel)
        self.passing("sent")
        return answer


async def _live(round_: dict[str, Any]) -> None:
    await Life(round_).run()


def main() -> None:
    """Round after round."""
    for line in sys.stdin:
        random.seed(line)
        child = os.fork()
        if not child:
            signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            try:
                asyncio.run(_live(json.loads(line)))
            except BaseException:  # noqa: BLE001 - whatever it is, this process must not go on with the parent's loop
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("done", os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
