"""The wall clock is set by an hour, back or forth: nothing that waits is late, early, lost or doubled by that."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from monitor_app.alerting.companion import AlertingCompanion
from monitor_app.alerting.telling import Telling
from monitor_app.alerting.watch import Watch
from monitor_app.domain.alerting.flapping import QUIET
from monitor_app.domain.status import Status
from monitor_app.models import NotificationRow
from monitor_app.storage.incidents import incidents
from tests.alerting_world import World, kinds, rules
from tests.telling import Stage, table

HOUR = timedelta(hours=1)
BOTH_WAYS = pytest.mark.parametrize("by", [-HOUR, HOUR], ids=["back", "forward"])
notifications = table(NotificationRow)


@pytest.fixture
async def settled(world: World) -> World:
    """It has been running for a while."""
    await world.look()
    await world.look(900)
    return world


async def told(world: World) -> list[tuple[str, str]]:
    """(channel, kind) of all that was put into the outbox."""
    async with world.database.read() as conn:
        chosen = select(notifications.c.channel_name, notifications.c.kind).order_by(notifications.c.pk)
        return [tuple(row) for row in await conn.execute(chosen)]


async def with_steps(world: World, *minutes: int) -> None:
    """One channel for each step of the default policy, and those who tell."""
    stage = Stage(world.database)
    names = [f"step {number}" for number, _ in enumerate(minutes, 1)]
    channels = [await stage.channel(name, is_default=False) for name in names]
    steps = [(after, "channel", channel) for after, channel in zip(minutes, channels, strict=True)]
    await stage.policy(*steps, is_default=True)
    world.companion = AlertingCompanion(world.desk, telling=Telling(), dispatcher=world.ear)
    await world.look()
    await world.look(900)


@BOTH_WAYS
async def test_rule_that_has_to_hold_for_a_while_waits_for_just_that(settled, by):
    await settled.execute(update(rules).values(for_seconds=300))
    (web,) = await settled.add("web")
    await settled.fail(web)
    await settled.look()
    await settled.wait(100, 10)
    settled.clock.set_wall_clock(by)
    assert await settled.wait(190, 10) == []
    assert kinds(await settled.wait(20, 10)) == ["fired"]
    (alert,) = await settled.alerts()
    assert (alert.fired_at - alert.since).total_seconds() == pytest.approx(300, abs=15)
    await settled.recover(web)
    assert kinds(await settled.look()) == ["resolved"]


async def test_what_begins_right_before_the_clock_is_set_back_is_not_waited_for(settled):
    await settled.execute(update(rules).values(for_seconds=60))
    (web,) = await settled.add("web")
    await settled.look()
    await settled.fail(web)
    settled.clock.set_wall_clock(-HOUR)
    assert kinds(await settled.wait(70, 10)) == ["fired"]


@BOTH_WAYS
async def test_steps_and_reminders_come_after_the_time_that_was_said(world, by):
    await with_steps(world, 0, 15)
    (web,) = await world.add("web")
    await world.fail(web)
    await world.wait(300, 60)
    assert await told(world) == [("step 1", "fired")]
    world.clock.set_wall_clock(by)
    await world.wait(540, 60)
    assert await told(world) == [("step 1", "fired")]
    await world.wait(120, 60)
    assert (await told(world))[1:] == [("step 2", "escalated")]
    await world.wait(3 * 3600, 1800)
    assert len(await told(world)) == 2
    await world.wait(3600, 1200)
    assert (await told(world))[2:] == [("step 1", "repeat"), ("step 2", "repeat")]


@BOTH_WAYS
async def test_acknowledgement_stops_the_steps_whenever_the_clock_was_set(world, by):
    await with_steps(world, 0, 15)
    web, api = await world.add("web", "api")
    await world.fail(web, message="refused")
    await world.wait(60, 10)
    world.clock.set_wall_clock(by)
    await world.wait(60, 10)
    mine = update(incidents).where(incidents.c.pk == 1)
    await world.execute(mine.values(acknowledged_at=world.clock.now(), acknowledged_by="ada"))
    await world.wait(3600, 60)
    assert await told(world) == [("step 1", "fired")]
    # What was acknowledged long before it got worse is not acknowledged, however the clock was set since.
    world.clock.set_wall_clock(-HOUR)
    await world.wait(30, 10)
    before = len(await told(world))
    await world.execute(update(rules).values(severity="warning"))
    await world.fail(api, message="slow")
    await world.look(61)
    await world.execute(update(incidents).where(incidents.c.pk == 2).values(
        acknowledged_at=world.clock.now(), acknowledged_by="ada"
    ))  # fmt: skip
    await world.look(10)
    world.clock.set_wall_clock(-HOUR)
    await world.look(10)
    await world.execute(update(rules).values(severity="critical"))
    await world.wait(1200, 60)
    assert ("step 2", "escalated") in (await told(world))[before:]


async def test_acknowledgement_that_was_moved_is_not_told_again(settled):
    (web,) = await settled.add("web")
    await settled.fail(web)
    await settled.look()
    until = settled.clock.now() + timedelta(minutes=30)
    values = {"acknowledged_at": settled.clock.now(), "acknowledged_by": "ada", "acknowledged_until": until}
    await settled.execute(update(incidents).values(values))
    assert kinds(await settled.look(1)) == ["acknowledged"]
    settled.clock.set_wall_clock(-HOUR)
    assert await settled.wait(1700, 100) == []
    (incident,) = await settled.incidents()
    assert incident.acknowledged_until == until - HOUR
    assert "expired" not in [entry.kind for entry in await settled.entries(1)]
    assert await settled.wait(300, 100) == []
    assert "expired" in [entry.kind for entry in await settled.entries(1)]


async def test_what_is_held_and_what_is_made_sure_of_wait_no_longer(settled):
    root, app = await settled.add("root", "app")
    await settled.depend([(app, root)])
    await settled.look(30)
    await settled.fail(app)
    assert await settled.look() == []
    settled.clock.set_wall_clock(-HOUR)
    # What it depends on is asked for anew: what is known of it was found before.
    settled.desk.asked.clear()
    assert kinds(await settled.wait(20)) == ["fired"]
    await settled.recover(app)
    await settled.look(1)
    await settled.fail(root, app)
    assert kinds(await settled.look(1)) == ["fired"]
    await settled.recover(root)
    assert await settled.look(1) == []
    settled.clock.set_wall_clock(-HOUR)
    await settled.look(1)
    await settled.report([app], Status.FAILED, 2)
    assert kinds(await settled.look(1)) == ["unheld"]


@BOTH_WAYS
async def test_flapping_ends_after_the_same_quiet(settled, by):
    (web,) = await settled.add("web")
    for _ in range(3):
        await settled.fail(web)
        await settled.look(30)
        await settled.recover(web)
        await settled.look(30)
    flapping = [alert for alert in await settled.alerts() if alert.subject == "flapping"]
    assert len(flapping) == 1
    settled.clock.set_wall_clock(by)
    await settled.wait(QUIET.total_seconds() - 120, 60)
    assert [one.subject for one in await settled.alerts() if one.resolved_at is None] == ["flapping"]
    await settled.wait(180, 60)
    assert [one.subject for one in await settled.alerts() if one.resolved_at is None] == []
    await settled.restart()
    assert await settled.wait(60, 10) == []


async def test_monitor_that_is_offline_says_so(settled):
    await settled.add("web")
    settled.desk.offline = settled.clock.now()
    await settled.look(5)
    settled.clock.set_wall_clock(-HOUR)
    assert kinds(await settled.wait(60, 5)) == ["fired"]


@BOTH_WAYS
async def test_messages_in_back_off_are_tried_after_the_same_time(settled, by):
    now = settled.clock.now()
    row = {"kind": "fired", "channel_name": "Mail", "message": {}, "why": "", "answer": "", "created_at": now}
    waiting = row | {"dedupe_key": "a", "state": "waiting", "attempts": 3, "claimed_by": ""}
    sending = row | {"dedupe_key": "b", "state": "sending", "attempts": 1, "claimed_by": "me"}
    async with settled.database.write() as conn:
        await conn.execute(insert(notifications).values(**waiting, due_at=now + timedelta(minutes=4)))
        await conn.execute(insert(notifications).values(**sending, claimed_until=now + timedelta(seconds=30)))
    settled.clock.set_wall_clock(by)
    await settled.look(1)
    async with settled.database.read() as conn:
        chosen = select(notifications.c.due_at, notifications.c.claimed_until).order_by(notifications.c.pk)
        first, second = (await conn.execute(chosen)).all()
    assert (first.due_at, second.claimed_until) == (now + by + timedelta(minutes=4), now + by + timedelta(seconds=30))


async def test_what_changes_with_time_alone_goes_on(settled):
    """Silence, shares of time and percentiles are judged by what was as long ago as before."""
    settled.companion = AlertingCompanion(
        settled.desk, telling=settled.ear, dispatcher=settled.ear, watch=Watch(settled.desk)
    )
    web, api = await settled.add("web", "api")
    await settled.rule("Silent", condition={"type": "no_data", "minutes": 10}, scope={"service_pks": [api.pk]})
    share = {"type": "share", "statuses": ["failed"], "share": 0.3, "span_minutes": 20}
    await settled.rule("Often", condition=share, scope={"service_pks": [web.pk]})
    slow = {"type": "response", "percentile": 95, "above_ms": 5, "span_minutes": 5}
    await settled.rule("Slow", condition=slow, scope={"service_pks": [web.pk]})
    await settled.report([web, api], Status.OK, 6)
    await settled.look(1)
    settled.clock.set_wall_clock(-HOUR)
    await settled.look(1)
    await settled.report([web], Status.OK, 6)
    await settled.fail(web)
    await settled.wait(1500, 15)
    fired = {one.rule_name: one for one in await settled.alerts() if one.fired_at is not None}
    assert fired.keys() >= {"Silent", "Often", "Slow"}
    assert max(one.since for one in fired.values()) <= settled.clock.now()


async def test_clock_that_was_set_back_while_nobody_looked_keeps_nothing_waiting(world):
    await with_steps(world, 0, 15)
    (web,) = await world.add("web")
    await world.fail(web)
    await world.wait(120, 60)
    await world.report([web], Status.FAILED)
    world.clock.set_wall_clock(-HOUR)
    await world.restart()
    for _ in range(2):  # once is enough, whoever begins anew
        world.companion = AlertingCompanion(world.desk, telling=Telling(), dispatcher=world.ear)
        await world.look(1)
        await world.report([web], Status.FAILED)
    assert await told(world) == [("step 1", "fired")]
    await world.wait(600, 60)
    assert await told(world) == [("step 1", "fired")]
    await world.wait(240, 60)
    assert await told(world) == [("step 1", "fired"), ("step 2", "escalated")]


async def test_clock_that_is_wrong_at_the_start_and_set_soon_puts_nothing_off(world):
    """As on a machine without a battery: what was written before was written by the right clock."""
    await with_steps(world, 0, 15)
    (web,) = await world.add("web")
    await world.fail(web)
    await world.wait(60, 10)
    world.clock.set_wall_clock(-8 * HOUR)
    await world.restart()
    world.companion = AlertingCompanion(world.desk, telling=Telling(), dispatcher=world.ear)
    await world.look(10)
    world.clock.set_wall_clock(8 * HOUR)
    await world.wait(900, 60)
    assert await told(world) == [("step 1", "fired"), ("step 2", "escalated")]
