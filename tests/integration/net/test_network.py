"""Connections that go out: addresses of both families, the guard, TLS, and times that hold no waiting of ours."""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest

from monitor_app.errors import OutboundRefused
from monitor_app.net import Network, kernel_time
from monitor_app.net.failures import ConnectFailed, ConnectionLost, NameFailed, TimedOut, TlsFailed
from monitor_app.net.guard import Guard
from monitor_app.net.names import Lookup
from monitor_app.net.network import _encrypt
from monitor_app.net.policy import OutboundPolicy
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.stream import Stream
from tests.paces import at_any_pace
from tests.servers.certificates import Authority, IssuedCertificate, self_signed
from tests.servers.dns import NameServer
from tests.servers.http import HttpServer, http_server, reply
from tests.servers.tcp import closed_port, flooding_server, greeting_server, silent_listener


async def test_a_connection_has_the_phases_dns_and_connect(
    network: Network, names: NameServer, server: HttpServer
) -> None:
    names.records["web.test"] = ["127.0.0.1"]
    stopwatch = Stopwatch(60)
    stream = await network.open("web.test", server.port, stopwatch)
    stream.close()
    assert list(stopwatch.phases_ms()) == ["dns", "connect"]
    assert stream.address == "127.0.0.1"


async def test_an_address_needs_no_look_up(network: Network, server: HttpServer) -> None:
    stopwatch = Stopwatch(60)
    (await network.open("127.0.0.1", server.port, stopwatch)).close()
    assert list(stopwatch.phases_ms()) == ["connect"]


async def test_ipv6_works(network: Network) -> None:
    async with http_server("::1") as server:
        stream = await network.open("::1", server.port, Stopwatch(60))
        stream.close()
        assert stream.address == "::1"


async def test_the_other_family_is_tried_when_one_refuses(network: Network, server: HttpServer) -> None:
    """localhost is ::1 and 127.0.0.1, and this server listens on the latter only."""
    stream = await network.open("localhost", server.port, Stopwatch(60))
    stream.close()
    assert stream.address == "127.0.0.1"


