"""`python -m monitor_app engine`: the check engine alone."""

import argparse
import asyncio

import uvloop

from monitor_app import log
from monitor_app.engine.process import run_engine
from monitor_app.settings import load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options: it is configured by settings."""
    parser.description = "Run the check engine alone (settings: DATABASE_URL, MAX_CHECKS_IN_FLIGHT, ...)."


def run(args: argparse.Namespace) -> int:
    """Run until told to stop."""
    settings = load_settings()
    log.configure(settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_engine(settings))
    return 0
