"""What tests of every kind share: databases, and the order of their files."""

import asyncio
import gc
import inspect
import shutil
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import certifi
import httpx
import pytest
from hypothesis import HealthCheck, settings

from monitor_app.engine import leader
from monitor_app.storage import migrations, postgres, sqlite
from monitor_app.storage.database import Database
from tests.drills import IS_LONG
from tests.order import begin_elsewhere, in_order
from tests.postgres import PostgresServer, running_postgres
from tests.servers.certificates import Authority
from tests.shared_routes import shared_routes as shared_routes
from tests.shared_statements import shared_statements as shared_statements
from tests.sqlite_threads import sqlite_in_this_thread as sqlite_in_this_thread

# How long an example takes, or the making of it, says how busy the machine is. Other examples each time are for drills.
settings.register_profile(
    "lightbulb", deadline=None, derandomize=not IS_LONG, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("lightbulb")

BROWSER_TESTS = "tests/e2e/"
# A signal in the middle of Playwright's own loop leaves it waiting for ever. So a test that takes too long ends its
# process, which is told as its failure, and another process goes on.
BROWSER_LIMIT = pytest.mark.timeout(900, method="thread")


def pytest_configure(config: pytest.Config) -> None:
    begin_elsewhere(config)
    _have_httpx_wait()
    gc.disable()  # what is read now is all needed to the end


def _have_httpx_wait() -> None:
    """A busy machine may need more than the five seconds that httpx waits where nothing else is said."""
    limits = inspect.signature(httpx.get).parameters["timeout"].default
    for name in ("connect", "read", "write", "pool"):
        setattr(limits, name, 60.0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(BROWSER_TESTS):
            item.add_marker(BROWSER_LIMIT, append=False)
    items[:] = in_order(items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """From now on no collection of garbage looks at modules and tests: 600,000 objects, half a second each time."""
    gc.freeze()
    gc.enable()


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


@pytest.fixture(scope="session", autouse=True)
def patient_databases() -> Iterator[None]:
    """In this process nobody gives a transaction up because the machine is busy with something else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres, "CONNECT_TIMEOUT_SECONDS", 60)
        patch.setattr(postgres, "IDLE_IN_TRANSACTION_MS", 120_000)
        patch.setitem(postgres.create_engine.__kwdefaults__, "command_timeout_seconds", 120)
        patch.setitem(sqlite.create_engine.__kwdefaults__, "busy_timeout_seconds", 30)
        patch.setattr(leader, "ANSWER_SECONDS", 60.0)
        patch.setattr(leader, "SESSION_TIMEOUT", "120s")
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
