"""Server programs that tests start: where they are, as whom they run, and that they end when the tests do."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tools.find_servers import SERVERS, find

START_SECONDS = 120
NOBODY = 65534


def program(name: str) -> Path:
    """The path of a server program; fails the test in words when there is none."""
    found = find(name)
    if found is None:
        pytest.fail(f"no {name} to test with: `make test` brings one, or `python tools/find_servers.py`", pytrace=False)
    return found


def environment(*roots: Path) -> dict[str, str]:
    """Where unpacked programs find their libraries."""
    folders = [folder for root in roots or (SERVERS,) for folder in _library_folders(root)]
    kept = os.environ.get("LD_LIBRARY_PATH")
    return {**os.environ, "LD_LIBRARY_PATH": ":".join([*folders, *([kept] if kept else [])])}


def _library_folders(root: Path) -> list[str]:
    libraries = root / "usr" / "lib"
    own = (libraries / "dovecot", libraries / "dovecot" / "modules" / "old-stats")
    return [str(folder) for folder in (*sorted(libraries.glob("*-linux-gnu*")), *own, libraries)]


def dying_with_us(*command: str | Path, as_nobody: bool = False) -> list[str]:
    """The command, killed when this process ends, however it ends; not as root where that is asked for."""
    words = [str(word) for word in command]
    if shutil.which("setpriv") is None:
        return words
    user = ["--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    return ["setpriv", "--pdeathsig", "TERM", *(user if as_nobody and os.geteuid() == 0 else []), "--", *words]


def unprivileged() -> tuple[int, int]:
    """The numbers of the user and the group that servers run as which refuse to run as root."""
    return (NOBODY, NOBODY) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


def hand_over(folder: Path) -> None:
    """Give a server's folder to the user it runs as."""
    folder.chmod(0o755)
    if os.geteuid() == 0:
        for path in [folder, *(path for path in folder.iterdir() if not path.is_symlink())]:
            os.chown(path, NOBODY, NOBODY)


def reachable_root(folder: Path, *names: str) -> Path:
    """What lies above usr/ of programs for `dying_with_us(as_nobody=True)`. That user may not reach it: a copy is made
    in `folder` then. The first name is tried with --version.
    """
    found = [program(name) for name in names]
    root = found[0].parents[2]
    if root == Path("/") or _runs(root, found[0]):
        return root
    copy = folder / "root"
    shutil.copytree(root / "usr/lib", copy / "usr/lib", symlinks=True)
    for path in found:
        place = copy / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    folder.chmod(0o755)
    if not _runs(copy, copy / found[0].relative_to(root)):
        pytest.fail(f"{found[0]} does not run here", pytrace=False)
    return copy


def _runs(root: Path, path: Path) -> bool:
    command = dying_with_us(path, "--version", as_nobody=True)
    try:
        subprocess.run(command, check=True, capture_output=True, cwd="/", env=environment(root))
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


@contextlib.contextmanager
def folder_for(name: str) -> Iterator[Path]:
    """A folder for one server that is gone afterwards; short, because sockets and compiled-in paths want it so."""
    folder = Path(tempfile.mkdtemp(prefix=f"lb-{name}-", dir="/tmp" if os.access("/tmp", os.W_OK) else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(
    command: Sequence[str],
    port: int,
    folder: Path,
    environment: dict[str, str],
    log: Path | None = None,
    *,
    more_ports: Sequence[int] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """A server that takes connections on 127.0.0.1:port and on `more_ports`.

    What it says goes to a file and is shown when it fails.
    """
    log = log or folder / "log"
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=folder, env=environment
        )
    try:
        for awaited in (port, *more_ports):
            _wait_for(process, awaited, command, [folder / "out", log])
        yield process
    finally:
        _stop(process)


def _wait_for(process: subprocess.Popen[bytes], port: int, command: Sequence[str], logs: list[Path]) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    said = "\n".join(log.read_text(errors="replace")[-3000:] for log in logs if log.exists())
    pytest.fail(f"{' '.join(command)} did not start:\n{said}", pytrace=False)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
