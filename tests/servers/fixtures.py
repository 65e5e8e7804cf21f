"""Fixtures for tests of what goes out; a conftest.py imports those it wants."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from monitor_app.net import Network
from monitor_app.net.names import Names
from tests.servers.certificates import Authority
from tests.servers.dns import NameServer, name_server
from tests.servers.http import HttpServer, http_server


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Who issues the certificates of the test servers."""
    return Authority()


@pytest.fixture
async def names() -> AsyncIterator[NameServer]:
    """The name server that `network` asks."""
    async with name_server() as server:
        yield server


@pytest.fixture
async def network(
    tmp_path: Path, authority: Authority, names: NameServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Network]:
    """A network that trusts the test authority and asks the test name server, which a busy machine may keep waiting."""
    monkeypatch.setitem(Names.__init__.__kwdefaults__, "try_seconds", 60.0)
    ca_file = tmp_path / "authority.pem"
    ca_file.write_bytes(authority.pem)
    opened = Network(nameservers=[names.address], ca_file=ca_file)
    yield opened
    await opened.close()


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    """An http server on 127.0.0.1."""
    async with http_server() as started:
        yield started