async def test_a_silent_address_delays_the_next_by_a_quarter_second(
    network: Network, server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with silent_listener(server.port) as (silent, _):
        monkeypatch.setattr(network.names, "resolve", in_this_order([silent, "127.0.0.1"]))
        stopwatch = Stopwatch(60)
        started_at = time.perf_counter()
        stream = await network.open("half.test", server.port, stopwatch)
        stream.close()
    assert time.perf_counter() - started_at < 30
    assert stream.address == "127.0.0.1"
    assert 250 <= stopwatch.phases_ms()["connect"] < 30_000  # and not the minute of the deadline


async def test_time_runs_out_while_connecting(network: Network) -> None:
    with (
        silent_listener() as (address, port),
        pytest.raises(TimedOut, match=r"timed out after 0\.2 s while connecting"),
    ):
        await network.open(address, port, Stopwatch(0.2))


async def test_time_runs_out_while_looking_up(network: Network, names: NameServer) -> None:
    names.silent.add("silent.test")
    with pytest.raises(TimedOut, match=r"timed out after 0\.2 s while looking up the name"):
        await network.open("silent.test", 80, Stopwatch(0.2))


async def test_refused_is_told_with_the_address(network: Network) -> None:
    port = closed_port()
    with pytest.raises(ConnectFailed, match=f"connection refused by 127.0.0.1:{port}: nothing listens there"):
        await network.open("127.0.0.1", port, Stopwatch(60))


async def test_refused_by_all_addresses_is_refused(network: Network) -> None:
    with pytest.raises(ConnectFailed, match="connection refused by"):
        await network.open("localhost", closed_port(), Stopwatch(60))


async def test_an_unknown_name_is_told(network: Network) -> None:
    with pytest.raises(NameFailed, match=r"missing\.test does not exist"):
        await network.open("missing.test", 80, Stopwatch(60))


async def test_the_guard_judges_what_a_name_leads_to(network: Network, names: NameServer) -> None:
    names.records["trap.test"] = ["169.254.169.254"]
    with pytest.raises(OutboundRefused, match=r"169\.254\.169\.254 is not allowed"):
        await network.open("trap.test", 80, Stopwatch(60))


async def test_a_refused_address_is_left_out_when_there_is_another(
    network: Network, names: NameServer, server: HttpServer
) -> None:
    names.records["mixed.test"] = ["169.254.169.254", "127.0.0.1"]
    stream = await network.open("mixed.test", server.port, Stopwatch(60))
    stream.close()
    assert stream.address == "127.0.0.1"


async def test_another_guard_can_be_given(server: HttpServer) -> None:
    network = Network(guard=Guard(OutboundPolicy(is_private_allowed=False)))
    with pytest.raises(OutboundRefused, match="an address of this machine itself, and no rule allows it"):
        await network.open("127.0.0.1", server.port, Stopwatch(60))
    await network.close()


async def test_no_socket_is_left_open(network: Network, server: HttpServer) -> None:
    """ResourceWarning is an error here, and each way out closes what it opened."""
    before = open_sockets()
    for host, port in (("127.0.0.1", closed_port()), ("localhost", closed_port()), ("169.254.1.1", 80)):
        with pytest.raises((ConnectFailed, OutboundRefused)):
            await network.open(host, port, Stopwatch(60))
    task = asyncio.create_task(network.open_tls("127.0.0.1", server.port, Stopwatch(60)))
    while not server.connections:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(60):
        while open_sockets() > before:  # the test server closes its side, too
            await asyncio.sleep(0.01)


async def test_no_socket_is_left_open_when_tls_cannot_begin(network: Network, server: HttpServer) -> None:
    stream = await network.open("127.0.0.1", server.port, Stopwatch(60))
    before = open_sockets()
    with pytest.raises(ValueError, match=r"label empty|server_hostname"):
        await _encrypt(stream, ".test", Stopwatch(60), ssl.create_default_context())
    assert open_sockets() == before - 1


# Times


@at_any_pace
async def test_a_stalled_loop_is_not_counted(network: Network, pace: int) -> None:
    """The answer comes after 50 ms; this program looks at it 600 ms later."""
    with answering_thread(after_seconds=0.05) as port:
        stopwatch = Stopwatch(60)
        stream = await network.open("127.0.0.1", port, stopwatch)
        stopwatch.phase = "first_byte"
        stall(0.6 * pace)
        await stream.write(b"hello")
        stall(0.6 * pace)
        assert await stream.read(100) == b"answer"
        stream.close()
    assert 50 <= stopwatch.phases_ms()["first_byte"] < 500 * pace


@at_any_pace
async def test_a_stalled_loop_is_not_counted_while_connecting(network: Network, server: HttpServer, pace: int) -> None:
    """The kernel knows how long the handshake took."""
    stopwatch = Stopwatch(60)
    opening = asyncio.create_task(network.open("127.0.0.1", server.port, stopwatch))
    await asyncio.sleep(0)
    stall(0.6 * pace)
    (await opening).close()
    assert stopwatch.phases_ms()["connect"] < 300 * pace


@at_any_pace
async def test_a_stalled_loop_is_not_counted_while_looking_up(network: Network, names: NameServer, pace: int) -> None:
    """The answer's time is taken by a thread of its own."""
    name = f"web{pace}.test"
    names.records[name] = ["127.0.0.1"]
    asking = asyncio.create_task(network.names.resolve(name, 60))
    while names.questions[name] < 2:  # A and AAAA
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)  # the name server lives on this loop: let it answer
    stall(0.6 * pace)
    assert (await asking).waited_seconds < 0.3 * pace


@at_any_pace
async def test_a_stalled_loop_is_not_counted_at_the_end_of_a_stream(network: Network, pace: int) -> None:
    """The end carries no stamp; the kernel tells when it came all the same."""
    with answering_thread(after_seconds=0.05, is_closing=True) as port:
        stopwatch = Stopwatch(60)
        stream = await network.open("127.0.0.1", port, stopwatch)
        await stream.write(b"hello")
        assert await stream.read(100) == b"answer"
        stall(0.6 * pace)
        assert await stream.read(100) == b""
        stream.close()
    assert sum(stopwatch.phases_ms().values()) < 500 * pace


