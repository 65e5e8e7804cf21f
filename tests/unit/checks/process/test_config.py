"""Which processes are looked for."""

from typing import Any

import pytest

from monitor_app.checks.process.config import Config
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry


def refused(**values: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        KindRegistry()["process"].parse(values)
    return caught.value.fields


@pytest.mark.parametrize(
    ("values", "target"),
    [
        ({"name": "nginx"}, "nginx"),
        ({"pattern": "worker\\.py$"}, "/worker\\.py$/"),
        ({"pid_file": "/run/nginx.pid"}, "/run/nginx.pid"),
        ({"pattern": "x" * 500}, "/" + "x" * 98 + "…"),
    ],
)
def test_one_of_three_is_enough(values: dict[str, str], target: str) -> None:
    config = Config(**values)
    assert config.target == target
    assert (config.min_count, config.max_count, config.breaker_failures) == (1, None, 0)


def test_checks_of_different_processes_do_not_wait_for_each_other() -> None:
    assert Config(name="a").limit_key != Config(name="b").limit_key


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({}, "name", "must be given alone: name, pattern or pid_file, got none of them"),
        (
            {"name": "a", "pattern": "b"},
            "pattern",
            "must be given alone: name, pattern or pid_file, got name and pattern",
        ),
        ({"name": "a", "pid_file": "/b"}, "pid_file", "got name and pid_file"),
        ({"name": "/usr/sbin/nginx"}, "name", "must be the name alone, without a path"),
        ({"name": "a\nb"}, "name", "control characters"),
        ({"name": "x" * 256}, "name", "must have at most 255 characters, got 256"),
        ({"name": 5}, "name", "must be text, got 5"),
        ({"pattern": "("}, "pattern", "must be a valid pattern (RE2, without look-around and back-references)"),
        ({"pattern": "(?=a)"}, "pattern", "without look-around"),
        ({"pattern": "(a)\\1"}, "pattern", "back-references"),
        ({"pattern": "x" * 1001}, "pattern", "must have at most 1000 characters, got 1001"),
        (
            {"pid_file": "run/nginx.pid"},
            "pid_file",
            "must be an absolute path such as /run/nginx.pid, got 'run/nginx.pid'",
        ),
        ({"pid_file": "/run/a\x00"}, "pid_file", "must be an absolute path"),
        ({"name": "a", "min_count": -1}, "min_count", "must be at least 0, got -1"),
        ({"name": "a", "max_count": "few"}, "max_count", "must be a whole number, got 'few'"),
        ({"name": "a", "min_count": 3, "max_count": 2}, "max_count", "must be at least min_count, which is 3, got 2"),
        ({"name": "a", "user": "root"}, "user", "is not a field of this kind"),
    ],
)
def test_wrong_values_are_refused_with_what_is_allowed(values: dict[str, Any], field: str, message: str) -> None:
    assert message in refused(**values)[field]


@pytest.mark.parametrize(
    ("address", "targets"),
    [
        ("process:nginx", ["nginx"]),
        ("PROCESS://nginx", ["nginx"]),
        ("process:/run/nginx.pid", ["/run/nginx.pid"]),
        ("process:a b", ["a b"]),
        ("nginx", []),
        ("https://process:80", []),
    ],
)
def test_addresses_become_configs(address: str, targets: list[str]) -> None:
    assert [config.target for config in Config.from_address(address)] == targets


@pytest.mark.parametrize("address", ["process:", "process:a/b"])
def test_wrong_addresses_are_refused(address: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Config.from_address(address)
    assert "must be " in caught.value.fields["address"]
