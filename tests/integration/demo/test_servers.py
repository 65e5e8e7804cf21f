"""The demo's servers, asked by the real probe."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from cryptography import x509

from monitor_app.demo.servers import ADDRESS, running_servers
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.net import Network
from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.demo_catalogue import CATALOGUE, DemoService
from monitor_app.use_cases.probing import Probing
from tests.ports import free_ports

# Where tests want any free port: nothing can be bound there.
NOWHERE = 65_536
# What is still waited for when their time is over.
NEVER_ANSWER = {
    "/exports/latest": " s while reading the answer",
    "/batch/status": " s while waiting for the first byte",
}
DEADLINES = (0.4, 2.0, 10.0, 60.0)


@pytest.fixture
async def probing() -> AsyncIterator[Probing]:
    network = Network()
    yield Probing(network, KindRegistry())
    await network.close()


async def test_each_service_is_found_as_it_is_meant_to_be(probing: Probing) -> None:
    registry = KindRegistry()

    async def asked(demo: DemoService, url: str, deadline_seconds: float) -> ProbeResult:
        kind = registry[demo.kind]
        config = {**demo.values(url)["status_config"], "deadline_seconds": deadline_seconds}
        return await probing.run(kind, kind.parse(config))

    async def found(demo: DemoService, url: str) -> ProbeResult:
        """Those that never answer are given more time until the time is over where it should be.

        A busy machine may need all of the first deadline for connecting.
        """
        if demo.path not in NEVER_ANSWER:
            return await asked(demo, url, DEADLINES[-1])
        for deadline_seconds in DEADLINES:
            result = await asked(demo, url, deadline_seconds)
            if result.message.endswith(f"timed out after {deadline_seconds:g}{NEVER_ANSWER[demo.path]}"):
                break
        return result

    served = [demo for demo in CATALOGUE if demo.has_server or demo.kind == "process"]
    async with running_servers(NOWHERE) as urls:
        assert urls.keys() == {demo.path for demo in CATALOGUE}
        results = await asyncio.gather(*(found(demo, urls[demo.path]) for demo in served))
    results = {demo.path: result for demo, result in zip(served, results, strict=True)}
    certificate = results.pop("tls_certificate:")
    assert (certificate.status, certificate.metrics["certificate_days"] > 9) == (Status.DEGRADED, True)
    good = {path for path, result in results.items() if result.status is Status.OK}
    assert good == {
        "/shop",
        "/checkout/health",
        "/search?q=lamp",
        "/images/health",
        "/cart/health",
        "/fraud/health",
        "/login",
        "/go/home",
        "/metrics",
        "/prices",
        "tcp:",
        "process:",
    }
    messages = {path: result.message for path, result in results.items() if path not in good}
    expected = {
        "/pay/ready": "503",
        "/invoices/ping": "500",
        "/v1/profile": "404",
        "/portal": "TLS certificate has expired",
        "/wiki": "self-signed",
        "/erp": "refused",
        **NEVER_ANSWER,
    }
    assert messages.keys() == expected.keys()
    assert {path for path, part in expected.items() if part not in messages[path]} == set()
    assert results["/search?q=lamp"].response_ms > 300


@pytest.mark.parametrize(("path", "days_left"), [("/portal", range(-36, -33)), ("/wiki", range(330, 340))])
async def test_https_servers_show_the_certificate_they_are_meant_to(path: str, days_left: range) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    async with running_servers(NOWHERE) as urls:
        _, writer = await asyncio.open_connection(ADDRESS, urlsplit(urls[path]).port, ssl=context)
        shown = x509.load_der_x509_certificate(writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
        writer.close()
        await writer.wait_closed()
    assert (shown.not_valid_after_utc - datetime.now(UTC)).days in days_left
    assert (shown.issuer == shown.subject) is (path == "/wiki")


async def test_servers_stand_on_the_wanted_ports_where_these_are_free() -> None:
    base = free_ports(3)
    with socket.socket() as taken:
        taken.bind((ADDRESS, base + 1))
        taken.listen()
        async with running_servers(base, CATALOGUE[:3]) as urls:
            first, second, third = (urlsplit(url).port for url in urls.values())
    assert (first, third) == (base, base + 2)
    assert second not in (base, base + 1, base + 2)


async def test_servers_can_be_reached_from_this_machine_only() -> None:
    async with running_servers(NOWHERE, CATALOGUE[:2]) as urls:
        assert {urlsplit(url).hostname for url in urls.values()} == {"127.0.0.1"}


@pytest.mark.parametrize("request_bytes", [b"", b"nonsense\r\n\r\n", b"\r\n\r\n", b"x" * 40_000, b"\x16\x03\x01 tls?"])
async def test_nonsense_does_not_harm_a_server(request_bytes: bytes) -> None:
    async with running_servers(NOWHERE, CATALOGUE[:1]) as urls:
        port = urlsplit(urls["/shop"]).port
        _, writer = await asyncio.open_connection(ADDRESS, port)
        writer.write(request_bytes)
        writer.close()
        reader, writer = await asyncio.open_connection(ADDRESS, port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_servers_stop_at_once_with_visitors_inside() -> None:
    async with asyncio.timeout(60):
        async with running_servers(NOWHERE) as urls:
            writers = []
            for path in ("/batch/status", "/exports/latest"):
                _, writer = await asyncio.open_connection(ADDRESS, urlsplit(urls[path]).port)
                writer.write(b"GET / HTTP/1.1\r\n\r\n")
                await writer.drain()
                writers.append(writer)
        for writer in writers:
            writer.close()
