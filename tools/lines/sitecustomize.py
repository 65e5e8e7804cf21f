"""Notes which lines of monitor_app a process runs. Python imports this when the folder is on PYTHONPATH (`make test`).

A tracer, as coverage.py has it, is called for each line of each library too, which more than doubles what the tests
cost. slipcover puts a probe before each line of this package alone. What was noted becomes a data file of coverage.py,
whose reports tell the rest.
"""

import atexit
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any, NoReturn

PACKAGE = Path(__file__).resolve().parents[2] / "monitor_app"
# So often a probe is passed before it is taken out again: that stops the process for long.
NEVER = 2**30


class Probes:
    """Those of this process."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._slipcover: Any = None

    def put_into(self, code: CodeType) -> CodeType:
        """The same code, with probes."""
        if self._slipcover is None:
            from slipcover import Slipcover  # not in processes that never import the package

            self._slipcover = Slipcover(d_miss_threshold=NEVER)
        probed: CodeType = self._slipcover.instrument(code)
        return probed

    def save(self) -> None:
        """Write down the lines that ran, in a data file of this process's own."""
        if self._slipcover is None:
            return
        from coverage import CoverageData

        data = CoverageData(self._file, suffix=f"{os.getpid()}.{os.urandom(4).hex()}")
        data.add_lines({file: set(lines) for file, lines in self._slipcover.newly_seen.copy().items()})
        data.touch_files([str(file) for file in PACKAGE.rglob("*.py")])  # also those that nobody imported
        data.write()


class ProbedLoader(SourceFileLoader):
    """Loads a module with probes in it."""

    def get_code(self, fullname: str) -> CodeType | None:
        code = super().get_code(fullname)
        return None if code is None else probes.put_into(code)


class ProbedFinder(PathFinder):
    """Finds the package's modules for ProbedLoader; copies of the package are left alone."""

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname.partition(".")[0] != PACKAGE.name:
            return None
        spec = super().find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader) and PACKAGE in Path(spec.loader.path).parents:
            spec.loader = ProbedLoader(spec.loader.name, spec.loader.path)
        return spec


def save_and_end(status: int) -> NoReturn:
    """What `os._exit` becomes, with which forked processes end: nothing else would save what they noted."""
    try:
        probes.save()
    finally:
        end(status)


if os.environ.get("LINES_FILE"):
    probes = Probes(os.environ["LINES_FILE"])
    end = os._exit
    os._exit = save_and_end
    sys.meta_path.insert(0, ProbedFinder)
    atexit.register(probes.save)
