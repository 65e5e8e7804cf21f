"""The settings of alerting, and when a delivery is tried again."""

from datetime import timedelta

import pytest

from monitor_app.domain.alerting.delivery import AlertingSettings, next_attempt, retry_seconds
from monitor_app.errors import InvalidInput
from tests.samples import NOON

DAY = timedelta(days=1)


def test_the_settings_are_those_that_are_documented() -> None:
    settings = AlertingSettings()
    assert settings.to_dict() == {"group_seconds": 10, "update_minutes": 5, "repeat_minutes": 240, "give_up_hours": 24}
    changed = settings.changed({"repeat_minutes": 0, "group_seconds": 30})
    assert (changed.pace.repeat, changed.pace.group) == (None, timedelta(seconds=30))
    assert changed.version != settings.version == AlertingSettings().version


def test_wrong_and_unknown_settings_are_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as caught:
        AlertingSettings().changed({"group_seconds": -1, "update_minutes": "5", "repeat_minutes": True, "colour": 1})
    assert caught.value.fields == {
        "group_seconds": "must be a whole number from 0 to 300, got -1",
        "update_minutes": "must be a whole number from 1 to 1440, got '5'",
        "repeat_minutes": "must be a whole number from 0 to 10080, got True",
        "colour": "is not a setting of alerting",
    }


def test_waits_double_up_to_five_minutes_and_differ() -> None:
    assert [retry_seconds(number, 0) for number in (0, 1, 2, 3, 8, 9, 10**9)] == [2, 2, 4, 8, 256, 300, 300]
    assert (retry_seconds(9, 1), retry_seconds(9, 0.5)) == (225, 262.5)


def test_a_delivery_is_tried_for_a_day() -> None:
    assert next_attempt(NOON, NOON, 1, 0, None, DAY) == NOON + timedelta(seconds=2)
    late = NOON + DAY - timedelta(seconds=9)
    assert next_attempt(late, NOON, 300, 0, None, DAY) == NOON + DAY
    assert next_attempt(NOON + DAY, NOON, 301, 0, None, DAY) is None


def test_a_provider_that_asks_to_wait_is_obeyed() -> None:
    assert next_attempt(NOON, NOON, 1, 0, 120.0, DAY) == NOON + timedelta(seconds=120)
    assert next_attempt(NOON, NOON, 9, 0, 120.0, DAY) == NOON + timedelta(seconds=300)
    assert next_attempt(NOON, NOON, 1, 0, 1e12, DAY) == NOON + DAY
