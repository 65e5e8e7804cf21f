"""From a failure to the message: how soon a webhook and a mail server on this machine have it.

The real engine process checks `--services` services once a minute, and beside them a few targets, which are broken one
after the other, each alone: at least the time of a group after the message before. `delivery_p95_s` runs from the
answer that confirms a failure to the receipt, by both ways together. From the target's failure to the receipt takes
minutes for each, so it is a simulation: when failures are confirmed comes from `bench noise` (one check a minute, the
engine's own rules, no noise), and the 95th percentile of what was measured here is added.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert

from monitor_app.bench.noise import simulate
from monitor_app.bench.noise_world import CLASSES
from monitor_app.bench.receiving import ADDRESS, Scene, open_scene
from monitor_app.bench.spread import spread
from monitor_app.domain.rules import Rules
from monitor_app.models import ChannelRow
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.storage.services import insert_services

GROUP_SECONDS: Final = 11.0
RECEIPT_SECONDS: Final = 60.0
START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 20.0
FAILURES_TO_FAIL: Final = 2
INTERVAL_SECONDS: Final = 5
MONTHS: Final = 1000
SEED: Final = 7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench alert-delivery`."""
    parser.add_argument("--services", type=int, default=1000, help="services that are checked beside it (1000)")
    parser.add_argument("--failures", type=int, default=8, help="targets that are broken, at most 11 (8)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Seconds."""
    measured = asyncio.run(_measure(args.services, min(args.failures, 11)))
    slowest = measured["delivery_p95_s"]
    clean = simulate(CLASSES[0], Rules(), MONTHS, SEED)
    return measured | {
        "refused_to_receipt_p95_s": round(spread(clean.refused_seconds, 1)["p95"] + slowest, 1),
        "timeout_to_receipt_p95_s": round(spread(clean.timeout_seconds, 1)["p95"] + slowest, 1),
        "to_receipt_is": "simulated",
    }


async def _measure(services: int, failures: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        async with open_scene() as scene:
            await _fill(Path(name), scene, services, failures)
            engine = await _engine(Path(name))
            try:
                await _until(lambda: len(scene.asked) == failures and scene.checks > services // 4, START_SECONDS)
                began, checks = time.monotonic(), scene.checks
                for number in range(failures):
                    await _break(scene, number)
                rate = (scene.checks - checks) / (time.monotonic() - began)
            finally:
                engine.send_signal(signal.SIGTERM)
                async with asyncio.timeout(STOP_SECONDS):
                    await engine.wait()
    hooks, mails = _waits(scene, scene.hooked_at), _waits(scene, scene.mailed_at)
    return {
        "services": services,
        "checks_per_s": round(rate, 1),
        "failures": failures,
        "delivery_p95_s": spread(hooks + mails, 3)["p95"],
        "webhook_s": spread(hooks, 3),
        "mail_s": spread(mails, 3),
    }


async def _break(scene: Scene, number: int) -> None:
    """One target, until it was told by both ways and the next one stands alone."""
    scene.broken.add(number)
    await _until(lambda: number in scene.hooked_at and number in scene.mailed_at, RECEIPT_SECONDS)
    await asyncio.sleep(GROUP_SECONDS)


def _waits(scene: Scene, receipts: dict[int, float]) -> list[float]:
    return [at - scene.bad_at[number][FAILURES_TO_FAIL - 1] for number, at in receipts.items()]


async def _until(is_so: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - what is looked at is other processes' work
            await asyncio.sleep(0.02)


async def _engine(folder: Path) -> asyncio.subprocess.Process:
    env = os.environ | _environment(folder)
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "monitor_app", "engine", env=env, cwd=folder, stdin=asyncio.subprocess.PIPE
    )


def _environment(folder: Path) -> dict[str, str]:
    return {
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "DATABASE_URL": _url(folder),
        "SECRET_KEY_FILE": str(folder / "secret.key"),
        "LOG_LEVEL": "ERROR",
    }


def _url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'lightbulb.db'}"


async def _fill(folder: Path, scene: Scene, services: int, failures: int) -> None:
    await migrations.upgrade(_url(folder))
    now, at = datetime.now(UTC), f"http://{ADDRESS}:{scene.web_port}"
    row: dict[str, Any] = {"service_type": "website", "kind": "http", "created_at": now, "updated_at": now}
    others: list[dict[str, Any]] = [
        {"service_id": f"other-{number}", "label": f"Other {number}", "status_config": {"url": f"{at}/"}}
        for number in range(services)
    ]
    targets: list[dict[str, Any]] = [
        {
            "service_id": f"target-{number}",
            "label": f"Target {number}",
            "status_config": {"url": f"{at}/target/{number}", "failures_to_fail": FAILURES_TO_FAIL},
            "interval_seconds": INTERVAL_SECONDS,
        }
        for number in range(failures)
    ]
    mail: dict[str, Any] = {"host": ADDRESS, "port": scene.mail_port, "tls": "none"}
    mail |= {"sender": "lightbulb@example.org", "recipients": "ops@example.org"}
    database = Database(_url(folder))
    async with database.write() as conn:
        await insert_services(conn, [row | {"interval_seconds": 60} | one for one in (*others, *targets)])
        channels = [("Hook", "webhook", {"url": f"{at}/hook"}), ("Mail", "email", mail)]
        same: dict[str, Any] = {"templates": {}, "enabled": True, "is_default": True, "last_error": ""}
        same |= {"created_at": now, "updated_at": now}
        rows = [same | {"name": name, "kind": kind, "config": config} for name, kind, config in channels]
        await conn.execute(insert(ChannelRow.__table__), rows)  # type: ignore[attr-defined]
    await database.close()
