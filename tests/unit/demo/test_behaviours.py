"""What the demo's servers answer, moment by moment, and what the catalogue promises."""

import pytest

from monitor_app.demo.behaviours import BLINK_SECONDS, DEGRADE_SECONDS, FLAP_SECONDS, REDIRECT_TO, answer_at
from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.demo_catalogue import CATALOGUE, Behaviour, DemoService
from monitor_app.use_cases.service_input import validate

IDS = {service.path: f"service-{number}" for number, service in enumerate(CATALOGUE)}


def of(behaviour: Behaviour) -> DemoService:
    return next(service for service in CATALOGUE if service.behaviour is behaviour)


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        (Behaviour.HEALTHY, 200),
        (Behaviour.SLOW, 200),
        (Behaviour.UNAVAILABLE, 503),
        (Behaviour.BROKEN, 500),
        (Behaviour.MISSING, 404),
        (Behaviour.REDIRECTING, 302),
    ],
)
def test_each_behaviour_has_its_status(behaviour: Behaviour, status: int) -> None:
    assert answer_at(of(behaviour), "/", 0).status == status


def test_flapping_service_is_down_for_the_last_third_of_its_cycle() -> None:
    statuses = [answer_at(of(Behaviour.FLAPPING), "/", second).status for second in range(int(2 * FLAP_SECONDS))]
    assert statuses == ([200] * 60 + [503] * 30) * 2


def test_blinking_service_is_not_down_long_enough_to_be_confirmed() -> None:
    statuses = [answer_at(of(Behaviour.BLINKING), "", second).status for second in range(int(BLINK_SECONDS))]
    assert statuses == [200] * 56 + [503] * 14


def test_degrading_service_gets_slower_until_it_starts_over() -> None:
    delays = [answer_at(of(Behaviour.DEGRADING), "/", second).delay_seconds for second in range(int(DEGRADE_SECONDS))]
    assert delays == sorted(delays)
    assert delays[0] < 0.1
    assert 2.0 < delays[-1] < of(Behaviour.DEGRADING).deadline_seconds
    assert answer_at(of(Behaviour.DEGRADING), "/", DEGRADE_SECONDS).delay_seconds == delays[0]


def test_redirect_ends_somewhere() -> None:
    assert answer_at(of(Behaviour.REDIRECTING), "/", 0).location == REDIRECT_TO
    assert answer_at(of(Behaviour.REDIRECTING), REDIRECT_TO, 0).status == 200


def test_silent_service_answers_after_any_deadline() -> None:
    assert answer_at(of(Behaviour.SILENT), "/", 0).delay_seconds > 120


def test_every_demo_service_is_a_valid_service_of_its_own() -> None:
    registry = KindRegistry()
    valid = [validate(registry, service.values(service.url(1024), IDS)) for service in CATALOGUE]
    assert len({service.path for service in CATALOGUE}) == len({entry.label for entry in valid}) == len(CATALOGUE) >= 12
    assert all(10 <= entry.values.interval_seconds <= 15 for entry in valid)
    assert all(entry.values.group for entry in valid)
    assert len({service.kind for service in CATALOGUE}) >= 7
    assert {path for service in CATALOGUE for path in service.members} <= IDS.keys()
    assert {service.behaviour for service in CATALOGUE} == set(Behaviour)
