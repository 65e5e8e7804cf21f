"""What is told at the end is out before the server stops."""

import asyncio
import signal
from collections.abc import Callable
from typing import Any

import pytest

from monitor_app.api.stream.client import Proof
from monitor_app.server import web
from tests.unit.api.people import running
from tests.unit.api.stream.test_hub import ADA, Stage


class Loop:
    """As far as it is asked: what is called when, in place of an event loop."""

    def __init__(self) -> None:
        self.handlers: dict[int, Callable[[], None]] = {}
        self.later: list[tuple[float, Callable[[], None]]] = []

    def add_signal_handler(self, number: int, handler: Callable[[], None]) -> None:
        self.handlers[number] = handler

    def call_later(self, seconds: float, called: Callable[[], None]) -> None:
        self.later.append((seconds, called))


@pytest.mark.parametrize(("is_somebody_there", "seconds"), [(True, web.GOODBYE_SECONDS), (False, 0.0)])
async def test_streams_have_a_moment_to_say_goodbye(
    monkeypatch: pytest.MonkeyPatch, is_somebody_there: bool, seconds: float
) -> None:
    monkeypatch.setattr(web, "WorkerSignal", asyncio.Event)
    loop: Any = Loop()
    async with Stage().running() as stage:
        client = stage.hub.enter("websocket", Proof(ADA)) if is_somebody_there else None
        with running(streams=stage.hub):
            stop: Any = web.stop_once(loop)
            for _ in range(2):
                loop.handlers[signal.SIGTERM]()
            assert client is None or client.ended == "stopping"
            assert not stop.is_set()
            [(given, called)] = loop.later
            called()
    assert (given, stop.is_set()) == (seconds, True)


class Dying:
    """A worker that has closed its files at once, and is seen as alive for some more looks."""

    idx = 0

    def __init__(self, looks: int) -> None:
        self.looks, self.is_killed = looks, False

    def is_alive(self) -> bool:
        self.looks -= 1
        return self.looks > 0

    def terminate(self) -> None: ...

    def join(self, _seconds: float | None = None) -> None: ...

    def kill(self) -> None:
        self.is_killed = True


@pytest.mark.parametrize(("looks", "seconds", "is_killed"), [(8, 60, False), (10**9, 0.5, True)])
def test_only_a_worker_that_does_not_end_in_time_is_killed(
    monkeypatch: pytest.MonkeyPatch, looks: int, seconds: float, is_killed: bool
) -> None:
    monkeypatch.setattr(web, "STOP_SECONDS", seconds)
    server = web.OneWorker(web.TARGET, workers=1, workers_kill_timeout=1)
    worker: Any = Dying(looks)
    server.wrks = [worker]
    server._stop_workers()
    assert worker.is_killed is is_killed
