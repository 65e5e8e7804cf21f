"""`python -m monitor_app engine`: run the check engine alone."""

import argparse

from monitor_app.engine import process
from monitor_app.settings import load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options: it is configured by settings."""
    parser.epilog = (
        "Settings come from the environment or .env: DATABASE_URL, MAX_CHECKS_IN_FLIGHT, ... (docs/settings.md)."
    )


def run(args: argparse.Namespace) -> int:
    """Check until told to stop: SIGTERM, Ctrl-C, or the end of a pipe on standard input."""
    process.main(load_settings())
    return 0
