"""How many checks a second the engine makes, how late they start, and what one costs.

The real engine process writes into a temporary SQLite database, as the child of a real web process that follows it and
pushes to one browser. Targets are in a further process; each check opens a new connection. How late a check started is
read from the database: the stored time of each check against its slot. So it is not the engine's own word.

`lateness_while_loading_ms` is the same while 5 browsers open the board again and again. `restart` ends the engine: how
many services the next one has checked within one interval, and after how many seconds all of them.

`--services 12000` shows where one core saturates. A short try: `--services 200 --seconds 10`.
"""

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor_app.bench.engine_processes import (
    START_SECONDS,
    Running,
    core_for_engine,
    last_words,
    load_again_and_again,
    restart_engine,
    running,
)
from monitor_app.bench.spread import spread
from monitor_app.bench.targets import Targets, running_targets
from monitor_app.domain.result import StoredResult
from monitor_app.domain.schedule import count_slots, next_slot, phase_seconds
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.services import insert_services

SILENT_DEADLINE_SECONDS = 2.0
LOADING_BROWSERS = 5
# What always fails is confirmed at once and never paused, or it would not be checked at each of its slots.
ALWAYS_CHECKED = {"failures_to_fail": 1, "breaker_failures": 0}
TARGET_PORTS = 8
# Stored times are whole milliseconds, so a check can seem to have begun just before its slot.
ROUNDING_SECONDS = 0.001


@dataclass(frozen=True)
class Answer:
    """One kind of answer among the targets."""

    name: str
    percent: int
    expected: Status
    message: str


ANSWERS = (
    Answer("good", 90, Status.OK, "200"),
    Answer("slow_200ms", 5, Status.OK, "200"),
    Answer("status_503", 3, Status.FAILED, "503"),
    Answer("refused", 1, Status.FAILED, "refused"),
    Answer("silent", 1, Status.FAILED, "timed out"),
)


