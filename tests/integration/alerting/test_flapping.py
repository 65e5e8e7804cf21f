"""A service that keeps changing is told once; and the monitor tells of itself."""

from datetime import timedelta

import pytest

from monitor_app.domain.status import Status
from tests.alerting_world import kinds


async def flap(world, service, times, minutes=2):
    """It goes down and comes back so often, each so long after the other; returns what is told."""
    told = []
    for number in range(times):
        await (world.recover(service) if number % 2 else world.fail(service))
        told += await world.look()
        await world.look(minutes * 60)
    return told


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_service_that_flaps_is_told_once_and_then_not_until_it_is_quiet(world, is_restarted):
    (web,) = await world.add("web")
    assert kinds(await flap(world, web, 4)) == ["fired", "resolved", "fired", "resolved"]
    if is_restarted:
        await world.restart()
    # Even numbers of changes leave it up.
    assert kinds(await flap(world, web, 10)) == ["fired"]
    *_, incident = await world.incidents()
    assert incident.title == "Web is flapping"
    (flapping,) = [alert for alert in await world.alerts() if alert.subject == "flapping"]
    assert (flapping.state, flapping.severity, flapping.rule_pk) == ("firing", "critical", None)
    if is_restarted:
        await world.restart()
    assert await world.wait(12 * 60, 30) == []
    assert kinds(await world.wait(5 * 60, 30)) == ["resolved"]
    assert all(alert.resolved_at is not None for alert in await world.alerts())
    # What comes later is news again.
    await world.fail(web)
    assert kinds(await world.look()) == ["fired"]
    assert (await world.incidents())[-1].title == "Web is down"


async def test_service_that_is_down_when_it_is_quiet_is_told(world):
    (web,) = await world.add("web")
    await flap(world, web, 4)
    assert kinds(await flap(world, web, 3)) == ["fired"]
    assert kinds(await world.wait(20 * 60, 30)) == ["alert_resolved", "unheld"]
    await world.recover(web)
    assert kinds(await world.look()) == ["resolved"]


async def test_four_changes_in_half_an_hour_are_no_flapping(world):
    (web,) = await world.add("web")
    await flap(world, web, 20, minutes=8)
    assert not [alert for alert in await world.alerts() if alert.subject == "flapping"]


async def test_dependents_of_what_flaps_are_held_and_do_not_flap(world):
    database, app = await world.add("database", "app")
    await world.depend([(app, database)])
    told = []
    for number in range(12):
        for service in (database, app):
            await (world.recover(service) if number % 2 else world.fail(service))
        told += await world.look()
        told += await world.wait(120, 10)
    assert [alert.service_pk for alert in await world.alerts() if alert.subject == "flapping"] == [database.pk]
    pks = {alert.pk for alert in await world.alerts() if alert.service_pk == app.pk}
    assert not pks & {pk for news in told for pk in news.alert_pks}


async def test_everything_is_held_while_the_monitor_is_offline_and_one_alert_says_so(world):
    web, api = await world.add("web", "api")
    await world.report([web, api], Status.FAILED, 2)
    world.desk.offline = world.clock.now()
    await world.report([web, api], Status.FAILED)
    assert await world.wait(50) == []
    assert {alert.held_by for alert in await world.alerts()} == {"offline"}
    told = await world.wait(20)
    assert kinds(told) == ["fired"]
    (incident,) = await world.incidents()
    assert incident.title == "the monitor itself has no network: nothing is known of any service"
    await world.restart()
    world.desk.offline = world.clock.now() - timedelta(seconds=60)
    assert await world.wait(3) == []
    world.desk.offline = None
    assert kinds(await world.look(1)) == ["resolved"]
    await world.recover(api)
    await world.report([web], Status.FAILED, 2)
    assert kinds(await world.wait(3)) == ["fired"]
    assert (await world.incidents())[-1].title == "Web is down"


async def test_everything_is_held_while_the_monitor_is_late(world):
    (web,) = await world.add("web")
    world.desk.late = "only 3 of 100 checks that were due have finished"
    await world.wait(2)
    await world.fail(web)
    assert await world.wait(30) == []
    assert kinds(await world.wait(40)) == ["fired"]
    (held, monitor) = await world.alerts()
    assert (held.held_by, monitor.subject) == ("offline", "monitor")
    assert monitor.cause == "the monitor itself is late: only 3 of 100 checks that were due have finished"


async def test_what_was_told_before_is_told_to_be_over_while_the_monitor_is_offline(world):
    (web,) = await world.add("web")
    await world.fail(web)
    await world.look()
    world.desk.offline = world.clock.now()
    await world.recover(web)
    assert kinds(await world.wait(3)) == ["resolved"]
