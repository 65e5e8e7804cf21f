"""How soon a change in Consul is recorded: from the change of a check until the service has its status in the database.

The real engine in a process of its own, polling each 60 s, so whatever is seen sooner came by a blocking query. The
changes come at moments that have nothing to do with those of the polls, each on another service.
"""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from monitor_app.bench.consul_agent import BenchAgent, bench_agent
from monitor_app.bench.engine_processes import CHILD_MODULE
from monitor_app.domain.status import Status
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.storage.sources import insert_source

PATIENCE_SECONDS: Final = 120.0
LOOK_SECONDS: Final = 0.005
# At least so long between two changes, so that each is one of its own, and up to so much more.
PAUSE_SECONDS: Final = 2.0
SPREAD_SECONDS: Final = 1.5
_STATUS: Final = {"passing": Status.OK, "critical": Status.FAILED}
_STATE: Final = "select status from service_state join service on service.pk = service_pk where service.service_id = ?"
_COUNT: Final = "select count(*) from service_state where status = 0"


async def measure_changes(services: int, changes: int, folder: Path) -> dict[str, Any]:
    """`change_p50_ms` and `change_p95_ms` of so many changes."""
    path = folder / "changes.db"
    url = f"sqlite+aiosqlite:///{path}"
    await migrations.upgrade(url)
    with bench_agent(services) as agent:
        await _connect(url, agent)
        found = await asyncio.to_thread(_with_engine, url, path, agent, services, changes)
    ordered = sorted(found)
    return {
        "change_p50_ms": round(ordered[len(ordered) // 2]),
        "change_p95_ms": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]),
        "changes": len(ordered),
    }


async def _connect(url: str, agent: BenchAgent) -> None:
    now = datetime.now(UTC)
    values = {"slug": "main", "kind": "consul", "label": "Main", "config": {"address": agent.url}}
    rest = {"interval_seconds": 60, "keep_gone_days": 30, "group": "", "enabled": True, "owner": ""}
    database = Database(url)
    async with database.write() as conn:
        await insert_source(conn, values | rest | {"created_at": now, "updated_at": now})
    await database.close()


def _with_engine(url: str, path: Path, agent: BenchAgent, services: int, changes: int) -> list[float]:
    command = [sys.executable, "-m", CHILD_MODULE, url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    engine = subprocess.Popen(command, env={**os.environ, "ENVIRONMENT": "development"}, **pipes)  # type: ignore[call-overload]
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE_SECONDS)) as conn:
            _until(lambda: conn.execute(_COUNT).fetchone()[0] == services)
            return [_change(conn, agent, number % services) for number in range(changes)]
    finally:
        engine.send_signal(signal.SIGTERM)
        engine.wait(PATIENCE_SECONDS)


def _change(conn: sqlite3.Connection, agent: BenchAgent, number: int) -> float:
    time.sleep(PAUSE_SECONDS + random.random() * SPREAD_SECONDS)
    began = time.perf_counter()
    wanted = int(_STATUS[agent.turn(number)])
    _until(lambda: conn.execute(_STATE, [f"service-{number}"]).fetchone() == (wanted,))
    return (time.perf_counter() - began) * 1000


def _until(condition: Any) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("Consul's change was not recorded")
        time.sleep(LOOK_SECONDS)
