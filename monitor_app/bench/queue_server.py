"""Queues for benchmarks: a thread with a real HTTP server each, whose circuit breaker the benchmark turns."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

_STATE: Final = "/queue/circuit-breaker-status"
_COUNTS: Final = "/queue/status"


class BenchQueue:
    """What one server says, and how often it was asked for its breaker."""

    def __init__(self) -> None:
        self.state = "closed"
        self.turned_at = datetime.now(UTC)
        self.asked = 0
        self.url = ""

    def turn(self) -> str:
        """Behind everybody's back; returns the new state."""
        self.state = "closed" if self.state == "open" else "open"
        self.turned_at = datetime.now(UTC)
        return self.state

    def answer(self, path: str) -> dict[str, Any] | None:
        """To a question; None: there is nothing at this path."""
        if path == _STATE:
            self.asked += 1
            at = self.turned_at.isoformat()
            times = {"opened_at": at, "closed_at": None} if self.state == "open" else {"closed_at": at}
            return {"state": self.state, **times, "metadata": {"reason": "bench"}}
        if path == _COUNTS:
            counts = {
                "waiting": self.asked % 7,
                "running": self.asked % 3,
                "done": self.asked,
                "failed": 0,
                "retried": 0,
            }
            return {"job_counts": counts, "oldest_wait_seconds": 0.5}
        return None


class _Handler(BaseHTTPRequestHandler):
    queue: BenchQueue

    def do_GET(self) -> None:
        """Tell."""
        data = self.queue.answer(self.path)
        body = json.dumps({"status": "success", "data": data} if data else {"status": "error"}).encode()
        self.send_response(200 if data else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def bench_queues(count: int) -> Iterator[list[BenchQueue]]:
    """So many, on loopback."""
    with ExitStack() as stack:
        yield [stack.enter_context(_served()) for _ in range(count)]


@contextmanager
def _served() -> Iterator[BenchQueue]:
    queue = BenchQueue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"queue": queue}))
    server.daemon_threads = True
    queue.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield queue
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
