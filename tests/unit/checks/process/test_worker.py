"""One thread for all that blocks."""

import threading
from concurrent.futures import Future

import pytest

from monitor_app.checks.process import worker as worker_module
from monitor_app.checks.process.worker import Overloaded, Worker


def test_jobs_are_done_one_after_the_other_by_one_daemon() -> None:
    worker = Worker()
    done = [worker.submit(threading.current_thread).result(5) for _ in range(3)]
    assert len(set(done)) == 1
    assert done[0].daemon


def test_a_failure_reaches_who_asked_and_stops_nobody_else() -> None:
    worker = Worker()

    def fail() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        worker.submit(fail).result(5)
    assert worker.submit(lambda: 5).result(5) == 5


def test_a_job_that_nobody_waits_for_any_more_is_left_out() -> None:
    worker, gate, done = Worker(), threading.Event(), []
    hanging = worker.submit(gate.wait)
    abandoned: Future[None] = worker.submit(lambda: done.append("abandoned"))
    last: Future[None] = worker.submit(lambda: done.append("last"))
    assert abandoned.cancel()
    gate.set()
    assert hanging.result(5)
    last.result(5)
    assert done == ["last"]


def test_a_hanging_job_does_not_let_others_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "WAITING_LIMIT", 2)
    worker, gate, begun = Worker(), threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        gate.wait()

    worker.submit(hang)
    assert begun.wait(60)
    waiting = [worker.submit(lambda: None) for _ in range(2)]
    with pytest.raises(Overloaded):
        worker.submit(lambda: None)
    gate.set()
    for future in waiting:
        future.result(5)
