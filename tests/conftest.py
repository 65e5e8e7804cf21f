"""What tests of every kind share: databases."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from tests.postgres import PostgresServer, running_postgres


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


@pytest.fixture
async def sqlite_url(tmp_path: Path) -> str:
    """A fresh SQLite database that has its tables."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'lightbulb.db'}"
    await migrations.upgrade(url)
    return url


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
