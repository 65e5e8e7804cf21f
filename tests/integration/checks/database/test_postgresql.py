"""The database kind against real PostgreSQL servers and a real pooler."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from monitor_app.domain.status import Status
from tests.integration.checks.database.conftest import Ask
from tests.paces import at_any_pace
from tests.postgres import SERVER_OPTIONS, USER
from tests.servers.certificates import Authority
from tests.servers.dns import NameServer
from tests.servers.postgres import PostgresPair
from tests.servers.tcp import closed_port, greeting_server, silent_listener


@pytest.fixture
def ask(probe: Ask, postgres_pair: PostgresPair) -> Ask:
    """Asks the leader as the administrator unless told otherwise."""

    async def asked(**values: Any) -> Any:
        login = {"user": USER, "password": postgres_pair.password, "port": postgres_pair.port}
        return await probe(**({"engine": "postgresql"} | login | values))

    return asked


@pytest.fixture
async def admin(postgres_pair: PostgresPair) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who may do everything."""
    connection = await asyncpg.connect(
        host="127.0.0.1", port=postgres_pair.port, user=USER, password=postgres_pair.password, database="postgres"
    )
    yield connection
    await connection.close()


async def test_a_log_in_is_enough(ask: Ask) -> None:
    result = await ask()
    assert (result.status, result.message) == (Status.OK, "answers")
    assert list(result.phases)[-2:] == ["login", "query"]
    assert result.response_ms == pytest.approx(sum(result.phases.values()), abs=0.002)
    assert result.metrics["query_ms"] == result.phases["query"]
    assert sum(result.metrics.values()) == pytest.approx(result.response_ms, abs=0.01)
    assert result.details == {"address": "127.0.0.1"}


async def test_the_first_value_is_compared(ask: Ask) -> None:
    result = await ask(query="SELECT n * 1.5, 'x' FROM generate_series(2, 4) n", expect="== 3")
    assert (result.status, result.message) == (Status.OK, "3.0, as expected (== 3)")
    assert (result.metrics["rows"], result.metrics["value"]) == (3, 3.0)
    assert result.details["value"] == "3.0"


async def test_another_value_fails(ask: Ask) -> None:
    result = await ask(query="SELECT 'standing still'", expect="contains running")
    assert (result.status, result.message) == (
        Status.FAILED,
        "the first value is standing still, expected contains running",
    )
    assert result.response_ms is not None


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"min_rows": 4}, "3 rows, expected at least 4"),
        ({"max_rows": 2}, "3 rows, expected at most 2"),
        ({"min_rows": 3, "max_rows": 3}, ""),
    ],
)
async def test_rows_are_counted(ask: Ask, limits: dict[str, int], message: str) -> None:
    result = await ask(query="SELECT * FROM generate_series(1, 3)", **limits)
    assert result.message == (message or "3 rows")
    assert result.status is (Status.FAILED if message else Status.OK)


async def test_no_row_is_not_the_expected_value(ask: Ask) -> None:
    result = await ask(query="SELECT 1 WHERE false", expect="== 1")
    assert (result.status, result.message) == (Status.FAILED, "no row came, expected a value == 1")


async def test_many_rows_are_not_fetched(ask: Ask) -> None:
    result = await ask(query="SELECT generate_series(1, 1000000)")
    assert (result.status, result.metrics["rows"]) == (Status.OK, 10_000)
    assert result.message == "more than 10000 rows"
    result = await ask(query="SELECT generate_series(1, 1000000)", max_rows=10_000)
    assert (result.status, result.message) == (Status.FAILED, "more than 10000 rows, expected at most 10000")


async def test_values_are_cut_and_harmless(ask: Ask) -> None:
    result = await ask(query="SELECT E'\\x1b[31mred\\n' || repeat('x', 5000)")
    assert result.details["value"].startswith("\\x1b[31mred\\x0ax")
    assert len(result.details["value"]) == 100


@pytest.mark.parametrize(
    "query",
    [
        "CREATE TABLE written (n int)",
        "INSERT INTO pg_database VALUES (1)",
        "SELECT nextval('counted')",
        "DO $$ BEGIN SET TRANSACTION READ WRITE; CREATE TABLE written (n int); END $$",
        "DO $$ BEGIN PERFORM set_config('transaction_read_only', 'off', false); CREATE TABLE written (n int); END $$",
    ],
)
async def test_a_query_cannot_write(ask: Ask, admin: asyncpg.Connection, query: str) -> None:
    await admin.execute("CREATE SEQUENCE IF NOT EXISTS counted")
    result = await ask(query=query)
    assert result.status is Status.FAILED
    assert "read-only" in result.message or "must be set before any query" in result.message
    assert await admin.fetchval("SELECT to_regclass('written')") is None


