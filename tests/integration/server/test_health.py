"""What the real program tells of itself: to load balancers, to people with a key, and to a real Prometheus."""

import asyncio
import contextlib
import json
import os
import re
import signal
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import httpx
import pytest

from monitor_app.engine.clock import SystemClock
from monitor_app.security.permissions import ADMIN, MONITOR_READ, Identity
from monitor_app.storage.database import Database
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.profile import ProfileUseCases
from tests.e2e.conftest import ROOT, LiveApp, select_pause
from tests.e2e.target import watched_server
from tests.engine_process import add_services
from tests.integration.server.conftest import wait_until
from tests.servers.http import reply
from tests.servers.prometheus import promtool, running_prometheus

DEPLOY = ROOT / "deploy" / "prometheus"
NAME = re.compile(r"\b((?:lightbulb|process)_[a-z0-9_]+)\b")
PARTS = {"database", "board", "engine", "leader", "scheduler", "writer", "network", "checks", "requests", "event_loop"}


class Monitor:
    """The program, with two services that it checks each second, and a key that may only ask how it is."""

    def __init__(self, app: LiveApp, key: str) -> None:
        self.app, self.key = app, key
        self.client = httpx.Client(base_url=app.url, timeout=60)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """As the key's owner."""
        return self.client.get(path, headers={"Authorization": f"Bearer {self.key}", **headers})

    def ready(self) -> httpx.Response:
        """As nobody."""
        return httpx.get(f"{self.app.url}/readyz", timeout=60)

    def is_ready(self) -> bool:
        return self.ready().status_code == 200

    def parts(self) -> dict[str, Any]:
        """Of /health/detailed."""
        parts: dict[str, Any] = self.get("/health/detailed").json()["components"]
        return parts

    def metrics(self) -> dict[str, float]:
        """Those without labels."""
        lines = [line.rpartition(" ") for line in self.get("/metrics").text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines if "{" not in name}


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitor]:
    """One program for all tests of this file; each leaves it as it was."""
    app = LiveApp(tmp_path_factory.mktemp("health"), settings={"METRICS_SERVICES": "true"}, is_noted=True)
    app.start()
    try:
        with watched_server() as target:
            target.on("/good", reply(200))
            urls = {name: target.url(f"/{name}") for name in ("good", "bad")}
            made = Monitor(app, asyncio.run(prepared(app, urls)))
            with made.client:
                wait_until(lambda: made.get("/health/detailed").status_code == 200)
                wait_until(lambda: made.metrics().get("lightbulb_results_committed_total", 0) >= 2)
                yield made
    finally:
        app.stop()


async def prepared(app: LiveApp, urls: Mapping[str, str]) -> str:
    """Adds the services and the key to the database of a program that runs."""
    database = Database(f"sqlite+aiosqlite:///{app.database}")
    await add_services(database, urls)
    owner = Identity.of_role("ada", ADMIN, account_pk=1, via="session")
    profile = ProfileUseCases(AccessChanges(database, SystemClock()), None, None)  # type: ignore[arg-type]
    key = await profile.make_key(owner, "prometheus", [MONITOR_READ], 30)
    await database.close()
    return key


