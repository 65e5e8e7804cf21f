"""The tcp probe against real listeners."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.net import Network
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry
from tests.paces import at_any_pace
from tests.servers.certificates import Authority
from tests.servers.dns import NameServer
from tests.servers.talk import SCRIPTS, lines, talking_server
from tests.servers.tcp import closed_port, flooding_server, silent_listener
from tests.servers.visits import listening

Ask = Callable[..., Awaitable[ProbeResult]]


@pytest.fixture
def ask(network: Network) -> Ask:
    """Probes a port of 127.0.0.1 with a deadline of 5 s unless told otherwise."""
    kind = KindRegistry()["tcp"]

    async def probe(port: int, **values: Any) -> ProbeResult:
        config = kind.parse({"host": "127.0.0.1", "port": port, "deadline_seconds": 60} | values)
        return await kind.probe(ProbeContext(network), config)

    return probe


async def test_a_port_that_listens_is_ok(ask: Ask, names: NameServer) -> None:
    names.records["ssh.test"] = ["127.0.0.1"]
    async with talking_server(lines()) as port:
        result = await ask(port, host="ssh.test")
    assert (result.status, result.message) == (Status.OK, f"connected to 127.0.0.1:{port}")
    assert list(result.phases) == ["dns", "connect"]
    assert result.response_ms == round(sum(result.phases.values()), 3)
    assert result.details == {"address": "127.0.0.1"}


async def test_ipv6_is_connected_to(ask: Ask) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Closes at once."""

    async with listening(serve, host="::1") as port:
        result = await ask(port, host="::1")
    assert (result.status, result.message) == (Status.OK, f"connected to [::1]:{port}")


async def test_a_port_where_nobody_listens_fails(ask: Ask) -> None:
    port = closed_port()
    result = await ask(port)
    assert result.status is Status.FAILED
    assert result.message == f"connection refused by 127.0.0.1:{port}: nothing listens there"
    assert result.response_ms is None


@at_any_pace
async def test_silence_while_connecting_fails_at_the_deadline(ask: Ask, pace: int) -> None:
    with silent_listener() as (host, port):
        result = await ask(port, host=host, deadline_seconds=0.3 * pace)
    assert (result.status, result.message) == (Status.FAILED, f"timed out after {0.3 * pace:g} s while connecting")


async def test_a_guarded_address_is_refused(ask: Ask) -> None:
    result = await ask(80, host="169.254.169.254")
    assert (result.status, result.response_ms) == (Status.UNKNOWN, None)
    assert "is not allowed" in result.message


async def test_trouble_of_our_name_server_is_unknown(ask: Ask, names: NameServer) -> None:
    names.broken.add("odd.test")
    result = await ask(80, host="odd.test")
    assert result.status is Status.UNKNOWN


# Sending and expecting


async def test_a_greeting_is_expected_without_sending(ask: Ask) -> None:
    async with talking_server(lines((b"", b"SSH-2.0-OpenSSH_9.9\r\n"))) as port:
        result = await ask(port, expect="SSH-2.0-")
    assert (result.status, result.message) == (Status.OK, f"127.0.0.1:{port} answers with 'SSH-2.0-'")
    assert list(result.phases) == ["connect", "answer"]
    assert result.metrics["answer_bytes"] == 21


async def test_what_is_sent_is_answered(ask: Ask) -> None:
    async with talking_server(lines((b"PING\r", b"+PONG\r\n"))) as port:
        result = await ask(port, send=r"PING\r\n", expect=r"+PONG\r\n")
    assert result.status is Status.OK


async def test_an_answer_that_comes_in_pieces_is_put_together(ask: Ask) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        for piece in (b"+P", b"O", b"NG"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.05)
        return True

    async with talking_server(script) as port:
        result = await ask(port, expect="PONG")
    assert result.status is Status.OK
    assert result.phases["answer"] >= 90


