"""Services without results are told, once."""

import logging

import pytest

from monitor_app.engine.silence import NAMED_LIMIT, Silence

SILENT = "services have had no result for long"
BACK = "services have results again"


def patience(pk: int) -> float:
    """30 s, and for the second service 80 s."""
    return 80 if pk == 2 else 30


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.INFO)
    return lambda: [(record.message, record.fields["count"], record.fields["services"]) for record in caplog.records]


def test_service_without_a_result_for_long_is_told_once(clock, service, told):
    silence = Silence(clock, patience)
    services = [service(1), service(2)]
    silence.look(services)
    for seconds in range(31):
        clock.advance(1)
        silence.look(services)
        assert len(told()) == (seconds >= 30)
    silence.look(services)
    assert told() == [(SILENT, 1, ["service-1"])]
    for _ in range(10):
        clock.advance(5)
        silence.look(services)
    assert told()[1:] == [(SILENT, 1, ["service-2"])]


def test_service_that_is_back_is_told_once(clock, service, told):
    silence = Silence(clock, patience)
    silence.look([service(1)])
    clock.advance(100)
    silence.look([service(1)])
    silence.hear(1)
    silence.look([service(1)])
    silence.look([service(1)])
    assert told() == [(SILENT, 1, ["service-1"]), (BACK, 1, ["service-1"])]


def test_many_at_once_are_one_line(clock, service, told):
    silence = Silence(clock, patience)
    services = [service(pk) for pk in range(1, 101)]
    silence.look(services)
    clock.advance(100)
    silence.look(services)
    ((_, number, names),) = told()
    assert (number, len(names)) == (100, NAMED_LIMIT)


def test_service_that_is_disabled_or_changed_is_no_news(clock, service, told):
    silence = Silence(clock, lambda pk: 20.0 if pk == 1 else 7200.0)
    silence.look([service(1), service(2)])
    clock.advance(1000)
    silence.look([service(2)])
    silence.expect([2])
    assert silence.look([service(1), service(2)]) == {}
    assert told() == []


def test_those_who_became_silent_are_given_with_the_seconds_since(clock, service):
    silence = Silence(clock, patience)
    assert silence.look([service(1), service(2)]) == {}
    for _ in range(6):
        clock.advance(5)
        assert silence.look([service(1), service(2)]) == {}
    clock.advance(4)
    assert silence.look([service(1), service(2)]) == {1: pytest.approx(4)}
    clock.advance(5)
    assert silence.look([service(1), service(2)]) == {}


def test_who_was_silent_while_the_process_stood_still_gets_time_to_be_heard(clock, service, told):
    silence = Silence(clock, patience)
    for _ in range(5):
        silence.look([service(1)])
        clock.advance(5)
    clock.advance(8)  # nothing runs, not even the look
    assert silence.look([service(1)]) == {}
    clock.advance(5)
    assert silence.look([service(1)]) == {1: pytest.approx(8)}


def test_who_was_silent_for_much_longer_than_that_is_silent_at_once(clock, service, told):
    silence = Silence(clock, patience)
    silence.look([service(1)])
    clock.advance(3600)
    assert silence.look([service(1)]) == {1: pytest.approx(3570)}
