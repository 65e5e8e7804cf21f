"""What rules beyond a plain status wait for, judged from the history and from what the engine commits."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor_app.alerting.watch import Watch
from monitor_app.domain.alerting.condition import parse_condition
from monitor_app.domain.alerting.rule import AlertRule
from monitor_app.domain.alerting.scope import EVERYTHING, Scope
from monitor_app.domain.changes import Batch, ServiceEvent
from monitor_app.domain.result import CheckResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import Breaker, ServiceState
from monitor_app.domain.status import Status
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.services import load_services
from tests.samples import NOON, add_services, result, start_recording

MINUTE = timedelta(minutes=1)


class HandClock:
    """Moved by tests."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOON).total_seconds()


class EngineOf:
    """The engine as a watch sees it: services that are in the database, states that a test sets."""

    def __init__(self, database: Database, services: Iterable[ServiceDefinition]) -> None:
        self.database, self.clock = database, HandClock()
        self.all = {service.pk: service for service in services}
        self.states: dict[int, ServiceState] = {}

    def services(self) -> Any:
        return iter(self.all.values())

    def state(self, pk: int) -> ServiceState | None:
        return self.states.get(pk)

    def patience_seconds(self, pk: int) -> float:
        return 130.0


def rule(pk: int, scope: Scope = EVERYTHING, **condition: Any) -> AlertRule:
    return AlertRule(pk, f"rule {pk}", True, "warning", parse_condition(condition), scope)


