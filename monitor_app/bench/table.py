"""How long the server takes for a page of the table of services: filters, order and page, while results come in.

A board in memory, as a web process has it, with `--services` services and 60 results of each. Each of `--requests`
asks for another page, order or filter, after ten new results, which change orders; `page_ms` is all that the handler
does: the address understood, the list narrowed down and ordered, the page's rows made for the wire, the choices of
the filters. `changed_ms` is the same right after a service was changed, when every order is made anew; `..._cpu_ms`
is this thread's own time, which says more on a busy machine. `select_all_ms` is all that match, `hints_ms` what an
empty list says.
"""

import argparse
import asyncio
import itertools
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from monitor_app.bench.plain_states import state_after
from monitor_app.bench.spread import spread
from monitor_app.bus.local import Bus
from monitor_app.domain.result import CheckResult, StoredResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board
from monitor_app.plugins.registry import KindRegistry
from monitor_app.state.admin_services.address import hints, query_of
from monitor_app.state.admin_services.choices import ChoiceBook
from monitor_app.state.admin_services.table import facts_of
from monitor_app.state.rows.hub import RowHub

HISTORY: Final = 60
RESULTS: Final = 10
BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
SORTS: Final = ("label", "urgency", "-response", "checked", "-changed", "owner", "-updated_at", "tags", "target")
FILTERS: Final[tuple[dict[str, str], ...]] = (
    {},
    {"q": "service 12"},
    {"q": "example health"},
    {"status": "failed,degraded"},
    {"group": "Group 3,Group 7", "tag": "critical"},
    {"kind": "http,tcp", "environment": "production", "enabled": "yes"},
    {"q": "44", "owner": "ada", "file": "-"},
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--services", type=int, default=5000, help="on the board (default 5000)")
    parser.add_argument("--requests", type=int, default=500, help="how many pages are asked for (default 500)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds."""
    return asyncio.run(_measure(args.services, args.requests))


class NoRooms:
    """Nobody is sent anything."""

    async def move(self, sid: str, room: str) -> bool:
        """The socket is there."""
        return True

    def listeners(self, room: str) -> int:
        """One looks at each list."""
        return 1

    async def send(self, room: str, patch: dict[str, Any]) -> None:
        """Into nowhere."""


class _World:
    """A board, and results that go on."""

    def __init__(self, count: int) -> None:
        self.board = Board()
        self._random = random.Random(7)
        self._ids = itertools.count(1)
        self._states: dict[int, Any] = {}
        definitions = [_definition(pk) for pk in range(1, count + 1)]
        targets = {each.pk: each.status_config["url"] for each in definitions}
        self.board.apply_services(definitions, targets)
        for step in range(HISTORY):
            self._record(range(1, count + 1), BEGIN + timedelta(seconds=10 * step))
        self._now = BEGIN + timedelta(seconds=10 * HISTORY)

    def go_on(self) -> None:
        """A few more results."""
        self._now += timedelta(seconds=1)
        self._record(self._random.sample(range(1, len(self.board) + 1), RESULTS), self._now)

    def change(self) -> None:
        """Somebody changes a service."""
        pk = self._random.randint(1, len(self.board))
        row = self.board.get(pk)
        assert row is not None
        changed = replace(row.definition, revision=row.definition.revision + 1, tags=("critical", "changed"))
        self.board.apply_services([changed], {pk: row.target})

    def _record(self, pks: Any, at: datetime) -> None:
        results, states = [], []
        for pk in pks:
            status = self._random.choices([Status.OK, Status.DEGRADED, Status.FAILED], [94, 3, 3])[0]
            found = CheckResult(pk, at, status, "as found", self._random.uniform(5, 900), {}, {})
            number = next(self._ids)
            results.append(StoredResult(number, pk, at, status, found.message, found.response_ms, {}, {}))
            self._states[pk] = state_after(self._states.get(pk), found, number)
            states.append(self._states[pk])
        self.board.apply_results(results, states)


async def _measure(count: int, requests: int) -> dict[str, Any]:
    world, chance = _World(count), random.Random(3)
    hub, choices, kinds = RowHub(world.board, Bus(), NoRooms()), ChoiceBook(), KindRegistry()

    async def page(number: int) -> tuple[float, float]:
        filters, sort = FILTERS[number % len(FILTERS)], SORTS[number % len(SORTS)]
        address = filters | {"sort": sort, "page": str(chance.randint(1, 20)), "size": "100"}
        begin, own = time.perf_counter(), time.thread_time()
        snapshot = await hub.join("socket", query_of(address))
        choices.of(world.board, kinds)
        facts_of(world.board, [row["id"] for row in snapshot["rows"]])
        return (time.perf_counter() - begin) * 1000, (time.thread_time() - own) * 1000

    pages, after_change = [], []
    for number in range(requests):
        world.go_on()
        pages.append(await page(number))
    for number in range(requests // 5):
        world.change()
        after_change.append(await page(number))
    return {
        "services": count,
        "page_ms": spread(wall for wall, _ in pages),
        "page_cpu_ms": spread(own for _, own in pages),
        "changed_ms": spread(wall for wall, _ in after_change),
        "changed_cpu_ms": spread(own for _, own in after_change),
        "select_all_ms": spread(_timed(lambda each: world.board.matching(query_of(FILTERS[each % len(FILTERS)])))),
        "hints_ms": spread(_timed(lambda each: hints(world.board, query_of({"q": f"none {each}", "kind": "http"})))),
    }


def _timed(work: Callable[[int], Any]) -> list[float]:
    times = []
    for number in range(100):
        begin = time.perf_counter()
        work(number)
        times.append((time.perf_counter() - begin) * 1000)
    return times


def _definition(pk: int) -> ServiceDefinition:
    return ServiceDefinition(
        pk=pk,
        service_id=f"service-{pk:05d}",
        label=f"Service {pk:05d}",
        service_type=("website", "database", "api_endpoint")[pk % 3],
        kind=("http", "tcp", "dns", "icmp")[pk % 4],
        group=f"Group {pk % 40}",
        tags=("critical", "public", "internal")[: pk % 4],
        status_config={"url": f"https://service-{pk:05d}.example.org/health"},
        metric_config={},
        interval_seconds=60,
        enabled=pk % 20 != 0,
        is_demo=False,
        revision=1,
        owner=("ada", "ben", "cleo")[pk % 3],
        environment=("production", "staging", "")[pk % 3],
        created_at=BEGIN + timedelta(minutes=pk),
        updated_at=BEGIN + timedelta(minutes=pk * 7 % 5000),
    )
