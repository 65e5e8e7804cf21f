"""What PostgreSQL refuses, and whether the message says which database and why, but never the password."""

import socket
import traceback
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from monitor_app.errors import DatabaseUnavailable
from monitor_app.redact import redact
from monitor_app.storage import migrations, postgres
from monitor_app.storage.database import Database
from monitor_app.storage.services import load_services, raise_counter, service_revision
from tests.postgres import PostgresServer


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    opened = Database(postgres_url)
    yield opened
    await opened.close()


async def refusal(url: str) -> str:
    database = Database(url)
    with pytest.raises(DatabaseUnavailable) as caught:
        await database.check_writable()
    with pytest.raises(DatabaseUnavailable) as caught_again:
        await migrations.upgrade(url)
    assert str(caught_again.value) == str(caught.value)
    await database.close()
    return str(caught.value)


async def test_a_wrong_password(postgres_server: PostgresServer) -> None:
    told = await refusal(postgres_server.url("postgres", password="hunter2"))
    place = f"127.0.0.1:{postgres_server.port}/postgres"
    assert told == f"database {place}: the password of user lightbulb is wrong"


async def test_a_database_that_is_not_there(postgres_server: PostgresServer) -> None:
    told = await refusal(postgres_server.url("nowhere"))
    assert "there is no database nowhere: create it with `createdb nowhere`" in told
    assert postgres_server.password not in told


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_server_that_is_not_there(host: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        port = taken.getsockname()[1]
        told = await refusal(f"postgresql+asyncpg://ann:hunter2@{host}:{port}/lightbulb")
    assert told == f"database {host}:{port}/lightbulb: connection refused: does PostgreSQL run there?"


async def test_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "CONNECT_TIMEOUT_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        told = await refusal(f"postgresql+asyncpg://ann:hunter2@127.0.0.1:{silent.getsockname()[1]}/lightbulb")
    assert told.endswith("/lightbulb: it does not answer")


def test_a_host_name_that_is_not_found() -> None:
    url = make_url("postgresql+asyncpg://ann:hunter2@db.invalid/lightbulb")
    assert postgres.name_of(url) == "db.invalid:5432/lightbulb"
    assert postgres.explain(socket.gaierror(-2, "Name or service not known"), url) == (
        "the host name db.invalid is not found"
    )


async def test_tables_that_are_not_there_yet(postgres_server: PostgresServer) -> None:
    name = await postgres_server.new_database(has_tables=False)
    database = Database(postgres_server.url(name))
    await database.check_writable()
    with pytest.raises(DatabaseUnavailable, match="no tables yet: run `python -m monitor_app migrate`"):
        async with database.read() as conn:
            await load_services(conn)
    await database.close()
    await postgres_server.drop_database(name)


async def test_a_database_that_only_lets_us_read(
    database: Database, postgres_server: PostgresServer, postgres_url: str
) -> None:
    name = make_url(postgres_url).database
    await postgres_server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(DatabaseUnavailable, match="only lets us read"):
        await database.check_writable()
    with pytest.raises(DatabaseUnavailable, match="only lets us read"):
        async with database.write() as conn:
            await raise_counter(conn, "service")


async def test_a_user_without_permission(postgres_server: PostgresServer, postgres_url: str) -> None:
    url = make_url(postgres_url)
    role = f"guest_{url.database}"
    await postgres_server.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'guest'")
    guest = Database(url.set(username=role, password="guest").render_as_string(hide_password=False))
    with pytest.raises(DatabaseUnavailable, match=f"user {role} lacks a permission .permission denied for table"):
        async with guest.read() as conn:
            await load_services(conn)
    await guest.close()
    await postgres_server.execute(f"DROP ROLE {role}")


async def test_a_server_that_ends_our_connections(database: Database, postgres_server: PostgresServer) -> None:
    async def write() -> None:
        async with database.write() as conn:
            pid = (await conn.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            await postgres_server.execute(f"SELECT pg_terminate_backend({pid})")
            await raise_counter(conn, "service")

    with pytest.raises(DatabaseUnavailable, match=r"administrator command|connection is lost|connection was closed"):
        await write()
    async with database.read() as conn:
        assert await service_revision(conn) == 0


async def test_what_the_driver_says_when_we_wake_up_and_the_session_is_over(database: Database) -> None:
    async def write() -> None:
        async with database.write() as conn:
            await raise_counter(conn, "service")
            raise asyncpg.InternalClientError("cannot process message 'E': protocol is in an unexpected state 0")

    with pytest.raises(DatabaseUnavailable, match="connection is lost"):
        await write()


async def test_connections_that_ended_while_nobody_looked_are_replaced(
    database: Database, postgres_server: PostgresServer
) -> None:
    async with database.read() as conn:
        pid = (await conn.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    await postgres_server.execute(f"SELECT pg_terminate_backend({pid}, 5000)")
    async with database.write() as conn:
        assert await raise_counter(conn, "service") == 1


async def test_a_frozen_writer_loses_its_locks(
    database: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "IDLE_IN_TRANSACTION_MS", 300)
    frozen = Database(postgres_url)

    async def write_and_freeze() -> None:
        async with frozen.write() as conn:
            await raise_counter(conn, "service")
            async with database.write() as other:
                assert await raise_counter(other, "service") == 1

    with pytest.raises(DatabaseUnavailable, match=r"did nothing for 0\.3 s|connection is lost|connection was closed"):
        await write_and_freeze()
    await frozen.close()


async def test_the_row_that_was_refused_is_not_logged(database: Database) -> None:
    async def write() -> None:
        async with database.write() as conn:
            row = {"name": "s3cret)\ns3cret"}
            await conn.execute(text("INSERT INTO counter (name, value) VALUES (:name, NULL)"), row)

    with pytest.raises(DBAPIError) as caught:
        await write()
    logged = redact("".join(traceback.format_exception(caught.value)))
    assert "Failing row contains (***)" in logged
    assert logged.count("s3cret") == 0


async def test_a_mistake_in_a_statement_is_not_blamed_on_the_server(database: Database) -> None:
    with pytest.raises(DBAPIError, match="nonsense"):
        async with database.read() as conn:
            await conn.execute(text("SELECT nonsense FROM service"))
