"""From a service that goes down to what is told of it."""

import pytest
from sqlalchemy import delete, insert, select, update

from monitor_app.alerting.companion import AlertingCompanion
from monitor_app.alerting.telling import Telling
from monitor_app.domain.status import Status
from monitor_app.errors import DatabaseUnavailable, LeadershipLost
from monitor_app.models.channel import ChannelRow
from monitor_app.models.counter import ALERTING_RULES
from monitor_app.models.notification import NotificationRow
from monitor_app.models.silence import SilenceRow
from monitor_app.storage.alerts import alerts
from monitor_app.storage.incidents import incidents, order_split
from monitor_app.storage.services import delete_services, load_services_by_pk, raise_counter, update_service
from monitor_app.storage.sql_upkeep import SqlUpkeep
from tests.alerting_world import kinds, rules

silences = SilenceRow.__table__
channels = ChannelRow.__table__
notifications = NotificationRow.__table__


async def test_service_that_goes_down_is_told_once_and_so_is_its_recovery(world):
    (web,) = await world.add("web")
    assert await world.look() == []
    await world.fail(web, message="connection refused")
    (told,) = await world.look()
    assert (told.kind, told.severity) == ("fired", "critical")
    (alert,) = await world.alerts()
    assert (alert.state, alert.held_by, alert.cause) == ("firing", "", "connection refused")
    assert told.alert_pks == (alert.pk,)
    (incident,) = await world.incidents()
    assert (incident.title, incident.pk, incident.root_service_pk) == ("Web is down", told.incident_pk, web.pk)
    assert await world.look() == []
    await world.recover(web)
    assert kinds(await world.look()) == ["resolved"]
    (alert,) = await world.alerts()
    (incident,) = await world.incidents()
    assert alert.state == "resolved"
    assert incident.resolved_at is not None
    assert [entry.kind for entry in await world.entries(incident.pk)] == ["fired", "recovered", "resolved"]
    assert await world.wait(5) == []


async def test_nothing_is_written_while_nothing_happens(world):
    await world.add("web")
    await world.look()
    passes = world.companion.passes
    for _ in range(20):
        await world.look(1)
    assert world.companion.passes == passes


async def test_rule_that_has_to_hold_for_a_while_waits_for_it(world):
    await world.execute(update(rules).values(for_seconds=300))
    (web,) = await world.add("web")
    await world.fail(web)
    assert await world.look() == []
    (alert,) = await world.alerts()
    assert alert.state == "pending"
    assert await world.look(290) == []
    assert kinds(await world.look(11)) == ["fired"]


async def test_rule_that_is_added_later_counts_from_when_it_began_and_ends_when_it_is_changed(world):
    (web,) = await world.add("web")
    await world.fail(web)
    down_since = world.clock.now()
    await world.look(400)
    pk = await world.rule("Down for long", for_seconds=300)
    assert kinds(await world.look(1)) == ["joined"]
    late = (await world.alerts())[-1]
    assert abs((late.since - down_since).total_seconds()) < 1
    await world.look(100)
    degraded = {"type": "status", "statuses": ["degraded"]}
    await world.execute(update(rules).where(rules.c.pk == pk).values(condition=degraded))
    await world.look(1)
    late = (await world.alerts())[-1]
    assert (late.why_resolved, late.resolved_at) == ("the rule was changed", world.clock.now())


async def test_what_was_over_before_it_had_to_be_told_is_never_told(world):
    await world.execute(update(rules).values(for_seconds=300))
    (web,) = await world.add("web")
    await world.fail(web)
    await world.look()
    await world.recover(web)
    assert await world.wait(10) == []
    (alert,) = await world.alerts()
    assert (alert.state, alert.fired_at, alert.incident_pk) == ("resolved", None, None)


async def test_outage_that_came_and_went_between_two_looks_is_told(world):
    (web,) = await world.add("web")
    await world.look()
    await world.fail(web)
    await world.recover(web)
    assert kinds(await world.look()) == ["fired", "resolved"]


