"""Rules that administrators change hold soon, on both databases; own places are closed from the first moment on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import make_url

from monitor_app.engine import outbound
from monitor_app.engine.outbound import OutboundRules
from monitor_app.errors import DatabaseUnavailable, OutboundRefused
from monitor_app.models.counter import ACCESS_REVISION
from monitor_app.net import Network
from monitor_app.settings import load_settings
from monitor_app.storage.database import Database
from monitor_app.storage.services import raise_counter
from monitor_app.storage.settings import load_security_settings, save_security_settings
from tests.servers.dns import NameServer, name_server
from tests.servers.tcp import closed_port

PRIVATE = "10.1.2.3"


async def change(database: Database, **values: Any) -> None:
    """As an administrator would."""
    async with database.write() as conn:
        await raise_counter(conn, ACCESS_REVISION)
        before = await load_security_settings(conn)
        await save_security_settings(conn, before, before.changed(values), "anna", datetime.now(UTC))


def is_allowed(network: Network, address: str, port: int = 443, host: str = "") -> bool:
    try:
        network.guard.check(address, port, host)
    except OutboundRefused:
        return False
    return True


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0.01)


@pytest.fixture
async def names() -> AsyncIterator[NameServer]:
    async with name_server() as server:
        yield server


@pytest.fixture
async def network(names: NameServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Network]:
    monkeypatch.setattr(outbound, "POLL_SECONDS", 0.02)
    opened = Network(nameservers=[names.address])
    yield opened
    await opened.close()


async def test_rules_are_read_at_the_start(database: Database, network: Network) -> None:
    await change(database, outbound_private=False, outbound_allow=["*.inside.example:443"])
    await OutboundRules(database, network, load_settings()).load()
    assert not is_allowed(network, PRIVATE)
    assert is_allowed(network, PRIVATE, 443, "db.inside.example")
    assert is_allowed(network, "8.8.8.8")


async def test_changed_rules_are_followed(database: Database, network: Network) -> None:
    rules = OutboundRules(database, network, load_settings())
    await rules.start()
    try:
        assert is_allowed(network, PRIVATE)
        await change(database, outbound_deny=["10.0.0.0/8"])
        await until(lambda: not is_allowed(network, PRIVATE))
        await change(database, outbound_deny=[])
        await until(lambda: is_allowed(network, PRIVATE))
        await rules.start()  # a further term of the engine
    finally:
        await rules.close()


async def test_rules_stay_while_the_database_is_away(
    database: Database, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    await change(database, outbound_deny=["10.0.0.0/8"])
    rules = OutboundRules(database, network, load_settings())
    await rules.start()
    tries = []

    async def away(conn: object) -> int:
        tries.append(conn)
        raise DatabaseUnavailable("away") if len(tries) < 3 else RuntimeError("worse")

    with monkeypatch.context() as patch:
        patch.setattr(outbound, "access_revision", away)
        await until(lambda: len(tries) > 5)
    assert not is_allowed(network, PRIVATE)
    await change(database, outbound_deny=[])
    await until(lambda: is_allowed(network, PRIVATE))
    await rules.close()


async def test_own_port_is_closed_before_anything_was_read(database: Database, network: Network) -> None:
    rules = OutboundRules(database, network, load_settings(port=3456))
    assert not is_allowed(network, "127.0.0.1", 3456)
    assert is_allowed(network, "127.0.0.1", 3457)
    await change(database, outbound_allow=["127.0.0.1:3456", "*"])
    await rules.load()
    assert not is_allowed(network, "::1", 3456)


async def test_own_database_is_closed_where_its_name_leads(
    database: Database, network: Network, names: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "LOOK_UP_SECONDS", 0.05)
    names.ttl_seconds = 0
    names.records["db.test"] = ["10.0.0.7"]
    settings = load_settings(database_url="postgresql://u:p@db.test:5433/x")
    rules = OutboundRules(database, network, settings)
    await rules.start()
    assert not is_allowed(network, "10.0.0.7", 5433)
    assert is_allowed(network, "10.0.0.8", 5433)
    names.records["db.test"] = ["10.0.0.8"]
    await until(lambda: not is_allowed(network, "10.0.0.8", 5433))
    del names.records["db.test"]
    assert not is_allowed(network, "10.0.0.7", 5433)
    await rules.close()


async def test_unknown_name_of_the_database_stops_nothing(database: Database, network: Network) -> None:
    rules = OutboundRules(database, network, load_settings(database_url="postgresql://u:p@gone.test/x"))
    await rules.load()
    assert is_allowed(network, "10.0.0.7", 5432)


async def test_database_that_is_away_is_told_at_the_start(network: Network) -> None:
    url = f"postgresql+asyncpg://u:p@127.0.0.1:{closed_port()}/x"
    database = Database(url)
    with pytest.raises(DatabaseUnavailable):
        await OutboundRules(database, network, load_settings(database_url=url)).start()
    assert not is_allowed(network, "127.0.0.1", make_url(url).port or 0)
    await database.close()
