"""How long a public status page takes, for thousands of readers, while the engine checks.

The real API in the real web server with its engine, over SQLite with 90 days behind it, without the screens. The page
shows `--services` services in four sections, and some notices; each service had three bad days. This process asks for
it `--rate` times a second, as browsers do that have never seen it. Times run from a question to the last byte.

`bytes` is the page as a browser unpacks it, `sent_bytes` as it is sent to those that take gzip. `late_ms` is how late
this process sent its questions.
"""

import argparse
import asyncio
import gzip
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor_app.bench.api import serving
from monitor_app.bench.api_load import Client, ask
from monitor_app.bench.spread import spread
from monitor_app.bench.targets import Targets, running_targets
from monitor_app.domain.changes import Change, DowntimeClosed, DowntimeOpened
from monitor_app.domain.notice import INCIDENT, STATES
from monitor_app.domain.status_page import PageEntry
from monitor_app.domain.summary import Summary
from monitor_app.storage import migrations, notices, services, status_pages
from monitor_app.storage.blocks.summaries import encode_summaries
from monitor_app.storage.database import Database
from monitor_app.storage.history.changes import write_changes
from monitor_app.storage.history.summaries import DAY, SUMMARIES

DAYS, BAD_DAYS, NOTICES = 90, (3, 31, 77), 5
CHECKS_A_DAY = 1440
START_SECONDS = 60.0
PAGE = "/status/bench"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--services", type=int, default=40, help="on the page (default 40)")
    parser.add_argument("--rate", type=float, default=200.0, help="questions a second (default 200)")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long to ask (default 30)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds and bytes."""
    with tempfile.TemporaryDirectory(prefix="lightbulb-bench-") as name, running_targets(1) as targets:
        return asyncio.run(_measure(args, Path(name), targets))


async def _measure(args: argparse.Namespace, folder: Path, targets: Targets) -> dict[str, Any]:
    file = folder / "status.db"
    await _fill(f"sqlite+aiosqlite:///{file}", args.services, targets)
    load_before = os.getloadavg()[0]
    async with serving(file, folder) as (port, _):
        client = Client(port, "none")
        page = await _ready(client)
        answers = await ask(client, {"page": [PAGE]}, {"page": 1}, args.rate, args.seconds)
        await client.close()
    times = spread(answers.ms["page"])
    return {
        "service_count": args.services,
        "asked": len(answers.ms["page"]) + len(answers.failed),
        "failed": len(answers.failed),
        "p50_ms": times["p50"],
        "p95_ms": times["p95"],
        "p99_ms": times["p99"],
        "max_ms": times["max"],
        "bytes": len(page),
        "sent_bytes": len(gzip.compress(page, 6)),
        "late_ms": spread(answers.late_ms),
        "machine_load": {"before": round(load_before, 1), "after": round(os.getloadavg()[0], 1)},
    }


async def _ready(client: Client) -> bytes:
    """Wait until the page is there; it."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                status, body = await client.get(PAGE)
            except (OSError, asyncio.IncompleteReadError):
                status, body = 0, b""
            if status == 200:
                return body
            await asyncio.sleep(0.2)


async def _fill(url: str, count: int, targets: Targets) -> None:
    await migrations.upgrade(url)
    database = Database(url)
    now = datetime.now(UTC)
    start = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    rows = [_service_row(number, start, targets) for number in range(count)]
    async with database.write() as conn:
        pks = [service.pk for service in await services.insert_services(conn, rows)]
        await SUMMARIES.store(conn, {key: encode_summaries(DAY, days) for key, days in _days(pks, start).items()})
        await write_changes(conn, [change for pk in pks for change in _downtimes(pk, start)])
        page = {"slug": "bench", "title": "Status of all our services", "description": "What works, and what did not."}
        more = {"colour": "", "host_name": None, "access": "public", "is_indexed": True, "logo_type": ""}
        page_pk = await status_pages.insert_page(conn, page | more | {"created_at": start, "updated_at": start})
        entries = [
            PageEntry(
                pk, "", f"Service number {number}", "What our customers use it for", f"Section {number * 4 // count}"
            )
            for number, pk in enumerate(pks)
        ]
        await status_pages.replace_entries(conn, page_pk, entries)
        for number in range(NOTICES):
            await _tell(conn, page_pk, pks[: number + 1], now - timedelta(days=number))
    await database.close()


def _service_row(number: int, at: datetime, targets: Targets) -> dict[str, Any]:
    return {
        "service_id": f"service-{number:05d}",
        "label": f"Service {number:05d}",
        "service_type": "website",
        "kind": "http",
        "status_config": {"url": targets.url("/after/5", number)},
        "created_at": at,
        "updated_at": at,
    }


def _days(pks: list[int], start: datetime) -> dict[tuple[int, int, int], dict[int, Summary]]:
    """Good days, by the blocks that hold them."""
    found: dict[tuple[int, int, int], dict[int, Summary]] = {}
    first = int(start.timestamp())
    for pk in pks:
        for day in range(DAYS):
            begin = first + day * DAY
            block = found.setdefault((DAY, SUMMARIES.start(DAY, begin), pk), {})
            block[begin] = Summary((CHECKS_A_DAY, 0, 0, 0, 0, 0))
    return found


def _downtimes(pk: int, start: datetime) -> list[Change]:
    changes: list[Change] = []
    for day in BAD_DAYS:
        began = start + timedelta(days=(day + pk * 7) % DAYS, hours=pk % 20)
        changes += [DowntimeOpened(pk, began, "503"), DowntimeClosed(pk, began + timedelta(minutes=14))]
    return changes


async def _tell(conn: Any, page_pk: int, service_pks: list[int], at: datetime) -> None:
    state = STATES[INCIDENT][-1]
    columns = {"kind": INCIDENT, "title": "Orders took long", "impact": "minor", "state": state, "who": "bench"}
    moments = {"starts_at": at, "ends_at": at, "created_at": at, "updated_at": at}
    pk = await notices.insert_notice(conn, columns | moments)
    await notices.replace_pages(conn, pk, [page_pk])
    await notices.replace_services(conn, pk, service_pks)
    for text in ("We are looking into it.", "It is over: the cause was a full disk, which has been replaced."):
        await notices.insert_update(conn, {"notice_pk": pk, "at": at, "state": state, "text": text, "who": "bench"})