async def test_each_time_is_an_alert_of_its_own_and_no_acknowledgement_is_inherited(world):
    (web,) = await world.add("web")
    await world.fail(web)
    await world.look()
    acknowledged = {"acknowledged_at": world.clock.now(), "acknowledged_by": "ada"}
    await world.execute(update(alerts).values(acknowledged))
    assert kinds(await world.look()) == ["acknowledged"]
    await world.recover(web)
    await world.look(1)
    await world.fail(web)
    assert kinds(await world.look()) == ["fired"]
    first, second = await world.alerts()
    assert (first.acknowledged_by, second.acknowledged_by) == ("ada", "")


async def test_acknowledgement_is_told_once_and_its_end_is_written_down(world):
    (web,) = await world.add("web")
    await world.fail(web)
    await world.look()
    now = world.clock.now()
    until = now.replace(hour=now.hour + 1)
    await world.execute(update(incidents).values(acknowledged_at=now, acknowledged_by="ada", acknowledged_until=until))
    assert kinds(await world.look()) == ["acknowledged"]
    await world.restart()
    assert await world.wait(3) == []
    assert await world.look(3600) == []
    assert "expired" in [entry.kind for entry in await world.entries(1)]
    assert await world.wait(3) == []
    await world.execute(update(incidents).values(acknowledged_at=None, acknowledged_by="", acknowledged_until=None))
    assert kinds(await world.look()) == ["acknowledged"]


async def test_restart_between_the_commit_and_the_pass_loses_nothing_and_repeats_nothing(world):
    (web,) = await world.add("web")
    await world.look()
    await world.fail(web)
    await world.restart()
    assert kinds(await world.look()) == ["fired"]
    await world.restart()
    assert await world.wait(3) == []
    await world.recover(web)
    await world.restart()
    assert kinds(await world.look()) == ["resolved"]
    assert len(await world.alerts()) == 1


async def test_pass_that_fails_is_done_again_with_nothing_lost(world, monkeypatch):
    (web,) = await world.add("web")
    await world.look()
    await world.fail(web)

    async def fail(*_):
        raise DatabaseUnavailable("database test: switched off")

    with monkeypatch.context() as patch:
        patch.setattr(world.ear, "due", fail)
        with pytest.raises(DatabaseUnavailable):
            await world.look()
    assert await world.alerts() == []
    world.ear._open = []
    assert kinds(await world.look()) == ["fired"]
    assert len(await world.alerts()) == 1


async def test_engine_that_leads_no_more_writes_nothing(world):
    (web,) = await world.add("web")
    await world.look()
    await world.fail(web)
    await world.history.begin_epoch()
    with pytest.raises(LeadershipLost):
        await world.look()
    assert await world.alerts() == []


@pytest.mark.parametrize("what", ["paused", "deleted"])
async def test_service_that_is_watched_no_more_has_no_open_alert(world, what):
    (web,) = await world.add("web")
    await world.fail(web)
    await world.look()
    if what == "paused":
        await world.change(web, enabled=False)
    else:
        async with world.database.write() as conn:
            await delete_services(conn, [web.pk], world.clock.now())
            found = await load_services_by_pk(conn, [web.pk])
        await world.apply([found[web.pk]])
    assert kinds(await world.look()) == ["resolved"]
    (alert,) = await world.alerts()
    assert alert.why_resolved.startswith("no longer watched: ")
    assert what in alert.why_resolved


async def test_paused_service_that_is_still_down_when_it_is_resumed_is_told_anew(world):
    (web,) = await world.add("web")
    await world.fail(web)
    await world.look()
    paused = await world.change(web, enabled=False)
    await world.look()
    await world.change(paused, enabled=True)
    assert await world.wait(3) == []
    await world.fail(web)
    assert kinds(await world.look()) == ["fired"]


