"""One thread for all that blocks, which nobody has to wait for.

Reading /proc may hang where a process is stuck in the kernel. That must not use up the threads that others need, and
not hold up the end of the program; checks that cannot look give up at their deadlines.
"""

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

WAITING_LIMIT = 1000

T = TypeVar("T")


class Overloaded(Exception):
    """Too many jobs wait already."""


class Worker:
    """Does one job after the other. Used from any thread and any event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: queue.Queue[tuple[Future[Any], Callable[[], Any]]] = queue.Queue(WAITING_LIMIT)
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Its result, some time; a job that is cancelled before its turn is left out. Raises Overloaded."""
        future: Future[T] = Future()
        with self._lock:
            if self._pid != os.getpid():  # the thread stayed behind when this process was forked off
                self._jobs, self._thread, self._pid = queue.Queue(WAITING_LIMIT), None, os.getpid()
            try:
                self._jobs.put_nowait((future, job))
            except queue.Full:
                raise Overloaded from None
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="process checks", daemon=True)
                self._thread.start()
        return future

    def _work(self) -> None:
        while True:
            future, job = self._jobs.get()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(job())
                except Exception as err:  # noqa: BLE001 - whoever waits for it gets it
                    future.set_exception(err)
