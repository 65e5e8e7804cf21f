"""The line between browser and program: a TCP proxy that can go dead without a word, as a network does."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.servers.visits import Visits


@dataclass
class Line:
    """Passes everything on to `target_port` while it is alive; nothing, and without closing, while it is dead."""

    target_port: int
    port: int = 0
    _alive: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """From now on nothing goes through; new connections are accepted and stay silent."""
        self._call(self._alive.clear)

    def mend(self) -> None:
        """Everything goes through again, what waited too."""
        self._call(self._alive.set)

    def _call(self, action: Callable[[], None]) -> None:
        assert self._loop is not None
        done: Future[None] = Future()
        self._loop.call_soon_threadsafe(lambda: done.set_result(action()))
        done.result()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._alive.wait()
        try:
            there, to_there = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._pass(reader, to_there), self._pass(there, writer), return_exceptions=True)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                await self._alive.wait()
                sink.write(data)
                await sink.drain()
        finally:
            sink.close()


@contextmanager
def line_to(port: int) -> Iterator[Line]:
    """A line that is alive, on a port of its own."""
    ready, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    line = Line(port, _loop=loop)
    line._alive.set()

    async def serve() -> None:
        visits = Visits(line.connect)
        server = await asyncio.start_server(visits.connected, "127.0.0.1", 0)
        line.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        await visits.end(server)

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()], name="line")
    thread.start()
    ready.wait()
    try:
        yield line
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