@contextmanager
def locked(monitor: Monitor) -> Iterator[None]:
    """Another program writes and does not end."""
    with closing(sqlite3.connect(monitor.app.database, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def test_everybody_may_ask_whether_it_is_ready_and_is_told_nothing_else(monitor: Monitor) -> None:
    wait_until(monitor.is_ready)
    answer = httpx.get(f"{monitor.app.url}/readyz", headers={"Host": "10.0.0.7:8080"})
    names = ("database", "scheduler", "writer", "leader")
    assert answer.json() == {"status": "ok", "checks": dict.fromkeys(names, "ok")}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/health/detailed", "/health/polling", "/metrics", "/metrics/performance", "/monitoring/dashboard"]
)
def test_the_rest_takes_a_key(monitor: Monitor, path: str) -> None:
    answer = httpx.get(f"{monitor.app.url}{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    # The dashboard is of the board, which this key may not see.
    assert monitor.get(path).status_code == (403 if path == "/monitoring/dashboard" else 200)
    assert httpx.post(f"{monitor.app.url}{path}", headers={"Authorization": f"Bearer {monitor.key}"}).status_code == 405


def test_each_part_says_how_it_is_and_since_when(monitor: Monitor) -> None:
    wait_until(lambda: {part["status"] for part in monitor.parts().values()} <= {"ok", "degraded"})
    told = monitor.get("/health/detailed").json()
    parts = told["components"]
    assert set(parts) == PARTS
    assert all(part["since"] and part["words"] for part in parts.values())
    assert told["database"]["size_bytes"] > 100_000
    availability = told["availability"]["checks"]["since_start"]
    assert availability["due"] >= availability["finished"] > 0


def test_scheduler_tells_its_figures(monitor: Monitor) -> None:
    told: dict[str, Any] = {}

    def leads() -> bool:
        told.update(monitor.get("/health/polling").json())
        return (told["known"], told.get("standing"), told.get("services")) == (True, "leads", 2)

    wait_until(leads)
    assert told["counts"]["done"] >= told["counts"]["committed"] > 0
    assert told["expected_per_second"] == 2
    assert told["duration_ms"]["p50"] > 0
    # One of the two is checked in vain, and left alone after a while.
    assert {one["service_id"] for one in told["breakers"]["services"]} <= {"bad"}


def test_performance_knows_routes_and_no_paths(monitor: Monitor) -> None:
    httpx.get(f"{monitor.app.url}/api/no-such-thing-4711")
    httpx.get(f"{monitor.app.url}/no-such-page-4711")
    told = monitor.get("/metrics/performance").json()
    assert "4711" not in json.dumps(told)
    assert {"/livez", "/health/detailed", "unmatched", "screens"} <= set(told["routes"])
    assert told["routes"]["/livez"]["by_status"]["2xx"] > 0
    assert told["event_loop_lag_ms"]["max"] > 0


def test_metrics_are_as_prometheus_wants_them(monitor: Monitor) -> None:
    text = monitor.get("/metrics")
    assert text.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert promtool("check", "metrics", given=text.text) == ""
    assert 'lightbulb_service_up{group="",kind="http",service_id="good"} 1.0' in text.text
    other = monitor.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert other.headers["content-type"].startswith("application/openmetrics-text")
    assert other.text.endswith("# EOF\n")


def test_prometheus_scrapes_with_the_key_and_answers(monitor: Monitor) -> None:
    target = f"127.0.0.1:{monitor.app.port}"
    with running_prometheus(target, monitor.key, DEPLOY / "rules.yml") as prometheus:

        def is_told() -> bool:
            """Of one moment: where the program does not answer in time, Prometheus forgets all it told."""
            up, services = prometheus.query("up"), prometheus.query("lightbulb_services")
            shares = prometheus.query('lightbulb_availability_ratio{window="start"}')
            return (
                [each["value"][1] for each in up] == ["1"]
                and sum(int(each["value"][1]) for each in services) == 2
                and [0 < float(each["value"][1]) <= 1 for each in shares] == [True]
            )

        wait_until(is_told)


def test_rules_are_as_prometheus_wants_them() -> None:
    assert promtool("check", "rules", DEPLOY / "rules.yml") == ""


def test_dashboard_rules_and_docs_name_metrics_that_are_there(monitor: Monitor) -> None:
    exposed = {line.split()[2] for line in monitor.get("/metrics").text.splitlines() if line.startswith("# TYPE")}
    known = {f"{name}{suffix}" for name in exposed for suffix in ("", "_bucket", "_count", "_sum")}
    for file in ("rules.yml", "dashboard.json"):
        named = set(NAME.findall((DEPLOY / file).read_text()))
        assert len(named) > 5
        assert not named - known, file
    told = set(re.findall(r"^\| `(lightbulb_\w+)", (ROOT / "docs/health.md").read_text(), flags=re.MULTILINE))
    own = {name for name in exposed if name.startswith("lightbulb_")}
    assert told >= own
    # Of services that have such a thing.
    measured = ("certificate_remaining_seconds", "cpu_ratio", "memory_bytes")
    assert told - own == {f"lightbulb_service_{name}" for name in measured}


def test_database_that_takes_nothing_is_noticed_in_time(monitor: Monitor) -> None:
    wait_until(monitor.is_ready)
    with locked(monitor):
        wait_until(lambda: not monitor.is_ready())
        quickest = 60.0
        for _ in range(10):  # one of them in a moment that is not busy
            began = time.monotonic()
            answer = monitor.ready()
            quickest = min(quickest, time.monotonic() - began)
            if quickest < 3:
                break
        assert quickest < 3
        assert answer.json()["checks"]["database"] == "failing"
        assert set(answer.json()) == {"status", "checks"}
        assert httpx.get(f"{monitor.app.url}/livez").status_code == 200
        part = monitor.parts()["database"]
        assert part["status"] == "failing"
        assert "lightbulb.db" in part["words"]
    wait_until(monitor.is_ready)


def parts_in_need(monitor: Monitor, pid: int) -> dict[str, Any] | None:
    """What is told while the monitor is not ready; None when an engine with another pid is at work before."""
    for _ in range(600):
        is_ready, parts = monitor.is_ready(), monitor.parts()
        if not is_ready and parts["leader"]["status"] == "failing":
            return parts
        if is_ready and parts["engine"]["figures"].get("pid") not in (None, pid):
            return None
        select_pause()
    raise AssertionError("the death of an engine is not noticed")


def test_dead_engine_is_noticed_and_counters_go_on(monitor: Monitor) -> None:
    wait_until(monitor.is_ready)
    before, kills, parts = monitor.metrics(), 0, None
    while parts is None and kills < 5:  # a busy machine may look when there is a new one already
        pid = monitor.parts()["engine"]["figures"]["pid"]
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        kills += 1
        parts = parts_in_need(monitor, pid)
    assert parts is not None
    assert parts["engine"]["status"] in ("failing", "degraded")
    assert parts["leader"]["status"] == "failing"
    assert "nobody schedules" in parts["leader"]["words"]
    wait_until(monitor.is_ready)
    after = monitor.metrics()
    assert after["lightbulb_engine_restarts_total"] >= before["lightbulb_engine_restarts_total"] + kills
    assert after["lightbulb_results_committed_total"] >= before["lightbulb_results_committed_total"]
    assert after["lightbulb_checks_due_total"] >= before["lightbulb_checks_due_total"]