async def test_maintenance_holds_and_what_is_still_down_afterwards_is_told_after_fresh_checks(world):
    web, api = await world.add("web", "api")
    await world.fail(api)
    await world.look()
    for service in (web, api):
        await world.maintain(service, 600)
    assert await world.look() == []
    await world.report([web, api], Status.FAILED, 5)
    assert await world.wait(5) == []
    (alert,) = await world.alerts()
    assert (alert.state, alert.held_by) == ("firing", "maintenance")
    world.clock.advance(600)
    world.steward.end_maintenance()
    await world.flush()
    assert await world.wait(5) == []
    await world.fail(web, api)
    assert sorted(kinds(await world.look())) == ["fired", "unheld"]
    held, fresh = await world.alerts()
    assert (held.held_by, fresh.held_by) == ("", "")


async def test_silence_holds_until_its_end(world):
    (web,) = await world.add("web")
    now = world.clock.now()
    until = now.replace(hour=now.hour + 1)
    row = {"scope": {"service_pks": [web.pk]}, "rule_pk": None, "reason": "a move", "who": "ada"}
    await world.execute(insert(silences).values(row | {"starts_at": now, "ends_at": until, "created_at": now}))
    await world.fail(web)
    assert await world.look() == []
    (alert,) = await world.alerts()
    assert (alert.state, alert.held_by, alert.fired_at, alert.incident_pk) == ("firing", "silence", None, None)
    assert alert.held_why == f"silenced by ada until {until:%Y-%m-%d %H:%M} UTC: a move"
    await world.restart()
    assert await world.wait(2) == []
    assert kinds(await world.look(3600)) == ["fired"]


async def test_what_is_over_while_it_is_silenced_was_never_told(world):
    (web,) = await world.add("web")
    now = world.clock.now()
    row = {"scope": {}, "rule_pk": 1, "reason": "", "who": "ada", "starts_at": now, "created_at": now}
    await world.execute(insert(silences).values(row | {"ends_at": now.replace(hour=now.hour + 1)}))
    await world.fail(web)
    await world.look()
    await world.recover(web)
    assert await world.wait(3) == []


async def test_unknown_status_leaves_an_alert_as_it_is_and_makes_none(world):
    web, api = await world.add("web", "api")
    await world.fail(web)
    await world.look()
    await world.report([web, api], Status.UNKNOWN, 4)
    assert await world.wait(3) == []
    (alert,) = await world.alerts()
    assert alert.state == "firing"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("disable", "the rule was disabled"),
        ("delete", "the rule was deleted"),
        ("narrow", "the rule was changed"),
        ("other status", "the rule was changed"),
    ],
)
async def test_rule_that_is_gone_or_says_something_else_has_no_open_alert(world, change, why):
    (web,) = await world.add("web")
    await world.fail(web)
    await world.look()
    statements = {
        "disable": update(rules).values(enabled=False),
        "delete": delete(rules),
        "narrow": update(rules).values(scope={"tags": ["other"]}),
        "other status": update(rules).values(condition={"type": "status", "statuses": ["degraded"]}),
    }
    await world.execute(statements[change])
    assert kinds(await world.look()) == ["resolved"]
    (alert,) = await world.alerts()
    assert alert.why_resolved == why


async def test_new_rule_sees_what_is_down_already_and_a_worse_one_raises_the_incident(world):
    await world.execute(update(rules).values(severity="warning"))
    (web,) = await world.add("web")
    await world.fail(web)
    await world.look()
    await world.rule("Worse", severity="critical")
    assert kinds(await world.look()) == ["joined", "raised"]
    (incident,) = await world.incidents()
    assert incident.severity == "critical"
    await world.recover(web)
    assert kinds(await world.look()) == ["resolved"]


async def test_services_without_a_connection_are_incidents_of_their_own(world):
    web, api = await world.add("web", "api")
    await world.fail(web, message="refused")
    await world.fail(api, message="timed out")
    assert kinds(await world.look()) == ["fired", "fired"]
    assert len(await world.incidents()) == 2


async def test_same_words_at_the_same_time_are_one_incident(world):
    web, api, late = await world.add("web", "api", "late")
    await world.fail(web, message="no route to host 10.0.0.7")
    await world.look(20)
    await world.fail(api, message="no route to host 10.0.0.7")
    assert kinds(await world.look()) == ["joined"]
    await world.look(120)
    await world.fail(late, message="no route to host 10.0.0.7")
    assert kinds(await world.look()) == ["fired"]


