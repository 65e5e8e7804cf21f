"""How long the API takes to answer while the engine checks, and that a long history makes no difference.

The real API in the real web server with its engine, over SQLite with `--days` of history, without the screens. The
engine checks all services, each once in `--interval` seconds, at a server in a further process. This process asks 50
times a second with a key, a mixture: `status` is all services at once, `services`, `results`, `incidents` and
`websites` are lists of 50, the others are about one service. Times run from a question to the last byte of its answer.

`growth` compares with the same over one day of history: how many times as long the medians are. `checked_share` are
the services that were checked within the last interval when the asking ended, `late_ms` is how late this process sent
its questions. `web_cpu_ms_per_answer` is what the web server used of the processor, with what it reads of the engine's
results: it tells much also where the machine is busy with other things. `--keep FOLDER` keeps the databases there, and
takes those that are there already.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from monitor_app.bench.api_load import Answers, Client, ask
from monitor_app.bench.history_data import MadeUp
from monitor_app.bench.history_load import load
from monitor_app.bench.ports import free_port
from monitor_app.bench.spread import spread
from monitor_app.bench.targets import Targets, running_targets
from monitor_app.engine.clock import SystemClock
from monitor_app.security.permissions import ADMIN, BOARD_READ
from monitor_app.security.tokens import new_key, token_hash
from monitor_app.storage import accounts, api_keys, migrations, services
from monitor_app.storage.database import Database
from monitor_app.use_cases.access_changes import AccessChanges

ROOT = Path(__file__).parents[2]
TARGET_PORTS = 8
AT_ONCE = 500
START_SECONDS = 180.0
# Of forty questions.
SHARES = {
    "status": 8,
    "services": 8,
    "service": 4,
    "history": 8,
    "results": 3,
    "incidents": 3,
    "websites": 3,
    "uptime": 2,
    "percentiles": 1,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--services", type=int, default=1000, help="how many (default 1000)")
    parser.add_argument("--days", type=int, default=30, help="of history (default 30, which takes minutes to make)")
    parser.add_argument("--interval", type=int, default=60, help="seconds between two checks of one (default 60)")
    parser.add_argument("--rate", type=float, default=50.0, help="questions a second (default 50)")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to ask (default 60)")
    parser.add_argument("--settle", type=float, default=60.0, help="seconds before asking begins (default 60)")
    parser.add_argument("--no-growth", action="store_true", help="do not compare with one day of history")
    parser.add_argument("--keep", type=Path, default=None, metavar="FOLDER", help="keep the databases here")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds and ratios."""
    with tempfile.TemporaryDirectory(prefix="lightbulb-bench-") as name, running_targets(TARGET_PORTS) as targets:
        return asyncio.run(_measure(args, Path(name), targets))


async def _measure(args: argparse.Namespace, folder: Path, targets: Targets) -> dict[str, Any]:
    figures = await _over(args, args.days, folder, targets)
    if args.no_growth or args.days <= 1:
        return figures
    short = await _over(args, 1, folder, targets)
    return figures | {"growth": growth_of(figures, short), "one_day": {name: short[name] for name in SHARES}}


def growth_of(figures: Mapping[str, Any], short: Mapping[str, Any]) -> dict[str, float]:
    """How many times as long the medians are, by the name of the question."""
    return {name: round(figures[name]["p50_ms"] / max(short[name]["p50_ms"], 0.01), 2) for name in SHARES}


async def _over(args: argparse.Namespace, days: int, folder: Path, targets: Targets) -> dict[str, Any]:
    """The figures over so many days of history."""
    file, unfinished = await asyncio.to_thread(_kept_in, args.keep or folder, args.services, days)
    if not await asyncio.to_thread(file.exists):
        await _fill(unfinished, args.services, days)
        await asyncio.to_thread(unfinished.rename, file)
    key = await _prepare(Database(_url(file)), targets, args.interval)
    load_before = os.getloadavg()[0]
    async with serving(file, folder) as (port, pid):
        client = Client(port, key)
        names = await _ready(client, args.services)
        await asyncio.sleep(args.settle)
        before = _web_cpu_seconds(pid)
        answers = await ask(client, _questions(names), SHARES, args.rate, args.seconds)
        cpu_seconds = _web_cpu_seconds(pid) - before
        checked = await _checked_share(client, args.interval)
        await client.close()
    return {
        "service_count": args.services,
        "days": days,
        "asked": sum(map(len, answers.ms.values())) + len(answers.failed),
        "failed": len(answers.failed),
        **({"first_failure": answers.failed[0]} if answers.failed else {}),
        **_times(answers),
        "status_bytes": answers.bytes.get("status", 0),
        "late_ms": spread(answers.late_ms),
        "web_cpu_ms_per_answer": round(cpu_seconds * 1000 / len(answers.late_ms), 2),
        "checked_share": checked,
        "machine_load": {"before": round(load_before, 1), "after": round(os.getloadavg()[0], 1)},
    }


