"""The engine's process: real children, and nothing is left behind."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from monitor_app.engine import link as module
from monitor_app.engine.link import EngineLink

PATIENCE_SECONDS = 200

# Tells that it is there, then does as its parent wishes.
GOOD = """
import json, sys
print(json.dumps({"event": "leader", "is_leader": True, "epoch": 3}), flush=True)
print(json.dumps({"event": "committed", "last_result_id": 123}), flush=True)
sys.stdin.read()
print(json.dumps({"event": "committed", "last_result_id": 124}), flush=True)
"""
# Ignores every polite request.
STUBBORN = """
import json, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(json.dumps({"event": "committed", "last_result_id": 1}), flush=True)
while True:
    time.sleep(60)
"""
DEAF = STUBBORN.replace("signal.signal(signal.SIGTERM, signal.SIG_IGN)", "")
CHATTY = """
import json, sys
print("Warning: something prints", flush=True)
print("[1, 2]", flush=True)
print(json.dumps({"event": "committed"}), flush=True)
print("x" * 3_000_000, flush=True)
print(json.dumps({"event": "stats", "checks": 7}), flush=True)
print(json.dumps({"event": "committed", "last_result_id": 5}), flush=True)
sys.stdin.read()
"""
DYING = """
import json
print(json.dumps({"event": "committed", "last_result_id": 9}), flush=True)
raise SystemExit(3)
"""


class Heard:
    """Ids that the doorbell told, and a way to wait for them."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self._something = asyncio.Event()

    def ring(self, last_result_id: int) -> None:
        self.ids.append(last_result_id)
        self._something.set()

    async def until(self, is_there: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_there():
                self._something.clear()
                await self._something.wait()


@asynccontextmanager
async def linked(program: str) -> AsyncIterator[tuple[EngineLink, Heard]]:
    heard = Heard()
    link = EngineLink(heard.ring, [sys.executable, "-c", program])
    await link.start()
    try:
        yield link, heard
    finally:
        await link.stop()


async def test_doorbell_and_news_of_the_engine_arrive() -> None:
    async with linked(GOOD) as (link, heard):
        await heard.until(lambda: heard.ids == [123])
        assert link.is_leader


async def test_engine_ends_when_it_is_asked_to_and_its_last_words_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 100.0)  # a busy machine may take its time
    async with linked(GOOD) as (link, heard):
        await heard.until(lambda: heard.ids == [123])
        process = psutil.Process(link.pid)
    assert heard.ids == [123, 124]
    assert not process.is_running()
    assert link.pid is None
    assert not link.is_leader


@pytest.mark.parametrize("program", [STUBBORN, DEAF], ids=["ignores SIGTERM", "ignores the end of stdin"])
async def test_engine_that_does_not_listen_is_made_to_end(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 0.1)
    monkeypatch.setattr(module, "TERMINATE_SECONDS", 0.5)
    async with linked(program) as (link, heard):
        await heard.until(lambda: heard.ids == [1])
        process = psutil.Process(link.pid)
    assert not process.is_running()


async def test_what_is_not_understood_does_no_harm() -> None:
    async with linked(CHATTY) as (link, heard):
        await heard.until(lambda: heard.ids == [5])
        assert link.stats["checks"] == 7
        assert link.restarts == 0


async def test_engine_that_dies_is_started_again_ever_more_slowly(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "RESTART_SECONDS", 0.01)
    async with linked(DYING) as (link, heard):
        await heard.until(lambda: len(heard.ids) == 4)
        assert link.restarts in (3, 4)  # a fourth time already, on a busy machine
    died = [record.fields for record in caplog.records if record.getMessage() == "the engine died"]  # type: ignore[attr-defined]
    assert [(each["exit_code"], each["starts_again_in_seconds"]) for each in died[:3]] == [
        (3, 0.01),
        (3, 0.02),
        (3, 0.04),
    ]


async def test_engine_that_is_killed_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESTART_SECONDS", 0.01)
    async with linked(GOOD) as (link, heard):
        await heard.until(lambda: heard.ids == [123])
        assert link.pid is not None
        os.kill(link.pid, signal.SIGKILL)
        await heard.until(lambda: heard.ids == [123, 123])


async def test_stop_does_not_wait_for_the_next_try(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "RESTART_SECONDS", 3600.0)
    async with linked(DYING) as (link, _), asyncio.timeout(PATIENCE_SECONDS):
        while "the engine died" not in caplog.messages:
            await asyncio.sleep(0.01)
        await link.stop()


async def test_command_that_cannot_be_started_is_told_to_the_caller() -> None:
    with pytest.raises(FileNotFoundError):
        await EngineLink(Heard().ring, ["/nowhere/engine"]).start()


async def test_log_lines_of_the_engine_go_through_as_they_are(capfd: pytest.CaptureFixture[str]) -> None:
    line = '{"event":"from the engine","text":"äöü"}'
    program = f"import os\nos.write(2, {line!r}.encode() + b'\\n')\n{GOOD}"
    async with linked(program) as (_, heard):
        await heard.until(lambda: heard.ids == [123])
    assert line in capfd.readouterr().err.splitlines()


PARENT = """
import asyncio, sys
from monitor_app.engine.link import EngineLink

async def main():
    link = EngineLink(lambda last_result_id: print(link.pid, flush=True), [sys.executable, "-c", sys.argv[1]])
    await link.start()
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["kill -9", "SIGTERM that nobody handles"])
async def test_no_engine_is_left_behind_when_the_web_process_is_killed(how: signal.Signals) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, GOOD, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    assert parent.stdout is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        engine = psutil.Process(int(await parent.stdout.readline()))
    parent.send_signal(how)
    await parent.wait()
    await asyncio.to_thread(engine.wait, PATIENCE_SECONDS)
