"""How fast, and at what cost, a change reaches many browsers.

A real Reflex app with the real follower, board, hub and feed, served as in production with SQLite. A child in the
engine's place commits results of `--rows` services every `--interval` seconds. `--clients` browsers in other processes
look at the first 50 services, decode each message and merge it. Times run from the commit to the merged message.
`cpu_ms_per_client_update` is all that the web process worked meanwhile, divided by clients and updates. At the end one
service is renamed, so every browser fetches its page anew within half a second: `reload_ms` tells how long they waited.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from monitor_app.bench.live.variables import DATABASE_VARIABLE, WRITER_VARIABLE
from monitor_app.bench.many_services import add_many
from monitor_app.bench.plain_states import state_after
from monitor_app.bench.ports import free_port
from monitor_app.bench.spread import spread
from monitor_app.domain.changes import Batch
from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status
from monitor_app.storage import services
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory

ROOT = Path(__file__).parents[2]
PAGE_SIZE = 50
HISTORY = 60
CROWDS = 2
START_SECONDS = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--clients", type=int, default=500, help="browsers (default 500)")
    parser.add_argument("--updates", type=int, default=60, help="commits (default 60)")
    parser.add_argument("--rows", type=int, default=10, help="rows that change in each (default 10)")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between them (default 1)")
    parser.add_argument("--services", type=int, default=1000, help="on the board (default 1000)")
    parser.add_argument("--views", type=int, default=1, help="different lists they look at (default 1)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds, bytes and counts."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        url = f"sqlite+aiosqlite:///{folder / 'lightbulb.db'}"
        pks = uvloop.run(_fill(url, args.services))
        port = stack.enter_context(_serving(folder, url))
        queries = [
            {"search": "", "sort": "label", "page_size": PAGE_SIZE + n % args.views} for n in range(args.clients)
        ]
        facts = _facts(port)
        orders = [{"port": port, "facts": facts, "queries": queries[n::CROWDS]} for n in range(CROWDS)]
        crowds = [stack.enter_context(_crowd(folder, order)) for order in orders]
        for crowd in crowds:
            _expect_ready(crowd)
        before = _facts(port)
        order = {"pks": pks[:PAGE_SIZE], "updates": args.updates, "rows": args.rows, "interval_seconds": args.interval}
        commits = _write(folder, order)
        after = _facts(port)
        uvloop.run(_rename(url, pks[0]))
        time.sleep(3)  # the follower looks within a second, the browsers spread their requests over half a one
        reloaded = _facts(port)
        reports = [_report(crowd) for crowd in crowds]
    return _figures(args, commits, reports, before, after) | _reload(args, reports, after, reloaded)


def _figures(
    args: argparse.Namespace,
    commits: dict[int, int],
    reports: list[dict[str, Any]],
    before: dict[str, Any],
    after: dict[str, Any],
) -> dict[str, Any]:
    receipts = [(tenth, at) for report in reports for tenth, at in report["receipts"]]
    delays = spread((at - commits[tenth]) / 1e6 for tenth, at in receipts)
    sizes = [size for report in reports for size in report["bytes"]]
    wanted = args.clients * len(commits)
    cpu_ms = (after["cpu_seconds"] - before["cpu_seconds"]) * 1000
    return {
        "clients": args.clients,
        "views": after["views"],
        "updates": len(commits),
        "p50_ms": delays["p50"],
        "p95_ms": delays["p95"],
        "p99_ms": delays["p99"],
        "cpu_ms_per_client_update": round(cpu_ms / wanted, 4),
        "bytes_per_message": max(sizes),
        "lost": wanted - len(receipts),
        "gaps": sum(report["gaps"] for report in reports),
        # What the browsers cost, which share the processor with what is measured.
        "browser_cpu_ms_per_message": round(
            sum(report["cpu_seconds"] for report in reports) * 1000 / max(1, len(receipts)), 4
        ),
        "rss_mb": round(after["rss_mb"], 1),
        "snapshot_bytes": max(report["snapshot_bytes"] for report in reports),
    }


def _reload(
    args: argparse.Namespace, reports: list[dict[str, Any]], before: dict[str, Any], after: dict[str, Any]
) -> dict[str, Any]:
    cpu_ms = (after["cpu_seconds"] - before["cpu_seconds"]) * 1000
    return {
        "reload_ms": spread(ms for report in reports for ms in report["reload_ms"]),
        "cpu_ms_per_reload": round(cpu_ms / args.clients, 3),
    }


async def _fill(url: str, count: int) -> list[int]:
    """Services with a full history; their pks in the order of their labels."""
    database, now = Database(url), datetime.now(UTC)
    pks = await add_many(database, url, count)
    history = SqlHistory(database)
    epoch = await history.begin_epoch()
    next_id = epoch.next_result_id
    for turn in range(HISTORY, 0, -1):
        at = now - timedelta(seconds=60 * turn)
        results = [CheckResult(pk, at, Status.OK, "200 OK", 20 + (pk * turn) % 700 / 3) for pk in pks]
        states = [state_after(None, result, next_id + n) for n, result in enumerate(results)]
        await history.record(epoch, Batch(list(enumerate(results, next_id)), states, [], next_id + len(results) - 1))
        next_id += len(results)
    await database.close()
    return pks


async def _rename(url: str, pk: int) -> None:
    database = Database(url)
    async with database.write() as conn:
        await services.update_service(conn, pk, {"label": "Service 00000 renamed", "updated_at": datetime.now(UTC)})
    await database.close()


@contextmanager
def _serving(folder: Path, url: str) -> Iterator[int]:
    """The app on a free port."""
    port = free_port()
    environment = {DATABASE_VARIABLE: url, WRITER_VARIABLE: "monitor_app.bench.live.writer", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "monitor_app.bench.live.serve", str(port)]
    with _process(command, folder, stdin=subprocess.DEVNULL, env=os.environ | environment) as process:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                _facts(port)
                break
            except OSError as err:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the app does not answer") from err
                time.sleep(0.1)
        yield port


@contextmanager
def _crowd(folder: Path, order: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "monitor_app.bench.live.crowd"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with _process(command, folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        yield process


@contextmanager
def _process(command: list[str], folder: Path, **how: Any) -> Iterator[subprocess.Popen[str]]:
    process: subprocess.Popen[str] = subprocess.Popen(command, cwd=folder, text=True, **how)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _expect_ready(crowd: subprocess.Popen[str]) -> None:
    assert crowd.stdout is not None
    if crowd.stdout.readline() != "ready\n":
        raise RuntimeError("the browsers did not get their rows")


def _report(crowd: subprocess.Popen[str]) -> dict[str, Any]:
    assert crowd.stdin is not None
    assert crowd.stdout is not None
    crowd.stdin.close()
    report: dict[str, Any] = json.loads(crowd.stdout.readline())
    return report


def _write(folder: Path, order: dict[str, Any]) -> dict[int, int]:
    """Have the writer write; what each update's rows carry, and when it was committed."""
    part = folder / "go.part"
    part.write_text(json.dumps(order))
    part.rename(folder / "go.json")
    deadline = time.monotonic() + order["updates"] * order["interval_seconds"] + START_SECONDS
    while not (folder / "commits.json").exists():
        if time.monotonic() > deadline:
            raise RuntimeError("the writer does not come to an end")
        time.sleep(0.1)
    time.sleep(1)  # the last update is still under way
    return dict(json.loads((folder / "commits.json").read_text()))


def _facts(port: int) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/facts", timeout=10) as answer:
        facts: dict[str, Any] = json.load(answer)
        return facts