async def test_a_query_that_writes_is_told_in_words(ask: Ask) -> None:
    result = await ask(query="CREATE TABLE written (n int)")
    assert result.message == "the query tries to write; the session is read-only"


@pytest.mark.parametrize("query", ["SELECT 1; SELECT 2", "COMMIT; CREATE TABLE written (n int)"])
async def test_only_one_statement_is_asked(ask: Ask, query: str) -> None:
    result = await ask(query=query)
    assert (result.status, "multiple commands" in result.message) == (Status.FAILED, True)


@at_any_pace
async def test_a_slow_query_is_stopped_at_the_server(ask: Ask, admin: asyncpg.Connection, pace: int) -> None:
    result = await ask(query="SELECT pg_sleep(60)", deadline_seconds=0.5 * pace)
    assert result.status is Status.FAILED
    assert result.message in (
        f"timed out after {0.5 * pace:g} s while waiting for the answer to the query",
        "the query was cancelled: it took too long",
    )
    assert result.response_ms is None
    async with asyncio.timeout(60):
        while await admin.fetchval("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%'"):
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"password": "wrong-otter"}, f"password refused for user '{USER}'"),
        ({"user": "nobody"}, "password refused for user 'nobody'"),
        ({"database": "void"}, "database 'void' does not exist"),
        ({"query": "SELEC 1"}, 'the query is refused: syntax error at or near "SELEC"'),
        ({"query": "SELECT * FROM void"}, 'the query is refused: relation "void" does not exist'),
        ({"tls": "require"}, "the PostgreSQL server does not offer TLS (ssl = off)"),
        ({"tls": "verify-full"}, "the PostgreSQL server does not offer TLS (ssl = off)"),
    ],
)
async def test_refusals_are_told_in_words(ask: Ask, values: dict[str, Any], message: str) -> None:
    result = await ask(**values)
    assert (result.status, result.message, result.response_ms) == (Status.FAILED, message, None)


async def test_missing_rights_are_told(ask: Ask, admin: asyncpg.Connection) -> None:
    await admin.execute("DROP TABLE IF EXISTS hidden; DROP ROLE IF EXISTS guest")
    await admin.execute("CREATE TABLE hidden (n int); CREATE ROLE guest LOGIN PASSWORD 'pale-otter'")
    guest = {"user": "guest", "password": "pale-otter"}
    result = await ask(**guest, query="SELECT * FROM hidden")
    assert (result.status, result.message) == (
        Status.FAILED,
        "the user may not do this: permission denied for table hidden",
    )
    result = await ask(**guest, max_lag_seconds=10)
    assert (result.status, result.message) == (
        Status.UNKNOWN,
        "the user may not look at replication: it needs the role pg_monitor",
    )


async def test_too_many_connections_are_told(ask: Ask, admin: asyncpg.Connection) -> None:
    await admin.execute("DROP ROLE IF EXISTS single")
    await admin.execute("CREATE ROLE single LOGIN PASSWORD 'lone-otter' CONNECTION LIMIT 0")
    result = await ask(user="single", password="lone-otter")
    assert (result.status, result.message) == (
        Status.FAILED,
        'too many connections: too many connections for role "single"',
    )


async def test_without_credentials_it_is_enough_that_it_asks_for_them(ask: Ask) -> None:
    result = await ask(user="", password="")
    assert result.status is Status.OK
    assert result.message.startswith("answers and asks for credentials")
    assert result.response_ms is not None


async def test_statistics_cost_no_response_time(ask: Ask) -> None:
    result = await ask(statistics=True, query="SELECT pg_sleep(0.05)")
    limit = int(SERVER_OPTIONS["max_connections"])
    assert result.metrics["connections_max"] == limit
    assert 1 <= result.metrics["connections_used"] < limit
    assert result.metrics["query_ms"] >= 50


# Replication


async def test_the_leader_tells_of_its_followers(ask: Ask) -> None:
    result = await ask(max_lag_seconds=60)
    assert (result.status, result.details["replication"]) == (Status.OK, "leader")
    assert 0 <= result.metrics["replication_lag_seconds"] < 60


async def test_a_follower_that_has_all_does_not_lag(ask: Ask, postgres_pair: PostgresPair) -> None:
    result = await ask(port=postgres_pair.follower_port, max_lag_seconds=60)
    assert (result.status, result.details["replication"]) == (Status.OK, "follower")


