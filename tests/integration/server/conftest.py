"""The real program in processes of its own."""

import contextlib
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import ROOT, START_SECONDS, LiveApp
from tests.integration.server.commands import command_of
from tests.servers.certificates import Authority

STOP_SECONDS = 60


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """One program for all tests of a module that leave it alone."""
    public = {"PUBLIC_URL": "https://status.example.org"}
    app = LiveApp(tmp_path_factory.mktemp("served"), settings=public, is_noted=True)
    app.start()
    yield app
    app.stop()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[LiveApp]:
    """A program that a test may stop or kill."""
    app = LiveApp(tmp_path, is_warm=False)
    app.start()
    members = family(app.process)
    yield app
    app.stop()
    for member in members:  # of a program that does not stop as it should
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[LiveApp, ssl.SSLContext]]:
    """A program with TLS, and a context that trusts its certificate."""
    authority = Authority()
    certificate, key = authority.issue("localhost", "127.0.0.1").write(tmp_path)
    app = LiveApp(tmp_path, settings={"TLS_CERT": str(certificate), "TLS_KEY": str(key)}, is_noted=True)
    context = ssl.create_default_context(cadata=authority.pem.decode())
    with (app.folder / "serve.log").open("wb") as log:
        app.process = subprocess.Popen(
            [sys.executable, "-m", "monitor_app", "serve"],
            cwd=ROOT,
            env=app.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_until(lambda: "answers at https://localhost" in app.log_text(), START_SECONDS)
        yield app, context
    finally:
        app.stop()


def family(process: subprocess.Popen[bytes] | None) -> list[psutil.Process]:
    """A program and everything it started, whatever session that is in."""
    assert process is not None
    parent = psutil.Process(process.pid)
    return [parent, *parent.children(recursive=True)]


def survivors(members: list[psutil.Process]) -> list[str]:
    """Who is still there when all had their time to end."""
    _, alive = psutil.wait_procs(members, timeout=STOP_SECONDS)
    return [" ".join(command) for process in alive if (command := command_of(process))]


def wait_until(is_true: Callable[[], bool], seconds: float = 120.0) -> None:
    """Look ten times a second until it is so; fails when it never is."""
    for _ in range(round(seconds * 10)):
        if is_true():
            return
        signal.sigtimedwait([], 0.1)
    raise AssertionError("it did not become true in time")