def _times(answers: Answers) -> dict[str, dict[str, float]]:
    found = {name: spread(ms) for name, ms in answers.ms.items()}
    return {
        name: {f"{part}_ms": found[name][part] for part in ("p50", "p95", "max")} for name in SHARES if name in found
    }


def _url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def _kept_in(folder: Path, count: int, days: int) -> tuple[Path, Path]:
    """The database with this history, and where it is made."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"api-{count}-{days}.db"
    unfinished = file.with_suffix(".unfinished")
    for left in folder.glob(f"{unfinished.name}*"):
        left.unlink()
    return file, unfinished


async def _fill(file: Path, count: int, days: int) -> None:
    """Make this history, which ends at the last midnight (UTC)."""
    await migrations.upgrade(_url(file))
    database = Database(_url(file))
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = end - timedelta(days=days)
    made_up = MadeUp(await _add_services(database, count, start), start)
    await load(database, made_up, days, lambda progress: print(progress, file=sys.stderr))
    await database.close()


async def _add_services(database: Database, count: int, at: datetime) -> list[int]:
    rows = [
        {
            "service_id": f"service-{number:05d}",
            "label": f"Service {number:05d}",
            "service_type": "website",
            "kind": "http",
            "group": f"Group {number % 20}",
            "tags": ["bench", f"tag-{number % 7}"],
            "created_at": at,
            "updated_at": at,
        }
        for number in range(count)
    ]
    pks = []
    for first in range(0, count, AT_ONCE):
        async with database.write() as conn:
            pks += [service.pk for service in await services.insert_services(conn, rows[first : first + AT_ONCE])]
    return pks


async def _prepare(database: Database, targets: Targets, interval: int) -> str:
    """Have the services ask the server that runs now, and make a key."""
    changes, key = AccessChanges(database, SystemClock()), new_key()
    now = changes.now()
    async with database.write() as conn:
        found = await services.load_services(conn)
        changed = [
            (
                each.pk,
                {
                    "status_config": {"url": targets.url("/after/5", number)},
                    "interval_seconds": interval,
                    "updated_at": now,
                },
            )
            for number, each in enumerate(found)
        ]
        await services.update_services(conn, changed)
    async with changes.begin() as conn:
        account = await accounts.insert_account(conn, f"bench-{key.key_id}", ADMIN, "no password", now)
        new = api_keys.NewApiKey(
            key.key_id, token_hash(key.secret), "key", "bench", account.pk, now, permissions=(BOARD_READ,)
        )
        await api_keys.insert_key(conn, new)
    await database.close()
    return key.text


def _questions(names: list[str]) -> dict[str, list[str]]:
    pages = range(1, max(2, len(names) // 50 + 1))
    return {
        "status": ["/api/status"],
        "services": [f"/api/services?limit=50&page={page}" for page in pages],
        "service": [f"/api/status/{name}" for name in names],
        "history": [f"/api/services/{name}/history?granularity=15" for name in names],
        "results": [f"/api/services/{name}/results?limit=50" for name in names],
        "incidents": ["/api/incidents?limit=50"],
        "websites": [f"/api/websites?limit=50&page={page}" for page in pages],
        "uptime": [f"/api/services/{name}/uptime?days=30" for name in names],
        "percentiles": [f"/api/services/{name}/percentiles" for name in names],
    }


async def _ready(client: Client, count: int) -> list[str]:
    """Wait until all services are there and the engine has checked some; their ids."""
    begun = datetime.now(UTC).isoformat()
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            status, body = await client.get("/api/status")
        except (OSError, asyncio.IncompleteReadError):
            status, body = 0, b""
        if status == 200:
            found = json.loads(body)
            if len(found) == count and any((each["last_check"] or "") > begun for each in found):
                return [each["service_id"] for each in found]
        if time.monotonic() > deadline:
            raise RuntimeError(f"the program does not check: {status} {body[:300]!r}")
        await asyncio.sleep(0.2)


async def _checked_share(client: Client, interval: int) -> float:
    _, body = await client.get("/api/status")
    found: list[dict[str, str | None]] = json.loads(body)
    since = (datetime.now(UTC) - timedelta(seconds=interval + 2)).isoformat()
    checked = [each for each in found if (each["last_check"] or "") > since]
    return round(len(checked) / len(found), 4)


def _web_cpu_seconds(pid: int) -> float:
    """What the web server has used of the processor so far; its engine is a process of its own."""
    server = psutil.Process(pid)
    times = [each.cpu_times() for each in (server, *server.children(recursive=True)) if "engine" not in each.cmdline()]
    return float(sum(one.user + one.system for one in times))


@asynccontextmanager
async def serving(file: Path, folder: Path) -> AsyncIterator[tuple[int, int]]:
    """The API on a free port, with no limit to how often one may ask; the port and the process."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--loop", "uvloop", "--log-level", "warning", "monitor_app.bench.api_app:app"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SQLITE_DB_PATH": str(file), "PORT": str(port)}
    environment |= {f"RATE_PER_{kind}": "1000000" for kind in ("KEY", "SESSION", "ADDRESS")}
    with (folder / "serve.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield port, process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