async def test_a_follower_that_replays_nothing_lags(
    ask: Ask, postgres_pair: PostgresPair, admin: asyncpg.Connection
) -> None:
    follower = await asyncpg.connect(
        host="127.0.0.1",
        port=postgres_pair.follower_port,
        user=USER,
        password=postgres_pair.password,
        database="postgres",
    )
    try:
        await admin.execute("CREATE TABLE IF NOT EXISTS early (n int); DROP TABLE early")
        end = await admin.fetchval("SELECT pg_current_wal_lsn()")
        async with asyncio.timeout(60):
            while not await follower.fetchval("SELECT pg_last_wal_replay_lsn() >= $1", end):
                await asyncio.sleep(0.02)
        await follower.execute("SELECT pg_wal_replay_pause()")
        await admin.execute("CREATE TABLE IF NOT EXISTS late (n int); DROP TABLE late")
        async with asyncio.timeout(60):
            while await follower.fetchval("SELECT pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()"):
                await asyncio.sleep(0.02)
        result = await ask(port=postgres_pair.follower_port, max_lag_seconds=0)
    finally:
        await follower.execute("SELECT pg_wal_replay_resume()")
        await follower.close()
    assert result.status is Status.DEGRADED
    assert result.message.startswith("replication lags by 0.")
    assert result.metrics["replication_lag_seconds"] > 0


async def test_a_server_alone_is_degraded_where_replication_is_expected(probe: Ask, postgres_server: Any) -> None:
    login = {"user": USER, "password": postgres_server.password, "port": postgres_server.port}
    result = await probe(engine="postgresql", **login, max_lag_seconds=10)
    assert (result.status, result.message) == (
        Status.DEGRADED,
        "replication: this server follows no other, and none follows it",
    )


# TLS, and a pooler


@pytest.mark.parametrize("tls", ["disable", "prefer", "require"])
async def test_a_pooler_answers_with_and_without_tls(ask: Ask, pgbouncer_port: int, tls: str) -> None:
    result = await ask(port=pgbouncer_port, tls=tls, query="SELECT 2", expect="== 2", statistics=True)
    assert (result.status, result.message) == (Status.OK, "2, as expected (== 2)")


async def test_verify_full_compares_the_name(
    ask: Ask, pgbouncer_port: int, names: NameServer, authority: Authority
) -> None:
    names.records |= {"postgres.test": ["127.0.0.1"], "other.test": ["127.0.0.1"]}
    result = await ask(host="postgres.test", port=pgbouncer_port, tls="verify-full")
    assert (result.status, result.message) == (Status.OK, "answers")
    result = await ask(host="other.test", port=pgbouncer_port, tls="verify-full")
    assert (result.status, result.message) == (
        Status.FAILED,
        "TLS certificate is not for other.test: it is for postgres.test",
    )
    result = await ask(host="postgres.test", port=pgbouncer_port, tls="verify-full", ca_certificate=stranger())
    assert result.status is Status.OK, "an authority that is given is trusted beside the others"


def stranger() -> str:
    return Authority("Stranger").pem.decode()


# What is not PostgreSQL


@pytest.mark.parametrize("tls", ["disable", "prefer", "require"])
@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00" * 40, b"E", b"S", b"N", b"R\0\0"])
async def test_another_protocol_fails_in_words(probe: Ask, greeting: bytes, tls: str) -> None:
    async with greeting_server(greeting) as port:
        result = await probe(engine="postgresql", port=port, user="a", password="b-otter", tls=tls, deadline_seconds=60)
    assert result.status is Status.FAILED
    assert result.response_ms is None
    assert "Error" not in result.message, "a sentence, not an exception"


async def test_nobody_there_is_told(probe: Ask) -> None:
    port = closed_port()
    result = await probe(engine="postgresql", port=port)
    assert (result.status, result.message) == (
        Status.FAILED,
        f"connection refused by 127.0.0.1:{port}: nothing listens there",
    )


@at_any_pace
async def test_silence_is_told(probe: Ask, pace: int) -> None:
    with silent_listener() as (address, port):
        result = await probe(engine="postgresql", host=address, port=port, deadline_seconds=0.3 * pace)
    assert (result.status, result.message) == (Status.FAILED, f"timed out after {0.3 * pace:g} s while connecting")
    assert result.phases["connect"] == pytest.approx(300 * pace, abs=50 * pace)


async def test_the_second_address_is_tried(ask: Ask, names: NameServer) -> None:
    names.records["two.test"] = ["127.0.0.2", "127.0.0.1"]
    result = await ask(host="two.test")
    assert (result.status, result.details["address"]) == (Status.OK, "127.0.0.1")
    assert list(result.phases)[:2] == ["dns", "connect"]


async def test_forbidden_addresses_are_refused(probe: Ask, names: NameServer) -> None:
    names.records["metadata.test"] = ["169.254.169.254"]
    result = await probe(engine="postgresql", host="metadata.test")
    assert result.status is Status.UNKNOWN
    assert "is not allowed: it is a link-local address" in result.message


async def test_trouble_with_the_name_server_is_unknown(probe: Ask, names: NameServer) -> None:
    names.silent.add("slow.test")
    result = await probe(engine="postgresql", host="slow.test", deadline_seconds=0.3)
    assert result.status is Status.UNKNOWN
