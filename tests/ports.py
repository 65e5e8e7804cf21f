"""Ports that nobody gets by chance while a test means to use them, or means that nobody listens there."""

import os
import secrets
import socket
from contextlib import ExitStack, suppress

# Below those that systems give away to whoever connects, or asks for any port.
PORTS = range(20_000, 32_000)
# Workers of pytest-xdist never choose the same.
SHARES = 8

_given: set[int] = set()


def free_port() -> int:
    """A port that nobody uses, and another one each time."""
    return free_ports(1)


def free_ports(count: int) -> int:
    """The first of so many in a row."""
    mine = _own_share()
    while True:
        first = secrets.choice(mine[: len(mine) - count + 1])
        wanted = range(first, first + count)
        if _given.isdisjoint(wanted) and _are_free(wanted):
            _given.update(wanted)
            return first


def _own_share() -> range:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    size = len(PORTS) // SHARES
    begin = worker % SHARES * size
    return PORTS[begin : begin + size]


def _are_free(ports: range) -> bool:
    """On all addresses of this machine."""
    with ExitStack() as stack, suppress(OSError):
        for port in ports:
            stack.enter_context(socket.socket()).bind(("", port))
        return True
    return False
