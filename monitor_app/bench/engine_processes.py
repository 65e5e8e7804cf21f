"""The processes of the engine benchmark: a web process, the engine as its child, and on which cores they run."""

import asyncio
import json
import os
import signal
import sys
import time
import urllib.request
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psutil

from monitor_app.bench.engine_child import CORE_VARIABLE
from monitor_app.bench.live.browser import LiveBrowser
from monitor_app.bench.live.variables import DATABASE_VARIABLE, WRITER_VARIABLE
from monitor_app.bench.ports import free_port

CHILD_MODULE = "monitor_app.bench.engine_child"
STOPPED_EVENT = "the engine has stopped"
COUNTERS = ("done", "dropped", "lost", "skipped")
START_SECONDS = 60.0
STOP_SECONDS = 20.0
LOOK_SECONDS = 0.1

Value = TypeVar("Value")


@dataclass(frozen=True)
class Running:
    """What runs, and the one browser that looks at it."""

    engine: psutil.Process
    web: list[psutil.Process]
    browser: LiveBrowser
    # Makes a further browser.
    new_browser: Callable[[], LiveBrowser]
    root_pid: int

    def cpu_seconds(self) -> dict[str, float]:
        """The CPU time used so far."""
        return {"engine": _used(self.engine), "web": sum(_used(process) for process in self.web)}


@contextmanager
def core_for_engine(targets_pid: int, *, is_pinned: bool) -> Iterator[int | None]:
    """A core for the engine alone: the targets and all that this process starts are kept away from it."""
    cores = os.sched_getaffinity(0)
    if not is_pinned or len(cores) < 2:
        yield None
        return
    core = max(cores)
    for pid in (0, targets_pid):
        os.sched_setaffinity(pid, cores - {core})
    try:
        yield core
    finally:
        os.sched_setaffinity(0, cores)


@asynccontextmanager
async def running(folder: Path, database_url: str, log: Path, core: int | None) -> AsyncIterator[Running]:
    """A web process with the engine as its child, and one browser; all ended afterwards, in order."""
    port = free_port()
    process = await _start(folder, database_url, log, core, port)
    try:
        facts = await _within(START_SECONDS, partial(_facts, port), "the web process did not start", log)
        new_browser = partial(LiveBrowser, port, facts, {"search": "", "sort": "label", "page_size": 50})
        browser = new_browser()
        browser.start()
        try:
            find = partial(_engine_below, process.pid)
            engine = await _within(START_SECONDS, find, "the web process did not start the engine", log)
            web = [member for member in _family(process.pid) if member.pid != engine.pid]
            yield Running(engine, web, browser, new_browser, process.pid)
        finally:
            await browser.close()
    finally:
        await _stop(process)


async def load_again_and_again(processes: Running, count: int, seconds: float) -> int:
    """So many browsers open the board, get its rows, close it and begin anew; returns how often it was opened."""
    until, opened = time.monotonic() + seconds, 0

    async def visit() -> None:
        nonlocal opened
        while time.monotonic() < until:
            browser = processes.new_browser()
            browser.start()
            try:
                await browser.until(lambda it=browser: bool(it.rows), START_SECONDS)  # type: ignore[misc]
            finally:
                await browser.close()
            opened += 1

    await asyncio.gather(*(visit() for _ in range(count)))
    return opened


async def restart_engine(processes: Running, log: Path) -> float:
    """End the engine; the web process starts another. When that one began, in seconds since 1970."""
    before = processes.engine.pid
    processes.engine.terminate()

    def another() -> psutil.Process | None:
        found = _engine_below(processes.root_pid)
        return found if found is not None and found.pid != before else None

    engine = await _within(START_SECONDS, another, "the web process did not start the engine again", log)
    began: float = engine.create_time()
    return began


def last_words(log: Path) -> Counter[str]:
    """The engine's counters at its end, from its last log line; those of several engines summed."""
    told = [json.loads(line) for line in log.read_text().splitlines() if STOPPED_EVENT in line]
    if not told:
        raise RuntimeError(f"the engine did not end cleanly:\n{_tail(log)}")
    words = Counter[str]()
    for line in told:
        words.update({name: line.get(name, 0) for name in COUNTERS})
    return words


async def _start(folder: Path, database_url: str, log: Path, core: int | None, port: int) -> Process:
    environment = os.environ | {DATABASE_VARIABLE: database_url, WRITER_VARIABLE: CHILD_MODULE, "LOG_FORMAT": "json"}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2])} | ({} if core is None else {CORE_VARIABLE: str(core)})
    with log.open("wb") as file:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "monitor_app.bench.live.serve", str(port)),
            cwd=folder,
            env=environment,
            stdout=file,
            stderr=file,
        )


async def _stop(process: Process) -> None:
    """The engine ends with its parent, also when that has to be killed."""
    family = _family(process.pid)
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
    await asyncio.to_thread(psutil.wait_procs, family, STOP_SECONDS)


async def _within(seconds: float, look: Callable[[], Value | None], problem: str, log: Path) -> Value:
    """What `look` finds; it is asked again and again, in a thread."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        found = await asyncio.to_thread(look)
        if found is not None:
            return found
        await asyncio.sleep(LOOK_SECONDS)
    raise RuntimeError(f"{problem}:\n{_tail(log)}")


def _facts(port: int) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/facts", timeout=5) as answer:
            facts: dict[str, Any] = json.load(answer)
            return facts
    except OSError:
        return None


def _engine_below(pid: int) -> psutil.Process | None:
    for process in _family(pid):
        with suppress(psutil.Error):
            if CHILD_MODULE in process.cmdline():
                return process
    return None


def _family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _tail(log: Path) -> str:
    return log.read_text()[-3000:]
