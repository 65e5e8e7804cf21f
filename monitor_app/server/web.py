"""The web server: granian with one worker that serves screens, API and websocket on one port."""

import asyncio
import gc
import http.client
import signal
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

from granian import _signals as granian_signals
from granian._granian import WorkerSignal
from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer
from reflex.utils import exec as reflex_exec
from reflex_base import constants
from reflex_base.environment import environment

from monitor_app.settings import Settings
from monitor_app.state import runtime

TARGET = "monitor_app.monitor_app:app"
# A worker first closes its engine, which gives running checks a moment; after this it is killed.
STOP_SECONDS = 10
ANSWER_SECONDS = 60.0
GOODBYE_SECONDS = 0.3
# Who sends headers more slowly, or more of them, is not waited for.
HEADER_SECONDS = 10
HEADER_BYTES = 65_536


def serve(settings: Settings, on_answer: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM. `on_answer` is called once when the page and the backend really answer.

    Ends with SystemExit(1) when the worker died by itself.
    """
    granian_signals.set_loop_signals = stop_once
    _preload_app()
    server = OneWorker(
        TARGET,
        address=settings.bind_address,
        port=settings.port,
        interface=Interfaces.ASGI,
        factory=True,
        workers=1,
        workers_kill_timeout=1,  # after the wait of our own, see OneWorker
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=HEADER_BYTES),
        ssl_cert=settings.tls_cert,
        ssl_key=settings.tls_key,
        ssl_protocol_min=SSLProtocols.tls12,
        log_level=LogLevels.warning,
        log_dictconfig={"handlers": {}, "loggers": {"_granian": {"propagate": True}}},  # into our own logs
    )
    server.settings, server.on_answer = settings, on_answer
    server.serve()


class OneWorker(MPServer):
    """Granian's server, which also stops when the terminal goes away, and says when it answers."""

    settings: Settings
    on_answer: Callable[[], None]

    def _spawn_workers(self, spawn_target: Any, target_loader: Any) -> None:
        # SIGHUP would make granian reload. Ignored by the worker and all it starts, it stops them here, in order.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        super()._spawn_workers(spawn_target, target_loader)  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGHUP, self.signal_handler_interrupt)
        # A thread only now: forking with threads around is not safe.
        threading.Thread(target=self._tell_when_answering, daemon=True).start()

    def _stop_workers(self) -> None:
        # Granian looks only once more after a worker has closed its files, and takes one that is still being torn down,
        # or whose end its other thread has just been told, for one that refuses to stop.
        workers: list[Any] = self.wrks
        for worker in workers:
            worker.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while any(worker.is_alive() for worker in workers) and time.monotonic() < deadline:
            time.sleep(0.01)
        super()._stop_workers()  # type: ignore[no-untyped-call]

    def _tell_when_answering(self) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline and not self.main_loop_interrupt.wait(0.1):
            if answers(self.settings, "/livez") and answers(self.settings, "/"):
                self.on_answer()
                return


def stop_once(loop: asyncio.AbstractEventLoop) -> WorkerSignal:
    """In granian's worker: the first SIGINT or SIGTERM stops it, further ones change nothing.

    With Ctrl-C, and from systemd, the worker gets a signal of its own and then the supervisor's. Granian's handler
    blocks for ever in the second one (seen with 2.8.7), and the worker would be killed with everything undone.
    """
    stop = WorkerSignal()
    is_stopping = False

    def handle() -> None:
        nonlocal is_stopping
        if not is_stopping:
            is_stopping = True
            # Granian cuts websockets off at once: what they are told at the end has to be out by then.
            loop.call_later(GOODBYE_SECONDS if end_streams() else 0.0, stop.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, handle)
    return stop


def end_streams() -> bool:
    """Granian waits for open answers, and an event stream is one that never ends by itself. Whether there were any."""
    if not runtime.is_running() or (streams := runtime.current().streams) is None:
        return False
    were_open = any(streams.stats().open.values())
    streams.end_all()
    return were_open


def answers(settings: Settings, path: str) -> bool:
    """Whether this machine gets a page from its own port, or is sent to the log-in."""
    address, port = settings.bind_address, settings.port
    connection: http.client.HTTPConnection
    if settings.tls_cert:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # only whether it answers, nothing is sent
        connection = http.client.HTTPSConnection(address, port, timeout=2, context=context)
    else:
        connection = http.client.HTTPConnection(address, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status in (http.HTTPStatus.OK, http.HTTPStatus.SEE_OTHER)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _preload_app() -> None:
    """Import the app once, so that the forked worker shares its memory and a broken import fails here, readably."""
    environment.REFLEX_ENV_MODE.set(constants.Env.PROD)
    environment.REFLEX_SKIP_COMPILE.set(True)
    environment.REFLEX_MOUNT_FRONTEND_COMPILED_APP.set(True)
    reflex_exec._preload_for_fork(None)
    gc.freeze()
    gc.enable()
