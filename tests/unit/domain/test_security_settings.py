"""Security settings, from and to JSON."""

from datetime import timedelta
from typing import Any

import pytest

from monitor_app.domain.security_settings import NUMBERS, SecuritySettings
from monitor_app.errors import InvalidInput


def test_what_is_missing_has_its_default() -> None:
    assert SecuritySettings.from_dict({}) == SecuritySettings()
    assert SecuritySettings.from_dict({"idle_minutes": 5}).absolute_hours == 24


def test_to_and_from_json_is_the_same() -> None:
    changed = SecuritySettings().changed(
        {"is_board_public": True, "outbound_allow": ["10.0.0.1", "*.Example.org", "10.0.0.1"], "kept_idle_days": 7}
    )
    assert changed.outbound_allow == ("10.0.0.1", "*.example.org")
    assert changed.to_dict()["outbound_allow"] == ["10.0.0.1", "*.example.org"]
    assert SecuritySettings.from_dict(changed.to_dict()) == changed


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("is_board_public", 1, "true or false"),
        ("outbound_private", "yes", "true or false"),
        ("idle_minutes", 4, "from 5 to 10080"),
        ("absolute_hours", True, "from 1 to 720"),
        ("kept_idle_days", 2.0, "from 1 to 365"),
        ("kept_absolute_days", "x" * 100, "…"),
        ("outbound_allow", "10.0.0.0/8", "a list"),
        ("outbound_allow", 7, "a list"),
        ("outbound_deny", [7], "a list"),
        ("outbound_deny", ["not a host"], "must be"),
        ("outbound_deny", ["a.example"] * 201, "at most 200"),
        ("role", "admin", "is not a setting"),
    ],
)
def test_each_wrong_one_is_told(name: str, value: Any, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        SecuritySettings().changed({name: value})
    assert list(refused.value.fields) == [name]
    assert words in refused.value.fields[name]


def test_all_wrong_ones_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        SecuritySettings().changed(dict.fromkeys(NUMBERS))
    assert set(refused.value.fields) == set(NUMBERS)


def test_kept_sessions_have_their_own_times() -> None:
    settings = SecuritySettings()
    assert settings.idle(is_kept=False) == timedelta(hours=12)
    assert settings.idle(is_kept=True) == timedelta(days=30)
    assert settings.absolute(is_kept=False) == timedelta(days=1)
    assert settings.absolute(is_kept=True) == timedelta(days=90)
