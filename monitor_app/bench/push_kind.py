"""How many heartbeats one web process takes, each answered after it is stored.

The real route in the real web server with one worker on one processor core, over SQLite. `--clients` connections, on
the other cores, each send a heartbeat, wait for its answer and send the next, for `--seconds`. Times are a client's.
`stored` are those that were found in the database at the end, `answered` those that were told so.
"""

import argparse
import asyncio
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from monitor_app.bench.ports import free_port
from monitor_app.bench.push_app import DATABASE_VARIABLE
from monitor_app.bench.spread import spread
from monitor_app.storage import migrations, services
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
WARM_UP_SECONDS = 0.5
PERIOD_SECONDS = 3600


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--clients", type=int, default=40, help="connections that are kept open (default 40)")
    parser.add_argument("--services", type=int, default=100, help="that report (default 100)")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long (default 5)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Counts and milliseconds."""
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite+aiosqlite:///{Path(name) / 'lightbulb.db'}"
        tokens = uvloop.run(_fill(url, args.services))
        cores = sorted(os.sched_getaffinity(0))
        with _serving(url, cores[-1]) as port:
            if len(cores) > 1:
                os.sched_setaffinity(0, cores[:-1])
            try:
                times, seconds, failed = uvloop.run(_load(port, tokens, args.clients, args.seconds))
            finally:
                os.sched_setaffinity(0, cores)
        stored = uvloop.run(_count(url))
    delays = spread(times)
    return {
        "clients": args.clients,
        "per_s": round(len(times) / seconds, 1),
        "p50_ms": delays["p50"],
        "p95_ms": delays["p95"],
        "p99_ms": delays["p99"],
        "max_ms": delays["max"],
        "answered": len(times),
        "failed": failed,
        "stored": stored,
    }


async def _fill(url: str, count: int) -> list[str]:
    """Services that report; their tokens."""
    await migrations.upgrade(url)
    database, now = Database(url), datetime.now(UTC)
    tokens = [secrets.token_urlsafe(24) for _ in range(count)]
    rows = [
        {
            "service_id": f"job-{number:05}",
            "label": f"Job {number:05}",
            "service_type": "application",
            "kind": "push",
            "status_config": {"period_seconds": PERIOD_SECONDS, "token": token},
            "created_at": now,
            "updated_at": now,
        }
        for number, token in enumerate(tokens)
    ]
    async with database.write() as conn:
        await services.insert_services(conn, rows)
    await database.close()
    return tokens


async def _count(url: str) -> int:
    """All heartbeats that are in the inbox; no engine takes any out."""
    database, total, after_id = Database(url), 0, 0
    history = SqlHistory(database)
    while found := await history.heartbeats(after_id, 10_000):
        total, after_id = total + len(found), found[-1].id
    await database.close()
    return total


async def _load(port: int, tokens: list[str], clients: int, seconds: float) -> tuple[list[float], float, int]:
    """Milliseconds of each heartbeat, the seconds that all took, and how many were not answered with OK."""
    times: list[float] = []
    failed = 0
    begun = time.perf_counter()
    until = begun + seconds

    async def client(number: int) -> None:
        nonlocal failed
        token = tokens[number % len(tokens)]
        request = f"GET /push/{token}?msg=done&ping=12 HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (sent := time.perf_counter()) < until:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            if head.split(b" ", 2)[1] == b"200":
                times.append((time.perf_counter() - sent) * 1000)
            else:
                failed += 1
        writer.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    return times, time.perf_counter() - begun, failed


@contextmanager
def _serving(url: str, core: int) -> Iterator[int]:
    """The app on a free port, on one processor core."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--loop", "uvloop", "--log-level", "warning", "monitor_app.bench.push_app:app"]
    environment = os.environ | {DATABASE_VARIABLE: url, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
    try:
        os.sched_setaffinity(process.pid, {core})
        _wait_for(port, process)
        time.sleep(WARM_UP_SECONDS)
        yield port
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError as err:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the app does not answer") from err
            time.sleep(0.1)
