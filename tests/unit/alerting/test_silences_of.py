"""Which silence an alert is under: asked each second of each open alert, so services are matched once."""

from dataclasses import replace
from datetime import timedelta

from monitor_app.alerting.book import Book
from monitor_app.domain.alerting.alert import Alert
from monitor_app.domain.alerting.scope import EVERYTHING
from monitor_app.domain.alerting.silence import Silence
from monitor_app.domain.service import ServiceDefinition
from monitor_app.storage.alerting_position import AlertingPosition
from tests.virtual_time import START

WEB = ServiceDefinition(1, "web", "Web", "website", "http", "Shop", (), {}, {}, 60, True, False, 1)
DOWN = Alert(1, 7, "Down", 1, "service", "critical", "firing", START)


def test_a_service_is_matched_once_until_it_changes() -> None:
    asked: list[str] = []

    def matches(service: ServiceDefinition) -> bool:
        asked.append(service.group)
        return service.group == "Shop"

    book = Book(AlertingPosition(0))
    others = Silence(1, EVERYTHING, 8, START, START + timedelta(hours=1), "ada", "another rule")
    later = Silence(2, EVERYTHING, None, START + timedelta(minutes=10), START + timedelta(hours=1), "ada", "a disk")
    book.silences = [(others, matches), (later, matches)]
    for seconds in range(5):
        assert book.silence_of(DOWN, WEB, START + timedelta(seconds=seconds)) is None
    assert book.silence_of(DOWN, WEB, START + timedelta(minutes=10)) == later
    assert book.silence_of(DOWN, WEB, START + timedelta(hours=1)) is None
    assert book.silence_of(replace(DOWN, rule_pk=8), WEB, START) == others
    assert asked == ["Shop", "Shop"]
    moved = replace(WEB, group="Office")
    assert book.silence_of(DOWN, moved, START + timedelta(minutes=10)) is None
    assert asked == ["Shop", "Shop", "Office", "Office"]
