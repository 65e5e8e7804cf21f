"""How long the whole configuration takes in and out: services of four kinds, half of them with secrets, and relations.

`import_s` is from the text to the commit, reading, checking and sealing included; `again_s` the same file once more,
when nothing is left to do. `cpu_s` is this process's own time for the first import: on a busy machine it says more.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import uvloop

from monitor_app.bus.local import Bus
from monitor_app.engine.clock import SystemClock
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import SYSTEM
from monitor_app.security.vault import Vault, new_key
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.portable.exporting import Exporting
from monitor_app.use_cases.portable.importing import Importing
from monitor_app.use_cases.portable.report import Options
from monitor_app.use_cases.portable.writing import as_yaml

PASSPHRASE = "quiet harbour anvil"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--services", type=int, default=5000, help="how many (default 5000)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Seconds, and bytes of the file."""
    with tempfile.TemporaryDirectory() as name:
        return uvloop.run(_measure(Path(name), args.services))


async def _measure(folder: Path, count: int) -> dict[str, Any]:
    url = f"sqlite+aiosqlite:///{folder / 'lightbulb.db'}"
    await migrations.upgrade(url)
    database, registry, clock = Database(url), KindRegistry(sealer=Vault([new_key()])), SystemClock()
    exporting = Exporting(database, registry, clock)
    importing = Importing(database, registry, clock, Bus(), AccessChanges(database, clock))
    text = as_yaml(_document(count), "")
    figures: dict[str, Any] = {"services": count, "relations": count // 2, "bytes": len(text.encode())}
    try:
        cpu = time.process_time()
        figures["import_s"], report = await _timed(importing.import_text(SYSTEM, text, "yaml", "bench", Options()))
        figures["cpu_s"] = round(time.process_time() - cpu, 2)
        figures["failed"] = report.failed
        figures["again_s"], report = await _timed(importing.import_text(SYSTEM, text, "yaml", "bench", Options()))
        figures["unchanged"] = report.unchanged
        figures["export_s"], _ = await _timed(exporting.export(SYSTEM))
        figures["encrypted_s"], _ = await _timed(exporting.export(SYSTEM, passphrase=PASSPHRASE))
        figures["csv_s"], _ = await _timed(exporting.export(SYSTEM, "csv"))
    finally:
        await database.close()
    return figures


async def _timed(work: Any) -> tuple[float, Any]:
    started = time.perf_counter()
    result = await work
    return round(time.perf_counter() - started, 2), result


def _document(count: int) -> dict[str, Any]:
    services = {f"service-{number:05}": _service(number) for number in range(count)}
    names = list(services)
    relations = [{"source": names[at], "target": names[at + 1]} for at in range(0, count - 1, 2)]
    return {"version": 1, "services": services, "relations": relations}


def _service(number: int) -> dict[str, Any]:
    host = f"host-{number}.example.org"
    general = {"label": f"Service {number}", "group": f"Group {number % 50}", "tags": ["web", "prod"]}
    configs: list[tuple[str, dict[str, Any]]] = [
        ("http", {"url": f"https://{host}/health", "headers": {"X-Api-Key": f"key-{number}"}, "body_contains": "ok"}),
        ("tcp", {"host": host, "port": 22}),
        ("dns", {"name": host, "expected": "192.0.2.1"}),
        ("database", {"engine": "postgresql", "host": host, "user": "anna", "password": f"secret-{number}"}),
    ]
    kind, config = configs[number % len(configs)]
    return general | {"kind": kind, "interval_seconds": 60, "status_config": config}
