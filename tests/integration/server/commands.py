"""Looks at processes that may end meanwhile."""

from typing import Any

import psutil


def command_of(process: psutil.Process) -> list[str]:
    """The words it was started with; none where it has just ended."""
    try:
        command: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return command


def connections_of(process: psutil.Process) -> list[Any]:
    """Its TCP sockets; none where it has just ended."""
    try:
        connections: list[Any] = process.net_connections("tcp")
    except psutil.Error:
        return []
    return connections
