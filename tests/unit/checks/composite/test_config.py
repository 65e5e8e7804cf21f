"""The config of services that are made of others."""

from typing import Any

import pytest

from monitor_app.checks.composite.config import Config
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry

COMPOSITE = KindRegistry()["composite"]


def wrong(**values: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        COMPOSITE.parse(values)
    return caught.value.fields


@pytest.mark.parametrize("given", ["a,b-2", " a ,\n b-2 ,", ["a", "b-2"], ("a", " b-2")])
def test_members_are_text_or_a_list(given: object) -> None:
    config = COMPOSITE.parse({"members": given})
    assert tuple(config.member_ids) == ("a", "b-2")
    assert config.model_dump(exclude_defaults=True) == {"members": "a, b-2"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("", "must name at least one service_id"),
        (" , ", "must name at least one service_id"),
        ("a, B", "must be service_ids with commas between, got 'B'"),
        ("-a", "must be service_ids with commas between, got '-a'"),
        ("a b", "must be service_ids with commas between, got 'a b'"),
        ("a,b,a", "must name each service once, got a twice"),
        (",".join(f"s{number}" for number in range(501)), "must be at most 500, got 501"),
        (5, "must be text"),
        ([1, 2], "must be text"),
    ],
)
def test_wrong_members_are_told(given: object, message: str) -> None:
    assert wrong(members=given)["members"].startswith(message)


def test_percent_belongs_to_at_least() -> None:
    assert wrong(members="a", mode="at_least") == {"percent": "must be given when at_least so many have to be up"}
    assert wrong(members="a", percent=50) == {"percent": "must be blank when all of them have to be up"}
    assert wrong(members="a", mode="at_least", percent=0)["percent"] == "must be more than 0, got 0"
    assert wrong(members="a", mode="at_least", percent=101)["percent"] == "must be at most 100, got 101"
    assert "must be one of" in wrong(members="a", mode="most")["mode"]


@pytest.mark.parametrize(
    ("mode", "percent", "count", "needed"),
    [
        ("all", None, 3, 3),
        ("any", None, 3, 1),
        ("at_least", 50, 3, 2),
        ("at_least", 50, 4, 2),
        ("at_least", 100, 7, 7),
        ("at_least", 1, 7, 1),
        ("at_least", 64.4, 250, 161),
    ],
)
def test_how_many_are_needed(mode: Any, percent: float | None, count: int, needed: int) -> None:
    assert Config(members="a", mode=mode, percent=percent).needed(count) == needed


def test_target_says_what_it_needs() -> None:
    assert Config(members="a,b").target == "all of: a, b"
    assert Config(members="a,b", mode="at_least", percent=66.5).target == "at least 66.5 % of: a, b"
    assert len(Config(members=",".join(f"service-{number}" for number in range(99))).target) == 100


def test_it_judges_for_itself() -> None:
    config = Config(members="a")
    assert (config.failures_to_fail, config.successes_to_recover, config.breaker_failures) == (1, 1, 0)
    assert config.limit_key == "composite"


def test_pasted_addresses() -> None:
    (config,) = Config.from_address("composite:a,b")
    assert config.member_ids == ("a", "b")
    assert Config.from_address("example.org") == []
    with pytest.raises(InvalidInput) as caught:
        Config.from_address("composite:A")
    assert "must be service_ids" in caught.value.fields["address"]
