"""The real engine as a process of its own, as the web process starts it."""

import asyncio
import json
import signal
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from monitor_app.domain.schedule import phase_seconds
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.storage.database import Database
from monitor_app.storage.services import insert_services
from tests.program_environment import program_environment

# Generous: the machine that runs the tests may be busy.
START_SECONDS = 120.0


class EngineProcess:
    """One engine and the lines of its stdout."""

    def __init__(self, process: Process, log: Path) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self._log = log
        self._changed = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            async with self._changed:
                # A process that is killed may leave half a line.
                if line.endswith(b"\n"):
                    self.lines.append(json.loads(line))
                self._changed.notify_all()

    @property
    def is_leader(self) -> bool:
        told = [line["is_leader"] for line in self.lines if line["event"] == "leader"]
        return bool(told) and told[-1]

    @property
    def last_id(self) -> int:
        """The last id that it acknowledged."""
        return max((line["last_result_id"] for line in self.lines if line["event"] == "committed"), default=0)

    @property
    def committed(self) -> int:
        """How many results it acknowledged."""
        return sum(line["count"] for line in self.lines if line["event"] == "committed")

    @property
    def stats(self) -> dict[str, Any]:
        """The last ones it told."""
        return next((line for line in reversed(self.lines) if line["event"] == "stats"), {})

    @property
    def log(self) -> str:
        """What it wrote to stderr so far."""
        return self._log.read_text()

    async def until(self, condition: Callable[["EngineProcess"], Any], seconds: float = START_SECONDS) -> None:
        """Wait until what it told fulfils a condition; looked at with each line."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: condition(self))
        except TimeoutError:
            raise AssertionError(f"not within {seconds} s; the engine told {self.lines[-5:]}\n{self.log}") from None

    async def until_leader(self) -> None:
        await self.until(lambda engine: engine.is_leader)

    async def until_committed(self, count: int, seconds: float = START_SECONDS) -> None:
        await self.until(lambda engine: engine.committed >= count, seconds)

    async def stop(self) -> int:
        """End as the parent does it: close the pipe. Returns the exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        code = await self.ended()
        assert code == 0, self.log
        return code

    async def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        await self.ended()

    async def ended(self, seconds: float = 60.0) -> int:
        async with asyncio.timeout(seconds):
            code = await self.process.wait()
            await self._reader
        return code


@asynccontextmanager
async def engine_process(
    database_url: str,
    log: Path,
    environment: Mapping[str, str] | None = None,
    command: Sequence[str] = ("engine", "--doorbell"),
    program: str = "monitor_app",
    *,
    is_noted: bool = False,
) -> AsyncIterator[EngineProcess]:
    """Start an engine; killed at the end if it still runs."""
    with log.open("ab") as stderr:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", program, *command),
            stdin=PIPE,
            stdout=PIPE,
            stderr=stderr,
            start_new_session=True,
            env=program_environment(is_noted=is_noted)
            | {"DATABASE_URL": database_url, "LOG_FORMAT": "json", "SECRET_KEY_FILE": str(log.with_name("secret.key"))}
            | dict(environment or {}),
        )
    engine = EngineProcess(process, log)
    try:
        yield engine
    finally:
        if process.returncode is None:
            process.kill()
        await engine.ended()


async def add_services(
    database: Database, urls: Mapping[str, str], *, interval_seconds: int = 1, **config: Any
) -> list[ServiceDefinition]:
    """http services by their service_id. Intervals may be shorter than people can choose."""
    now = datetime.now(UTC)
    rows = [
        {
            "service_id": service_id,
            "label": service_id,
            "service_type": "website",
            "kind": "http",
            # A busy machine may answer late: that is no failure of the service.
            "status_config": {"url": url, "deadline_seconds": 60, **config},
            "interval_seconds": interval_seconds,
            "created_at": now,
            "updated_at": now,
        }
        for service_id, url in urls.items()
    ]
    async with database.write() as conn:
        return await insert_services(conn, rows)


class ResultFile:
    """Reads the results in an SQLite file directly, past everything that is tested."""

    def __init__(self, database_url: str) -> None:
        self._path = make_url(database_url).database or ""

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self._path, timeout=60)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def ids(self) -> list[int]:
        return [row[0] for row in self.rows("SELECT id FROM check_result ORDER BY id")]

    def is_intact(self) -> bool:
        return self.rows("PRAGMA integrity_check") == [("ok",)]

    def seconds_by_service(self) -> dict[int, list[float]]:
        """When each service was checked, in seconds since 1970."""
        times: dict[int, list[float]] = {}
        for pk, millis in self.rows("SELECT service_pk, checked_at FROM check_result ORDER BY id"):
            times.setdefault(pk, []).append(millis / 1000)
        return times

    def statuses(self) -> dict[int, set[Status]]:
        """The statuses that each service was ever seen in."""
        seen: dict[int, set[Status]] = {}
        for pk, status in self.rows("SELECT DISTINCT service_pk, status FROM check_result"):
            seen.setdefault(pk, set()).add(Status(status))
        return seen


def slots(service: ServiceDefinition, seconds: list[float]) -> list[int]:
    """The numbers of the slots in which a service was checked. Results are kept to the millisecond."""
    phase = phase_seconds(service.service_id, service.interval_seconds)
    return [int((moment + 0.002 - phase) // service.interval_seconds) for moment in seconds]


def lateness(service: ServiceDefinition, seconds: list[float]) -> list[float]:
    """How many seconds after its slot each check began."""
    phase = phase_seconds(service.service_id, service.interval_seconds)
    return [max(0.0, (moment + 0.002 - phase) % service.interval_seconds - 0.002) for moment in seconds]
