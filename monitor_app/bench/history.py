"""What the history costs: bytes a result, bytes the disk gets to do for it, and how fast questions are answered.

A fresh database gets `--services` services with `--days` days of made-up results, one a minute, loaded in bulk through
the same codec, tables and functions that recording and merging use (`loaded` says so). Then results come live for
`--minutes` simulated minutes: a transaction a second through `record`, a `merge` every ten minutes.

`bytes_per_row` is the whole database, indexes, summaries and all, divided by its raw results. `disk_kb_per_row` is what
was handed to the disk for each live result (in 1024 bytes; SQLite: all that this process gave to write(2), log and
database both, with a full checkpoint at the end; PostgreSQL: its log plus the pages written), `merge_disk_kb_per_row`
the part of it that fell into merges. `queries` are the
best of ten, in ms, on this process's event loop, objects made.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from monitor_app.bench.history_data import SLOTS, MadeUp
from monitor_app.bench.history_live import spread, write_live
from monitor_app.bench.history_load import load
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.services import insert_services

ROUNDS = 10
BARS_MINUTES = 30
SHARES = (0.5, 0.95, 0.99)
AT_ONCE = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--services", type=int, default=1000, help="how many (default 1000)")
    parser.add_argument("--days", type=int, default=3, help="of history (default 3; 30 takes a quarter of an hour)")
    parser.add_argument("--minutes", type=int, default=300, help="of live results, simulated (default 300)")
    parser.add_argument("--postgres", default="", metavar="URL", help="an empty PostgreSQL database to use instead")
    parser.add_argument(
        "--keep", type=Path, default=None, metavar="FILE", help="make the SQLite file here, and keep it"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Bytes and milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = args.keep or Path(folder) / "history.db"
        url = args.postgres.replace("postgresql://", "postgresql+asyncpg://") or f"sqlite+aiosqlite:///{path}"
        return asyncio.run(_measure(url, args))


async def _measure(url: str, args: argparse.Namespace) -> dict[str, Any]:
    await migrations.upgrade(url)
    database = Database(url)
    try:
        end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        start = end - timedelta(days=args.days)
        made_up = MadeUp(await _add_services(database, args.services, start), start)
        rows, load_seconds = await load(database, made_up, args.days, _tell)
        written = await write_live(database, made_up, args.days * SLOTS, args.minutes)
        size = await _size(database)
        queries = await _queries(SqlHistory(database), made_up.pks, end + timedelta(minutes=args.minutes // 5 * 5))
    finally:
        await database.close()
    return {
        "database": "sqlite" if database.is_sqlite else "postgresql",
        "loaded": "in bulk, through the codec and the tables of merging",
        "services": args.services,
        "days": args.days,
        "rows": rows + written.rows,
        "live_rows": written.rows,
        "bytes_per_row": round(size / (rows + written.rows), 2),
        "disk_kb_per_row": round(written.disk_bytes / max(written.rows, 1) / 1024, 3),
        "merge_disk_kb_per_row": round(written.merge_disk_bytes / max(written.rows, 1) / 1024, 3),
        "queries": queries,
        "load_rows_per_s": round(rows / load_seconds) if load_seconds else 0,
        "record_ms": spread(written.record_ms),
        "merge_ms": spread(written.merge_ms),
        "merge_held_loop_ms": round(written.held_ms, 1),
        "merge_held_loop_cpu_ms": round(written.held_cpu_ms, 1),
    }


async def _add_services(database: Database, count: int, at: datetime) -> list[int]:
    rows = [
        {
            "service_id": f"service-{number:05d}",
            "label": f"Service {number:05d}",
            "service_type": "website",
            "kind": "http",
            "status_config": {"url": f"https://service-{number:05d}.example.org/health"},
            "created_at": at,
            "updated_at": at,
        }
        for number in range(count)
    ]
    pks = []
    for first in range(0, count, AT_ONCE):
        async with database.write() as conn:
            pks += [service.pk for service in await insert_services(conn, rows[first : first + AT_ONCE])]
    return pks


async def _queries(history: SqlHistory, pks: Sequence[int], now: datetime) -> dict[str, dict[str, float]]:
    day, week, month = (now - timedelta(days=days) for days in (1, 7, 30))
    one = pks[len(pks) // 2]

    async def downtime() -> None:
        await history.downtimes(one, month, now)
        await history.uptime([one], month, now)

    asked: dict[str, Callable[[], Awaitable[Any]]] = {
        "latest_all": history.states,
        "bars_24h_100": lambda: history.windows(pks[:100], day, now, BARS_MINUTES),
        "bars_24h_1000": lambda: history.windows(pks[:1000], day, now, BARS_MINUTES),
        "uptime_30d_all": lambda: history.uptime(None, month, now),
        "percentiles_7d_one": lambda: history.percentiles(one, week, now, SHARES),
        "downtime_30d_one": downtime,
    }
    return {name: {"ms": await _best_ms(ask)} for name, ask in asked.items()}


async def _best_ms(ask: Callable[[], Awaitable[Any]]) -> float:
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await ask()
        times.append(time.perf_counter() - started)
    return round(min(times) * 1000, 2)


async def _size(database: Database) -> int:
    """Bytes of the whole database; nothing is left in SQLite's log after the checkpoint."""
    async with database.read() as conn:
        if database.is_sqlite:
            pages = await conn.execute(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"))
            return int(pages.scalar_one())
        return int((await conn.execute(text("SELECT pg_database_size(current_database())"))).scalar_one())


def _tell(progress: str) -> None:
    print(progress, file=sys.stderr)
