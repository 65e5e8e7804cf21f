"""Blocks for as long as the file says, once; OK otherwise."""

import threading
from pathlib import Path

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.plugins.protocols import ProbeContext

from .config import Config


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """No await at all: nobody else has a turn meanwhile."""
    file = Path(config.path)
    if not file.exists():
        return ProbeResult(Status.OK, "did not block", 1.0)
    seconds = float(file.read_text())
    file.unlink()
    threading.Event().wait(seconds)
    return ProbeResult(Status.OK, "blocked", 1.0)
