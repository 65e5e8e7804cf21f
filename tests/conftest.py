"""What tests of every kind share: databases, and the order of their files."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import certifi
import pytest
from hypothesis import settings

from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from tests.order import begin_elsewhere, in_order
from tests.postgres import PostgresServer, running_postgres
from tests.servers.certificates import Authority

# How long an example takes says how busy the machine is.
settings.register_profile("lightbulb", deadline=None)
settings.load_profile("lightbulb")


def pytest_configure(config: pytest.Config) -> None:
    begin_elsewhere(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = in_order(items)


@pytest.fixture(scope="session", autouse=True)
def few_authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One authority in place of the hundreds that the machine and Mozilla trust: to read those costs 60 ms each time.

    In this process: programs that tests start trust what they trust anywhere.
    """
    file = tmp_path_factory.mktemp("authority") / "authority.pem"
    file.write_text(Authority("Somebody trusted").pem.decode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl.SSLContext, "load_default_certs", lambda context, purpose=None: None)
        patch.setattr(certifi, "where", lambda: str(file))
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL, started by the first test that wants it; each pytest-xdist worker has its own."""
    with running_postgres() as server:
        yield server


@pytest.fixture
async def postgres_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """A fresh PostgreSQL database that has its tables."""
    name = await postgres_server.new_database()
    yield postgres_server.url(name)
    await postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an SQLite database that has its tables and no rows; tests copy it."""
    folder = tmp_path_factory.mktemp("empty")
    asyncio.run(migrations.upgrade(f"sqlite+aiosqlite:///{folder / 'lightbulb.db'}"))
    return folder


@pytest.fixture
def sqlite_url(empty_sqlite: Path, tmp_path: Path) -> str:
    """A fresh SQLite database that has its tables."""
    shutil.copytree(empty_sqlite, tmp_path, dirs_exist_ok=True)
    return f"sqlite+aiosqlite:///{tmp_path / 'lightbulb.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The test runs twice: with a fresh SQLite and with a fresh PostgreSQL database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database, fresh and with its tables, SQLite and PostgreSQL in turn."""
    opened = Database(database_url)
    yield opened
    await opened.close()
