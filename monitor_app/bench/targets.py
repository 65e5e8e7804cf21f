"""Servers to check, in a process of their own, which tell how long each answer truly took.

    with running_targets(ports=4) as targets:
        targets.url("/after/50?id=7")     200 after 50 ms
        targets.url("/status/503")        503 at once
        targets.url("/silent")            no answer
        targets.refused_url()             nobody listens there
        targets.true_ms()                 {"7": 50.3}

The truth is measured with the kernel's stamps: from the arrival of the request to the sending of the answer, over TLS
plus the server's share of the handshake. So neither side's waiting is in it.
"""

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Targets:
    """Where the servers listen, all on 127.0.0.1. `ca_file` is whom to trust for the TLS ports."""

    pid: int
    ports: Sequence[int]
    tls_ports: Sequence[int]
    refused_port: int
    ca_file: Path

    def url(self, path: str, number: int = 0) -> str:
        """An http URL; `number` picks the port."""
        return f"http://127.0.0.1:{self.ports[number % len(self.ports)]}{path}"

    def tls_url(self, path: str, number: int = 0) -> str:
        """An https URL; `number` picks the port."""
        return f"https://127.0.0.1:{self.tls_ports[number % len(self.tls_ports)]}{path}"

    def refused_url(self, path: str = "/") -> str:
        """A URL of a port that refuses."""
        return f"http://127.0.0.1:{self.refused_port}{path}"

    def true_ms(self) -> dict[str, float]:
        """Each `id` with the milliseconds its answer truly took; asking clears the list."""
        with urllib.request.urlopen(self.url("/truth"), timeout=30) as answer:
            times: dict[str, float] = json.load(answer)
            return times


@contextmanager
def running_targets(ports: int = 1, tls_ports: int = 1) -> Iterator[Targets]:
    """Starts the process, and ends it afterwards."""
    with tempfile.TemporaryDirectory(prefix="lightbulb-bench-") as folder:
        command = [sys.executable, "-m", "monitor_app.bench.target_server", folder, str(ports), str(tls_ports)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            yield Targets(
                process.pid, told["ports"], told["tls_ports"], told["refused_port"], Path(folder, "authority.pem")
            )
        finally:
            process.stdin.close()  # the end of its input tells it to stop
            process.wait(timeout=10)
            process.stdout.close()