async def test_people_merge_incidents(world):
    web, api = await world.add("web", "api")
    await world.fail(web, message="refused")
    await world.fail(api, message="timed out")
    await world.look()
    await world.execute(update(incidents).where(incidents.c.pk == 1).values(merged_into_pk=2))
    assert await world.look() == []
    first, second = await world.incidents()
    assert first.resolved_at is not None
    assert second.resolved_at is None
    # What they are together began with the first of them.
    assert second.started_at == first.started_at
    assert {alert.incident_pk for alert in await world.alerts()} == {2}
    await world.recover(web)
    assert kinds(await world.look()) == ["alert_resolved"]
    await world.recover(api)
    assert kinds(await world.look()) == ["resolved"]


async def test_what_is_split_off_again_takes_its_beginning_along(world):
    web, api = await world.add("web", "api")
    await world.fail(web, message="refused")
    await world.look()
    await world.wait(30)
    await world.fail(api, message="timed out")
    await world.look()
    began = (await world.incidents())[1].started_at
    await world.execute(update(incidents).where(incidents.c.pk == 1).values(merged_into_pk=2))
    await world.look()
    async with world.database.write() as conn:
        await raise_counter(conn, ALERTING_RULES)
        await order_split(conn, 2, [(await world.alerts())[0].pk], "ada", world.clock.now())
    await world.look()
    first, second, third = await world.incidents()
    assert (second.started_at, third.started_at) == (began, first.started_at)


async def test_circle_of_merges_changes_nothing(world):
    web, api = await world.add("web", "api")
    await world.fail(web, message="refused")
    await world.fail(api, message="timed out")
    await world.look()
    await world.execute(update(incidents).values(merged_into_pk=3 - incidents.c.pk))
    assert await world.wait(2) == []
    assert [incident.resolved_at for incident in await world.incidents()] == [None, None]


async def test_people_split_an_incident(world):
    web, api = await world.add("web", "api")
    await world.fail(web, message="refused")
    await world.fail(api, message="refused")
    await world.look()
    (incident,) = await world.incidents()
    second = (await world.alerts())[1]
    async with world.database.write() as conn:
        await raise_counter(conn, ALERTING_RULES)
        await order_split(conn, incident.pk, [second.pk], "ada", world.clock.now())
    assert await world.look() == []
    old, new = await world.incidents()
    assert (old.title, new.title) == ("Web is down", "Api is down")
    assert [alert.incident_pk for alert in await world.alerts()] == [old.pk, new.pk]
    assert next(iter(await world.entries(new.pk))).kind == "split"
    assert "split" in [entry.kind for entry in await world.entries(old.pk)]
    await world.recover(api)
    assert kinds(await world.look()) == ["resolved"]


async def test_old_alerts_and_incidents_go_after_a_year(world):
    (web,) = await world.add("web")
    await world.fail(web)
    await world.look()
    await world.recover(web)
    await world.look()
    await world.look(366 * 86400)
    assert (await world.alerts(), await world.incidents()) == ([], [])


async def test_events_whose_numbers_are_given_again_are_not_passed_over(world):
    """SQLite gives the highest numbers again when their rows went, as those of a purged service do."""
    web, gone = await world.add("web", "gone")
    await world.fail(gone)
    await world.look()
    async with world.database.write() as conn:
        await delete_services(conn, [gone.pk], world.clock.now(), is_purged=True)
        found = await load_services_by_pk(conn, [gone.pk])
    await world.apply([found[gone.pk]])
    await world.look()
    while await SqlUpkeep(world.database).purge_deleted_services(world.clock.now(), 100):
        pass
    await world.fail(web)
    assert kinds(await world.look()) == ["fired"]


