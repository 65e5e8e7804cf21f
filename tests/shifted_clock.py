"""Starts a process whose wall clock tests can set, by libfaketime: the package of that name, else Debian's."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest


class ShiftedClock:
    """`environment` makes a process see the wall clock that `set_by` says; its monotonic clock is the real one."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "shift"
        self.set_by(0)
        self.environment = {
            "LD_PRELOAD": str(_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        }

    def set_by(self, seconds: int) -> None:
        """Set the wall clock of all these processes, also running ones, to so much before or after the true time."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self._file)


def _library() -> Path:
    for candidate in _candidates():
        if _shifts(candidate):
            return candidate
    return pytest.fail(
        "nothing to shift a process's clock with: `pip install -r requirements-dev.txt` brings libfaketime for most"
        " machines, else `apt-get install faketime`",
        pytrace=False,
    )


def _candidates() -> list[Path]:
    spec = find_spec("libfaketime")
    packages = [Path(place) for place in spec.submodule_search_locations or []] if spec else []
    shipped = [package / "vendor/libfaketime/src/libfaketime.so.1" for package in packages]
    return [path for path in [*shipped, *Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")] if path.exists()]


def _shifts(library: Path) -> bool:
    """Whether the loader takes it (it may be for another processor) and it does what it should."""
    program = "import time; print(time.time())"
    shifted = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"LD_PRELOAD": str(library), "FAKETIME": "-10d"},
        capture_output=True,
        text=True,
    )
    true = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return shifted.returncode == 0 and float(true.stdout) - float(shifted.stdout) > 9 * 86_400
