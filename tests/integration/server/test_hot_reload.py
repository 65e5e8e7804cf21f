"""`make dev`: Reflex's own server with hot reload, on the loopback address only, without anything left behind."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from monitor_app.server.frontend import build_if_changed
from tests.e2e.conftest import ROOT
from tests.integration.server.commands import command_of, connections_of
from tests.integration.server.conftest import family, survivors, wait_until
from tests.ports import free_port

COPIED = ("monitor_app", "assets", "alembic", "reflex.lock", "rxconfig.py", ".npmrc", "bunfig.toml")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A working copy of its own, whose JavaScript packages are those that are installed here."""
    build_if_changed(ROOT, lambda text: None)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name)
        else:
            shutil.copy2(source, tmp_path / name)
    shutil.copytree(ROOT / ".web", tmp_path / ".web", symlinks=True)
    return tmp_path


@pytest.mark.timeout(900)  # Reflex's own server builds the screens anew
def test_frontend_and_backend_answer_on_loopback_only_and_end_together(checkout: Path) -> None:
    port = free_port()
    environment = os.environ | {"PORT": str(port), "PYTHONPATH": str(checkout), "SQLITE_DB_PATH": "lightbulb.db"}
    with (checkout / "dev.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor_app", "dev"], cwd=checkout, env=environment, stdout=log, stderr=log
        )

    # One for hundreds of looks: to make one costs more than to ask.
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5)

    def answers() -> bool:
        assert process.poll() is None, (checkout / "dev.log").read_text()
        try:
            return client.get("/").status_code == 200
        except httpx.TransportError:
            return False

    try:
        with client:
            wait_until(answers, 600)
        wait_until(lambda: any("engine" in command_of(member) for member in family(process)))
        members = family(process)
        listening = {
            connection.laddr.ip
            for member in members
            for connection in connections_of(member)
            if connection.status == psutil.CONN_LISTEN
        }
        assert listening == {"127.0.0.1"}
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert survivors(members) == []