@at_any_pace
async def test_a_stalled_loop_does_not_time_out_what_has_arrived(network: Network, pace: int) -> None:
    with answering_thread(after_seconds=0.05) as port:
        stream = await network.open("127.0.0.1", port, Stopwatch(0.5 * pace))
        await stream.write(b"hello")
        reading = asyncio.create_task(stream.read(100))
        await asyncio.sleep(0)
        stall(0.8 * pace)
        assert await reading == b"answer"
        stream.close()


async def read_slowly(stream: Stream) -> None:
    while True:
        stall(0.001)  # the other side is faster than we are
        await stream.read(4096)


async def test_a_flood_ends_at_the_deadline_and_lets_others_run(network: Network) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    with flooding_server(b"", b"x" * 65536) as port:
        stopwatch = Stopwatch(60)
        stream = await network.open("127.0.0.1", port, stopwatch)
        await stream.write(b"hello")
        stopwatch.deadline_seconds = stopwatch.total_seconds + 0.3
        running = asyncio.create_task(others())
        started_at = time.perf_counter()
        with pytest.raises(TimedOut):
            await read_slowly(stream)
        running.cancel()
        stream.close()
    assert time.perf_counter() - started_at < 60
    assert turns > 0


async def test_what_arrives_after_the_deadline_is_too_late(network: Network) -> None:
    with answering_thread(after_seconds=0.3) as port:
        stopwatch = Stopwatch(60)
        stream = await network.open("127.0.0.1", port, stopwatch)
        await stream.write(b"hello")
        stopwatch.deadline_seconds = stopwatch.total_seconds + 0.1
        stall(0.6)
        with pytest.raises(TimedOut):
            await stream.read(100)
        stream.close()


