"""The scheduler's lock, the same beside SQLite and in PostgreSQL, however the database's address is written."""

import pytest

from monitor_app.engine.leader import Leader, leader_for
from monitor_app.errors import DatabaseUnavailable
from monitor_app.settings import load_settings


@pytest.fixture(params=["sqlite", "postgres", "postgres?ssl=prefer", "postgres?sslmode=disable"])
def address(request: pytest.FixtureRequest) -> str:
    """What the settings make of an address that somebody wrote."""
    name, _, query = request.param.partition("?")
    url: str = request.getfixturevalue(f"{name}_url")
    return load_settings(database_url=f"{url}?{query}" if query else url).database_url


async def test_only_one_holds_the_lock(address: str) -> None:
    first, second = leader_for(address), leader_for(address)
    assert await first.try_acquire()
    assert not await second.try_acquire()
    assert await first.is_held()
    await first.release()
    assert not await first.is_held()
    assert await second.try_acquire()
    await second.release()


async def test_tls_that_the_server_refuses_is_told(postgres_url: str) -> None:
    leader: Leader = leader_for(f"{postgres_url}?ssl=require")
    with pytest.raises(DatabaseUnavailable, match="rejected SSL upgrade"):
        await leader.try_acquire()
