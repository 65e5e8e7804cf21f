"""How long the overview of all services takes, and what comes with it: objectives, and a report of all of them.

A fresh SQLite database holds `--services` services with `--days` days behind them: a summary of each day with its
response times, and three downtimes each. Milliseconds on this process's event loop, from the question to the encoded
JSON of what is asked for.

`cold_ms` is the first picture of 90 days when nothing is known yet, `warm_ms` one two minutes later with the days
that are over known (the program keeps them so), median of `--rounds`; `page_ms` a page of 50 rows while a picture
serves. `days_over_ms` is what keeping these days takes, in the background, twice an hour. `objectives_ms` are the
figures of `--objectives` objectives with windows of 30 days, half of them of groups; `report_ms` is a report of all
services over 30 days, with its four files. `..._cpu_ms` is the processor's time of that, `..._longest_step_ms` the
longest that the event loop did not come to another task meanwhile.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request

from monitor_app.api.fleet import WantedFleet, fleet_page
from monitor_app.bench.many_services import add_many
from monitor_app.domain.changes import Change, DowntimeClosed, DowntimeOpened
from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.summary import Summary, summary_of
from monitor_app.models import Service
from monitor_app.security.permissions import EDITOR, Identity
from monitor_app.storage.blocks.summaries import encode_summaries
from monitor_app.storage.database import Database
from monitor_app.storage.history.changes import write_changes
from monitor_app.storage.history.summaries import DAY, SUMMARIES
from monitor_app.storage.services import load_services
from monitor_app.use_cases.fleet import FleetUseCases
from monitor_app.use_cases.objectives import ObjectiveUseCases
from monitor_app.use_cases.reports.content import Wanted
from monitor_app.use_cases.reports.jobs import ReportJobs
from monitor_app.use_cases.selection import Present

BAD_DAYS: Final = (3, 31, 77)
CHECKS_A_DAY: Final = 1440
SORTS_OF_DAYS: Final = 40
MONTH: Final = timedelta(days=30)
WHO: Final = Identity.of_role("bench", EDITOR, account_pk=1)
_TICK_SECONDS: Final = 0.001


class _Clock:
    """The time, and how far somebody has put it forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--services", type=int, default=1000, help="that there are (default 1000)")
    parser.add_argument("--days", type=int, default=90, help="of history (default 90)")
    parser.add_argument("--objectives", type=int, default=100, help="that are kept (default 100)")
    parser.add_argument("--rounds", type=int, default=5, help="times that each is asked for (default 5)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds and seconds."""
    with tempfile.TemporaryDirectory(prefix="lightbulb-bench-") as folder:
        return asyncio.run(_measure(f"sqlite+aiosqlite:///{Path(folder) / 'fleet.db'}", args))


async def _measure(url: str, args: argparse.Namespace) -> dict[str, Any]:
    database = Database(url)
    load_before = os.getloadavg()[0]
    try:
        services = await _fill(database, url, args.services, args.days)
        bench = _Bench(database, services)
        found = await bench.overview(args.rounds)
        found |= await bench.figures(args.objectives)
        found |= await bench.report()
    finally:
        await database.close()
    sizes = {"services": args.services, "days": args.days, "objectives": args.objectives}
    return sizes | found | {"machine_load": {"before": round(load_before, 1), "after": round(os.getloadavg()[0], 1)}}


class _Bench:
    """What is asked, of the real use cases."""

    def __init__(self, database: Database, services: list[ServiceDefinition]) -> None:
        self._clock = _Clock()
        groups = {service.group for service in services}
        self._services = services
        self._present = Present(lambda: services, lambda: GroupTree((), groups))
        self._fleet = FleetUseCases(database, self._clock, self._present)
        self._objectives = ObjectiveUseCases(database, self._clock, self._present)
        self._reports = ReportJobs(database, self._clock, self._present)

    async def overview(self, rounds: int) -> dict[str, Any]:
        """The pictures, and a page of one."""
        cold = await _timed(self._page)
        warm = []
        for _ in range(rounds):
            self._clock.ahead += timedelta(seconds=121)  # after one minute nobody would wait
            warm.append(await _timed(self._page))
        pages = [await _timed(self._page) for _ in range(rounds)]
        over = await _timed(lambda: self._fleet.read_days_over(is_anew=True))
        return {
            **cold.figures("cold"),
            "warm_ms": round(statistics.median(one.ms for one in warm), 1),
            "warm_cpu_ms": round(statistics.median(one.cpu_ms for one in warm), 1),
            "page_ms": round(statistics.median(one.ms for one in pages), 1),
            **over.figures("days_over"),
        }

    async def figures(self, count: int) -> dict[str, Any]:
        """Objectives of services and of groups."""
        for number in range(count):
            service = self._services[number % len(self._services)]
            subject = {"group": service.group} if number % 2 else {"service_id": service.service_id}
            values = {"name": f"Objective {number}", "target": 0.99 + number % 9 / 1000, "window_days": 30}
            await self._objectives.create(WHO, values | subject)
        self._clock.ahead += timedelta(seconds=61)
        return (await _timed(lambda: self._objectives.figures(WHO))).figures("objectives")

    async def report(self) -> dict[str, Any]:
        """A report of all of them."""
        now = self._clock.now()

        async def make() -> None:
            job = await self._reports.start(WHO, Wanted("All", now - MONTH, now))
            assert job.task is not None
            await job.task
            assert job.state == "done", job.error

        found = await _timed(make)
        await self._reports.close()
        return found.figures("report")

    async def _page(self) -> None:
        request = Request({"type": "http", "method": "GET", "headers": []})
        await fleet_page(request, WantedFleet(), WHO, self._fleet, self._present)


@dataclass(frozen=True, slots=True)
class _Took:
    """How long something took, of that the processor, and the longest in which no other task had its turn."""

    ms: float
    cpu_ms: float
    step_ms: float

    def figures(self, name: str) -> dict[str, float]:
        """By the names of the answer."""
        return {f"{name}_ms": self.ms, f"{name}_cpu_ms": self.cpu_ms, f"{name}_longest_step_ms": self.step_ms}


async def _timed(work: Callable[[], Awaitable[Any]]) -> _Took:
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        last = time.perf_counter()
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            now = time.perf_counter()
            longest, last = max(longest, now - last - _TICK_SECONDS), now

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    began, cpu_began = time.perf_counter(), time.process_time()
    try:
        await work()
        took, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        await asyncio.sleep(2 * _TICK_SECONDS)
    finally:
        watching.cancel()
    return _Took(*(round(seconds * 1000, 1) for seconds in (took, cpu, longest)))


async def _fill(database: Database, url: str, count: int, days: int) -> list[ServiceDefinition]:
    pks = await add_many(database, url, count)
    now = datetime.now(UTC)
    start = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)
    async with database.write() as conn:
        await conn.execute(Service.__table__.update().values(created_at=start))  # type: ignore[attr-defined]
        for pk in pks:
            blocks = {key: encode_summaries(DAY, held) for key, held in _days(pk, start, days).items()}
            await SUMMARIES.store(conn, blocks)
        await write_changes(conn, [change for pk in pks for change in _downtimes(pk, start, days)])
        return await load_services(conn)


def _days(pk: int, start: datetime, days: int) -> dict[tuple[int, int, int], dict[int, Summary]]:
    """Good days, by the blocks that hold them."""
    found: dict[tuple[int, int, int], dict[int, Summary]] = {}
    first = int(start.timestamp())
    for day in range(days):
        begin = first + day * DAY
        found.setdefault((DAY, SUMMARIES.start(DAY, begin), pk), {})[begin] = _day((pk * 7 + day) % SORTS_OF_DAYS)
    return found


@cache
def _day(number: int) -> Summary:
    """Around 20 to 100 ms, now and then much longer."""
    times = [20.0 + number * 2 + check % 60 + (400 if check % 97 == 0 else 0) for check in range(CHECKS_A_DAY)]
    return summary_of([0] * CHECKS_A_DAY, times)


def _downtimes(pk: int, start: datetime, days: int) -> list[Change]:
    changes: list[Change] = []
    for day in BAD_DAYS:
        began = start + timedelta(days=(day + pk * 7) % days, hours=pk % 20)
        changes += [DowntimeOpened(pk, began, "503"), DowntimeClosed(pk, began + timedelta(minutes=14))]
    return changes
