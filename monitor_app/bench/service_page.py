"""How long the server takes for the page of a service with a year of history.

A fresh database holds a year of one service, checked every minute: results of the last 90 days, summaries of 5 minutes
of the last 35, of hours and of days of all of it, with downtimes and gaps. `--services` others have the same summaries.
For each span that the page offers, `head` is what its head tells (uptime of five spans, percentiles), `series` and
`measurements` are the two answers of the API that its charts draw, from the question to the encoded JSON; the best of
`--rounds`, in ms, on this process's event loop. `server_ms` is all of it together for the year, the median of the
rounds, and `points` how many of them there are at most. `compared_ms` is the series of the year once more for the week
before.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text, update

from monitor_app.api.answers import encoded
from monitor_app.api.series import shown_measurements, shown_series
from monitor_app.bench.history_data import MadeUp
from monitor_app.bench.history_load import load
from monitor_app.bench.many_services import add_many
from monitor_app.models import Service
from monitor_app.security.permissions import SYSTEM
from monitor_app.storage.database import Database
from monitor_app.use_cases.series import Kept, SeriesUseCases

INTERVAL_SECONDS: Final = 60
SPANS: Final = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}
WEEK: Final = timedelta(days=7)
FIVE_MINUTES: Final = 300
_DROP_RESULTS = text("DELETE FROM result_block WHERE ended_at < :before")
_DROP_SUMMARIES = text("DELETE FROM summary_block WHERE granularity = :granularity AND started_at < :before")
_COPIES = [
    text(
        "INSERT INTO summary_block (granularity, started_at, service_pk, data) "
        "SELECT granularity, started_at, :other, data FROM summary_block WHERE service_pk = :one"
    ),
    text(
        "INSERT INTO measure_block (granularity, started_at, service_pk, data) "
        "SELECT granularity, started_at, :other, data FROM measure_block WHERE service_pk = :one"
    ),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--services", type=int, default=20, help="others beside the one (default 20)")
    parser.add_argument("--days", type=int, default=366, help="of history (default 366)")
    parser.add_argument("--rounds", type=int, default=7, help="times that each is asked for (default 7)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds and points."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(f"sqlite+aiosqlite:///{Path(folder) / 'year.db'}", args))


async def _measure(url: str, args: argparse.Namespace) -> dict[str, Any]:
    database = Database(url)
    try:
        end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        pk, results = await _fill(database, url, args.services, args.days, end)
        page = _Page(SeriesUseCases(database), pk, end)
        spans = {name: await page.times(days, args.rounds) for name, days in SPANS.items()}
        whole = [await page.whole(SPANS["year"]) for _ in range(args.rounds)]
        before = [await _ms(lambda: page.series(SPANS["year"], WEEK)) for _ in range(args.rounds)]
    finally:
        await database.close()
    return {
        "services": 1 + args.services,
        "days": args.days,
        "results": results,
        "server_ms": round(statistics.median(whole), 1),
        "compared_ms": round(statistics.median(before), 1),
        "points": page.most_points,
        "kilobytes": round(page.most_bytes / 1024, 1),
        "spans": spans,
    }


class _Page:
    """Asks what the page of a service asks."""

    def __init__(self, use_cases: SeriesUseCases, pk: int, now: datetime) -> None:
        self._use_cases, self._pk, self._now = use_cases, pk, now
        self.most_points = 0
        self.most_bytes = 0

    async def times(self, days: float, rounds: int) -> dict[str, float]:
        """The best of the rounds, in ms, of each part."""
        parts: dict[str, Callable[[], Awaitable[None]]] = {
            "head": self.head,
            "series": lambda: self.series(days),
            "measurements": lambda: self.measurements(days),
        }
        return {name: round(min([await _ms(ask) for _ in range(rounds)]), 1) for name, ask in parts.items()}

    async def whole(self, days: float) -> float:
        """All parts together, in ms."""
        return sum(
            [await _ms(self.head), await _ms(lambda: self.series(days)), await _ms(lambda: self.measurements(days))]
        )

    async def head(self) -> None:
        """What stands above the charts."""
        await self._use_cases.head(SYSTEM, self._pk, self._now)

    async def series(self, days: float, ago: timedelta = timedelta()) -> None:
        """What the first charts draw."""
        since, until = self._now - timedelta(days=days) - ago, self._now - ago
        found = await self._use_cases.series(SYSTEM, self._pk, INTERVAL_SECONDS, since, until, self._now)
        self._note(max(len(found.points), len(found.windows)), shown_series(found))

    async def measurements(self, days: float) -> None:
        """What the others draw."""
        since = self._now - timedelta(days=days)
        found = await self._use_cases.measurements(SYSTEM, self._pk, INTERVAL_SECONDS, since, self._now, self._now)
        self._note(len(found.measured.timestamps), shown_measurements(found))

    def _note(self, points: int, document: dict[str, Any]) -> None:
        self.most_points = max(self.most_points, points)
        self.most_bytes = max(self.most_bytes, len(encoded(document)))


async def _ms(ask: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await ask()
    return (time.perf_counter() - started) * 1000


async def _fill(database: Database, url: str, others: int, days: int, end: datetime) -> tuple[int, int]:
    """The pk of the service, and how many results it had; what retention would have deleted is gone."""
    first, *rest = await add_many(database, url, 1 + others)
    start = end - timedelta(days=days)
    async with database.write() as conn:
        await conn.execute(update(Service).values(created_at=start))
    results, _ = await load(database, MadeUp([first], start), days, lambda _: None)
    kept = Kept()
    raw_before = int((end - timedelta(days=kept.results)).timestamp() * 1000)
    fine_before = int((end - timedelta(days=kept.five_minutes)).timestamp())
    async with database.write() as conn:
        await conn.execute(_DROP_RESULTS, {"before": raw_before})
        await conn.execute(_DROP_SUMMARIES, {"granularity": FIVE_MINUTES, "before": fine_before})
        for other in rest:
            for copy in _COPIES:
                await conn.execute(copy, {"other": other, "one": first})
    return first, results
