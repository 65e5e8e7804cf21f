"""Real database servers and a network."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from monitor_app.domain.result import ProbeResult
from monitor_app.net import Network
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry
from tests.servers.certificates import Authority
from tests.servers.fixtures import authority, names, network
from tests.servers.mariadb import MariaDbServer, running_mariadb
from tests.servers.postgres import PostgresPair, running_pgbouncer, running_postgres_pair
from tests.servers.real import mariadb_server, redis_server
from tests.servers.redis import PASSWORD, RedisServer, running_redis

__all__ = ["authority", "mariadb_server", "names", "network", "redis_server"]

Ask = Callable[..., Awaitable[ProbeResult]]


@pytest.fixture
def probe(network: Network) -> Ask:
    """Probes a database with a deadline of 10 s unless told otherwise."""
    kind = KindRegistry()["database"]

    async def ask(**values: Any) -> ProbeResult:
        config = kind.parse({"host": "127.0.0.1", "deadline_seconds": 60} | values)
        result = await kind.probe(ProbeContext(network), config)
        password = values.get("password")
        assert not password or password not in repr(result), "the password is told"
        return result

    return ask


@pytest.fixture(scope="session")
def postgres_pair() -> Iterator[PostgresPair]:
    """A leader and a follower."""
    with running_postgres_pair() as pair:
        yield pair


@pytest.fixture(scope="session")
def pgbouncer_port(postgres_pair: PostgresPair, authority: Authority) -> Iterator[int]:
    """A pooler with TLS before the leader."""
    with running_pgbouncer(authority, postgres_pair) as port:
        yield port


@pytest.fixture(scope="session")
def redis_follower(redis_server: RedisServer, authority: Authority) -> Iterator[RedisServer]:
    """Follows `redis_server`."""
    following = (f"replicaof 127.0.0.1 {redis_server.port}", f"masterauth {PASSWORD}")
    with running_redis(authority, *following) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_pair() -> Iterator[tuple[MariaDbServer, MariaDbServer]]:
    """A leader and one that is made to follow it; neither has TLS."""
    with (
        running_mariadb(None, "server-id=1", "log-bin=changes") as leader,
        running_mariadb(None, "server-id=2") as follower,
    ):
        yield leader, follower
