"""Looks at processes that may end meanwhile."""

import psutil


def command_of(process: psutil.Process) -> list[str]:
    """The words it was started with; none where it has just ended."""
    try:
        command: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return command