class World:
    """Two services with an hour of results, a minute apart, 20 ms each."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def live(self) -> None:
        self.shop, self.stock = await add_services(self.database, "shop", "stock")
        recorder = await start_recording(SqlHistory(self.database))
        for pk in (self.shop, self.stock):
            for minute in range(60, 0, -1):
                await recorder.record(result(pk, -60.0 * minute, response_ms=20.0))
        event = ServiceEvent(self.shop, NOON - 30 * MINUTE, "status_changed", "", "refused", Status.OK, Status.FAILED)
        back = ServiceEvent(self.shop, NOON - 10 * MINUTE, "status_changed", "", "", Status.FAILED, Status.OK)
        await SqlHistory(self.database).record(recorder.epoch, Batch([], [], [event, back], recorder.next_id + 1))
        self.number = recorder.next_id + 1
        async with self.database.read() as conn:
            self.engine = EngineOf(self.database, await load_services(conn))
        self.watch = Watch(self.engine)  # type: ignore[arg-type] # has all that a watch asks for

    def check(self, pk: int, status: Status = Status.OK, **found: Any) -> None:
        self.number += 1
        checked = CheckResult(pk, self.engine.clock.at, status, "", **found)
        self.watch.take(Batch([(self.number, checked)], [], [], self.number))

    def look(self, after: timedelta = MINUTE) -> dict[tuple[int, int], tuple[bool | None, str]]:
        self.engine.clock.at += after
        verdicts = self.watch.look(self.engine.clock.at)
        return {(each.rule_pk, each.service_pk): (each.holds, each.cause) for each in verdicts}


@pytest.fixture
async def world(database: Database) -> World:
    made = World(database)
    await made.live()
    return made


async def test_what_was_before_the_start_is_known(world: World) -> None:
    await world.watch.follow(
        [
            rule(1, type="response", percentile=95, above_ms=10, span_minutes=60),
            rule(2, type="share", statuses=["failed"], share=0.3, span_minutes=60),
            rule(3, type="metric", metric="response_ms", comparison=">", value=10, unit="ms"),
            rule(4, type="burn", target=0.999, window_days=30),
            rule(5, type="status", statuses=["failed"]),
        ]
    )
    found = world.look(timedelta())
    shop, stock = world.shop, world.stock
    assert found[1, shop] == found[1, stock] == (True, "p95 of the last hour is 19.72 ms, above 10 ms")
    assert found[2, shop] == (True, "down for 33.3 % of the last hour")
    assert found[3, stock][0] is True
    assert found[4, shop][0] is True
    assert found.keys() == {(1, shop), (1, stock), (2, shop), (3, shop), (3, stock), (4, shop)}
    assert world.look() == {}  # nothing new


async def test_only_changes_are_told_and_metrics_at_once(world: World) -> None:
    await world.watch.follow([rule(1, type="metric", metric="rows", comparison="<", value=1)])
    assert world.look() == {}
    world.check(world.shop, metrics={"rows": 0.0})
    assert world.look(timedelta(seconds=1)) == {(1, world.shop): (True, "rows is 0, below 1")}
    world.check(world.shop, metrics={"rows": 0.0})
    world.check(world.stock, metrics={"other": 3.0})
    assert world.look(timedelta(seconds=1)) == {}
    world.check(world.shop, metrics={"rows": 7.0})
    assert world.look(timedelta(seconds=1)) == {(1, world.shop): (False, "")}


async def test_silence_is_told_unless_somebody_paused_or_broke_the_circuit(world: World) -> None:
    await world.watch.follow([rule(1, type="no_data", minutes=5)])
    for pk in (world.shop, world.stock):
        world.engine.states[pk] = ServiceState(pk, Status.OK, NOON, NOON, None, "", result_id=1)
    assert world.look() == {(1, world.shop): (False, ""), (1, world.stock): (False, "")}
    world.check(world.stock)
    assert world.look(4 * MINUTE) == {(1, world.shop): (True, "no data for 6 minutes")}
    stock = world.engine.states[world.stock]
    opened = ServiceState(world.stock, Status.FAILED, NOON, NOON, None, "", result_id=1, breaker=Breaker("open"))
    world.engine.states[world.stock] = opened
    assert world.look(5 * MINUTE) == {}
    world.engine.states[world.stock] = ServiceState(world.stock, Status.STOPPED, NOON, NOON, None, "", result_id=1)
    assert world.look(5 * MINUTE) == {}
    world.engine.states[world.stock] = stock
    assert world.look(5 * MINUTE)[1, world.stock][0] is True
    world.check(world.shop)
    assert world.look()[1, world.shop] == (False, "")


async def test_what_is_forgotten_is_judged_by_the_next_result(world: World) -> None:
    await world.watch.follow([rule(1, type="metric", metric="rows", comparison="<", value=1)])
    world.check(world.shop, metrics={"rows": 0.0})
    assert world.look() == {(1, world.shop): (True, "rows is 0, below 1")}
    world.watch.forget([world.shop, 4711])
    assert world.look() == {}
    world.check(world.shop, metrics={"rows": 0.0})
    assert world.look() == {(1, world.shop): (True, "rows is 0, below 1")}


async def test_silence_counts_from_when_somebody_listens(world: World) -> None:
    world.engine.clock.at = NOON + 60 * MINUTE
    for pk in (world.shop, world.stock):
        world.engine.states[pk] = ServiceState(pk, Status.OK, NOON, NOON, None, "", result_id=1)
    world.watch = Watch(world.engine)  # type: ignore[arg-type] # begun anew after an hour
    await world.watch.follow([rule(1, type="no_data", minutes=5)])
    assert world.look(timedelta()) == {}
    world.check(world.shop)
    assert world.look() == {(1, world.shop): (False, "")}
    world.check(world.shop)
    assert world.look(4 * MINUTE) == {(1, world.stock): (True, "no data for 66 minutes")}
    paused_until = NOON + 200 * MINUTE
    resumed = ServiceState(world.shop, Status.STARTING, paused_until, paused_until, None, "", result_id=1)
    world.engine.clock.at, world.engine.states[world.shop] = paused_until, resumed
    assert world.look() == {}
    assert world.look(4 * MINUTE)[1, world.shop][0] is True


async def test_who_was_never_heard_of_is_not_heard_of_because_a_maintenance_ends(world: World) -> None:
    (job,) = await add_services(world.database, "job")
    async with world.database.read() as conn:
        world.engine.all = {service.pk: service for service in await load_services(conn)}
    starting = ServiceState(job, Status.STARTING, NOON, NOON, None, "", result_id=0)
    world.engine.states[job] = starting
    await world.watch.follow([rule(1, Scope(service_pks=(job,)), type="no_data", minutes=5)])
    assert world.look(6 * MINUTE) == {(1, job): (True, "no data for 6 minutes")}
    world.engine.states[job] = replace(starting, status=Status.STOPPED, since=NOON + 7 * MINUTE)
    assert world.look() == {}
    world.engine.states[job] = replace(starting, since=NOON + 8 * MINUTE)
    assert world.look() == {}
    world.check(job)
    assert world.look() == {(1, job): (False, "")}


async def test_a_rule_that_is_changed_is_judged_anew_and_one_that_stays_is_not_told_twice(world: World) -> None:
    slow = rule(1, type="metric", metric="response_ms", comparison=">", value=10)
    soon = rule(2, type="certificate_days", days=7)
    await world.watch.follow([slow, soon])
    assert world.look().keys() == {(1, world.shop), (1, world.stock)}
    only_shop = rule(1, Scope(service_pks=(world.shop,)), type="metric", metric="response_ms", comparison=">", value=10)
    await world.watch.follow([slow, rule(3, type="domain_days", days=1)])
    assert world.look() == {}
    await world.watch.follow([only_shop])
    assert world.look() == {(1, world.shop): (True, "response_ms is 20 ms, above 10 ms")}
    await world.watch.follow([])
    world.check(world.shop, response_ms=3.0)
    assert world.look() == {}


async def test_spans_go_on_with_what_is_committed(world: World) -> None:
    await world.watch.follow(
        [
            rule(1, type="response", percentile=50, above_ms=100, span_minutes=10),
            rule(2, type="share", statuses=["failed"], share=0.5, span_minutes=10),
        ]
    )
    first = world.look(timedelta())
    assert first[1, world.shop] == first[2, world.shop] == (False, "")
    event = ServiceEvent(world.shop, NOON, "status_changed", "", "refused", Status.OK, Status.FAILED)
    world.watch.take(Batch([], [], [event], world.number))
    told: list[tuple[int, int]] = []
    for _ in range(10):
        world.check(world.shop, response_ms=400.0)
        told += [key for key, (holds, _) in world.look().items() if holds]
    assert told == [(2, world.shop), (1, world.shop)]


async def test_deleted_services_are_forgotten_and_new_ones_watched(world: World) -> None:
    slow = rule(1, type="metric", metric="response_ms", comparison=">", value=10)
    await world.watch.follow([slow])
    world.look()
    stock = world.engine.all.pop(world.stock)
    await world.watch.follow([slow])
    world.check(world.stock, response_ms=1.0)
    assert world.look() == {}
    world.engine.all[world.stock] = stock
    await world.watch.follow([slow])
    assert world.look() == {(1, world.stock): (True, "response_ms is 20 ms, above 10 ms")}
