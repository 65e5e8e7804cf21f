"""Services without results are told, once."""

import logging

import pytest

from monitor_app.engine.silence import NAMED_LIMIT, Silence

SILENT = "services have had no result for long"
BACK = "services have results again"


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.INFO)
    return lambda: [(record.message, record.fields["count"], record.fields["services"]) for record in caplog.records]


def test_service_without_a_result_for_three_intervals_and_its_deadline_is_told_once(clock, service, told):
    silence = Silence(clock)
    services = [service(1), service(2, status_config={"deadline_seconds": 60})]
    silence.look(services)
    for seconds in range(41):
        clock.advance(1)
        silence.look(services)
        assert len(told()) == (seconds >= 40)
    silence.look(services)
    assert told() == [(SILENT, 1, ["service-1"])]
    clock.advance(50)
    silence.look(services)
    assert told()[1:] == [(SILENT, 1, ["service-2"])]


def test_service_that_is_back_is_told_once(clock, service, told):
    silence = Silence(clock)
    silence.look([service(1)])
    clock.advance(100)
    silence.look([service(1)])
    silence.hear(1)
    silence.look([service(1)])
    silence.look([service(1)])
    assert told() == [(SILENT, 1, ["service-1"]), (BACK, 1, ["service-1"])]


def test_many_at_once_are_one_line(clock, service, told):
    silence = Silence(clock)
    services = [service(pk) for pk in range(1, 101)]
    silence.look(services)
    clock.advance(100)
    silence.look(services)
    ((_, number, names),) = told()
    assert (number, len(names)) == (100, NAMED_LIMIT)


def test_service_that_is_disabled_or_changed_is_no_news(clock, service, told):
    silence = Silence(clock)
    silence.look([service(1), service(2, interval_seconds=3600)])
    clock.advance(1000)
    silence.look([service(2, interval_seconds=3600)])
    silence.expect([2])
    silence.look([service(1), service(2, interval_seconds=5)])
    assert told() == []


def test_nonsense_for_a_deadline_is_left_to_the_check(clock, service, told):
    silence = Silence(clock)
    silence.look([service(1, status_config={"deadline_seconds": "many"})])
    clock.advance(41)
    silence.look([service(1, status_config={"deadline_seconds": "many"})])
    assert len(told()) == 1
