"""However it is stopped, nothing of it stays, and a second start is quick."""

import os
import signal
import sys
import time
from contextlib import suppress

import psutil
import pytest

from monitor_app.server.frontend import is_current
from tests.e2e.conftest import ROOT, LiveApp
from tests.integration.server.commands import command_of
from tests.integration.server.conftest import family, survivors, wait_until

SECOND_START_SECONDS = 120


def has_engine(app: LiveApp) -> bool:
    return any("engine" in command_of(member) for member in family(app.process))


def test_ctrl_c_stops_everything(own: LiveApp) -> None:
    wait_until(lambda: has_engine(own))
    members = family(own.process)
    own.stop()
    assert survivors(members) == []
    assert "Lightbulb has stopped." in own.log_text()
    assert "Traceback" not in own.log_text()


def test_several_signals_at_once_stop_it_in_order(own: LiveApp) -> None:
    """As Ctrl-C and systemd do it: each process gets its own, and the worker then the supervisor's too."""
    wait_until(lambda: has_engine(own))
    members = family(own.process)
    supervisor, worker = members[0], next(member for member in members[1:] if "serve" in command_of(member))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        send(worker, number)
    send(supervisor, signal.SIGTERM)
    assert survivors(members) == []
    assert "refused to gracefully stop" not in own.log_text()
    assert "the engine has stopped" in own.log_text()


def test_killed_supervisor_leaves_no_orphans(own: LiveApp) -> None:
    wait_until(lambda: has_engine(own))
    members = family(own.process)
    os.kill(members[0].pid, signal.SIGKILL)
    assert survivors(members) == []


def test_second_start_is_quick_and_each_signal_stops_it(own: LiveApp, capsys: pytest.CaptureFixture[str]) -> None:
    stop_with(own, signal.SIGTERM)
    assert is_current(ROOT)
    started = time.monotonic()
    own.start()
    seconds = time.monotonic() - started
    with capsys.disabled():
        sys.stdout.write(f"\nsecond start: {seconds:.1f} s\n")
    assert seconds < SECOND_START_SECONDS
    assert "Building" not in own.log_text().split("Lightbulb has stopped.")[-1]
    stop_with(own, signal.SIGHUP)


def send(process: psutil.Process, number: signal.Signals) -> None:
    """A signal to a process that may have ended by one before."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def stop_with(app: LiveApp, number: signal.Signals) -> None:
    """A signal to the first process alone ends all of them, quietly."""
    wait_until(lambda: has_engine(app))
    members = family(app.process)
    assert app.process is not None
    app.process.send_signal(number)
    assert app.process.wait(60) == 0
    assert survivors(members) == []
    assert "Traceback" not in app.log_text()
