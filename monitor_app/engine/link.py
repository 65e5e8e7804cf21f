"""The engine as a child of the web process: started, listened to, started again when it dies, never left behind."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from typing import Any

from monitor_app.engine.clock import Clock, SystemClock
from monitor_app.log import get_logger

ENGINE_COMMAND = (sys.executable, "-m", "monitor_app", "engine", "--doorbell")
RESTART_SECONDS = 0.5
RESTART_LIMIT_SECONDS = 30.0
# A child that lived this long was healthy: its next death starts the back-off anew.
HEALTHY_SECONDS = 60.0
# The engine lets running checks end (2 s) and writes what it knows.
STOP_SECONDS = 10.0
TERMINATE_SECONDS = 2.0
LINE_LIMIT = 1 << 20

logger = get_logger(__name__)


class EngineLink:
    """One child at a time. Its stderr is ours, so its log lines appear as they are.

    The child holds the reading end of a pipe from us as its stdin: when this process ends, however it ends, the child
    reads the end of that pipe and stops by itself. It has a session of its own, so that Ctrl-C in a terminal reaches
    it through us, in order, instead of killing it under our hands.
    """

    def __init__(
        self,
        on_committed: Callable[[int], None],
        command: Sequence[str] = ENGINE_COMMAND,
        clock: Clock | None = None,
        on_news: Callable[[], None] = lambda: None,
        on_stats: Callable[[dict[str, Any]], None] = lambda stats: None,
        on_alerts: Callable[[int], None] = lambda revision: None,
    ) -> None:
        self._on_committed = on_committed
        # Something else than results is to be read from the database.
        self._on_news = on_news
        self._command = tuple(command)
        self._clock = clock or SystemClock()
        self._stopping = asyncio.Event()
        self._process: Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self.is_leader = False
        self.restarts = 0
        # When the child was started and what it last told of itself, and when: on the monotonic clock.
        self.started_at = float("-inf")
        self.stats: dict[str, Any] = {}
        self.told_at = float("-inf")
        self._on_stats = on_stats
        # Alerts, incidents or notifications changed; the counter of them is at this number.
        self._on_alerts = on_alerts

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        """Start the child and keep it running. Raises OSError when it cannot even be started."""
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep(), name="engine link")

    async def stop(self) -> None:
        """Ask the child to end, wait, insist, and be sure that it is gone."""
        self._stopping.set()
        if self._keeper is not None:
            await self._keeper

    def ring(self) -> None:
        """Tell the child that there are heartbeats. It hears of them anyway, a little later."""
        pipe = self._process.stdin if self.pid is not None and self._process is not None else None
        if pipe is not None and not pipe.is_closing() and not pipe.transport.get_write_buffer_size():
            pipe.write(b"\n")

    async def _spawn(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=None, limit=LINE_LIMIT, start_new_session=True
        )
        self.started_at = self._clock.monotonic()
        logger.info("the engine was started", pid=self._process.pid)

    async def _keep(self) -> None:
        delay = RESTART_SECONDS
        while True:
            assert self._process is not None
            started_at = self._clock.monotonic()
            await self._watch(self._process)
            self.is_leader = False
            if self._stopping.is_set():
                return
            if self._clock.monotonic() - started_at > HEALTHY_SECONDS:
                delay = RESTART_SECONDS
            logger.error("the engine died", exit_code=self._process.returncode, starts_again_in_seconds=delay)
            if await self._is_stopping_within(delay):
                return
            delay = min(delay * 2, RESTART_LIMIT_SECONDS)
            self.restarts += 1
            try:
                await self._spawn()
            except OSError as err:
                logger.error("the engine cannot be started", reason=str(err))

    async def _watch(self, process: Process) -> None:
        """Listen to a child until it has ended; end it when it is time to."""
        if process.returncode is not None:
            return
        listening = asyncio.create_task(self._listen(process))
        stopping = asyncio.create_task(self._stopping.wait())
        ended = asyncio.create_task(process.wait())
        try:
            await asyncio.wait([stopping, ended], return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                await self._end(process)
            await ended
            # Its last lines are still in the pipe. A grandchild may hold the other end open: then they stay unread.
            await asyncio.wait([listening], timeout=1)
        finally:
            stopping.cancel()
            listening.cancel()
            if process.returncode is None:
                process.kill()

    async def _end(self, process: Process) -> None:
        assert process.stdin is not None
        process.stdin.close()
        for insist, seconds in ((None, STOP_SECONDS), (process.terminate, TERMINATE_SECONDS), (process.kill, None)):
            if insist is not None:
                logger.warning("the engine does not end by itself", pid=process.pid, signal=insist.__name__)
                insist()
            try:
                async with asyncio.timeout(seconds):
                    await process.wait()
                    return
            except TimeoutError:
                continue

    async def _listen(self, process: Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:
                logger.warning("the engine told a line that is too long", limit=LINE_LIMIT)
                continue
            if not line:
                return
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            told = json.loads(line)
            event = told["event"]
            if event == "committed":
                self._on_committed(int(told["last_result_id"]))
            elif event == "leader":
                self.is_leader = bool(told["is_leader"])
            elif event == "monitor_offline":
                self._on_news()
            elif event == "alerts":
                self._on_alerts(int(told["revision"]))
            elif event == "stats":
                self.stats, self.told_at = told, self._clock.monotonic()
                self._on_stats(told)
        except (ValueError, TypeError, KeyError):
            # Something in the child prints: worth knowing, not worth dying of.
            logger.warning("the engine told something that is not understood", line=line[:200].decode(errors="replace"))

    async def _is_stopping_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True
