"""Waiting for a socket on the event loop."""

import asyncio
import select
import socket
import time


async def readable(sock: socket.socket, until: float) -> bool:
    """True once something can be read, False when nothing came `until` then (time.perf_counter())."""
    loop = asyncio.get_running_loop()
    return await _ready(loop, sock, until, is_write=False)


async def writable(sock: socket.socket, until: float) -> bool:
    """True once something can be written or a connection attempt has ended, False when that did not happen."""
    loop = asyncio.get_running_loop()
    return await _ready(loop, sock, until, is_write=True)


async def _ready(loop: asyncio.AbstractEventLoop, sock: socket.socket, until: float, *, is_write: bool) -> bool:
    descriptor = sock.fileno()
    woken: asyncio.Future[None] = loop.create_future()
    watch, unwatch = (loop.add_writer, loop.remove_writer) if is_write else (loop.add_reader, loop.remove_reader)
    watch(descriptor, _wake, woken)
    alarm = loop.call_later(max(0.0, until - time.perf_counter()), _wake, woken)
    try:
        await woken
    finally:
        alarm.cancel()
        unwatch(descriptor)
    # A loop that was stalled may run the alarm first although the bytes have long been there.
    return time.perf_counter() < until or _is_ready_now(descriptor, select.POLLOUT if is_write else select.POLLIN)


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)


def _is_ready_now(descriptor: int, event: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(0))
