"""The websocket probe against a real websocket server, and against others."""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from monitor_app.checks.websocket import dialogue
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.net import Network
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry
from tests.paces import at_any_pace
from tests.servers.certificates import Authority
from tests.servers.dns import NameServer
from tests.servers.http import HttpServer, raw, reply
from tests.servers.tcp import closed_port, greeting_server
from tests.servers.websocket import websocket_server

Ask = Callable[..., Awaitable[ProbeResult]]


@pytest.fixture
def ask(network: Network) -> Ask:
    """Visits a port of this machine."""
    kind = KindRegistry()["websocket"]

    async def probe(port: int, *, host: str = "127.0.0.1", scheme: str = "ws", path: str = "/", **values: Any) -> Any:
        config = kind.parse({"url": f"{scheme}://{host}:{port}{path}", "deadline_seconds": 60} | values)
        return await kind.probe(ProbeContext(network), config)

    return probe


# Good answers


async def test_an_open_websocket_is_ok(ask: Ask, names: NameServer) -> None:
    names.records["socket.test"] = ["127.0.0.1"]
    async with websocket_server() as server:
        result = await ask(server.port, host="socket.test", path="/live?token=1")
    assert (result.status, result.message) == (Status.OK, "open")
    assert result.details == {"address": "127.0.0.1", "close": "clean"}
    assert list(result.phases) == ["dns", "connect", "handshake"]
    assert result.response_ms == pytest.approx(sum(result.phases.values()))
    assert server.requests[0].path == "/live?token=1"
    assert server.requests[0].headers["host"] == f"socket.test:{server.port}"
    assert server.closed == [(1000, "")]


async def test_a_message_is_answered(ask: Ask) -> None:
    async with websocket_server() as server:
        result = await ask(server.port, message="ping ö", expected="ö")
        assert (result.status, result.message) == (Status.OK, "open, answered as expected")
        assert result.metrics == {"messages": 1, "answer_bytes": 7}
        assert list(result.phases) == ["connect", "handshake", "answer"]
        assert (await ask(server.port, message="anything")).message == "open, answered"


async def test_other_messages_may_come_before_the_answer(ask: Ask) -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.send("welcome")
        await (await connection.ping())
        await connection.send("po")
        await connection.send("ng")
        await connection.send(b"noise \xff")
        await connection.send(["po", "ng"])
        await connection.wait_closed()

    async with websocket_server(talk) as server:
        result = await ask(server.port, expected="pong")
    assert (result.status, result.metrics["messages"]) == (Status.OK, 5)


async def test_the_time_is_that_of_the_answer(ask: Ask) -> None:
    async def talk(connection: ServerConnection) -> None:
        await asyncio.sleep(0.08)
        await connection.send("late")
        await connection.wait_closed()

    async with websocket_server(talk) as server:
        result = await ask(server.port, expected="late")
    assert 50 <= result.phases["answer"] < 60_000
    assert result.phases["handshake"] < result.phases["answer"]


async def test_headers_and_subprotocol_are_sent(ask: Ask) -> None:
    async with websocket_server(subprotocols=["chat.v2"]) as server:
        result = await ask(
            server.port, subprotocol="chat.v2", headers={"Authorization": "Bearer x", "Origin": "http://a"}
        )
    assert (result.status, result.details["subprotocol"]) == (Status.OK, "chat.v2")
    headers = server.requests[0].headers
    assert (headers["authorization"], headers["origin"]) == ("Bearer x", "http://a")
    assert headers["user-agent"].startswith("Lightbulb/")


async def test_tls(ask: Ask, authority: Authority, tmp_path: Path, names: NameServer) -> None:
    names.records["socket.test"] = names.records["other.test"] = ["127.0.0.1"]
    tls = authority.issue("socket.test").server_context(tmp_path)
    async with websocket_server(tls=tls) as server:
        result = await ask(server.port, host="socket.test", scheme="wss", message="a", expected="a")
        assert (result.status, list(result.phases)) == (Status.OK, ["dns", "connect", "tls", "handshake", "answer"])
        assert 59 < result.metrics["certificate_days"] <= 60
        result = await ask(server.port, host="other.test", scheme="wss")
        assert (result.status, result.response_ms) == (Status.FAILED, None)
        assert result.message.startswith("TLS certificate is not for other.test")
        assert (await ask(server.port, host="other.test", scheme="wss", verify_tls=False)).status is Status.OK


# Handshakes that fail


def refusing(status: HTTPStatus) -> Callable[[ServerConnection, Request], Response]:
    return lambda connection, request: connection.respond(status, "no\n")


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (HTTPStatus.FORBIDDEN, "handshake refused: 403 Forbidden"),
        (HTTPStatus.SERVICE_UNAVAILABLE, "handshake refused: 503 Service Unavailable"),
    ],
)
async def test_the_status_of_a_refusal_is_told(ask: Ask, status: HTTPStatus, message: str) -> None:
    async with websocket_server(refuse=refusing(status)) as server:
        result = await ask(server.port)
    assert (result.status, result.message, result.response_ms) == (Status.FAILED, message, None)


async def test_a_web_page_is_no_websocket(ask: Ask, server: HttpServer) -> None:
    server.on("/", reply(200, b"hello"))
    message = "handshake refused: 200 OK; it is a web page, not a websocket"
    assert (await ask(server.port)).message == message