async def test_message_of_what_nobody_follows_any_more_does_not_say_that_it_is_up(world):
    web, api = await world.add("web", "api")
    row = {"name": "c", "kind": "webhook", "config": {}, "templates": {}, "enabled": True, "is_default": True}
    now = world.clock.now()
    await world.execute(insert(channels).values(**row, last_error="", created_at=now, updated_at=now))
    world.companion = AlertingCompanion(world.desk, telling=Telling())
    await world.fail(web, message="refused")
    await world.look()
    await world.execute(update(rules).values(enabled=False))
    await world.look()
    await world.execute(update(rules).values(enabled=True, scope={"service_pks": [api.pk]}))
    await world.fail(api)
    await world.wait(60, 30)
    await world.recover(api)
    await world.wait(60, 30)
    async with world.database.read() as conn:
        found = await conn.execute(select(notifications.c.message).order_by(notifications.c.pk))
        told = [(message["kind"], message["note"]) for message in found.scalars()]
    assert told == [("fired", ""), ("resolved", "the rule was disabled"), ("fired", ""), ("resolved", "")]


async def test_maintenance_that_ends_early_resolves_nothing(world):
    (web,) = await world.add("web")
    await world.fail(web)
    await world.look()
    resting = await world.maintain(web, 600)
    assert await world.look() == []
    async with world.database.write() as conn:
        awake = await update_service(conn, resting.pk, {"maintenance": None, "updated_at": world.clock.now()})
    # The engine knows it, the log does not yet.
    world.steward.apply([awake])
    world.companion.changed([awake.pk])
    assert await world.look() == []
    await world.flush()
    assert await world.wait(2) == []
    (alert,) = await world.alerts()
    assert (alert.state, alert.held_by) == ("firing", "maintenance")
    await world.recover(web)
    assert kinds(await world.look()) == ["resolved"]


async def test_what_stays_unknown_after_a_maintenance_is_held_no_longer_than_a_result_may_take(world):
    (web,) = await world.add("web")
    await world.rule("Unknown", condition={"type": "status", "statuses": ["unknown"]})
    await world.report([web], Status.UNKNOWN, 3)
    assert kinds(await world.look()) == ["fired"]
    await world.maintain(web, 60)
    await world.wait(2)
    world.clock.advance(60)
    world.steward.end_maintenance()
    await world.flush()
    await world.report([web], Status.UNKNOWN, 3)
    await world.wait(2)
    (alert,) = await world.alerts()
    assert (alert.state, alert.held_why) == ("firing", "the maintenance is over; it is being checked")
    await world.wait(world.desk.patience_seconds(web.pk) + 2)
    (alert,) = await world.alerts()
    assert (alert.state, alert.held_by) == ("firing", "")


async def test_open_alert_follows_the_severity_and_the_name_of_its_rule(world):
    await world.execute(update(rules).values(severity="info"))
    (web,) = await world.add("web")
    await world.fail(web)
    await world.look()
    await world.execute(update(rules).values(severity="critical", name="Down"))
    (told,) = await world.look()
    assert (told.kind, told.severity) == ("raised", "critical")
    (alert,) = await world.alerts()
    assert (alert.severity, alert.rule_name) == ("critical", "Down")


async def test_merging_into_what_is_over_meanwhile_opens_it_again(world):
    web, api = await world.add("web", "api")
    await world.fail(web, message="refused")
    await world.fail(api, message="timed out")
    await world.look()
    await world.recover(api)
    await world.look()
    await world.execute(update(incidents).where(incidents.c.pk == 1).values(merged_into_pk=2))
    assert await world.look() == []
    first, second = await world.incidents()
    assert (first.resolved_at is None, second.resolved_at is None) == (False, True)
    assert "reopened" in [entry.kind for entry in await world.entries(2)]


async def test_incident_whose_alerts_were_taken_away_with_their_service_is_over(world):
    (web,) = await world.add("web")
    await world.fail(web)
    await world.look()
    async with world.database.write() as conn:
        await conn.execute(delete(alerts))
        await delete_services(conn, [web.pk], world.clock.now())
    await world.restart()
    assert kinds(await world.look()) == ["resolved"]
    (incident,) = await world.incidents()
    assert incident.resolved_at is not None
