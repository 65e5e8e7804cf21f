"""Something to watch: a real HTTP server in a thread, whose answers a test changes while the program checks it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.http import HttpServer, http_server


@contextmanager
def watched_server() -> Iterator[HttpServer]:
    """A server that knows no path yet; `server.on(path, behaviour)` may be called from any thread."""
    ready = threading.Event()
    started: list[HttpServer] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with http_server() as server:
            started.append(server)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()], name="watched-server")
    thread.start()
    ready.wait()
    try:
        yield started[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
