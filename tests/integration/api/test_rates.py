"""Counting requests in a real Redis."""

from collections.abc import Iterator

import pytest

from monitor_app.api.rates import Kind, MemoryRates, Rates, RedisRates
from tests.servers.certificates import Authority
from tests.servers.redis import PASSWORD, running_redis

LIMITS: dict[Kind, int] = {"key": 10, "session": 20, "address": 5}


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with running_redis(Authority()) as server:
        yield f"redis://:{PASSWORD}@127.0.0.1:{server.port}/0"


async def taken(counter: Rates, caller: str = "10.0.0.1", tries: int = 30) -> int:
    return sum([await counter.wait("address", caller) == 0.0 for _ in range(tries)])


async def test_redis_counts_for_several_processes(redis_url: str) -> None:
    one, other = (RedisRates(redis_url, LIMITS, MemoryRates(LIMITS)) for _ in range(2))
    assert await taken(one, tries=3) == 3
    assert await taken(other, tries=9) == 2
    assert 1.0 <= await other.wait("address", "10.0.0.1") <= 60.0
    assert await taken(other, "10.0.0.2") == 5
    await one.close()
    await other.close()
