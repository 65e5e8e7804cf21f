"""The config of services that report of themselves."""

from typing import Any

import pytest

from monitor_app.checks.push.config import Config, in_words
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import Kind, KindRegistry

PUSH: Kind = KindRegistry()["push"]


def wrong(**values: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        PUSH.parse(values)
    return caught.value.fields


def test_one_report_is_enough_either_way_and_no_breaker_opens() -> None:
    config = Config(period_seconds=60)
    assert (config.failures_to_fail, config.successes_to_recover, config.breaker_failures) == (1, 1, 0)


def test_token_is_made_and_differs_each_time() -> None:
    one, other = Config(period_seconds=60), Config(period_seconds=60)
    assert one.token != other.token
    assert len(one.token) >= 22
    assert one.heartbeat_token == one.token
    assert one.model_dump(exclude_defaults=True)["token"] == one.token


def test_token_that_is_given_stays() -> None:
    assert Config(period_seconds=60, token="x" * 22).token == "x" * 22


def test_form_shows_no_token_that_is_not_kept() -> None:
    (field,) = [field for field in PUSH.fields if field.name == "token"]
    assert (field.default, field.secret, field.required) == ("", True, False)


@pytest.mark.parametrize("token", ["short", "x" * 21, "x" * 129, "a/b" * 10, "ä" * 30, "x" * 22 + "\n "])
def test_wrong_token_is_refused_without_being_repeated(token: str) -> None:
    if token.strip() == "x" * 22:
        assert Config(period_seconds=60, token=token).token == "x" * 22
        return
    fields = wrong(period_seconds=60, token=token)
    assert fields["token"].startswith("must be 22 to 128 letters, digits")
    assert token not in fields["token"]


def test_exactly_one_of_period_and_cron() -> None:
    assert wrong() == {"period_seconds": "must be given, or a cron expression instead"}
    assert wrong(period_seconds=60, cron="* * * * *") == {"cron": "must be blank when a period is given"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("period_seconds", 4, "must be at least 5, got 4"),
        ("period_seconds", 366 * 86_400 + 1, "must be at most 31622400"),
        ("period_seconds", "soon", "must be a whole number"),
        ("grace_seconds", -1, "must be at least 0, got -1"),
        ("cron", "every day", "must have 5 fields"),
        ("timezone", "Mars/Olympus", "must be the name of a time zone"),
    ],
)
def test_wrong_values_are_told(name: str, value: object, message: str) -> None:
    assert wrong(**({"period_seconds": 60} | {name: value}))[name].startswith(message)


def test_target_says_when_reports_are_due_and_nothing_secret() -> None:
    assert Config(period_seconds=3600).target == "a report every 1 h"
    assert Config(cron="30 2 * * *").target == "a report by cron 30 2 * * *"
    assert Config(cron="30 2 * * *", timezone="Europe/Berlin").target.endswith("(Europe/Berlin)")
    config = Config(period_seconds=3600)
    assert config.token not in config.target + config.limit_key


@pytest.mark.parametrize(
    ("seconds", "text"), [(90, "90 s"), (300, "5 min"), (43_200, "12 h"), (86_400, "1 day"), (604_800, "7 days")]
)
def test_lengths_in_words(seconds: float, text: str) -> None:
    assert in_words(seconds) == text


def test_pasted_addresses() -> None:
    (config,) = Config.from_address(" push:300 ")
    assert config.period_seconds == 300
    (config,) = Config.from_address("push:30 2 * * *")
    assert config.cron == "30 2 * * *"
    assert Config.from_address("example.org") == []
    for address in ("push:", "push:soon", "push:1", "push:1 2 3"):
        with pytest.raises(InvalidInput) as caught:
            Config.from_address(address)
        assert "address" in caught.value.fields
