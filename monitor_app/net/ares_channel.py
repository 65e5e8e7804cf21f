"""One c-ares channel, driven by a thread of its own or, where that cannot be had, by the event loop."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import pycares

Answered = Callable[[pycares.AddrInfoResult | None, int | None, float], None]

_NO_SOCKET = pycares.ARES_SOCKET_BAD
_TICK_SECONDS = 0.25


class AresChannel:
    """Asks for addresses; answers arrive on the loop, each with the time (perf_counter) at which it really came."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, nameservers: Sequence[str], try_seconds: float, tries: int
    ) -> None:
        self._loop = loop
        self._is_closed = False
        self._sockets: set[int] = set()
        self._tick: asyncio.TimerHandle | None = None
        options: dict[str, Any] = {"timeout": try_seconds, "tries": tries}
        if nameservers:
            options["servers"] = list(nameservers)
        try:
            self._channel = pycares.Channel(**options)
        except pycares.AresError:
            # The thread watches the machine's settings through inotify, of which a user has few (often 128).
            self._channel = pycares.Channel(**options, sock_state_cb=self._watch)

    def ask(self, host: str, answered: Answered) -> None:
        """Calls `answered` on the loop with the result or an error number, never before this returns."""

        def came(result: pycares.AddrInfoResult | None, error: int | None) -> None:
            at = time.perf_counter()
            if not self._is_closed:
                self._loop.call_soon_threadsafe(answered, result, error, at)

        try:
            self._channel.getaddrinfo(host, None, callback=came)
        except pycares.AresError as err:
            came(None, err.args[0] if err.args else pycares.errno.ARES_EBADNAME)

    @property
    def servers(self) -> list[str]:
        """Who is asked, "address:port" each."""
        return list(self._channel.servers)

    def close(self) -> None:
        """Forget all questions."""
        self._is_closed = True
        if self._tick is not None:
            self._tick.cancel()
        for descriptor in self._sockets:
            self._loop.remove_reader(descriptor)
            self._loop.remove_writer(descriptor)
        self._channel.close()

    def _watch(self, descriptor: int, is_reading: bool, is_writing: bool) -> None:
        if self._is_closed:
            return
        self._loop.remove_reader(descriptor)
        self._loop.remove_writer(descriptor)
        if is_reading:
            self._loop.add_reader(descriptor, self._channel.process_fd, descriptor, _NO_SOCKET)
        if is_writing:
            self._loop.add_writer(descriptor, self._channel.process_fd, _NO_SOCKET, descriptor)
        if is_reading or is_writing:
            self._sockets.add(descriptor)
        else:
            self._sockets.discard(descriptor)
        if self._sockets and self._tick is None:
            self._tick = self._loop.call_later(_TICK_SECONDS, self._look_for_timeouts)

    def _look_for_timeouts(self) -> None:
        self._tick = None
        self._channel.process_fd(_NO_SOCKET, _NO_SOCKET)
        if self._sockets and self._tick is None:
            self._tick = self._loop.call_later(_TICK_SECONDS, self._look_for_timeouts)
