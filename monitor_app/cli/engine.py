"""`python -m monitor_app engine`: run the check engine alone."""

import argparse

from monitor_app import bootstrap_engine
from monitor_app.errors import LightbulbError
from monitor_app.settings import Settings, load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It is configured by settings."""
    parser.add_argument(
        "--doorbell", action="store_true", help="tell a parent process on standard output what happens, as JSON lines"
    )
    parser.epilog = (
        "Settings come from the environment or .env: DATABASE_URL, MAX_CHECKS_IN_FLIGHT, ... (docs/settings.md)."
    )


def run(args: argparse.Namespace) -> int:
    """Check until told to stop: SIGTERM, Ctrl-C, or the end of a pipe on standard input."""
    settings = load_settings()
    check_enabled(settings)
    bootstrap_engine.run_engine(settings, has_doorbell=args.doorbell)
    return 0


def check_enabled(settings: Settings) -> None:
    """Raise LightbulbError when the engine must not schedule: it would only look as if services were checked."""
    if not settings.scheduler_enabled:
        raise LightbulbError("SCHEDULER_ENABLED is false, so nothing may be checked: set it to true to run the engine")
