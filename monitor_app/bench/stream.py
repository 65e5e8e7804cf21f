"""How fast, and at what cost, a change reaches many clients of the API's streams.

The real API behind the real doorman, with the real follower, board and streams, served by granian, with SQLite. A child
in the engine's place commits `--rows` results every `--interval` seconds, 30 % of which change a status. First
`--clients` follow `/api/status/stream`, each all services; then as many listen to `global` on `/ws`. `p95_ms` is from
the commit to the receipt. `cpu_ms_per_client_update` is all that the server worked meanwhile, divided by clients and
commits; `cpu_ms_per_event` by all events that were received. `client_cpu_ms_per_event` is what the clients cost, which
share the processor with what is measured. `kb_per_client` is by how much the server grew with them.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor_app.bench.live.variables import DATABASE_VARIABLE
from monitor_app.bench.many_services import add_many
from monitor_app.bench.ports import free_port
from monitor_app.bench.spread import spread
from monitor_app.storage.database import Database

ROOT = Path(__file__).parents[2]
START_SECONDS = 120
SETTLE_SECONDS = 2
SETTINGS = {
    "STREAMS_PER_USER": "10000",
    "STREAMS_TOTAL": "10000",
    "RATE_PER_ADDRESS": "1000000",
    "LOG_LEVEL": "WARNING",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--clients", type=int, default=500, help="of each kind (default 500)")
    parser.add_argument("--updates", type=int, default=30, help="commits for each kind (default 30)")
    parser.add_argument("--rows", type=int, default=5, help="results in each (default 5)")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between them (default 1)")
    parser.add_argument("--services", type=int, default=1000, help="on the board (default 1000)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds, bytes and counts."""
    return {
        "clients": args.clients,
        "rows": args.rows,
        "updates": args.updates,
        "sse": _measure(args, "sse"),
        "ws": _measure(args, "ws"),
    }


def _measure(args: argparse.Namespace, kind: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        url = f"sqlite+aiosqlite:///{folder / 'lightbulb.db'}"
        pks = asyncio.run(_fill(url, args.services))
        port = stack.enter_context(_serving(folder, url))
        empty = _facts(port)
        crowd = stack.enter_context(_crowd(folder, port, kind, args.clients))
        time.sleep(SETTLE_SECONDS)
        before = _facts(port)
        order = {"pks": pks, "updates": args.updates, "rows": args.rows, "interval_seconds": args.interval}
        commits = _write(folder, order)
        after = _facts(port)
        assert crowd.stdin is not None
        assert crowd.stdout is not None
        crowd.stdin.close()
        report: dict[str, Any] = json.loads(crowd.stdout.readline())
    return _figures(args, commits, report, empty, before, after)


def _figures(
    args: argparse.Namespace,
    commits: dict[int, int],
    report: dict[str, Any],
    empty: dict[str, Any],
    before: dict[str, Any],
    after: dict[str, Any],
) -> dict[str, Any]:
    committed = {_written(tenth): at for tenth, at in commits.items()}
    receipts = [(at - committed[moment]) / 1e6 for moment, at in report["receipts"] if moment in committed]
    delays = spread(receipts)
    cpu_ms = (after["cpu_seconds"] - before["cpu_seconds"]) * 1000
    return {
        "p50_ms": delays["p50"],
        "p95_ms": delays["p95"],
        "p99_ms": delays["p99"],
        "max_ms": delays["max"],
        "events": len(receipts),
        "lost": args.clients * args.updates * args.rows - len(receipts),
        "dropped": after["dropped"],
        "cpu_ms_per_client_update": round(cpu_ms / args.clients / args.updates, 4),
        "cpu_ms_per_event": round(cpu_ms / max(1, len(receipts)), 4),
        "client_cpu_ms_per_event": round(report["cpu_seconds"] * 1000 / max(1, len(receipts)), 4),
        "bytes_per_event": round(report["bytes"] / max(1, len(receipts))),
        "kb_per_client": round((before["rss_mb"] - empty["rss_mb"]) * 1024 / args.clients, 1),
        "rss_mb": round(after["rss_mb"], 1),
    }


def _written(tenth: int) -> str:
    """A tenth of a second as results carry it."""
    return datetime.fromtimestamp(tenth / 10, UTC).isoformat(timespec="milliseconds")[:21]


async def _fill(url: str, count: int) -> list[int]:
    database = Database(url)
    pks = await add_many(database, url, count)
    await database.close()
    return pks


@contextmanager
def _serving(folder: Path, url: str) -> Iterator[int]:
    port = free_port()
    environment = os.environ | SETTINGS | {"PORT": str(port), DATABASE_VARIABLE: url, "PYTHONPATH": str(ROOT)}
    command = [
        sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port),
        "--log-level", "warning", "monitor_app.bench.stream_app:app",
    ]  # fmt: skip
    with _process(command, folder, stdin=subprocess.DEVNULL, env=environment) as process:
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
def _crowd(folder: Path, port: int, kind: str, count: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "monitor_app.bench.stream_crowd", str(port), kind, str(count)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with _process(command, folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("the clients did not get their streams")
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


def _write(folder: Path, order: dict[str, Any]) -> dict[int, int]:
    """Have the writer write; what each commit's results carry, and when it was."""
    part = folder / "go.part"
    part.write_text(json.dumps(order))
    part.rename(folder / "go.json")
    deadline = time.monotonic() + order["updates"] * order["interval_seconds"] * 2 + START_SECONDS
    while not (folder / "commits.json").exists():
        if time.monotonic() > deadline:
            raise RuntimeError("the writer does not come to an end")
        time.sleep(0.1)
    time.sleep(SETTLE_SECONDS)  # the last commit is still under way
    return dict(json.loads((folder / "commits.json").read_text()))


def _facts(port: int) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/facts", timeout=10) as answer:
        facts: dict[str, Any] = json.load(answer)
        return facts
