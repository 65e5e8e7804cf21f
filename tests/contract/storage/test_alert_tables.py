"""Alerts, incidents and how far alerting has come, on both databases."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert, update

from monitor_app.domain.alerting.alert import Alert
from monitor_app.domain.alerting.incident import Entry, Incident
from monitor_app.domain.alerting.scope import Scope
from monitor_app.domain.changes import Batch, ServiceEvent
from monitor_app.domain.status import Status
from monitor_app.models.alert_rule import AlertRuleRow
from monitor_app.models.silence import SilenceRow
from monitor_app.storage.alert_rules import load_rules
from monitor_app.storage.alerting_position import (
    AlertingPosition,
    follow_deleted_events,
    load_status_changes,
    read_alerting_position,
    rules_revision,
    write_alerting_position,
)
from monitor_app.storage.alerts import (
    insert_alerts,
    load_changed_since,
    load_open_alerts,
    purge_alerts,
    update_alerts,
)
from monitor_app.storage.history.changes import service_events
from monitor_app.storage.incidents import (
    finish_split,
    insert_entries,
    insert_incidents,
    load_incidents,
    load_open_incidents,
    load_split_orders,
    move_alerts,
    order_split,
    purge_incidents,
    update_incidents,
)
from monitor_app.storage.silences import load_active
from tests.alerting_world import World, kinds
from tests.samples import NOON, add_services

rules = AlertRuleRow.__table__
silences = SilenceRow.__table__


def alert(pk, incident_pk=None, **changes):
    made = Alert(0, 1, "A service is down", pk, "service", "critical", "firing", NOON, incident_pk=incident_pk)
    return replace(made, **changes)


async def test_alerts_are_kept_as_they_are_until_a_year_after_their_end(database):
    one, two = await add_services(database, "one", "two")
    hostile = alert(one, cause="no\0route \ud800" + "x" * 600, facts={"affects": {"names": ["Ü"]}})
    async with database.write() as conn:
        pks = await insert_alerts(conn, [hostile, alert(two)], 5)
        assert pks == sorted(pks)
        assert await insert_alerts(conn, [], 5) == []
        first, second = await load_open_alerts(conn)
        assert first == replace(hostile, pk=pks[0], cause=first.cause)
        assert first.cause.startswith("no\N{REPLACEMENT CHARACTER}route ?")
        assert len(first.cause) == 500
        over = replace(second, state="resolved", resolved_at=NOON + timedelta(minutes=5), why_resolved="it is over")
        await update_alerts(conn, [over], 6)
        await update_alerts(conn, [], 6)
        assert await load_open_alerts(conn) == [first]
        assert await load_changed_since(conn, NOON + timedelta(minutes=1)) == [over]
        # A rule has one open alert of a service; what is over is none.
        assert await insert_alerts(conn, [alert(two)], 7) == [pks[1] + 1]
        assert await purge_alerts(conn, NOON + timedelta(minutes=5), 10) == 0
        assert await purge_alerts(conn, NOON + timedelta(minutes=6), 10) == 1


async def test_incidents_are_merged_split_and_purged(database):
    one, two = await add_services(database, "one", "two")
    incident = Incident(0, "One is down", "critical", NOON, one, "refused")
    async with database.write() as conn:
        first, second = await insert_incidents(conn, [incident, replace(incident, title="Two")], 5)
        assert await insert_incidents(conn, [], 5) == []
        pks = await insert_alerts(conn, [alert(one, first), alert(two, first)], 5)
        await insert_entries(conn, [Entry(first, NOON, "fired", "x\0", one, "ada", {"alert_pk": pks[0]})])
        await order_split(conn, first, pks[1:], "ada", NOON)
        ((entry_pk, order),) = await load_split_orders(conn)
        assert (order.incident_pk, order.who, order.facts) == (first, "ada", {"alert_pks": pks[1:]})
        await finish_split(conn, entry_pk, "done")
        assert await load_split_orders(conn) == []
        await move_alerts(conn, first, second, 6)
        assert {each.incident_pk for each in await load_open_alerts(conn)} == {second}
        over = replace(incident, pk=first, resolved_at=NOON)
        await update_incidents(conn, [over], 6)
        assert [each.pk for each in await load_open_incidents(conn)] == [second]
        assert await load_incidents(conn, [first]) == [over]
        assert await purge_incidents(conn, NOON + timedelta(days=1), 10) == 1
        assert await load_incidents(conn, [first]) == []


async def test_incident_with_an_alert_that_is_kept_is_kept(database):
    (one,) = await add_services(database, "one")
    async with database.write() as conn:
        (pk,) = await insert_incidents(conn, [Incident(0, "x", "info", NOON, resolved_at=NOON)], 5)
        await insert_alerts(conn, [alert(one, pk)], 5)
        assert await purge_incidents(conn, NOON + timedelta(days=1), 10) == 0


async def test_position_goes_back_with_the_events_that_are_deleted(database, history):
    (pk,) = await add_services(database, "one")
    epoch = await history.begin_epoch()
    changed = ServiceEvent(pk, NOON, "status_changed", "", "refused", Status.OK, Status.FAILED)
    await history.record(epoch, Batch([], [], [changed, replace(changed, kind="breaker_opened"), changed], 1))
    async with database.write() as conn:
        found = await load_status_changes(conn, 0)
        assert [(each.service_pk, each.before, each.after) for each in found] == [(pk, Status.OK, Status.FAILED)] * 2
        reached = AlertingPosition(found[-1].id, {"expired": [4]})
        await write_alerting_position(conn, reached)
        await follow_deleted_events(conn)
        assert await read_alerting_position(conn) == reached
        assert await load_status_changes(conn, reached.event_id) == []
        await conn.execute(service_events.delete().where(service_events.c.id > found[0].id))
        await follow_deleted_events(conn)
        assert await read_alerting_position(conn) == replace(reached, event_id=found[0].id)
        await conn.execute(service_events.delete())
        await follow_deleted_events(conn)
        assert (await read_alerting_position(conn)).event_id == 0


async def test_rules_and_silences_that_nobody_understands_are_left_out(database):
    row = {"rule_pk": None, "reason": "", "who": "ada", "created_at": NOON, "starts_at": NOON}
    async with database.write() as conn:
        (default,) = await load_rules(conn)
        assert (default.name, default.is_default, default.severity) == ("A service is down", True, "critical")
        await conn.execute(update(rules).values(condition={"type": "nonsense"}))
        assert await load_rules(conn) == []
        for scope, hours in (({"tags": ["a"]}, 1), ({"nonsense": 1}, 1), ({}, -1)):
            await conn.execute(
                insert(silences).values(row | {"scope": scope, "ends_at": NOON + timedelta(hours=hours)})
            )
        (silence,) = await load_active(conn, NOON)
        assert silence.scope == Scope(tags=("a",))
        assert await rules_revision(conn, is_locked=True) == await rules_revision(conn)


async def test_outage_is_told_from_its_begin_to_its_end(database):
    """All of alerting's own statements, once on each database."""
    world = await World.begin(database)
    root, app, web = await world.add("root", "app", "web")
    await world.depend([(app, root)])
    await world.fail(root)
    assert kinds(await world.look()) == ["fired"]
    await world.fail(app, web)
    assert kinds(await world.look()) == ["fired"]
    await world.restart()
    await world.recover(root, app, web)
    assert kinds(await world.wait(2)) == ["resolved", "resolved"]
    assert world.rung == sorted(set(world.rung))
