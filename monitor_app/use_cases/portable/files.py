"""Reads a file of this machine that is to be imported: plain, and not too large."""

import os
import stat
from pathlib import Path

from monitor_app.errors import InvalidInput
from monitor_app.security.placed import FILE


def content_of(path: Path, limit: int = FILE.size_bytes, *, beginning: bool = False) -> bytes:
    """All of it, or with `beginning` no more than the first `limit` bytes.

    Raises InvalidInput when it cannot be read, is a folder, a pipe or a device, or is larger.
    """
    try:
        # Without waiting for somebody at the other end, should it be a pipe.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InvalidInput({"file": f"must be a plain file, {path.name} is none"})
            content = file.read(limit + 1)
    except OSError as err:
        raise InvalidInput({"file": f"cannot be read: {path}: {(err.strerror or str(err)).lower()}"}) from err
    if beginning:
        return content[:limit]
    if len(content) > limit:
        raise InvalidInput({"file": f"must have at most {limit >> 20} MiB, {path.name} is larger"})
    return content
