"""Notes which lines of monitor_app a process runs. Python imports this when the folder is on PYTHONPATH (`make test`).

A tracer, as coverage.py has it, is called for each line of each library too, which more than doubles what the tests
cost. slipcover puts a probe before each line of this package alone. What was noted becomes a data file of coverage.py,
whose reports tell the rest.

To find the places for all probes takes as long as all else that a process does at its start. So whoever did it for a
module writes its code down, beside the data files, with blanks for the probes, which every other process fills in.
"""

import atexit
import contextlib
import marshal
import os
import sys
import threading
from _imp import source_hash
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any, NoReturn

PACKAGE = Path(__file__).resolve().parents[2] / "monitor_app"
# So often a probe is passed before it is taken out again: that stops the process for long.
NEVER = 2**30


# What stands for a probe of a line, and for what calls it, in code that is written down.
BLANK, CALL = "blank of a probe", "call of a probe"


class Probes:
    """Those of this process."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._slipcover: Any = None
        self._probe: Any = None
        self._blanking = threading.Lock()

    def put_into(self, code: CodeType) -> CodeType:
        """The same code, with probes."""
        if self._slipcover is None:
            from slipcover import Slipcover, probe  # not in processes that never import the package

            self._slipcover, self._probe = Slipcover(d_miss_threshold=NEVER), probe
        plain = marshal.dumps(code)
        kept = Path(self._file).with_name("probed") / source_hash(0, plain).hex()
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
            of, blank = marshal.loads(kept.read_bytes())
            if of == plain:
                return self._filled(blank)
        blank = self._with_blanks(code)
        write_whole(kept, marshal.dumps((plain, blank)))
        return self._filled(blank)

    def save(self) -> None:
        """Write down the lines that ran, in a data file of this process's own."""
        if self._slipcover is None:
            return
        from coverage import CoverageData

        data = CoverageData(self._file, suffix=f"{os.getpid()}.{os.urandom(4).hex()}")
        data.add_lines({file: set(lines) for file, lines in self._slipcover.newly_seen.copy().items()})
        data.touch_files([str(file) for file in PACKAGE.rglob("*.py")])  # also those that nobody imported
        data.write()

    def _with_blanks(self, code: CodeType) -> CodeType:
        """What slipcover makes of it, with a blank for each probe."""
        from slipcover import slipcover

        with self._blanking:
            slipcover.probe = Blanks
            try:
                blank: CodeType = self._slipcover.instrument(code)
            finally:
                slipcover.probe = self._probe
        return blank

    def _filled(self, blank: CodeType) -> CodeType:
        """The code with probes of this process."""
        consts = tuple(self._of_const(each, blank.co_filename) for each in blank.co_consts)
        return blank.replace(co_consts=consts)

    def _of_const(self, const: Any, file: str) -> Any:
        if isinstance(const, CodeType):
            return self._filled(const)
        if isinstance(const, str) and const == CALL:
            return self._probe.signal
        if isinstance(const, tuple) and const[:1] == (BLANK,):
            return self._probe.new(self._slipcover, file, const[1], NEVER)
        return const


class Blanks:
    """Stands where slipcover looks for its probes."""

    signal = CALL

    @staticmethod
    def new(slipcover: object, file: str, line: int, threshold: int) -> tuple[str, int]:
        """What becomes a probe when it is filled in."""
        return (BLANK, line)


def write_whole(path: Path, content: bytes) -> None:
    """So that whoever reads it at the same time finds all or nothing."""
    path.parent.mkdir(exist_ok=True)
    own = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    own.write_bytes(content)
    own.replace(path)


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
