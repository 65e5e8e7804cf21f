"""How a queue is set up, and what is refused."""

from typing import Any

import pytest

from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry

KIND = KindRegistry()["queue"]
BASE = {"url": "https://jobs.example.org/api/v1"}


def test_addresses_and_secrets() -> None:
    (config,) = KIND.config_model.from_address("queue:https://jobs.example.org/api/v1")
    assert (config.target, config.limit_key) == (BASE["url"], "jobs.example.org:443")
    assert KIND.config_model.from_address("https://jobs.example.org") == []
    with pytest.raises(InvalidInput, match="must begin with http:// or https://"):
        KIND.config_model.from_address("queue:ftp://a")
    long = KIND.parse({"url": f"https://a.example/{'x' * 200}", "token": "calm-otter"})
    assert len(long.target) == 100
    assert "calm-otter" not in repr(long)
    assert "calm-otter" not in repr(long.place)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"url": "https://a.example/?token=1"}, "url"),
        ({**BASE, "token": "two words"}, "token"),
        ({**BASE, "state_path": "status"}, "state_path"),
        ({**BASE, "state_path": ""}, "state_path"),
        ({**BASE, "counts_path": "/a?b=c"}, "counts_path"),
        ({**BASE, "open_path": "/a b"}, "open_path"),
        ({**BASE, "ca_certificate": "no PEM"}, "ca_certificate"),
    ],
    ids=["query", "token", "relative", "no state", "path with a query", "space", "authority"],
)
def test_what_is_refused(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        KIND.parse(values)
    assert "must" in caught.value.fields[field]
    assert "two words" not in str(caught.value)
