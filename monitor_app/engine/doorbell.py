"""Tells the parent process on stdout what happened, one JSON object a line, and never waits for it to listen."""

import contextlib
import json
import os
import stat
from typing import Any


class Doorbell:
    """Lines for whoever reads them. Whoever reads too slowly misses some: they are hints only."""

    def __init__(self, descriptor: int = 1) -> None:
        self.dropped = 0
        self.is_broken = False
        self._descriptor = descriptor
        self._rest = b""
        with contextlib.suppress(OSError):
            if is_pipe(descriptor):
                os.set_blocking(descriptor, False)

    def ring(self, event: str, **fields: Any) -> None:
        """Write a line, or drop and count it when the pipe is full. A broken pipe is remembered in `is_broken`."""
        if self.is_broken:
            return
        line = json.dumps({"event": event, **fields}, separators=(",", ":")).encode() + b"\n"
        try:
            if self._rest:
                self._rest = self._rest[os.write(self._descriptor, self._rest) :]
            if self._rest:
                self.dropped += 1
            else:
                self._rest = line[os.write(self._descriptor, line) :]
        except BlockingIOError:
            self.dropped += 1
        except OSError:
            self.is_broken = True


def is_pipe(descriptor: int) -> bool:
    """Whether another process is at the other end: a pipe or a socket, not a terminal, a file or /dev/null."""
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
