"""A real Prometheus on loopback, which scrapes what it is told to, and promtool."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port
from tests.servers.programs import dying_with_us, environment, folder_for, program, running


@dataclass(frozen=True)
class Prometheus:
    """A running server."""

    port: int

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The present values of an expression, each with its labels."""
        url = f"http://127.0.0.1:{self.port}/api/v1/query"
        answer = httpx.get(url, params={"query": expression}, timeout=60).json()
        assert answer["status"] == "success", answer
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found


@contextlib.contextmanager
def running_prometheus(target: str, key: str, rules: Path) -> Iterator[Prometheus]:
    """It asks `target` (host:port) again and again, with `key` as a bearer token, and knows `rules`."""
    with folder_for("prometheus") as folder:
        (folder / "key").write_text(key)
        config = {
            "global": {"scrape_interval": "3s", "evaluation_interval": "3s"},  # and waits as long for an answer
            "rule_files": [str(rules)],
            "scrape_configs": [
                {
                    "job_name": "lightbulb",
                    "authorization": {"credentials_file": str(folder / "key")},
                    "static_configs": [{"targets": [target]}],
                }
            ],
        }
        (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
        port = free_port()
        options = {
            "config.file": folder / "prometheus.yml",
            "storage.tsdb.path": folder / "data",
            "web.listen-address": f"127.0.0.1:{port}",
        }
        command = [program("prometheus"), *(f"--{name}={value}" for name, value in options.items())]
        with running(dying_with_us(*command), port, folder, environment()):
            yield Prometheus(port)


def promtool(*arguments: str | Path, given: str = "") -> str:
    """What it complains about; nothing when all is well."""
    done = subprocess.run(
        [program("promtool"), *arguments], input=given, capture_output=True, text=True, check=False, env=environment()
    )
    return "" if done.returncode == 0 and not done.stderr else done.stdout + done.stderr
