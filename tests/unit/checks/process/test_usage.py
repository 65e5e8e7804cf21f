"""Shares of the processors need two looks."""

import os
import time

import psutil
import pytest

from monitor_app.checks.process import usage as usage_module
from monitor_app.checks.process.scan import Seen
from monitor_app.checks.process.usage import Meter


def me() -> Seen:
    process = psutil.Process(os.getpid())
    return Seen(process.pid, process.ppid(), process.name(), process.create_time())


def burn(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_a_busy_process_uses_what_it_uses() -> None:
    meter = Meter()
    first = meter.measure([me()], 7)
    began = time.monotonic()
    burn(0.3)
    second = meter.measure([me()], 7)
    elapsed = time.monotonic() - began
    assert first.cpu_percent is None
    assert second.cpu_percent is not None
    # The kernel counts in hundredths of a second.
    assert second.cpu_percent == pytest.approx(100 * 0.3 / elapsed, rel=0.2)
    assert (second.measured, second.threads >= 1, second.memory_bytes > 10_000_000) == (1, True, True)
    assert second.open_files is not None
    assert second.open_files >= 3


def test_services_do_not_share_their_samples() -> None:
    meter = Meter()
    meter.measure([me()], 7)
    assert meter.measure([me()], 8).cpu_percent is None
    assert meter.measure([me()], 7).cpu_percent is not None


def test_what_is_only_tried_is_not_remembered() -> None:
    meter = Meter()
    assert [meter.measure([me()], 0).cpu_percent for _ in range(2)] == [None, None]


def test_a_new_process_counts_with_all_that_it_used() -> None:
    meter = Meter()
    meter.measure([], 7)
    burn(0.05)
    percent = meter.measure([me()], 7).cpu_percent
    assert percent is not None
    assert percent > 0


def test_a_number_that_another_process_got_is_left_out() -> None:
    stale = Seen(os.getpid(), 1, "other", psutil.Process().create_time() - 100)
    assert Meter().measure([stale], 7).measured == 0


def test_a_process_that_is_gone_is_left_out() -> None:
    gone = Seen(2**22 + 1, 1, "gone", 0.0)
    assert Meter().measure([gone, me()], 7).measured == 1


def test_services_that_are_gone_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_module, "SERVICES_REMEMBERED", 2)
    meter = Meter()
    for service_pk in (1, 2, 3):
        meter.measure([me()], service_pk)
    assert meter.measure([me()], 1).cpu_percent is None
    assert meter.measure([me()], 3).cpu_percent is not None