@pytest.mark.parametrize(
    ("said", "values", "message"),
    [
        (b"500 go away\r\n", {"deadline_seconds": 0.3}, "s while waiting for the answer: "),
        (
            b"500 go away\r\n",
            {"expect_within_bytes": 5},
            "the first 5 bytes of the answer do not hold '220'; it",
        ),
        (b"", {"deadline_seconds": 0.3}, "'220' is expected; nothing came"),
    ],
)
@at_any_pace
async def test_another_answer_fails_and_is_shown(
    ask: Ask, said: bytes, values: dict[str, Any], message: str, pace: int
) -> None:
    values = {name: value * pace if name == "deadline_seconds" else value for name, value in values.items()}
    async with talking_server(lines((b"", said))) as port:
        result = await ask(port, expect="220", **values)
    assert result.status is Status.FAILED
    assert message in result.message
    assert result.response_ms is None


async def test_what_comes_after_the_limit_does_not_count(ask: Ask) -> None:
    async with talking_server(lines((b"", b"12345678"))) as port:
        assert (await ask(port, expect="78", expect_within_bytes=7)).status is Status.FAILED
        assert (await ask(port, expect="78", expect_within_bytes=8)).status is Status.OK


async def test_a_connection_that_is_closed_early_fails(ask: Ask) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"bye\x1b[31m\r\n")
        writer.close()
        return False

    async with talking_server(script) as port:
        result = await ask(port, expect="hello")
    assert result.message == (
        r"the other side closed the connection before 'hello' came; it begins with 'bye\x1b[31m\r\n'"
    )


async def test_a_flood_is_read_up_to_the_limit(ask: Ask) -> None:
    with flooding_server(b"", b"x" * 65536) as port:
        result = await ask(port, send="go", expect="y", expect_within_bytes=65536)
    assert result.status is Status.FAILED
    assert result.metrics["answer_bytes"] == 65536


# TLS


@pytest.mark.parametrize("mode", ["smtp", "imap", "pop3", "ldap", "postgres"])
async def test_tls_begins_as_the_protocol_says(ask: Ask, authority: Authority, tmp_path: Path, mode: str) -> None:
    tls = authority.issue("127.0.0.1").server_context(tmp_path)
    async with talking_server(SCRIPTS[mode], tls, b"hello") as port:
        result = await ask(port, tls=mode, expect="hello")
    assert result.status is Status.OK, result.message
    assert list(result.phases) == ["connect", "starttls", "tls", "answer"]
    assert result.metrics["certificate_days"] == pytest.approx(60, abs=0.1)
    assert result.details["protocol"] == "TLSv1.3"


async def test_direct_tls(ask: Ask, authority: Authority, tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hi")
        await reader.read()

    tls = authority.issue("db.test").server_context(tmp_path)
    async with listening(serve, tls=tls) as port:
        good = await ask(port, tls="direct", server_name="db.test", expect="hi")
        bad = await ask(port, tls="direct", expect="hi")
        careless = await ask(port, tls="direct", expect="hi", verify_tls=False)
    assert (good.status, list(good.phases)) == (Status.OK, ["connect", "tls", "answer"])
    assert (bad.status, bad.message) == (Status.FAILED, "TLS certificate is not for 127.0.0.1: it is for db.test")
    assert careless.status is Status.OK


async def test_a_refused_certificate_after_a_dialogue_is_told(ask: Ask, authority: Authority, tmp_path: Path) -> None:
    tls = authority.issue("127.0.0.1", ends_in=timedelta(days=-3)).server_context(tmp_path)
    async with talking_server(SCRIPTS["smtp"], tls) as port:
        result = await ask(port, tls="smtp")
    assert result.status is Status.FAILED
    assert "has expired on " in result.message
    assert "3 days ago" in result.message


async def test_a_plain_port_is_no_tls(ask: Ask) -> None:
    async with talking_server(lines((b"", b"220 plain\r\n"))) as port:
        result = await ask(port, tls="direct")
    assert result.status is Status.FAILED
    assert "does not speak TLS" in result.message
