"""How often one may ask."""

import pytest

from monitor_app.api import rates
from monitor_app.api.rates import MemoryRates, RedisRates, counted_as, network_of
from monitor_app.security.permissions import ADMIN, NOBODY, VIEWER, Identity
from monitor_app.settings import load_settings

LIMITS: dict[rates.Kind, int] = {"key": 10, "session": 20, "address": 5}


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def taken(counter: rates.Rates, caller: str = "10.0.0.1", tries: int = 30) -> int:
    return sum([await counter.wait("address", caller) == 0.0 for _ in range(tries)])


async def test_a_minutes_requests_may_come_at_once_then_steadily() -> None:
    clock = Seconds()
    counter = MemoryRates(LIMITS, clock)
    assert await taken(counter) == 5
    assert await counter.wait("address", "10.0.0.1") == pytest.approx(12)
    clock.now += 11.9
    assert await counter.wait("address", "10.0.0.1") == pytest.approx(0.1)
    clock.now += 0.2
    assert await taken(counter) == 1
    clock.now += 3600
    assert await taken(counter) == 5


async def test_callers_do_not_share() -> None:
    counter = MemoryRates(LIMITS, Seconds())
    assert await taken(counter, "10.0.0.1") == 5
    assert await taken(counter, "10.0.0.2") == 5
    assert await counter.wait("key", "10.0.0.1") == 0.0


async def test_who_was_not_here_for_long_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "CALLERS_LIMIT", 3)
    counter = MemoryRates(LIMITS, Seconds())
    for caller in ("a", "b", "c", "a", "d"):
        await counter.wait("address", caller)
    assert [caller for _, caller in counter._full_at] == ["c", "a", "d"]


@pytest.mark.parametrize(
    ("identity", "caller"),
    [
        (None, ("address", "203.0.113.9")),
        (NOBODY, ("address", "203.0.113.9")),
        (Identity.of_role("anna", ADMIN, via="session", credential="12"), ("session", "12")),
        (Identity.of_role("wall Lobby", VIEWER, via="wall", credential="13"), ("session", "13")),
        (Identity.of_role("anna", ADMIN, via="key", credential="a1b2"), ("key", "a1b2")),
        (Identity.of_role("anna", ADMIN, via="token", credential="a1b2"), ("key", "a1b2")),
    ],
)
def test_whose_request_it_is(identity: Identity | None, caller: tuple[str, str]) -> None:
    assert counted_as(identity, "203.0.113.9") == caller


def test_all_addresses_of_one_machine_count_as_one() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1") == "2001:db8::/64"
    assert network_of("2001:db8:0:1::1") != network_of("2001:db8::1")
    assert network_of("socket") == "socket"


async def test_without_redis_each_process_counts_for_itself(caplog: pytest.LogCaptureFixture) -> None:
    clock = Seconds()
    counter = RedisRates("redis://127.0.0.1:1/0", LIMITS, MemoryRates(LIMITS, clock), clock)
    assert await taken(counter) == 5
    assert len(caplog.records) == 1
    clock.now += 60
    assert await taken(counter) == 5
    assert len(caplog.records) == 2


def test_settings_choose() -> None:
    assert isinstance(rates.rates(load_settings()), MemoryRates)
    assert isinstance(rates.rates(load_settings(redis_url="redis://localhost:6379/0")), RedisRates)
