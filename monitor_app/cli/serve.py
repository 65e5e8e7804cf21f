"""`python -m monitor_app serve`: migrate, build what changed, serve screens, API and websocket on one port.

With ROLE=engine: migrate, then run the check engine alone.
"""

import argparse
import asyncio
import gc
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from monitor_app import bootstrap_engine, log
from monitor_app.cli.engine import check_enabled
from monitor_app.errors import LightbulbError
from monitor_app.security.startup import refuse_unsafe
from monitor_app.security.vault import open_vault
from monitor_app.server import first_start
from monitor_app.server.address import check_address
from monitor_app.server.frontend import build_if_changed
from monitor_app.settings import Settings, load_settings, unknown_keys
from monitor_app.storage import migrations

EXIT_TERMINATED = 143


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options: it is configured by settings."""
    parser.epilog = "Settings come from the environment or .env: PORT, DATABASE_URL, ... (docs/settings.md)."


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    started = time.monotonic()
    os.environ.setdefault("ENVIRONMENT", "production")
    settings = load_settings()
    if settings.role == "engine":
        return _run_engine(settings)
    root = Path.cwd()
    if not (root / "rxconfig.py").is_file():
        raise LightbulbError(
            f"serve must be started in Lightbulb's own folder, the one with rxconfig.py, not in {root}"
        )
    warn_of_unknown_keys()
    check_address(settings)
    signal.signal(signal.SIGTERM, _terminated)
    _prepare(settings)
    asyncio.run(first_start.check_host(settings))
    os.environ[first_start.TOLD_BY_SUPERVISOR] = "1"
    build_if_changed(root, tell)

    gc.disable()  # until the app is imported
    from monitor_app.server import web  # granian and Reflex are loaded after all checks passed

    web.serve(settings, on_answer=lambda: tell(_welcome(settings, time.monotonic() - started)))
    tell("Lightbulb has stopped.")
    return 0


def _run_engine(settings: Settings) -> int:
    check_enabled(settings)
    warn_of_unknown_keys()
    signal.signal(signal.SIGTERM, _terminated)
    _prepare(settings)
    bootstrap_engine.run_engine(settings)
    return 0


def _prepare(settings: Settings) -> None:
    """The key of stored secrets and the tables, then a look at whether anything is open to others."""
    open_vault(settings)
    asyncio.run(migrations.upgrade(settings.database_url))
    refuse_unsafe(settings)


def tell(text: str) -> None:
    """A line for the person who started it."""
    print(text, flush=True)


def warn_of_unknown_keys() -> None:
    """Tell about keys of `.env` that look like settings."""
    for key, why in unknown_keys().items():
        log.get_logger(__name__).warning(f".env: {key} {why}")


def _welcome(settings: Settings, seconds: float) -> str:
    address = settings.public_url or settings.local_url
    lines = [f"Lightbulb answers at {address} (after {seconds:.1f} s). Ctrl-C stops it."]
    if settings.public_url:
        lines.append(f"Behind the reverse proxy it listens at {settings.local_url}.")
    lines.append(_next_step(settings))
    return "\n".join(lines)


def _next_step(settings: Settings) -> str:
    try:
        url = asyncio.run(first_start.setup_url(settings))
    except LightbulbError as err:
        return f"Whether it is set up cannot be seen ({err}). `python -m monitor_app admin link` makes a set-up link."
    if url is not None:
        return first_start.words(url)
    return "Open it and log in, then paste the addresses you want to watch, or load the demo."


def _terminated(signum: int, frame: FrameType | None) -> NoReturn:
    """SIGTERM before the web server runs (it has its own handler): stop the build and go."""
    sys.exit(EXIT_TERMINATED)
