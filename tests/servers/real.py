"""Fixtures for real servers, one of each for a test session; a conftest.py imports those it wants, and `authority`."""

from collections.abc import Iterator

import pytest

from tests.servers.certificates import Authority
from tests.servers.dovecot import DovecotServer, running_dovecot
from tests.servers.mariadb import MariaDbServer, running_mariadb
from tests.servers.redis import RedisServer, running_redis


@pytest.fixture(scope="session")
def redis_server(authority: Authority) -> Iterator[RedisServer]:
    """A real Redis, started by the first test that wants it; each pytest-xdist worker has its own."""
    with running_redis(authority) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server(authority: Authority) -> Iterator[MariaDbServer]:
    """A real MariaDB with TLS."""
    with running_mariadb(authority) as server:
        yield server


@pytest.fixture(scope="session")
def dovecot_server(authority: Authority) -> Iterator[DovecotServer]:
    """A real Dovecot: IMAP."""
    with running_dovecot(authority) as server:
        yield server