async def test_without_stamps_the_clock_is_used(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on other systems than Linux."""
    monkeypatch.setattr(kernel_time, "IS_SUPPORTED", False)
    monkeypatch.setattr(kernel_time, "ANCILLARY_BYTES", 0)
    with answering_thread(after_seconds=0.05) as port:
        stopwatch = Stopwatch(60)
        stream = await network.open("127.0.0.1", port, stopwatch)
        stopwatch.phase = "first_byte"
        await stream.write(b"hello")
        assert await stream.read(100) == b"answer"
        stream.close()
    assert 50 <= stopwatch.phases_ms()["first_byte"] < 60_000
    assert 0 < stopwatch.phases_ms()["connect"] < 60_000


async def test_a_large_request_is_sent_whole(network: Network, server: HttpServer) -> None:
    server.on("/", reply())
    body = b"x" * 5_000_000
    response = await network.exchange(httpx.Request("POST", server.url(), content=body), Stopwatch(60))
    await response.aclose()
    assert response.status_code == 200
    assert server.requests[0].body == body


async def test_an_answer_before_the_end_of_the_request_counts(network: Network) -> None:
    """A server that refuses a large body answers and closes while it is still being sent."""

    def refuse(connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")

    with _serving_thread(refuse) as port:
        request = httpx.Request("POST", f"http://127.0.0.1:{port}/", content=b"x" * 20_000_000)
        response = await network.exchange(request, Stopwatch(60))
        await response.aclose()
    assert response.status_code == 413


# TLS


async def test_a_good_certificate_is_accepted_and_read(network: Network, authority: Authority, tmp_path: Path) -> None:
    certificate = authority.issue("localhost", "127.0.0.1")
    async with http_server(tls=certificate.server_context(tmp_path)) as server:
        stopwatch = Stopwatch(60)
        stream = await network.open_tls("localhost", server.port, stopwatch)
        seen = stream.certificate()
        stream.close()
    assert seen is not None
    assert seen.issuer == "Test Authority"
    assert list(stopwatch.phases_ms()) == ["dns", "connect", "tls"]


def issued(authority: Authority, case: str) -> IssuedCertificate:
    match case:
        case "expired":
            return authority.issue("localhost", ends_in=timedelta(days=-3, hours=-1))
        case "early":
            return authority.issue("localhost", begins_in=timedelta(days=3))
        case "elsewhere":
            return authority.issue("other.test", "www.other.test")
        case "self-signed":
            return self_signed("localhost")
        case "stranger":
            return Authority("Unknown Company").issue("localhost")
    raise AssertionError(case)


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("expired", r"TLS certificate has expired on \d{4}-\d\d-\d\d, 3 days ago"),
        ("early", r"TLS certificate is not valid yet: it begins on \d{4}-\d\d-\d\d"),
        ("elsewhere", "TLS certificate is not for localhost: it is for other.test, www.other.test"),
        ("self-signed", "TLS certificate is self-signed by 'localhost'"),
        ("stranger", r"TLS certificate is from an unknown issuer \('Unknown Company'\)"),
    ],
)
async def test_a_bad_certificate_is_refused_with_the_reason(
    network: Network, authority: Authority, tmp_path: Path, case: str, message: str
) -> None:
    async with http_server(tls=issued(authority, case).server_context(tmp_path)) as server:
        with pytest.raises(TlsFailed, match=message):
            await network.open_tls("localhost", server.port, Stopwatch(60))
        stream = await network.open_tls("localhost", server.port, Stopwatch(60), is_verifying=False)
        assert stream.certificate() is not None
        stream.close()


async def test_plain_http_instead_of_tls_is_told(network: Network) -> None:
    async with greeting_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        with pytest.raises(TlsFailed, match="does not speak TLS on this port"):
            await network.open_tls("127.0.0.1", port, Stopwatch(60))


async def test_closing_during_the_handshake_is_told(network: Network) -> None:
    with closing_thread() as port, pytest.raises(ConnectionLost, match=r"during the TLS handshake|reset"):
        await network.open_tls("127.0.0.1", port, Stopwatch(60))


async def test_time_runs_out_during_the_handshake(network: Network) -> None:
    async with greeting_server(b"") as port:
        stopwatch = Stopwatch(60)
        stream = await network.open("127.0.0.1", port, stopwatch)
        stopwatch.deadline_seconds = stopwatch.total_seconds + 0.2
        with pytest.raises(TimedOut, match=r"timed out after .* s while negotiating TLS"):
            await _encrypt(stream, "127.0.0.1", stopwatch, ssl.create_default_context())


# What the tests above need


def stall(seconds: float) -> None:
    """Keep the event loop from running, as a busy program does."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def open_sockets() -> int:
    return sum("socket:" in str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink())


def in_this_order(addresses: list[str]) -> Callable[[str, float], Awaitable[Lookup]]:
    """Look-ups give these addresses in this order (RFC 6724 would sort them)."""

    async def resolve(host: str, timeout_seconds: float) -> Lookup:
        return Lookup(tuple(addresses), 0.0)

    return resolve


@contextmanager
def answering_thread(after_seconds: float, *, is_closing: bool = False) -> Iterator[int]:
    """A server that this program's event loop cannot delay: it answers the first message so many seconds later."""

    def serve(connection: socket.socket) -> None:
        connection.recv(100)
        Event().wait(after_seconds)
        connection.sendall(b"answer")
        if not is_closing:
            connection.recv(100)

    with _serving_thread(serve) as port:
        yield port


@contextmanager
def closing_thread() -> Iterator[int]:
    """A server that closes each connection once something was said."""
    with _serving_thread(lambda connection: connection.recv(10_000)) as port:
        yield port


@contextmanager
def _serving_thread(serve: Callable[[socket.socket], object]) -> Iterator[int]:
    """The port of a server that takes one connection, and gives up on a silent one after some seconds."""

    def accept() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(5)
                serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        thread = Thread(target=accept)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join()
