"""What is told of each part of the monitor, from what is known of it."""

import pytest

from monitor_app.domain.timings import Timings
from monitor_app.engine.own_health import Component, Written, worst
from tests.board_rows import feed, result
from tests.own_scene import NOW, OwnScene


@pytest.fixture
def scene() -> OwnScene:
    return OwnScene()


async def test_all_is_well(scene: OwnScene) -> None:
    scene.tell(due=200, finished=200)
    assert set((await scene.states()).values()) == {"ok"}
    assert await scene.own.ready() == {"database": True, "scheduler": True, "writer": True, "leader": True}


async def test_dead_engine(scene: OwnScene) -> None:
    scene.link.pid, scene.link.restarts = None, 4
    states = await scene.states()
    assert {states[name] for name in ("engine", "leader", "scheduler", "writer")} == {"failing"}
    assert "4 times" in await scene.words("engine")
    scene.link.restarts = 0
    assert await scene.words("engine") == "does not run; it is started again. The log tells why"
    ready = await scene.own.ready()
    assert not ready["scheduler"]
    assert ready["database"]


async def test_engine_that_says_nothing(scene: OwnScene) -> None:
    scene.clock.seconds += 16
    assert (await scene.states())["engine"] == "failing"
    assert "tells nothing" in await scene.words("engine")


async def test_engine_that_starts_is_not_ready_yet(scene: OwnScene) -> None:
    scene.link.is_leader, scene.link.started_at = False, 995.0
    states = await scene.states()
    assert (states["engine"], states["leader"]) == ("degraded", "failing")
    assert not all((await scene.own.ready()).values())


async def test_engine_of_another_process_schedules(scene: OwnScene) -> None:
    scene.link.is_leader = False
    states = await scene.states()
    assert (states["leader"], states["scheduler"]) == ("ok", "unknown")
    assert all((await scene.own.ready()).values())
    scene.is_fed = False
    assert (await scene.states())["leader"] == "failing"


async def test_process_without_an_engine_goes_by_the_database(scene: OwnScene) -> None:
    scene.engine.link = None
    assert await scene.own.ready() == {"database": True, "board": True}
    assert "unknown here" in await scene.words("scheduler")
    scene.staleness = 11
    assert await scene.own.ready() == {"database": True, "board": False}


async def test_scheduler_that_stands_still(scene: OwnScene) -> None:
    scene.tell(tick_age=11.0)
    assert (await scene.states())["scheduler"] == "failing"


@pytest.mark.parametrize(("seconds", "state"), [(9, "ok"), (11, "degraded"), (61, "failing")])
async def test_results_that_wait_for_the_database(scene: OwnScene, seconds: float, state: str) -> None:
    scene.tell(oldest_waiting=seconds, results_waiting=500)
    assert (await scene.states())["writer"] == state


async def test_dropped_results_are_told(scene: OwnScene) -> None:
    scene.tell(dropped=3)
    assert "3 results were dropped" in await scene.words("writer")


async def test_database_that_takes_nothing(scene: OwnScene) -> None:
    scene.written = Written(2.0, "database x: the disk is full")
    assert await scene.words("database") == "database x: the disk is full"
    assert not (await scene.own.ready())["database"]


async def test_monitor_without_a_network(scene: OwnScene) -> None:
    scene.offline_since = NOW
    assert (await scene.states())["network"] == "degraded"
    assert not scene.own.has_network()


async def test_configuration_files_that_cannot_be_applied(scene: OwnScene) -> None:
    assert "configuration" not in await scene.states()
    scene.own.config_error = lambda: ""
    assert (await scene.states())["configuration"] == "ok"
    scene.own.config_error = lambda: "services.yaml:3: password: must be ..."
    assert (await scene.states())["configuration"] == "degraded"
    assert "password" not in await scene.words("configuration")


async def test_share_below_the_target_of_enough_checks_is_bad(scene: OwnScene) -> None:
    scene.tell(due=50, finished=40)
    assert (await scene.states())["checks"] == "ok"
    scene.tell(due=2000, finished=1990)
    assert (await scene.states())["checks"] == "degraded"
    assert "99.50%" in await scene.words("checks")


async def test_checks_that_no_engine_did_are_missed(scene: OwnScene) -> None:
    scene.tell(due=100, finished=100)
    scene.link.pid = None
    scene.clock.seconds += 60
    scene.engine.look()
    work = scene.own.availability()["since_start"]
    assert scene.engine.expected_per_second() == pytest.approx(1 / 60 + 1 / 10)
    assert work.due == pytest.approx(107)
    assert work.finished == 100


async def test_checks_that_another_process_did_are_not(scene: OwnScene) -> None:
    scene.tell(due=100, finished=100)
    scene.engine.look()
    scene.link.is_leader = False
    scene.clock.seconds += 60
    feed(scene.board, [result(1, 1)])
    scene.engine.look()
    assert scene.own.availability()["since_start"].due == 100


async def test_counters_outlive_the_engine(scene: OwnScene) -> None:
    scene.tell(committed=10, by_status=[10, 0, 0, 0, 0, 0], commit=Timings.of([1] + [0] * 60, 0.1, 0.1).wire())
    scene.tell(epoch=2, committed=1, by_status=[0, 0, 1, 0, 0, 0], commit=Timings.of([2] + [0] * 60, 0.2, 0.1).wire())
    assert scene.engine.counts()["committed"] == 11
    assert scene.engine.counts()["by_status"] == [10, 0, 1, 0, 0, 0]
    assert scene.engine.timings("commit").count == 3


async def test_exception_is_told_for_an_hour(scene: OwnScene) -> None:
    scene.own.requests.note("/x", "GET", 200, 0.1)
    scene.own.requests.note_exception("request")
    assert (await scene.states())["requests"] == "degraded"
    assert scene.own.exceptions_per_thousand() == 1000
    scene.clock.seconds += 3601
    assert (await scene.states())["requests"] == "ok"


async def test_parts_remember_since_when(scene: OwnScene) -> None:
    began = scene.clock.now()
    await scene.own.components()
    scene.clock.seconds += 100
    scene.written = Written(2.0, "gone")
    parts = {part.name: part for part in await scene.own.components()}
    assert scene.own.since(parts["board"]) == began
    assert scene.own.since(parts["database"]) == scene.clock.now()


def test_whole_is_as_its_worst_part() -> None:
    parts = [Component("a", "unknown", ""), Component("b", "ok", "")]
    assert worst(parts) == "ok"
    assert worst([*parts, Component("c", "degraded", "")]) == "degraded"
    assert worst([*parts, Component("c", "degraded", ""), Component("d", "failing", "")]) == "failing"
    assert worst(parts[:1]) == "ok"
