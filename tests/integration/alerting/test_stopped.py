"""While a person has stopped all checks nobody is told of anything; afterwards of what still fails."""

from monitor_app.domain.status import Status
from tests.alerting_world import kinds

WHY = "all checks are stopped by ann: new disk"


async def test_alerts_are_held_while_all_checks_are_stopped(world):
    web, api = await world.add("web", "api")
    await world.report([web, api], Status.FAILED, 2)
    world.desk._stopped = lambda: WHY
    await world.report([web, api], Status.FAILED)
    assert await world.wait(120, 10) == []
    alerts = await world.alerts()
    assert {(alert.held_by, alert.held_why) for alert in alerts} == {("offline", WHY)}
    assert {alert.subject for alert in alerts} == {"service"}
    world.desk._stopped = str
    await world.look(1)
    await world.recover(api)
    await world.report([web], Status.FAILED, 2)
    assert kinds(await world.wait(3)) == ["fired"]
    assert (await world.incidents())[-1].title == "Web is down"
