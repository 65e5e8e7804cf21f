"""A Consul agent for benchmarks: a thread with a real HTTP server that speaks the calls we make, blocking ones too.

The answers are as long as those of the real one; what it cannot tell is how long that takes to make them.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

NODES: Final = 5
CHECKS: Final = 2
_WORDS: Final = ("passing", "critical")
_OUTPUT: Final = "HTTP GET http://10.0.0.5:8080/health: 200 OK Output: " + "ok " * 30


class BenchAgent:
    """So many services on a few nodes, each with a check of its own and that of its node."""

    def __init__(self, services: int) -> None:
        self.url = ""
        self._words = ["passing"] * services
        self._index = 1
        self._changed = threading.Condition()

    def turn(self, number: int) -> str:
        """Another status of one service's check; returns its word."""
        with self._changed:
            word = _WORDS[self._words[number] == "passing"]
            self._words[number] = word
            self._index += 1
            self._changed.notify_all()
        return word

    def answer(self, path: str, asked: dict[str, list[str]]) -> tuple[Any, int] | None:
        """The document and the index; None: there is nothing at this path."""
        index = int(asked.get("index", ["0"])[0])
        with self._changed:
            if index and path == "/v1/health/state/any":
                self._changed.wait_for(lambda: self._index != index, timeout=60)
            elif index:
                # Services come and go nowhere here.
                self._changed.wait_for(lambda: False, timeout=60)
            words, now = list(self._words), self._index
        if path == "/v1/health/state/any":
            return [*map(_check, range(len(words)), words), *map(_node_check, range(NODES))], now
        if path == "/v1/catalog/nodes":
            return [_node(number) for number in range(NODES)], now
        if path == "/v1/catalog/services":
            return {f"service-{number}": [] for number in range(len(words))}, 1
        if path.startswith("/v1/catalog/node/rack-"):
            node = int(path.rpartition("-")[2])
            here = {f"service-{number}": _service(number) for number in range(node, len(words), NODES)}
            return {"Node": _node(node), "Services": here}, now
        return ([], now) if path == "/v1/connect/intentions" else None


def _check(number: int, word: str) -> dict[str, Any]:
    name = f"service-{number}"
    where = {"Node": f"rack-{number % NODES}", "ServiceID": name, "ServiceName": name}
    return where | {"CheckID": name, "Name": "HTTP on /health", "Status": word, "Output": _OUTPUT, "Type": "http"}


def _node_check(number: int) -> dict[str, Any]:
    told = {"CheckID": "serfHealth", "Name": "Serf Health Status", "Status": "passing"}
    return told | {"Node": f"rack-{number}", "ServiceID": "", "Output": "Agent alive and reachable", "Type": ""}


def _node(number: int) -> dict[str, Any]:
    return {"Node": f"rack-{number}", "Address": f"10.0.{number}.1", "Datacenter": "dc1"}


def _service(number: int) -> dict[str, Any]:
    name = f"service-{number}"
    return {"ID": name, "Service": name, "Port": 8080, "Address": "10.0.0.5", "Tags": ["public"], "Meta": {"a": "b"}}


class _Handler(BaseHTTPRequestHandler):
    agent: BenchAgent

    def do_GET(self) -> None:
        """Tell."""
        parts = urlsplit(self.path)
        found = self.agent.answer(parts.path, parse_qs(parts.query))
        body = json.dumps(None if found is None else found[0]).encode()
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Length", str(len(body)))
        if found is not None:
            self.send_header("X-Consul-Index", str(found[1]))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            # Who waited for a change has gone.
            return

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def bench_agent(services: int) -> Iterator[BenchAgent]:
    """On loopback."""
    agent = BenchAgent(services)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"agent": agent}))
    server.daemon_threads, server.block_on_close = True, False
    agent.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield agent
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
