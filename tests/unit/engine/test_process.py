"""The engine's process in virtual time: what it does before it is the scheduler."""

import asyncio

from monitor_app.engine import process
from monitor_app.errors import DatabaseUnavailable
from monitor_app.settings import Settings
from tests.virtual_time import VirtualClock, run_virtual

ATTEMPTS = 1200


class OutOfReach:
    """The lock of a database that is away; ends the engine after so many attempts."""

    def __init__(self, stop: asyncio.Event) -> None:
        self.attempts = 0
        self._stop = stop

    async def try_acquire(self) -> bool:
        self.attempts += 1
        if self.attempts == ATTEMPTS:
            self._stop.set()
        raise DatabaseUnavailable("database test: switched off")

    async def is_held(self) -> bool:
        return False

    async def release(self) -> None:
        return None


def test_engine_outlives_a_database_that_is_away_for_hours(clock: VirtualClock, monkeypatch, tmp_path):
    async def main() -> None:
        stop = asyncio.Event()
        leader = OutOfReach(stop)
        monkeypatch.setattr(process, "leader_for", lambda url: leader)
        with (tmp_path / "stdin").open("w+") as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            await process.run_engine(Settings(sqlite_db_path=str(tmp_path / "x.db")), clock=clock, stop=stop)
        assert leader.attempts == ATTEMPTS

    run_virtual(clock, main())
