"""A thousand targets that never answer, and a hundred that do."""

import asyncio

from monitor_app.domain.status import Status
from tests.engine_process import add_services, lateness
from tests.servers.http import http_server, reply, silent


async def test_silent_targets_do_not_delay_healthy_ones(sqlite, sqlite_url, results, launch):
    """Each silent target is a host of its own, as 1000 dead machines are."""
    async with http_server("0.0.0.0") as dead, http_server() as alive:
        dead.on("/", silent)
        alive.on("/", reply(200))
        hosts = [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(1000)]
        await add_services(
            sqlite,
            {f"dead{number}": dead.url("/", host) for number, host in enumerate(hosts)},
            interval_seconds=5,
            deadline_seconds=4,
        )
        healthy = await add_services(
            sqlite, {f"alive{number}": alive.url("/") for number in range(100)}, interval_seconds=5
        )
        async with launch(sqlite_url) as engine:
            await engine.until_leader()
            await asyncio.sleep(8)
            assert await engine.stop() == 0
    times, statuses = results.seconds_by_service(), results.statuses()
    # The first check of each is made at once, outside its slots.
    delays = [delay for service in healthy for delay in lateness(service, times.get(service.pk, [])[1:])]
    assert {status for service in healthy for status in statuses[service.pk]} == {Status.OK}
    assert len(delays) >= 40
    # A machine that is busy with other tests may stop everything for a moment.
    assert sorted(delays)[len(delays) * 95 // 100] < 1.0
    assert dead.connections > 1200
