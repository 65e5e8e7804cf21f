"""`python -m monitor_app dev`: hot reload for people who change Lightbulb (`reflex run`)."""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
from types import FrameType

import psutil

from monitor_app.server import first_start
from monitor_app.server.address import check_address
from monitor_app.settings import load_settings
from monitor_app.storage import migrations

STOP_SECONDS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options: it is configured by settings."""


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C, then make sure that nothing of it is left: the frontend's server outlives its parent."""
    settings = load_settings()
    check_address(settings)
    asyncio.run(migrations.upgrade(settings.database_url))
    asyncio.run(first_start.check_host(settings))
    environment = os.environ | {"LOG_FORMAT": os.environ.get("LOG_FORMAT", "text")}
    process = subprocess.Popen([sys.executable, "-m", "reflex", "run"], env=environment, start_new_session=True)

    def hand_on(signum: int, frame: FrameType | None) -> None:
        _signal_group(process.pid, signal.SIGINT)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, hand_on)
    code = process.wait()
    _end_group(process.pid)
    return 0 if code in (0, -signal.SIGINT, 128 + signal.SIGINT) else code


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def _end_group(group: int) -> None:
    _signal_group(group, signal.SIGTERM)
    left = [process for process in psutil.process_iter() if _group_of(process) == group]
    psutil.wait_procs(left, timeout=STOP_SECONDS)
    _signal_group(group, signal.SIGKILL)


def _group_of(process: psutil.Process) -> int | None:
    try:
        return os.getpgid(process.pid)
    except ProcessLookupError:
        return None
