"""One page for one outage: what depends on what is down is held."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from monitor_app.domain.status import Status
from tests.alerting_world import kinds, rules


async def outage(world, count=3):
    """A database, and who depends on it; everything is well."""
    (database,) = await world.add("database")
    apps = await world.add(*(f"app-{number}" for number in range(count)))
    await world.depend([(app, database) for app in apps])
    assert await world.look() == []
    return database, apps


async def test_database_down_with_200_dependents_is_one_telling_that_names_them(world):
    database, apps = await outage(world, 200)
    await world.fail(*apps[:100])
    await world.report([database], Status.FAILED)
    told = await world.wait(3)
    await world.report([database], Status.FAILED, 2)
    told += await world.wait(3)
    await world.fail(*apps[100:])
    told += await world.wait(20)
    assert kinds(told) == ["fired"]
    (incident,) = await world.incidents()
    assert incident.title == "Database is down"
    alerts = await world.alerts()
    assert len(alerts) == 201
    assert {alert.incident_pk for alert in alerts} == {incident.pk}
    (cause,) = [alert for alert in alerts if alert.service_pk == database.pk]
    assert (cause.pk,) == told[0].alert_pks
    affects = cause.facts["affects"]
    assert (affects["count"], affects["failing"]) == (200, 100)
    assert affects["names"] == sorted((app.label for app in apps), key=str.casefold)
    held = [alert for alert in alerts if alert.service_pk != database.pk]
    assert {(alert.state, alert.held_by, alert.fired_at) for alert in held} == {("firing", "dependency", None)}
    assert {alert.held_why for alert in held} <= {
        "Database, on which it depends, is down",
        "Database, on which it depends, begins to fail",
    }
    await world.recover(database)
    told = await world.wait(2)
    await world.recover(*apps)
    told += await world.wait(3)
    assert kinds(told) == ["resolved"]
    assert all(alert.resolved_at is not None for alert in await world.alerts())


async def test_dependent_that_is_still_down_after_the_cause_fires_within_two_checks(world):
    database, (app, other) = await outage(world, 2)
    await world.fail(database)
    await world.look()
    await world.fail(app, other)
    await world.look()
    world.desk.asked.clear()
    await world.recover(database)
    assert await world.wait(2) == []
    assert set(world.desk.asked) == {app.pk, other.pk}
    await world.report([app], Status.FAILED)
    await world.recover(other)
    assert await world.wait(2) == []
    await world.report([app], Status.FAILED)
    assert kinds(await world.look()) == ["unheld"]
    (incident,) = await world.incidents()
    assert incident.title == "App-0 is down"
    await world.recover(app)
    assert kinds(await world.look()) == ["resolved"]


async def test_dependent_that_is_asked_no_more_fires_after_its_patience(world):
    database, (app,) = await outage(world, 1)
    await world.fail(database)
    await world.look()
    await world.fail(app)
    await world.look()
    await world.recover(database)
    assert await world.wait(2) == []
    assert kinds(await world.wait(200)) == ["unheld"]


async def test_dependencies_are_checked_at_once_before_a_dependent_fires(world):
    database, (app,) = await outage(world, 1)
    world.clock.advance(30)
    await world.fail(app)
    assert await world.look() == []
    assert world.desk.asked == [database.pk]
    (alert,) = await world.alerts()
    assert (alert.state, alert.held_why.partition(":")[0]) == ("pending", "making sure")
    await world.look(1)
    assert world.desk.asked == [database.pk]
    await world.report([database], Status.OK)
    assert kinds(await world.look(1)) == ["fired"]


async def test_dependency_that_has_no_result_in_time_holds_nothing(world):
    database, (app,) = await outage(world, 1)
    world.clock.advance(30)
    await world.fail(app)
    assert await world.wait(5) == []
    assert kinds(await world.wait(15)) == ["fired"]
    assert world.desk.asked.count(database.pk) == 1


async def test_failure_of_a_dependency_that_is_about_to_be_confirmed_holds(world):
    database, (app,) = await outage(world, 1)
    world.clock.advance(30)
    await world.fail(app)
    await world.look()
    await world.report([database], Status.FAILED)
    assert await world.wait(20) == []
    (alert,) = await world.alerts()
    assert (alert.held_by, alert.incident_pk) == ("dependency", None)
    # It was only for a moment: the dependent has itself to blame.
    await world.report([database], Status.OK)
    assert await world.wait(2) == []
    await world.report([app], Status.FAILED, 2)
    assert kinds(await world.look(1)) == ["fired"]


async def test_unknown_dependency_holds_nothing(world):
    database, (app,) = await outage(world, 1)
    await world.report([database], Status.UNKNOWN, 4)
    await world.fail(app)
    assert kinds(await world.wait(20)) == ["fired"]


async def test_cause_far_up_holds_as_well(world):
    switch, database, app = await world.add("switch", "database", "app")
    await world.depend([(app, database), (database, switch)])
    await world.fail(switch)
    await world.look()
    await world.fail(app, database)
    assert await world.wait(3) == []
    assert len(await world.incidents()) == 1
    assert {alert.incident_pk for alert in await world.alerts()} == {1}


async def test_cause_that_is_found_after_what_it_caused_gives_the_incident_its_name(world):
    switch, database = await world.add("switch", "database")
    await world.fail(database)
    await world.look()
    await world.depend([(database, switch)])
    await world.fail(switch)
    assert kinds(await world.look()) == ["joined"]
    (incident,) = await world.incidents()
    assert (incident.title, incident.root_service_pk) == ("Switch is down", switch.pk)
    assert "cause" in [entry.kind for entry in await world.entries(incident.pk)]


async def test_circle_holds_nobody(world):
    one, two, three = await world.add("one", "two", "three")
    await world.depend([(one, two), (two, three), (three, one)])
    await world.fail(one, two, three)
    told = await world.wait(3)
    assert kinds(told) == ["fired", "joined"]
    assert {pk for news in told for pk in news.alert_pks} == {1, 2, 3}


async def test_cause_that_no_rule_tells_of_holds_nothing_and_gives_the_incident_its_name(world):
    database, apps = await outage(world, 3)
    await world.execute(update(rules).values(scope={"service_pks": [app.pk for app in apps]}))
    await world.fail(database)
    assert await world.wait(2) == []
    await world.fail(*apps)
    assert kinds(await world.wait(20)) == ["fired", "joined"]
    (incident,) = await world.incidents()
    assert (incident.title, incident.root_service_pk) == ("Database is down", database.pk)


@pytest.mark.parametrize("is_down", [True, False])
async def test_dependency_in_maintenance_holds_only_while_it_is_found_down(world, is_down):
    database, (app,) = await outage(world, 1)
    await world.maintain(database, 600)
    await world.report([database], Status.FAILED if is_down else Status.OK)
    await world.fail(app)
    assert kinds(await world.wait(3)) == ([] if is_down else ["fired"])


async def test_dependent_that_was_told_before_stays_told(world):
    database, (app,) = await outage(world, 1)
    await world.fail(app)
    assert kinds(await world.wait(20)) == ["fired"]
    await world.fail(database)
    assert kinds(await world.wait(2)) == ["joined"]
    first, second = await world.alerts()
    assert (first.held_by, second.held_by) == ("", "")
    await world.recover(app)
    assert kinds(await world.wait(2)) == ["alert_resolved"]


async def test_restart_in_the_middle_goes_on_where_it_was(world):
    database, apps = await outage(world, 3)
    await world.fail(database)
    await world.look()
    await world.restart()
    await world.fail(*apps)
    assert await world.wait(3) == []
    await world.restart()
    assert await world.wait(3) == []
    await world.recover(database)
    await world.restart()
    assert await world.wait(2) == []
    await world.recover(*apps[1:])
    await world.report([apps[0]], Status.FAILED, 2)
    assert kinds(await world.wait(2)) == ["unheld"]
    assert world.clock.now() - (await world.incidents())[0].started_at < timedelta(minutes=1)


async def test_what_is_held_is_not_told_while_nothing_is_known_of_it(world):
    database, (app,) = await outage(world, 1)
    await world.fail(database)
    await world.look()
    await world.fail(app)
    await world.look()
    await world.report([app], Status.UNKNOWN, 4)
    await world.recover(database)
    assert await world.wait(300, 10) == []
    await world.report([app], Status.FAILED)
    assert await world.wait(3) == []
    await world.report([app], Status.FAILED, 2)
    assert kinds(await world.wait(3)) == ["unheld"]


async def test_composite_and_what_it_is_made_of_are_one_incident(world):
    one, two = await world.add("one", "two")
    (whole,) = await world.add("whole", kind="composite", status_config={"members": "one, two"})
    await world.fail(one, message="refused")
    assert kinds(await world.look()) == ["fired"]
    await world.fail(whole, message="1 of 2 is down")
    assert kinds(await world.look()) == ["joined"]
    await world.fail(two, message="timed out")
    assert kinds(await world.look()) == ["joined"]


async def test_dependent_that_is_about_to_recover_is_not_told(world):
    root, app = await world.add("root", "app")
    await world.depend([(app, root)])
    await world.look(30)
    await world.fail(root, app)
    assert kinds(await world.look()) == ["fired"]
    await world.recover(root)
    assert await world.look(1) == []
    world.clock.advance(1)
    await world.report([app], Status.FAILED)
    await world.report([app], Status.OK)
    assert await world.wait(5) == []
    await world.report([app], Status.OK)
    assert kinds(await world.look(1)) == ["resolved"]
    assert [alert.fired_at is None for alert in await world.alerts()] == [False, True]


async def test_only_checks_after_the_cause_came_back_for_good_count(world):
    root, app = await world.add("root", "app")
    await world.depend([(app, root)])
    await world.look(30)
    await world.fail(root, app)
    await world.look()
    await world.recover(root)
    assert await world.look(1) == []
    # What was under way in this moment says nothing of the time after it; the second one does.
    await world.report([app], Status.FAILED, 2)
    assert await world.look(1) == []
    await world.fail(root)
    await world.look(1)
    await world.recover(root)
    assert await world.look(1) == []
    world.clock.advance(1)
    await world.report([app], Status.FAILED)
    assert await world.look(1) == []
    await world.report([app], Status.FAILED)
    (told,) = await world.look(1)
    assert [alert.service_pk for alert in await world.alerts() if alert.pk in told.alert_pks] == [app.pk]


async def test_dependencies_are_checked_anew_each_time(world):
    root, app = await world.add("root", "app")
    await world.depend([(app, root)])
    for _ in range(2):
        await world.look(60)
        world.desk.asked.clear()
        await world.fail(app)
        assert await world.look() == []
        assert world.desk.asked == [root.pk]
        await world.report([root], Status.OK)
        assert kinds(await world.look(1)) == ["fired"]
        await world.recover(app)
        assert kinds(await world.look(1)) == ["resolved"]
