"""A thousand dead targets beside a hundred healthy ones, and sixty dead names beside a healthy one."""

import os

import pytest

from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from tests.engine_process import add_services, lateness
from tests.integration.drills.conftest import AtPace, Launch
from tests.invariants import (
    Past,
    must_be_sound,
    must_hold_acknowledged,
    must_not_be_unknown,
    must_not_miss_slots,
    read_past,
)
from tests.paces import at_paces
from tests.servers.dns import name_server
from tests.servers.http import http_server, reply, silent
from tests.servers.tcp import closed_port
from tests.tuned_engine import Tuning

IS_LONG = os.environ.get("DRILL") == "1"
# Generous: the machine may be busy with other tests. Less than one dead target takes.
LATE_SECONDS = 1.9
# No interval becomes longer than 15 s: a longer one has room for checks between two slots, to confirm a failure.
PACES = (1, 2, 3)


def latest(past: Past, healthy, share: float) -> float:
    """So late began this share of the checks that were made in their slots; the first of each is made at once."""
    delays = sorted(
        delay
        for service in healthy
        for delay in lateness(service, [result.checked_at.timestamp() for result in past.results[service.pk][1:]])
    )
    assert len(delays) >= len(healthy)
    return delays[int(len(delays) * share)]


@pytest.mark.drill
@pytest.mark.timeout(900)
@at_paces(*PACES)
async def test_dead_targets_are_down_once_and_delay_nobody(sqlite_at: AtPace, launch: Launch, pace: int) -> None:
    """Each is a host of its own. Half of them never answer, nobody listens at the others."""
    sqlite, sqlite_url = sqlite_at(pace)
    count, interval = (1000, 5 * pace) if IS_LONG else (300, 3 * pace)
    rules = {"deadline_seconds": 2 * pace, "failures_to_fail": 2, "breaker_failures": 2, "breaker_seconds": 300}
    async with http_server("0.0.0.0") as dead, http_server() as alive, http_server() as beside:
        dead.on("/", silent)
        alive.on("/", reply(200))
        hosts = [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(count)]
        refused = closed_port()
        urls = {
            f"dead{number}": dead.url("/", host) if number % 2 else f"http://{host}:{refused}/"
            for number, host in enumerate(hosts)
        }
        healthy = await add_services(
            sqlite, {f"alive{number}": alive.url("/") for number in range(100)}, interval_seconds=interval
        )
        canary = f"127.0.0.1:{beside.port}"
        async with launch(sqlite_url, Tuning(merge_seconds=1), CANARY_ADDRESSES=canary) as engine:
            # Most of what fails before the canary has answered would be taken for the monitor's own network.
            await engine.until_committed(len(healthy))
            await engine.until(lambda _: beside.connections)
            gone = await add_services(sqlite, urls, interval_seconds=interval, **rules)
            # Two results of each dead one, and as long as that of the others.
            await engine.until_committed(count * 2 + 200, seconds=400)
            told = engine.committed
            await engine.until_committed(told + 100)
            assert await engine.stop() == 0
    past = await read_past(sqlite, [*gone, *healthy])
    must_hold_acknowledged(past, engine, 0)
    await must_be_sound(past)
    must_not_be_unknown(past)
    assert past.statuses(healthy) == {Status.OK}
    assert latest(past, healthy, 0.99 if IS_LONG else 0.95) < LATE_SECONDS * pace
    assert past.statuses(gone) == {Status.FAILED}
    for service in gone:
        state: ServiceState = past.states[service.pk]
        assert (state.status, state.breaker.phase, len(past.results[service.pk])) == (Status.FAILED, "open", 2)
        (downtime,) = past.downtimes[service.pk]
        assert downtime.ended_at is None
        assert downtime.started_at == past.results[service.pk][0].checked_at


@pytest.mark.drill
@at_paces(*PACES)
async def test_dead_names_make_nobody_late_or_slow(sqlite_at: AtPace, launch: Launch, pace: int) -> None:
    sqlite, sqlite_url = sqlite_at(pace)
    async with name_server() as names, http_server() as alive:
        alive.on("/", reply(200))
        names.records["alive.test"] = ["127.0.0.1"]
        names.ttl_seconds = 0
        dead = [f"dead{number}.test" for number in range(60)]
        names.silent.update(dead)
        gone = await add_services(
            sqlite, {name: f"http://{name}/" for name in dead}, interval_seconds=3 * pace, deadline_seconds=pace
        )
        (healthy,) = await add_services(sqlite, {"alive": alive.url("/", "alive.test")}, interval_seconds=pace)
        async with launch(sqlite_url, Tuning(name_servers=(names.address,))) as engine:
            await engine.until_committed(400 if IS_LONG else 90)
            assert await engine.stop() == 0
        asked = names.questions.total()
    past = await read_past(sqlite, [*gone, healthy])
    must_hold_acknowledged(past, engine, 0)
    assert asked > 60
    # Nobody answers for these names: that is our name server's failure, and no word on the services.
    assert past.statuses(gone) <= {Status.UNKNOWN, Status.STARTING}
    assert all(past.downtimes[service.pk] == [] for service in gone)
    assert past.statuses([healthy]) == {Status.OK}
    results = past.results[healthy.pk]
    assert latest(past, [healthy], 0.9) < LATE_SECONDS * pace
    response_ms = sorted(result.response_ms for result in results if result.response_ms is not None)
    assert response_ms[len(response_ms) // 2] < 900 * pace  # a dead name takes a second
    must_not_miss_slots(past, [healthy], besides=1 + engine.stats["skipped"] + engine.stats["interrupted"])
