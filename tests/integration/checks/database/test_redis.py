"""The database kind against a real Redis, and one that follows it."""

import asyncio
from typing import Any

import pytest

from monitor_app.domain.status import Status
from tests.integration.checks.database.conftest import Ask
from tests.paces import at_any_pace
from tests.pauses import longest_pause
from tests.servers.certificates import Authority
from tests.servers.dns import NameServer
from tests.servers.redis import PASSWORD, READER, READER_PASSWORD, RedisServer, running_redis
from tests.servers.tcp import closed_port, greeting_server, scripted_server


@pytest.fixture
def ask(probe: Ask, redis_server: RedisServer) -> Ask:
    """Asks with the default user's password unless told otherwise."""

    async def asked(**values: Any) -> Any:
        return await probe(**({"engine": "redis", "port": redis_server.port, "password": PASSWORD} | values))

    return asked


async def send(port: int, *commands: str) -> None:
    """Say something as the default user, in Redis' inline form."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for command in (f"AUTH {PASSWORD}", *commands):
        writer.write(f"{command}\r\n".encode())
        assert not (await reader.readline()).startswith(b"-")
    writer.close()
    await writer.wait_closed()


async def test_a_log_in_is_enough(ask: Ask) -> None:
    result = await ask()
    assert (result.status, result.message) == (Status.OK, "answers")
    assert list(result.phases) == ["connect", "login", "query"]
    assert result.response_ms == pytest.approx(sum(result.phases.values()), abs=0.01)


@pytest.mark.parametrize(
    ("query", "expect", "rows"),
    [
        ("GET greeting", "== hello world", 1),
        ("llen jobs", ">= 2", 1),
        ("LRANGE jobs 0 -1", "== second", 2),
        ("INFO replication", "contains role:master", 1),
        ("MGET greeting nothing", "contains hello", 2),
    ],
)
async def test_commands_are_asked(ask: Ask, redis_server: RedisServer, query: str, expect: str, rows: int) -> None:
    await send(redis_server.port, "DEL jobs", 'SET greeting "hello world"', "LPUSH jobs first", "LPUSH jobs second")
    result = await ask(query=query, expect=expect)
    assert (result.status, result.metrics["rows"]) == (Status.OK, rows), result.message


async def test_a_key_that_is_not_there_has_no_row(ask: Ask) -> None:
    result = await ask(query="GET nothing", min_rows=1)
    assert (result.status, result.message) == (Status.FAILED, "0 rows, expected at least 1")


async def test_a_database_is_chosen(ask: Ask, redis_server: RedisServer) -> None:
    await send(redis_server.port, "SELECT 2", "SET only-here 1")
    assert (await ask(database="2", query="EXISTS only-here", expect="== 1")).status is Status.OK
    assert (await ask(database="3", query="EXISTS only-here", expect="== 1")).status is Status.FAILED
    result = await ask(database="99")
    assert (result.status, result.message) == (Status.FAILED, "this database number does not exist")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"password": "wrong-otter"}, "password refused"),
        ({"user": "nobody", "password": "wrong-otter"}, "password refused"),
        ({"query": "LLEN greeting"}, "the server says: WRONGTYPE"),
        ({"query": "GET"}, "the server says: ERR wrong number of arguments"),
    ],
)
async def test_refusals_are_told_in_words(ask: Ask, redis_server: RedisServer, values: Any, message: str) -> None:
    await send(redis_server.port, "SET greeting hello")
    result = await ask(**values)
    assert result.status is Status.FAILED
    assert result.message.startswith(message)


async def test_rules_of_a_user_are_told(ask: Ask) -> None:
    result = await ask(user=READER, password=READER_PASSWORD, query="GET closed")
    assert result.status is Status.FAILED
    assert result.message.startswith("the user may not do this: ")


async def test_without_credentials_it_is_enough_that_it_asks_for_them(ask: Ask) -> None:
    result = await ask(password="")
    assert (result.status, result.message) == (
        Status.OK,
        "answers and asks for credentials (the server asks for a password)",
    )
    assert result.response_ms is not None


async def test_a_password_that_nobody_asked_for_is_told(probe: Ask, authority: Authority) -> None:
    with running_redis(authority, password="") as server:
        result = await probe(engine="redis", port=server.port, password=PASSWORD)
    assert (result.status, result.message) == (
        Status.FAILED,
        "the server has no password, but one is configured here",
    )


async def test_too_many_connections_are_told(probe: Ask, authority: Authority) -> None:
    with running_redis(authority, "maxclients 1") as server:
        answer = b"-ERR max"
        while answer.startswith(b"-ERR max"):  # who asked whether it runs may not be gone yet
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"PING\r\n")
            answer = await reader.readline()
            if answer.startswith(b"-ERR max"):
                writer.close()
        result = await probe(engine="redis", port=server.port, password=PASSWORD)
        writer.close()
        await writer.wait_closed()
    assert result.status is Status.FAILED
    assert result.message == "too many connections: the server's limit (maxclients) is reached"


async def test_statistics(ask: Ask) -> None:
    result = await ask(statistics=True)
    assert result.metrics["used_memory_bytes"] > 100_000
    assert result.metrics["connected_clients"] >= 1


# Replication


async def test_a_follower_tells_when_it_heard_of_its_leader(
    ask: Ask, redis_server: RedisServer, redis_follower: RedisServer
) -> None:
    async with asyncio.timeout(60):
        while (result := await ask(port=redis_follower.port, max_lag_seconds=30)).status is not Status.OK:
            await asyncio.sleep(0.05)
    assert result.details["replication"] == "follower"
    assert 0 <= result.metrics["replication_lag_seconds"] <= 30
    async with asyncio.timeout(60):
        while (result := await ask(max_lag_seconds=30)).status is not Status.OK:
            await asyncio.sleep(0.05)
    assert result.details["replication"] == "leader"


async def test_a_follower_without_its_leader_is_degraded(probe: Ask, authority: Authority) -> None:
    with running_redis(authority, f"replicaof 127.0.0.1 {closed_port()}") as server:
        result = await probe(engine="redis", port=server.port, password=PASSWORD, max_lag_seconds=10)
    assert result.status is Status.DEGRADED
    assert result.message.startswith("replication: the link to its leader is down")


# TLS


@pytest.mark.parametrize("tls", ["require", "verify-full"])
async def test_tls_is_spoken(ask: Ask, redis_server: RedisServer, names: NameServer, tls: str) -> None:
    names.records["redis.test"] = ["127.0.0.1"]
    result = await ask(host="redis.test", port=redis_server.tls_port, tls=tls)
    assert (result.status, list(result.phases)) == (Status.OK, ["dns", "connect", "tls", "login", "query"])


async def test_another_name_is_refused(ask: Ask, redis_server: RedisServer, names: NameServer) -> None:
    names.records["other.test"] = ["127.0.0.1"]
    result = await ask(host="other.test", port=redis_server.tls_port, tls="verify-full")
    assert result.status is Status.FAILED
    assert result.message.startswith("TLS certificate is not for other.test: it is for redis.test")


@at_any_pace
async def test_a_plain_port_is_told_where_tls_is_wanted(ask: Ask, pace: int) -> None:
    result = await ask(tls="require", deadline_seconds=0.5 * pace)
    assert (result.status, result.message) == (Status.FAILED, f"timed out after {0.5 * pace:g} s while negotiating TLS")


# What is not Redis


@pytest.mark.parametrize(
    ("greeting", "message"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "the answer is not Redis: it says HTTP/1.1 400 Bad Request"),
        (b"\r\n", "the answer is not Redis: it says "),
        (b"*x\r\n", "the answer is not Redis: 'x' is no number"),
        (b"$99999999999\r\n", "the answer is longer than 1024 KB"),
        (b"*99999999999\r\n", "the answer is longer than 1024 KB"),
        (b"*1\r\n" * 20, "the answer is nested too deeply"),
        (b"+" + b"x" * 10_000, "the other side sent a line of more than 8192 bytes"),
        (b"$5\r\nab", "the other side closed the connection before its answer was complete"),
        (b"-LOADING Redis is loading\r\n", "the server is starting up: it still loads its data"),
        (b"-DENIED protected\r\n", "the server is in protected mode"),
        (b"-MASTERDOWN Link\r\n", "the link to its leader is down, and it does not answer with old data"),
        # Servers without AUTH repeat what they were sent; the check of `probe` looks for the password.
        (b"-ERR unknown command `AUTH`, with args beginning with: `tame-otter`, \r\n", "the server says: ERR unknown"),
        (b"-\x1b[31mERR\r\n", "the server says: \\x1b[31mERR"),
    ],
)
async def test_strange_answers_fail_in_words(probe: Ask, greeting: bytes, message: str) -> None:
    async with greeting_server(greeting) as port:
        result = await probe(engine="redis", port=port, password="tame-otter", deadline_seconds=60)
    assert result.status is Status.FAILED
    assert result.message.startswith(message)


@pytest.mark.parametrize(
    ("seconds", "message"),
    [("9" * 400, "the answer holds something else where a number belongs"), ("²", "answers")],
    ids=["400 digits", "superscript"],
)
async def test_numbers_that_are_none_are_no_metrics(probe: Ask, seconds: str, message: str) -> None:
    info = f"# Replication\r\nrole:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:{seconds}\r\n".encode()
    answer = b"$%d\r\n%b\r\n" % (len(info), info)
    async with scripted_server(b"", b"", b"", answer, b"", b"", b"+PONG\r\n") as port:  # a question is three lines
        result = await probe(engine="redis", port=port, max_lag_seconds=5, deadline_seconds=60)
    assert "replication_lag_seconds" not in result.metrics
    assert result.message.startswith(message)


async def test_tiny_replies_let_others_run(probe: Ask) -> None:
    async with greeting_server(b"*300000\r\n" + b":1\r\n" * 300_000) as port:
        result, longest = await longest_pause(probe(engine="redis", port=port, query="MGET a", deadline_seconds=60))
    assert result.metrics["rows"] == 10_000
    assert longest < 0.1


@at_any_pace
async def test_silence_ends_at_the_deadline(probe: Ask, pace: int) -> None:
    async with greeting_server(b"") as port:
        result = await probe(engine="redis", port=port, deadline_seconds=0.3 * pace)
    assert result.message == f"timed out after {0.3 * pace:g} s while waiting for the answer to the query"
