"""How soon the page Consul is drawn with 24 hours of history, and how long the server takes for it.

The real server on a fresh database with services as Consul tells of them, each with two checks and a result every five
minutes of the last 24 hours; headless Chromium, which draws by software. For each of `--sizes`: `first_ms` runs from
navigation with a cold cache until all services stand there with their bars, the median of `--rounds` loads; `empty_ms`
is a page of the same app with nothing on it, loaded in turn with it. `answer_ms` is the answer of the API that the page
draws, from the question to its last byte, the median of ten, and `kilobytes` its size. `change_p50_ms` and
`change_p95_ms` run from a change in Consul until the service's status is recorded (consul_changes.py).
"""

import argparse
import asyncio
import statistics
import tempfile
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from monitor_app.bench.board_data import BoardData
from monitor_app.bench.browser import browsing, drawn_ms, page_of
from monitor_app.bench.consul_changes import measure_changes
from monitor_app.bench.open_board import open_board
from monitor_app.domain.result import CheckResult
from monitor_app.domain.source import Observation, SourceState
from monitor_app.domain.status import Status
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.storage.services import insert_services
from monitor_app.storage.sources import insert_source, store_observations, store_source_state

STEP: Final = timedelta(minutes=5)
STEPS: Final = 288
ASKED: Final = 10
DRAWN: Final = ".consul-table svg.day"
PATH: Final = "/api/sources/services?source=consul"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--sizes", default="40,500", help="how many services, with commas between (default 40,500)")
    parser.add_argument("--changes", type=int, default=20, help="changes in Consul of each size (default 20)")
    parser.add_argument("--rounds", type=int, default=3, help="loads of each; the median counts (default 3)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds, by the number of services."""
    return {size: asyncio.run(_measure(int(size), args.rounds, args.changes)) for size in args.sizes.split(",")}


async def _measure(services: int, rounds: int, changes: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        told = await measure_changes(services, changes, folder) if changes else {}
        if not rounds:
            return told
        data = ConsulData(f"sqlite+aiosqlite:///{folder / 'lightbulb.db'}")
        await data.fill_consul(services)
        try:
            async with browsing(folder) as (browser, url):
                return await _look(browser, url, rounds) | told
        finally:
            await data.close()


async def _look(browser: Any, url: str, rounds: int) -> dict[str, Any]:
    await asyncio.to_thread(_asked, url)  # the server has just started, and reads the last day
    first: list[float] = []
    empty: list[float] = []
    for _ in range(rounds):
        for path, times in (("/empty", empty), ("/consul", first)):
            async with page_of(browser) as page:
                times.append(await drawn_ms(page, url + path, DRAWN))
    answers = [await asyncio.to_thread(_asked, url) for _ in range(ASKED)]
    return {
        "first_ms": round(statistics.median(first)),
        "empty_ms": round(statistics.median(empty)),
        "answer_ms": round(statistics.median(ms for ms, _ in answers), 1),
        "kilobytes": round(answers[0][1] / 1024, 1),
    }


def _asked(url: str) -> tuple[float, int]:
    """Milliseconds and bytes of one answer."""
    started = time.perf_counter()
    with urllib.request.urlopen(url + PATH, timeout=60) as answer:
        size = len(answer.read())
    return (time.perf_counter() - started) * 1000, size


class ConsulData(BoardData):
    """A database with a connection to Consul and its services in it."""

    async def fill_consul(self, count: int) -> None:
        """Make the tables, the services and a day of results."""
        await migrations.upgrade(self._url)
        self._database = Database(self._url)
        await open_board(self._database)
        now = datetime.now(UTC)
        made = {"created_at": now, "updated_at": now}
        async with self.database.write() as conn:
            values = {"slug": "main", "kind": "consul", "label": "Main", "config": {"address": "http://127.0.0.1:1"}}
            rest = {"interval_seconds": 60, "keep_gone_days": 30, "group": "", "enabled": True, "owner": ""}
            source = await insert_source(conn, values | rest | made)
            facts = {"services": count, "checks": 2 * count, "nodes": 5, "datacentre": "dc1"}
            state = SourceState(source.pk, "ok", now, polled_at=now, read_at=now, seconds=0.2, facts=facts)
            await store_source_state(conn, state)
            rows = [_service(number, source.pk) | made for number in range(count)]
            self.services = await insert_services(conn, rows)
            await store_observations(conn, [_observation(each.pk, now) for each in self.services])
        self._epoch = await self._history.begin_epoch()
        self._next_id = self._epoch.next_result_id
        for step in range(STEPS):
            at = now - STEP * (STEPS - 1 - step)
            await self.record([_result(each.pk, number, step, at) for number, each in enumerate(self.services)])


def _service(number: int, source_pk: int) -> dict[str, Any]:
    name, node = f"service-{number:03d}", f"rack-{number % 5}"
    url = f"http://10.0.{number % 5}.{number % 250}:8080/"
    told = {"service": name, "id": name, "node": node, "datacentre": "dc1", "address": "10.0.0.5", "port": 8080}
    return {
        "service_id": name,
        "label": name,
        "service_type": "consul_service",
        "kind": "consul",
        "tags": ["public"],
        "status_config": {"url": url, "name": name},
        "interval_seconds": 86_400,  # nobody polls; they must not look out of date
        "source": "consul",
        "source_pk": source_pk,
        "source_key": f"{node}/{name}",
        "source_facts": told | {"url": url, "tags": ["public", "v2"], "meta": {}},
    }


def _observation(pk: int, now: datetime) -> Observation:
    checks = tuple(
        {"name": name, "status": "OK", "word": "passing", "output": "200 OK " * 20, "type": "http", "is_of_node": False}
        for name in ("HTTP on /health", "Serf Health Status")
    )
    return Observation(pk, now, "passing", checks)


def _result(pk: int, number: int, step: int, at: datetime) -> CheckResult:
    """One in seven has had a bad hour, at another time each."""
    is_bad = number % 7 == 0 and step // 12 == number % 24
    status = Status.FAILED if is_bad else Status.OK
    return CheckResult(pk, at, status, "critical: http" if is_bad else "all 2 checks are passing")
