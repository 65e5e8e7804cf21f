"""Every metric there can be, from a process of which everything is known."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import Metric

from monitor_app.api.app import create_api
from monitor_app.api.metrics import ServiceMetrics, gathered
from monitor_app.api.stream import StreamStats
from monitor_app.domain.status import Status
from monitor_app.settings import load_settings
from monitor_app.state import runtime
from monitor_app.state.rows.hub import HubStats
from tests.asgi import get
from tests.board_rows import NOW, feed, result, service
from tests.own_scene import OwnScene
from tests.unit.api.people import running, with_key


class Streams:
    """As the hub of streams."""

    def stats(self) -> StreamStats:
        return StreamStats({"sse": 3, "websocket": 1}, refused=1, sent=2, dropped=3, slow_cut=4)


class Hub:
    """As the hub of rows."""

    def stats(self) -> HubStats:
        return HubStats(views=1, browsers=5, patches=0)


@dataclass
class Parts:
    """What the metrics read of a runtime."""

    board: Any
    hub: Any
    streams: Any


@pytest.fixture
def scene() -> OwnScene:
    made = OwnScene()
    made.own.requests.note("/api/things/{thing}", "GET", 200, 0.003)
    made.own.requests.note_exception("event")
    made.tell(due=200, finished=199, skipped=1, committed=199, by_status=[190, 0, 9, 0, 0, 0])
    return made


async def all_of(scene: OwnScene) -> dict[str, Metric]:
    families = await gathered(scene.own, Parts(scene.board, Hub(), Streams()))
    return {family.name: family for family in families}


def values(family: Metric) -> dict[str, float]:
    return {",".join(sample.labels.values()): sample.value for sample in family.samples}


async def test_names_are_ours_with_words_and_few_labels(scene: OwnScene) -> None:
    families = await all_of(scene)
    assert len(families) > 40
    for name, family in families.items():
        assert name.startswith("lightbulb_")
        assert family.documentation.endswith(".")
        assert len(family.samples) < 200
        assert {label for sample in family.samples for label in sample.labels} <= {
            "component", "kind", "le", "method", "reason", "route", "status", "version", "where", "window",
        }  # fmt: skip


async def test_figures_are_those_of_the_parts(scene: OwnScene) -> None:
    families = await all_of(scene)
    assert values(families["lightbulb_checks"])["failed"] == 9
    assert values(families["lightbulb_checks_due"]) == {"": 200}
    assert values(families["lightbulb_availability_ratio"])["1h"] == pytest.approx(0.995)
    assert values(families["lightbulb_services"])["unknown"] == 2
    assert values(families["lightbulb_services"])["stopped"] == 1
    assert values(families["lightbulb_stream_connections"]) == {"sse": 3, "websocket": 1}
    assert values(families["lightbulb_live_browsers"]) == {"": 5}
    assert values(families["lightbulb_unhandled_exceptions"]) == {"event": 1, "request": 0}
    requests = families["lightbulb_http_request_duration_seconds"]
    assert [sample.value for sample in requests.samples if sample.labels.get("le") == "0.0025"] == [0]
    assert [sample.value for sample in requests.samples if sample.labels.get("le") == "0.005"] == [1]


async def test_what_nobody_knows_here_is_left_out(scene: OwnScene) -> None:
    scene.engine.link = None
    families = await all_of(scene)
    assert "lightbulb_engine_up" not in families
    assert "lightbulb_checks_in_flight" not in families
    assert "lightbulb_services" in families


async def test_dead_engine_keeps_its_counters(scene: OwnScene) -> None:
    scene.link.pid = None
    families = await all_of(scene)
    assert values(families["lightbulb_engine_up"]) == {"": 0}
    assert values(families["lightbulb_results_committed"]) == {"": 199}
    assert "lightbulb_writer_queue_results" not in families


def test_services_are_told_up_to_a_limit(scene: OwnScene) -> None:
    feed(scene.board, [replace(result(1, 1, ms=20), metrics={"certificate_days": 2.0, "cpu_percent": 50.0})])
    families = {family.name: family for family in ServiceMetrics(2).gathered(scene.board, NOW + timedelta(seconds=5))}
    assert values(families["lightbulb_service_up"]) == {"service-1,,http": 1, "service-2,,http": 0}
    assert values(families["lightbulb_service_response_seconds"]) == {"service-1,,http": 0.02}
    assert values(families["lightbulb_service_check_age_seconds"]) == {"service-1,,http": 5}
    assert values(families["lightbulb_service_certificate_remaining_seconds"]) == {"service-1,,http": 172_800}
    assert values(families["lightbulb_service_cpu_ratio"]) == {"service-1,,http": 0.5}
    scene.board.apply_services([service(4)])
    [alone] = ServiceMetrics(2).gathered(scene.board, NOW)
    assert (alone.name, values(alone)) == ("lightbulb_service_metrics_truncated", {"": 1})


@pytest.fixture
def installed(scene: OwnScene) -> Iterator[runtime.Runtime]:
    with running(own_health=scene.own) as made:
        yield made


async def test_services_are_asked_for_by_a_setting(installed: runtime.Runtime) -> None:
    for is_wanted in (True, False):
        app = create_api(load_settings(metrics_services=is_wanted))
        text = (await get(app, "/metrics", with_key("viewer"))).text
        assert ("lightbulb_service_metrics_truncated" in text) is is_wanted


async def test_before_the_start_everything_says_so() -> None:
    app = create_api(load_settings())
    answer = await get(app, "/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "failing", "checks": {}})
    assert (await get(app, "/metrics", with_key("viewer"))).status_code == 503


async def test_wall_sees_problems_and_no_words_about_the_monitor(scene: OwnScene) -> None:
    scene.link.pid = None
    found = [result(1, 1, Status.DEGRADED, seconds=5), result(2, 2, Status.FAILED, seconds=30)]
    with running(own_health=scene.own) as made:
        made.board.apply_services([service(1), service(2, label="Shop"), service(3)])
        feed(made.board, found)
        answer = await get(create_api(load_settings()), "/monitoring/dashboard", with_key("viewer"))
    told = answer.json()
    assert [problem["label"] for problem in told["problems"]] == ["Shop", "Service 1"]
    assert told["downtimes"] == {"open": 1, "oldest_since": "2030-05-17T12:00:30.000Z"}
    assert told["counts"] == {"OK": 0, "DEGRADED": 1, "FAILED": 1, "STARTING": 0, "STOPPED": 0, "UNKNOWN": 1}
    assert told["uptime_24h"] == 50.0
    assert set(told["monitor"]["trouble"]) == {"engine", "leader", "scheduler", "writer", "requests", "checks"}
    assert "words" not in answer.text
