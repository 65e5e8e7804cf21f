"""Which alerts are one incident."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor_app.domain.alerting.alert import Alert
from monitor_app.domain.alerting.correlation import Correlation

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)
NEAR = {1: (2,), 2: (1,)}


def alert(pk, seconds=0, cause=""):
    since = NOON + timedelta(seconds=seconds)
    return Alert(pk, 1, "Down", pk, "service", "critical", "firing", since, cause, fired_at=since)


def known(*members):
    correlation = Correlation(lambda pk: NEAR.get(pk, ()))
    for member, incident_pk in members:
        correlation.add(member, incident_pk)
    return correlation


def found(correlation, one, causes=()):
    return correlation.find(one, one.since, causes)


def test_connected_services_at_about_the_same_time_are_one():
    correlation = known((alert(1), 10))
    assert found(correlation, alert(2, 60)) == 10
    assert found(correlation, alert(2, 61)) is None
    assert found(correlation, alert(3)) is None


def test_what_fires_at_the_same_time_is_one_although_it_began_earlier():
    correlation = known((replace(alert(1), fired_at=NOON + timedelta(hours=1)), 10))
    assert correlation.find(alert(2, 300), NOON + timedelta(hours=1)) == 10


def test_same_service_is_the_same_incident_however_late():
    assert found(known((alert(1), 10), (alert(1), 11)), alert(1, 9999)) == 11


def test_same_words_at_about_the_same_time_are_one():
    correlation = known((alert(1, cause="no route "), 10), (alert(4), 11))
    assert found(correlation, alert(3, 20, cause="no route")) == 10
    assert found(correlation, alert(3, 90, cause="no route")) is None
    assert found(correlation, alert(3, 20, cause="other")) is None
    assert found(correlation, alert(3, 20)) is None


def test_same_cause_that_no_rule_tells_of_is_one():
    correlation = Correlation(lambda pk: ())
    correlation.add(alert(1), 10, [9])
    assert found(correlation, alert(3), [9]) == 10


def test_what_is_about_no_service_is_alone():
    nobody = replace(alert(1, cause="offline"), service_pk=None, fired_at=None)
    correlation = known((nobody, 10))
    assert found(correlation, nobody) is None
    assert found(correlation, alert(1, cause="offline")) == 10
