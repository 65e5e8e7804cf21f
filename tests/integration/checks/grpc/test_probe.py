"""The grpc probe against a real gRPC server, and against others."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from hyperframe.frame import DataFrame, HeadersFrame, PingFrame, SettingsFrame

from monitor_app.checks.grpc.call import RECEIVED_LIMIT_BYTES
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.net import Network
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry
from tests.paces import at_any_pace
from tests.servers.certificates import Authority
from tests.servers.dns import NameServer
from tests.servers.grpc_health import NOT_SERVING, SERVICE_UNKNOWN, SERVING, UNKNOWN, GrpcServer, grpc_server
from tests.servers.http import HttpServer, http_server
from tests.servers.tcp import closed_port, flooding_server, greeting_server

Ask = Callable[..., Awaitable[ProbeResult]]


@pytest.fixture
def health() -> Iterator[GrpcServer]:
    """A real gRPC server."""
    with grpc_server() as server:
        yield server


@pytest.fixture
def ask(network: Network) -> Ask:
    """Asks a port of this machine."""
    kind = KindRegistry()["grpc"]

    async def probe(port: int, **values: Any) -> ProbeResult:
        config = kind.parse({"host": "127.0.0.1", "port": port, "deadline_seconds": 60} | values)
        return await kind.probe(ProbeContext(network), config)

    return probe


# What the health service says


async def test_a_server_that_serves_is_ok(ask: Ask, health: GrpcServer) -> None:
    result = await ask(health.port)
    assert (result.status, result.message) == (Status.OK, "SERVING")
    assert result.metrics == {"grpc_status": 0}
    assert result.details == {"address": "127.0.0.1"}
    assert list(result.phases) == ["connect", "answer"]
    assert result.response_ms == pytest.approx(sum(result.phases.values()))


@pytest.mark.parametrize(
    ("serving", "status", "message"),
    [
        (SERVING, Status.OK, "SERVING"),
        (NOT_SERVING, Status.FAILED, "NOT_SERVING: shop.v1.Orders says that it does not serve"),
        (UNKNOWN, Status.UNKNOWN, "UNKNOWN: the server does not know how shop.v1.Orders is"),
        (SERVICE_UNKNOWN, Status.FAILED, "SERVICE_UNKNOWN: the health service does not know shop.v1.Orders"),
    ],
)
async def test_each_status_of_a_service(
    ask: Ask, health: GrpcServer, serving: Any, status: Status, message: str
) -> None:
    health.servicer.set("shop.v1.Orders", serving)
    result = await ask(health.port, service="shop.v1.Orders")
    assert (result.status, result.message) == (status, message)


async def test_a_service_that_is_not_known_fails(ask: Ask, health: GrpcServer) -> None:
    result = await ask(health.port, service="x" * 200)
    assert (result.status, result.metrics) == (Status.FAILED, {"grpc_status": 5})
    assert result.message.startswith("NOT_FOUND: the health service does not know xxx")


async def test_a_server_without_a_health_service_fails(ask: Ask) -> None:
    with grpc_server(has_health=False) as server:
        result = await ask(server.port)
    assert result.status is Status.FAILED
    assert result.message.startswith("UNIMPLEMENTED: the server has no health service")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            grpc.StatusCode.UNAUTHENTICATED,
            "UNAUTHENTICATED: the caller must say who it is, in the metadata (wäre\\x0a)",
        ),
        (grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED"),
        (grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE"),
        (grpc.StatusCode.INTERNAL, "INTERNAL"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "RESOURCE_EXHAUSTED"),
    ],
)
async def test_refusals_are_told_in_words(ask: Ask, health: GrpcServer, code: grpc.StatusCode, words: str) -> None:
    health.refusal = (code, "wäre\n")
    result = await ask(health.port)
    assert result.status is Status.FAILED
    assert words in result.message


async def test_metadata_is_sent(ask: Ask, health: GrpcServer) -> None:
    await ask(health.port, metadata={"Authorization": "Bearer x\ty", "X-Data-Bin": "AAEC"})
    sent = health.metadata[0]
    assert (sent["authorization"], sent["x-data-bin"]) == ("Bearer x\ty", b"\0\1\2")
    assert sent["user-agent"].startswith("Lightbulb/")


# TLS


async def test_tls_with_a_server_name(ask: Ask, authority: Authority, names: NameServer) -> None:
    names.records["api.test"] = ["127.0.0.1"]
    with grpc_server(authority.issue("api.test")) as server:
        result = await ask(server.port, host="api.test", tls=True)
        assert (result.status, list(result.phases)) == (Status.OK, ["dns", "connect", "tls", "answer"])
        assert 59 < result.metrics["certificate_days"] <= 60
        result = await ask(server.port, tls=True)
        assert result.status is Status.FAILED
        assert result.message.startswith("TLS certificate is not for 127.0.0.1")
        assert (await ask(server.port, tls=True, server_name="api.test")).status is Status.OK
        assert (await ask(server.port, tls=True, verify_tls=False)).status is Status.OK


async def test_a_server_without_http2_fails(ask: Ask, authority: Authority, tmp_path: Path) -> None:
    async with http_server(tls=authority.issue("127.0.0.1").server_context(tmp_path)) as server:
        result = await ask(server.port, tls=True)
    assert result.message == "the other side does not offer HTTP/2 (ALPN h2), which gRPC needs"


async def test_tls_where_there_is_none_fails(ask: Ask, health: GrpcServer) -> None:
    assert (await ask(health.port, tls=True)).status is Status.FAILED


async def test_plain_where_there_is_tls_fails(ask: Ask, authority: Authority) -> None:
    with grpc_server(authority.issue("127.0.0.1")) as server:
        assert (await ask(server.port)).status is Status.FAILED


# What is no gRPC server


async def test_a_web_server_is_none(ask: Ask, server: HttpServer) -> None:
    result = await ask(server.port)
    assert result.status is Status.FAILED
    assert result.message.startswith("the other side does not speak HTTP/2: its answer begins with 'HTTP/1.1 404")


async def test_nobody_there_fails(ask: Ask) -> None:
    port = closed_port()
    assert (await ask(port)).message == f"connection refused by 127.0.0.1:{port}: nothing listens there"


@at_any_pace
async def test_silence_fails_in_time(ask: Ask, pace: int) -> None:
    async with greeting_server(b"") as port:
        result = await ask(port, deadline_seconds=0.2 * pace)
    assert (result.message, result.response_ms) == (
        f"timed out after {0.2 * pace:g} s while waiting for the answer",
        None,
    )


async def test_the_guard_judges_the_address(ask: Ask) -> None:
    assert "is not allowed" in (await ask(80, host="169.254.169.254")).message


def answered(
    *headers: tuple[str, str], data: bytes | None = None, trailers: list[tuple[str, str]] | None = None
) -> bytes:
    """What an HTTP/2 server says to the first request."""
    client, server = H2Connection(), H2Connection(H2Configuration(client_side=False))
    client.initiate_connection()
    client.send_headers(1, [(":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", "a")], True)
    server.initiate_connection()
    server.receive_data(client.data_to_send())
    server.send_headers(1, headers, end_stream=data is None and trailers is None)
    if data is not None:
        server.send_data(1, data, end_stream=trailers is None)
    if trailers is not None:
        server.send_headers(1, trailers, end_stream=True)
    return server.data_to_send()


GRPC = (":status", "200"), ("content-type", "application/grpc+proto")
OK = [("grpc-status", "0")]
SETTINGS = SettingsFrame(0).serialize()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (answered(*GRPC, data=b"\0\0\0\0\2\x08\1", trailers=OK), "SERVING"),
        (answered(*GRPC, data=b"\0\0\0\0\0", trailers=OK), "UNKNOWN: the server does not know how the server is"),
        (answered(*GRPC, data=b"\0\0\0\0\2\x08\7", trailers=OK), "the health service answers 7, which means nothing"),
        (answered(*GRPC, data=b"\1\0\0\0\2\x08\1", trailers=OK), "the message is compressed"),
        (answered(*GRPC, data=b"\0\0\0\0\3\x08\1", trailers=OK), "should have 3 bytes and has 2"),
        (answered(*GRPC, data=b"x" * 5000, trailers=OK), "the answer is longer than 4 KB"),
        (answered(*GRPC, trailers=OK), "there is no message"),
        (answered(*GRPC, data=b"", trailers=[("x", "y")]), "the answer ends without a gRPC status"),
        (answered(*GRPC, ("grpc-status", "14"), ("grpc-message", "gone%20%E2%82%AC")), "(gone €)"),
        (answered(*GRPC, ("grpc-status", "77")), "the server answers the gRPC status 77"),
        (answered(*GRPC, ("grpc-status", "-1")), "the answer ends without a gRPC status"),
        (answered((":status", "502")), "the other side answers 502 Bad Gateway instead of gRPC"),
        (answered((":status", "200"), ("content-type", "text/html")), "speaks HTTP/2, but not gRPC"),
        (answered(*GRPC, ("x", "y" * 20_000)), "breaks the rules of HTTP/2: Oversized header block"),
        (SETTINGS + b"\0\0\4\3\0\0\0\0\1\0\0\0\7", "the other side broke off the call (REFUSED_STREAM)"),
        (SETTINGS + b"\0\0\x0a\7\0\0\0\0\0\0\0\0\0\0\0\0\x0bhi", "ended the connection (ENHANCE_YOUR_CALM): hi"),
        (SETTINGS + DataFrame(3, b"x").serialize(), "breaks the rules of HTTP/2"),
        (SETTINGS + HeadersFrame(1, b"\xff\xff\xff", flags=["END_HEADERS"]).serialize(), "breaks the rules of HTTP/2"),
        (b"\x15\3\1\0\2\2\x16", "it seems to want TLS"),
        (b"\0\0", "closed the connection before the answer was complete"),
        (b"\xff" * 50, "does not speak HTTP/2: its answer begins with '\\xff"),
    ],
)
async def test_what_a_server_may_answer(ask: Ask, said: bytes, message: str) -> None:
    async with greeting_server(said) as port:
        result = await ask(port)
    assert message in result.message
    assert result.status is {"SERVING": Status.OK, "UNKNOWN": Status.UNKNOWN}.get(
        message.partition(":")[0], Status.FAILED
    )


async def test_a_server_that_floods_us_is_left(ask: Ask) -> None:
    with flooding_server(SETTINGS, PingFrame(0, b"12345678").serialize() * 100) as port:
        result = await ask(port)
    assert result.message == f"the other side sends more than {RECEIVED_LIMIT_BYTES // 1024} KB"