@dataclass(frozen=True)
class Window:
    """The time that is measured, in seconds since 1970, and the CPU seconds that each process used in it."""

    begin: float
    end: float
    cpu_seconds: dict[str, float]
    rss_mb: float
    # Messages that the browser got.
    patches: int
    # While browsers load: from when to when, and how often they did.
    loading: tuple[float, float]
    loads: int
    # When the engine was there again after it was ended; None without a restart.
    restarted_at: float | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Defaults are those of the published figures."""
    parser.add_argument("--services", type=int, default=1000, help="how many services (1000)")
    parser.add_argument("--interval", type=int, default=10, help="seconds between two checks of one (10)")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to measure (60)")
    parser.add_argument("--loading-seconds", type=float, default=15.0, help="how long browsers load (15; 0: not)")
    parser.add_argument("--no-restart", action="store_true", help="do not end and start the engine")
    parser.add_argument(
        "--unpinned", action="store_true", help="let the engine use any core; else it has one to itself"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """The figures; `lost` and `skipped` count from the start of the engine."""
    with tempfile.TemporaryDirectory(prefix="lightbulb-bench-") as folder, running_targets(TARGET_PORTS) as targets:
        return asyncio.run(_measure(args, Path(folder), targets))


async def _measure(args: argparse.Namespace, folder: Path, targets: Targets) -> dict[str, Any]:
    url = f"sqlite+aiosqlite:///{folder / 'bench.db'}"
    await migrations.upgrade(url)
    database, log = Database(url), folder / "log"
    try:
        services = await _add_services(database, targets, args.services, args.interval)
        with core_for_engine(targets.pid, is_pinned=not args.unpinned) as core:
            async with running(folder, url, log, core) as processes:
                window = await _watch(processes, args, log)
        stored = await _stored(database, services)
    finally:
        await database.close()
    return _figures(args, services, stored, window, last_words(log))


async def _add_services(database: Database, targets: Targets, count: int, interval: int) -> list[ServiceDefinition]:
    now = datetime.now(UTC)
    rows = [
        {
            "service_id": f"{_answer_of(number).name.replace('_', '-')}-{number}",
            "label": f"Service {number}",
            "service_type": "website",
            "kind": "http",
            "status_config": _config(targets, number),
            "interval_seconds": interval,
            "created_at": now,
            "updated_at": now,
        }
        for number in range(count)
    ]
    async with database.write() as conn:
        return await insert_services(conn, rows)


def _answer_of(number: int) -> Answer:
    place = number % 100
    for answer in reversed(ANSWERS):
        if place < answer.percent:
            return answer
        place -= answer.percent
    raise AssertionError("percentages must add up to 100")


def _config(targets: Targets, number: int) -> dict[str, Any]:
    match _answer_of(number).name:
        case "good":
            return {"url": targets.url("/after/0", number)}
        case "slow_200ms":
            return {"url": targets.url("/after/200", number)}
        case "status_503":
            return {"url": targets.url("/status/503", number), **ALWAYS_CHECKED}
        case "refused":
            return {"url": targets.refused_url(), **ALWAYS_CHECKED}
        case _:
            url = targets.url("/silent", number)
            return {"url": url, "deadline_seconds": SILENT_DEADLINE_SECONDS, **ALWAYS_CHECKED}


async def _watch(processes: Running, args: argparse.Namespace, log: Path) -> Window:
    """Let every service be checked once, then measure."""
    await processes.browser.until(lambda: processes.browser.patches > 0, START_SECONDS)
    await asyncio.sleep(args.interval + 1)
    before, patches, begin = processes.cpu_seconds(), processes.browser.patches, time.time()
    await asyncio.sleep(args.seconds)
    after, end = processes.cpu_seconds(), time.time()
    patches = processes.browser.patches - patches
    rss_mb = processes.engine.memory_info().rss / 2**20
    loading_from = time.time()
    loads = await load_again_and_again(processes, LOADING_BROWSERS, args.loading_seconds)
    loading = loading_from, time.time()
    await asyncio.sleep(SILENT_DEADLINE_SECONDS + 1)  # what began must end
    restarted_at = None
    if not args.no_restart:
        restarted_at = await restart_engine(processes, log)
        await asyncio.sleep(args.interval * 1.5 + SILENT_DEADLINE_SECONDS + 1)
    used = {name: after[name] - before[name] for name in after}
    return Window(begin, end, used, rss_mb, patches, loading, loads, restarted_at)


async def _stored(database: Database, services: Sequence[ServiceDefinition]) -> list[StoredResult]:
    history, until = SqlHistory(database), datetime.now(UTC) + timedelta(minutes=1)
    since = until - timedelta(days=1)
    return [result for service in services async for result in history.export(service.pk, since, until)]


def _figures(
    args: argparse.Namespace,
    services: Sequence[ServiceDefinition],
    stored: Sequence[StoredResult],
    window: Window,
    stats: Counter[str],
) -> dict[str, Any]:
    phases = {service.pk: phase_seconds(service.service_id, args.interval) for service in services}
    answers = {service.pk: _answer_of(number) for number, service in enumerate(services)}
    seconds = window.end - window.begin
    wanted = sum(count_slots(window.begin, window.end, phase, args.interval) for phase in phases.values())
    late_ms, loading_ms, counted, unexpected = [], [], Counter[str](), 0
    for result in stored:
        moment, phase = result.checked_at.timestamp() + ROUNDING_SECONDS, phases[result.service_pk]
        slot = next_slot(moment, phase, args.interval) - args.interval
        late = max(0.0, moment - ROUNDING_SECONDS - slot) * 1000
        if window.loading[0] < slot <= window.loading[1]:
            loading_ms.append(late)
        if window.begin < slot <= window.end:
            late_ms.append(late)
            answer = answers[result.service_pk]
            counted[answer.name] += 1
            unexpected += result.status is not answer.expected or answer.message not in result.message
    done = len(late_ms)
    cpu_ms = {name: round(used * 1000 / done, 3) for name, used in window.cpu_seconds.items()}
    return {
        "services": args.services,
        "interval_s": args.interval,
        "seconds": round(seconds, 1),
        "wanted_per_s": round(wanted / seconds, 2),
        "done_per_s": round(done / seconds, 2),
        "lateness_ms": spread(late_ms, 1),
        "lateness_while_loading_ms": spread(loading_ms, 1) | {"loads": window.loads} if loading_ms else {},
        "cpu_ms_per_check": {"total": round(sum(cpu_ms.values()), 3)} | cpu_ms,
        "cpu_percent_of_a_core": {name: round(used / seconds * 100, 1) for name, used in window.cpu_seconds.items()},
        "rss_mb": round(window.rss_mb, 1),
        "patches_pushed": window.patches,
        "lost": stats["done"] - len(stored) + stats["dropped"] + stats["lost"],
        "skipped": stats["skipped"],
        "restart": _restart(args, stored, window),
        "answers": {answer.name: counted[answer.name] for answer in ANSWERS} | {"unexpected": unexpected},
    }


def _restart(args: argparse.Namespace, stored: Sequence[StoredResult], window: Window) -> dict[str, float]:
    """How the engine took up its work after it was ended."""
    if window.restarted_at is None:
        return {}
    first: dict[int, float] = {}
    for result in stored:
        after = result.checked_at.timestamp() - window.restarted_at
        if after >= 0:
            first[result.service_pk] = min(after, first.get(result.service_pk, after))
    return {
        "checked_within_interval": sum(after <= args.interval for after in first.values()),
        "all_checked_after_s": round(max(first.values(), default=0.0), 1) if len(first) == args.services else -1.0,
    }
