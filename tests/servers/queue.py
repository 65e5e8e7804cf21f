"""A real HTTP server on loopback with the API of a queue: a circuit breaker, job counts, tokens that expire.

with queue_server() as queue:
    queue.state = "open"          # behind everybody's back
    queue.fault = "500"           # how the next answers are
    ... queue.url ... queue.asked("GET", "/queue/circuit-breaker-status")
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

STATE = "/queue/circuit-breaker-status"
COUNTS = "/queue/status"
OPEN = "/queue/open-circuit-breaker"
CLOSE = "/queue/close-circuit-breaker"
_FLOOD_BYTES = 200 * 1024 * 1024
_PIECE = b" " * 65536
_DRIP_SECONDS = 0.05


class Queue:
    """What the server says. `fault`: "" | 500 | html | cut | silence | flood | endless | redirect | refuse."""

    def __init__(self) -> None:
        self.state = "closed"
        self.opened_at: Any = None
        self.closed_at: Any = None
        self.metadata: Any = {}
        self.counts: Any = {"waiting": 3, "running": 1, "done": 120, "failed": 2, "retried": 4}
        self.token = ""
        self.fault = ""
        # In place of the answer about the state.
        self.answer: bytes | None = None
        # An order is carried out so much later; None: when `turn` says so.
        self.delay_seconds: float | None = 0.0
        self.has_counts = True
        self.log: list[tuple[float, str, str]] = []
        self.orders: list[dict[str, Any]] = []
        self.ended = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self.port}"

    def asked(self, method: str, path: str) -> int:
        """How often."""
        return sum(entry[1:] == (method, path) for entry in self.log)

    def turn(self, state: str, reason: str = "") -> None:
        """As if somebody else had done it."""
        now = datetime.now(UTC).isoformat()
        self.metadata = {"reason": reason} if reason else {}
        if state == "open":
            self.opened_at = now
        elif state == "closed":
            self.closed_at = now
        self.state = state


class _Handler(BaseHTTPRequestHandler):
    queue: Queue

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _answer(self, method: str) -> None:
        queue, path = self.queue, self.path
        queue.log.append((time.monotonic(), method, path))
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        with suppress(OSError):
            if queue.fault and getattr(self, f"_{queue.fault}", None) is not None:
                getattr(self, f"_{queue.fault}")()
            elif queue.fault == "500":
                self._send(500, {"status": "error", "error": "the broker is away"})
            elif queue.token and self.headers.get("authorization") != f"Bearer {queue.token}":
                self._send(401, {"status": "error", "error": "the token has expired"})
            elif method == "POST":
                self._order(path, json.loads(body))
            elif path == STATE and queue.answer is not None:
                self._raw(200, queue.answer)
            elif path == STATE:
                times = {"opened_at": queue.opened_at, "closed_at": queue.closed_at}
                data = {"state": queue.state, **times, "metadata": queue.metadata}
                self._send(200, {"status": "success", "data": data})
            elif path == COUNTS and queue.has_counts:
                data = {"circuit_breaker": queue.state, "job_counts": queue.counts, "oldest_wait_seconds": 1.5}
                self._send(200, {"status": "success", "data": data})
            else:
                self._send(404, {"status": "error", "error": "no such path"})

    def _order(self, path: str, given: dict[str, Any]) -> None:
        queue = self.queue
        if queue.fault == "refuse":
            self._send(409, {"status": "error", "error": "a migration is under way: nobody may touch the queue"})
            return
        queue.orders.append({"path": path, **given})
        state = "open" if path == OPEN else "closed"
        if queue.delay_seconds is None:
            pass
        elif queue.delay_seconds:
            threading.Timer(queue.delay_seconds, queue.turn, (state, given.get("reason", ""))).start()
        else:
            queue.turn(state, given.get("reason", ""))
        self._send(200, {"status": "success", "data": {"state": state}})

    def _send(self, status: int, document: Any) -> None:
        self._raw(status, json.dumps(document).encode())

    def _raw(self, status: int, body: bytes, content_type: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _html(self) -> None:
        self._raw(200, b"<!doctype html><title>Sign in</title>", "text/html")

    def _cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "500")
        self.end_headers()
        self.wfile.write(b'{"status": "succ')

    def _silence(self) -> None:
        self.queue.ended.wait(30)

    def _flood(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(_FLOOD_BYTES))
        self.end_headers()
        for _ in range(_FLOOD_BYTES // len(_PIECE)):
            self.wfile.write(_PIECE)

    def _endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.queue.ended.wait(_DRIP_SECONDS):
            self.wfile.write(b" ")
            self.wfile.flush()

    def _redirect(self) -> None:
        self.send_response(302)
        self.send_header("Location", "https://elsewhere.example/login?token=1")
        self.send_header("Content-Length", "0")
        self.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Who goes early is no error."""


@contextmanager
def queue_server() -> Iterator[Queue]:
    """A queue whose breaker is closed."""
    queue = Queue()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"queue": queue}))
    queue.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield queue
    finally:
        queue.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
