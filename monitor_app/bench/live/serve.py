"""Serves the app of this folder as the real one is served: `python -m monitor_app.bench.live.serve PORT`.

In a working directory of its own: Reflex reads and writes where it is started.
"""

import os
import sys
from pathlib import Path

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

RXCONFIG = """\
import reflex as rx
from reflex.plugins import SitemapPlugin

config = rx.Config(
    app_name="live",
    app_module_import="monitor_app.bench.live.app",
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    telemetry_enabled=False,
    disable_plugins=[SitemapPlugin],
)
"""
# No page is compiled, nothing is fetched.
ENVIRONMENT = {
    "__REFLEX_SKIP_COMPILE": "true",
    "REFLEX_TELEMETRY_ENABLED": "false",
    "REFLEX_CHECK_LATEST_VERSION": "0",
}


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    Path("rxconfig.py").write_text(RXCONFIG)
    os.environ.update(ENVIRONMENT)
    sys.path.insert(0, os.getcwd())
    Server(
        target="monitor_app.bench.live.app:app",
        factory=True,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGI,
        workers=1,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
