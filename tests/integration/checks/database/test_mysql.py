"""The database kind against real MariaDB servers."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiomysql
import pytest

from monitor_app.domain.status import Status
from tests.integration.checks.database.conftest import Ask
from tests.paces import at_any_pace
from tests.servers.dns import NameServer
from tests.servers.mariadb import DATABASE, PASSWORD, USER, MariaDbServer
from tests.servers.tcp import closed_port, greeting_server
from tests.servers.visits import listening


@pytest.fixture
def ask(probe: Ask, mariadb_server: MariaDbServer) -> Ask:
    """Asks with a user that may do everything in one database unless told otherwise."""

    async def asked(**values: Any) -> Any:
        login = {"user": USER, "password": PASSWORD, "port": mariadb_server.port}
        return await probe(**({"engine": "mysql"} | login | values))

    return asked


async def run(server: MariaDbServer, *statements: str, user: str = USER) -> None:
    connection = await aiomysql.connect(host="127.0.0.1", port=server.port, user=user, password=PASSWORD)
    async with connection.cursor() as cursor:
        for statement in statements:
            await cursor.execute(statement)
    await connection.ensure_closed()


async def test_a_log_in_is_enough(ask: Ask) -> None:
    result = await ask()
    assert (result.status, result.message) == (Status.OK, "answers")
    assert list(result.phases) == ["connect", "query"]
    assert result.details == {"address": "127.0.0.1"}


@pytest.mark.parametrize(
    ("query", "expect", "message"),
    [
        ("SELECT price FROM shop.orders ORDER BY id", "== 9.5", "9.50, as expected (== 9.5)"),
        ("SELECT count(*) FROM shop.orders", "> 2", "3, as expected (> 2)"),
        ("SELECT 'ä 100%s %d'", "== ä 100%s %d", "ä 100%s %d, as expected (== ä 100%s %d)"),
    ],
)
async def test_the_first_value_is_compared(ask: Ask, query: str, expect: str, message: str) -> None:
    result = await ask(query=query, expect=expect)
    assert (result.status, result.message) == (Status.OK, message)


async def test_rows_are_counted(ask: Ask) -> None:
    query = "SELECT note FROM orders WHERE id > 1"
    assert (await ask(database=DATABASE, query=query, min_rows=2, max_rows=2)).message == "2 rows"
    result = await ask(database=DATABASE, query=query, expect="== x")
    assert (result.status, result.message) == (Status.FAILED, "the first value is NULL, expected == x")


async def test_many_rows_are_not_fetched(ask: Ask) -> None:
    result = await ask(database=DATABASE, query="SELECT seq FROM seq_1_to_1000000")
    assert (result.status, result.message) == (Status.OK, "more than 10000 rows")


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO shop.orders VALUES (9, 1, '')",
        "CREATE TABLE shop.written (n int)",
        "DROP TABLE shop.orders",
        "TRUNCATE shop.orders",
    ],
)
async def test_a_query_cannot_write(ask: Ask, query: str) -> None:
    result = await ask(query=query)
    assert (result.status, result.message) == (
        Status.FAILED,
        "the query tries to write; the session is read-only",
    )
    assert (await ask(query="SELECT count(*) FROM shop.orders", expect="== 3")).status is Status.OK


async def test_only_one_statement_is_asked(ask: Ask) -> None:
    result = await ask(query="SELECT 1; SELECT 2")
    assert result.status is Status.FAILED
    assert result.message.startswith("the query is refused: You have an error in your SQL syntax")


@at_any_pace
async def test_a_slow_query_is_stopped_at_the_server(ask: Ask, pace: int) -> None:
    result = await ask(query="SELECT sleep(60)", deadline_seconds=0.5 * pace)
    assert result.status is Status.FAILED
    assert result.message in (
        f"timed out after {0.5 * pace:g} s while waiting for the answer to the query",
        "the query was cancelled: it took too long",
    )
    running = "SELECT count(*) FROM information_schema.processlist WHERE info = 'SELECT sleep(60)'"
    async with asyncio.timeout(60):
        while (await ask(query=running, expect="== 0")).status is not Status.OK:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"password": "wrong-otter"}, f"password refused for user '{USER}'"),
        ({"password": "wröng-€"}, f"password refused for user '{USER}'"),
        ({"database": "void"}, "log-in refused: Access denied for user"),
        ({"query": "SELECT * FROM shop.void"}, "the query is refused: Table 'shop.void' doesn't exist"),
        ({"query": "SELECT * FROM mysql.user"}, "the user may not do this: SELECT command denied"),
        ({"user": "sealed", "tls": "disable"}, "password refused for user 'sealed'"),
    ],
)
async def test_refusals_are_told_in_words(ask: Ask, values: dict[str, Any], message: str) -> None:
    result = await ask(**values)
    assert result.status is Status.FAILED
    assert result.message.startswith(message)


async def test_a_users_limit_is_told(ask: Ask, mariadb_server: MariaDbServer) -> None:
    held = await aiomysql.connect(host="127.0.0.1", port=mariadb_server.port, user="single", password=PASSWORD)
    result = await ask(user="single")
    await held.ensure_closed()
    assert (result.status, result.message.startswith("too many connections: ")) == (Status.FAILED, True)


async def test_without_credentials_it_is_enough_that_it_asks_for_them(ask: Ask) -> None:
    result = await ask(user="", password="")
    assert result.status is Status.OK
    assert result.message.startswith("answers and asks for credentials")


async def test_statistics(ask: Ask) -> None:
    assert (await ask(statistics=True)).metrics["threads_connected"] >= 1


# TLS


@pytest.mark.parametrize("tls", ["prefer", "require"])
async def test_tls_is_spoken(ask: Ask, tls: str) -> None:
    assert (await ask(user="sealed", tls=tls)).status is Status.OK


async def test_verify_full_compares_the_name(ask: Ask, names: NameServer) -> None:
    names.records |= {"mariadb.test": ["127.0.0.1"], "other.test": ["127.0.0.1"]}
    assert (await ask(host="mariadb.test", tls="verify-full", user="sealed")).status is Status.OK
    result = await ask(host="other.test", tls="verify-full")
    assert (result.status, result.message) == (Status.FAILED, "TLS certificate is not for other.test")


@pytest.mark.parametrize("tls", ["require", "verify-full"])
async def test_nothing_is_said_in_plain_text_where_tls_is_wanted(
    probe: Ask, mariadb_pair: tuple[MariaDbServer, MariaDbServer], tls: str
) -> None:
    login = {"user": USER, "password": PASSWORD, "port": mariadb_pair[0].port}
    result = await probe(engine="mysql", **login, tls=tls)
    assert (result.status, result.message) == (Status.FAILED, "the MySQL server does not offer TLS")
    assert (await probe(engine="mysql", **login, tls="prefer")).status is Status.OK


# Replication


async def test_replication(probe: Ask, mariadb_pair: tuple[MariaDbServer, MariaDbServer]) -> None:
    leader, follower = mariadb_pair
    login = {"engine": "mysql", "user": "replica", "password": PASSWORD}
    result = await probe(**login, port=follower.port, max_lag_seconds=30)
    assert (result.status, result.message) == (
        Status.DEGRADED,
        "replication: this server follows no other, and only a follower knows its lag",
    )
    where = f"MASTER_HOST='127.0.0.1', MASTER_PORT={leader.port}, MASTER_USER='replica'"
    change = f"CHANGE MASTER TO {where}, MASTER_PASSWORD='{PASSWORD}', MASTER_USE_GTID=slave_pos"
    await run(follower, change, "START SLAVE", user="replica")
    async with asyncio.timeout(60):
        while (result := await probe(**login, port=follower.port, max_lag_seconds=30)).status is not Status.OK:
            await asyncio.sleep(0.05)
    assert result.details["replication"] == "follower"
    assert result.metrics["replication_lag_seconds"] <= 30

    await run(follower, "STOP SLAVE", user="replica")
    result = await probe(**login, port=follower.port, max_lag_seconds=30)
    assert (result.status, result.message) == (Status.DEGRADED, "replication: receiving: No, applying: No")


async def test_missing_rights_for_replication_are_unknown(ask: Ask) -> None:
    result = await ask(max_lag_seconds=30)
    assert result.status is Status.UNKNOWN
    assert result.message.startswith("the user may not look at replication: ")


# What is not MySQL


@pytest.mark.parametrize("tls", ["disable", "prefer", "require"])
@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\0" * 40,
        b"\x05\0\0\0abcde",
        b"\x01\0\0\0\x0a",
        b"\x05\0\0\0\x0a8.0\0",
        b"\x04\0\0\0\xff\x10\x04#",
        b"\xff" * 40,
    ],
)
async def test_another_protocol_fails_in_words(probe: Ask, greeting: bytes, tls: str) -> None:
    async with speaking_server(greeting) as port:
        result = await probe(engine="mysql", port=port, user="a", password="b-otter", tls=tls, deadline_seconds=60)
    assert (result.status, result.response_ms) == (Status.FAILED, None)
    assert "Error" not in result.message, "a sentence, not an exception"


def speaking_server(greeting: bytes) -> AbstractAsyncContextManager[int]:
    """MySQL servers speak first."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await writer.drain()
        await reader.read(65536)

    return listening(serve)


async def test_nobody_there_is_told(probe: Ask) -> None:
    port = closed_port()
    result = await probe(engine="mysql", port=port)
    assert result.message == f"connection refused by 127.0.0.1:{port}: nothing listens there"


@at_any_pace
async def test_silence_ends_at_the_deadline(probe: Ask, pace: int) -> None:
    async with greeting_server(b"") as port:
        result = await probe(engine="mysql", port=port, deadline_seconds=0.3 * pace)
    assert result.message == f"timed out after {0.3 * pace:g} s while connecting"