async def test_a_redirect_is_told_without_its_secrets(ask: Ask, server: HttpServer) -> None:
    server.on("/", reply(302, b"", {"Location": "https://u:hunter2@example.org/b?token=hunter3"}))
    message = "handshake refused: 302 Found, to https://example.org/b; redirects are not followed"
    assert (await ask(server.port)).message == message


async def test_a_missing_subprotocol_fails(ask: Ask) -> None:
    async with websocket_server() as server:
        result = await ask(server.port, subprotocol="chat")
    assert (result.status, result.message) == (Status.FAILED, "the server does not agree to the subprotocol chat")


UPGRADE = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (UPGRADE + b"Sec-WebSocket-Accept: nonsense\r\n\r\n", "Bad accept token"),
        (UPGRADE + b"Sec-WebSocket-Protocol: \xff\r\n\r\n", "breaks the rules of websockets"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "Missing header, 'Connection: Upgrade'"),
        (b"SSH-2.0-server\r\n\r\n", "Bad HTTP message"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 30000, "handshake refused: 100 Continue"),
        (b"HTTP/1.1 101 X\r\nA: " + b"x" * 100_000, "Bad HTTP message"),
        (b"", "closed the connection without an answer"),
    ],
)
async def test_a_broken_handshake_fails(ask: Ask, server: HttpServer, answer: bytes, message: str) -> None:
    server.on("/", raw(answer))
    result = await ask(server.port)
    assert result.status is Status.FAILED
    assert message in result.message


@at_any_pace
async def test_silence_fails_in_time(ask: Ask, pace: int) -> None:
    async with greeting_server(b"") as port:
        result = await ask(port, deadline_seconds=0.2 * pace)
    assert result.message == f"timed out after {0.2 * pace:g} s while waiting for the handshake"


async def test_nobody_there_fails(ask: Ask) -> None:
    port = closed_port()
    assert (await ask(port)).message == f"connection refused by 127.0.0.1:{port}: nothing listens there"


async def test_the_guard_judges_the_address(ask: Ask) -> None:
    assert "is not allowed" in (await ask(80, host="169.254.169.254")).message


# Answers that fail


@at_any_pace
async def test_silence_instead_of_an_answer_fails(ask: Ask, pace: int) -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with websocket_server(talk) as server:
        result = await ask(server.port, message="ping", deadline_seconds=0.3 * pace)
    assert result.message == f"timed out after {0.3 * pace:g} s while waiting for the answer"
    assert result.response_ms is None


@at_any_pace
async def test_another_answer_fails(ask: Ask, pace: int) -> None:
    async with websocket_server() as server:
        result = await ask(server.port, message="ping", expected="pong", deadline_seconds=0.3 * pace)
    assert result.message == (
        f"timed out after {0.3 * pace:g} s while waiting for the answer: none of 1 messages holds what is expected"
    )


async def test_a_server_that_closes_is_told_with_code_and_reason(ask: Ask) -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.close(1008, "who are \x1b[31myou")

    async with websocket_server(talk) as server:
        result = await ask(server.port, message="ping")
    assert result.message == (
        r"the other side closed with 1008 (policy violation): who are \x1b[31myou before the answer"
    )


def frame(opcode: int, payload: bytes, *, is_final: bool = True) -> bytes:
    length = struct.pack("!B", len(payload)) if len(payload) < 126 else b"\x7f" + struct.pack("!Q", len(payload))
    return bytes([opcode | (0x80 if is_final else 0)]) + length + payload


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (frame(1, b"x" * 600_000), f"more than {dialogue.RECEIVED_LIMIT_BYTES // 1024} KB"),
        (frame(2, b"") * 5000, f"more than {dialogue.FRAMES_LIMIT} frames"),
        (frame(9, b"") * 5000, f"more than {dialogue.FRAMES_LIMIT} frames"),
        (b"\xff\xff\xff\xff", "breaks the rules of websockets"),
        (frame(1, b"\xff\xfe"), "breaks the rules of websockets"),
        (b"", "cut the connection before the answer"),
    ],
)
async def test_what_the_server_sends_has_bounds(ask: Ask, frames: bytes, message: str) -> None:
    async def talk(connection: ServerConnection) -> None:
        connection.transport.write(frames)
        connection.transport.write_eof()
        await connection.wait_closed()

    async with websocket_server(talk) as server:
        result = await ask(server.port, expected="never")
    assert result.status is Status.FAILED
    assert message in result.message


async def test_a_server_that_does_not_say_goodbye_is_ok(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue, "_CLOSE_SECONDS", 0.05)

    async def talk(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await asyncio.sleep(0.2)
        connection.transport.abort()

    async with websocket_server(talk) as server:
        result = await ask(server.port)
    assert (result.status, result.details["close"]) == (Status.OK, "not answered")
    assert result.response_ms is not None


@at_any_pace
async def test_the_goodbye_is_not_part_of_the_response_time(ask: Ask, pace: int) -> None:
    async def talk(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await asyncio.sleep(0.6 * pace)
        connection.transport.resume_reading()
        await connection.wait_closed()

    async with websocket_server(talk) as server:
        result = await ask(server.port)
    assert result.details["close"] == "clean"
    assert result.response_ms is not None
    assert result.response_ms < 500 * pace
