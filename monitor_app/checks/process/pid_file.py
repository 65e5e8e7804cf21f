"""Reads the number of a process from a file, bounded."""

import os
import re
import stat
from dataclasses import dataclass

_READ_BYTES = 64
_NUMBER = re.compile(rb"\s*([0-9]{1,10})\s*(?:\n.*)?", re.DOTALL)


class PidFileTrouble(Exception):
    """There is no number to be had; the text says why. `is_ours` when this program may not read it."""

    def __init__(self, message: str, *, is_ours: bool = False) -> None:
        self.is_ours = is_ours
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class PidFile:
    """The number, and when the file was written (seconds since 1970)."""

    pid: int
    written_at: float


def read_pid_file(path: str) -> PidFile:
    """Raises PidFileTrouble. What else is in the file is never repeated. Blocks: call it in a thread."""
    try:
        # Opening alone does something to devices and pipes.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise PidFileTrouble(f"{path} is not a file")
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    except FileNotFoundError as err:
        raise PidFileTrouble(f"there is no PID file {path}") from err
    except PermissionError as err:
        raise PidFileTrouble(f"Lightbulb may not read the PID file {path}", is_ours=True) from err
    except OSError as err:
        raise PidFileTrouble(f"the PID file {path} cannot be read: {err.strerror}") from err
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise PidFileTrouble(f"{path} is not a file")
        content = os.read(descriptor, _READ_BYTES)
    except OSError as err:
        raise PidFileTrouble(f"the PID file {path} cannot be read: {err.strerror}") from err
    finally:
        os.close(descriptor)
    match = _NUMBER.fullmatch(content)
    if match is None or not int(match[1]):
        raise PidFileTrouble(f"the PID file {path} does not begin with the number of a process")
    return PidFile(int(match[1]), status.st_mtime)
