"""A free port for a program that a benchmark starts."""

import secrets
import socket
from contextlib import suppress
from typing import Final

_PORTS: Final = range(20_000, 32_000)


def free_port() -> int:
    """One that nobody uses, below those that systems give away: no connection gets it before the program does."""
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
