"""The http probe against real servers that do all that servers do."""

import asyncio
import gzip
import resource
import socket
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor_app.checks.http.body import PIECES_LIMIT
from monitor_app.checks.http.config import Config
from monitor_app.checks.http.probe import _Visit, probe
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.net import Network
from monitor_app.plugins.protocols import ProbeContext
from tests.integration.checks.http.conftest import Ask
from tests.paces import at_any_pace
from tests.pauses import longest_pause
from tests.servers import http
from tests.servers.certificates import Authority
from tests.servers.dns import NameServer
from tests.servers.http import Behaviour, HttpServer, http_server, redirect, reply
from tests.servers.tcp import closed_port, flooding_server, greeting_server

# Good answers


async def test_a_good_answer_is_ok(answering: Ask) -> None:
    result = await answering(reply(200, b"hello"))
    assert (result.status, result.message) == (Status.OK, "200 OK")
    assert result.metrics == {"status_code": 200, "body_bytes": 5}
    assert result.details == {"address": "127.0.0.1"}


async def test_the_phases_add_up_to_the_response_time(ask: Ask, names: NameServer, server: HttpServer) -> None:
    names.records["web.test"] = ["127.0.0.1"]
    server.on("/", reply(delay_seconds=0.05))
    result = await ask(server.url(host="web.test"))
    assert list(result.phases)[:3] == ["dns", "connect", "first_byte"]
    assert result.response_ms == pytest.approx(sum(result.phases.values()))
    assert result.phases["first_byte"] >= 50


@at_any_pace
async def test_the_time_of_the_body_is_a_phase_of_its_own(answering: Ask, pace: int) -> None:
    async def behave(exchange: http.Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
        await asyncio.sleep(0.06 * pace)
        await exchange.send(b"b")

    result = await answering(behave)
    assert 60 * pace <= result.phases["body"] < 1000 * pace
    assert result.phases["first_byte"] < result.phases["body"]


async def test_what_is_sent(answering: Ask, server: HttpServer) -> None:
    await answering(
        reply(), method="POST", body="ä=1\n", headers={"Authorization": "Bearer x", "Host": "other.test", "X-A": "ö"}
    )
    request = server.requests[0]
    assert (request.method, request.body) == ("POST", "ä=1\n".encode())
    assert request.headers["authorization"] == "Bearer x"
    assert request.headers["host"] == "other.test"
    assert request.headers["x-a"].encode("latin-1") == "ö".encode()
    assert request.headers["user-agent"].startswith("Lightbulb/")
    assert request.headers["connection"] == "close"


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_each_method_is_sent(answering: Ask, server: HttpServer, method: str) -> None:
    result = await answering(reply(), method=method)
    assert (result.status, server.requests[0].method) == (Status.OK, method)


async def test_ipv6_addresses_work(ask: Ask) -> None:
    async with http_server("::1") as server:
        server.on("/", reply())
        result = await ask(server.url())
    assert (result.status, result.details["address"]) == (Status.OK, "::1")


async def test_environment_proxies_are_not_used(answering: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert (await answering(reply())).status is Status.OK


async def test_every_connection_is_closed(answering: Ask, server: HttpServer) -> None:
    """Unclosed sockets would be warnings, and warnings are errors."""
    for _ in range(3):
        await answering(reply())
    assert server.connections == 3


# Statuses


async def test_an_unexpected_status_fails_with_both(answering: Ask) -> None:
    result = await answering(reply(503, reason="Out for lunch"))
    assert (result.status, result.message) == (Status.FAILED, "503 Service Unavailable, expected 200-299")
    assert result.response_ms is not None
    assert result.metrics["status_code"] == 503


async def test_the_accepted_statuses_can_be_others(answering: Ask) -> None:
    assert (await answering(reply(404), accepted_statuses="404")).message == "404 Not Found"
    assert (await answering(reply(200), accepted_statuses="404")).message == "200 OK, expected 404"


async def test_a_status_without_a_name_is_told_by_its_number(answering: Ask) -> None:
    assert (await answering(reply(299))).message == "299"


# Redirects


async def test_redirects_are_followed_and_their_times_summed(answering: Ask, server: HttpServer) -> None:
    server.on("/there", reply(delay_seconds=0.03))
    result = await answering(redirect("/there"))
    assert (result.message, result.details["redirects"]) == ("200 OK", "1")
    assert result.details["final_url"] == server.url("/there")
    assert result.response_ms is not None
    assert result.response_ms >= 30


async def test_following_can_be_off(answering: Ask) -> None:
    result = await answering(redirect("/there"), follow_redirects=False)
    assert result.message == "302 Found, expected 200-299"
    assert (await answering(redirect("/there"), follow_redirects=False, accepted_statuses="302")).status is Status.OK


async def test_a_failure_after_a_redirect_says_where(answering: Ask, server: HttpServer) -> None:
    result = await answering(redirect("/there?token=hunter2"))
    assert result.message == f"404 Not Found, expected 200-299 (after a redirect to {server.url('/there?…')})"


async def test_ten_redirects_are_followed_and_not_eleven(ask: Ask, server: HttpServer) -> None:
    for number in range(1, 12):
        server.on(f"/{number}", redirect(f"/{number - 1}"))
    server.on("/0", reply())
    assert (await ask(server.url("/10"))).status is Status.OK
    result = await ask(server.url("/11"))
    assert result.message == f"too many redirects: more than 10, the last to {server.url('/0')}"


async def test_a_loop_ends(answering: Ask, server: HttpServer) -> None:
    assert "too many redirects" in (await answering(redirect("/"))).message
    assert len(server.requests) == 11


async def test_cookies_of_a_redirect_are_sent_back(answering: Ask, server: HttpServer) -> None:
    server.on("/in", reply())
    await answering(redirect("/in", headers={"Set-Cookie": "session=1"}))
    assert server.requests[1].headers["cookie"] == "session=1"
    await answering(reply())
    assert "cookie" not in server.requests[2].headers


async def test_thousands_of_cookies_are_not_kept(answering: Ask, server: HttpServer) -> None:
    server.on("/in", reply())
    cookies = b"".join(b"Set-Cookie: a%d=b\r\n" % number for number in range(5000))
    result, longest = await longest_pause(
        answering(http.raw(b"HTTP/1.1 302 Found\r\nLocation: /in\r\n" + cookies + b"Content-Length: 0\r\n\r\n"))
    )
    assert result.status is Status.OK
    assert "cookie" not in server.requests[1].headers
    assert longest < 0.15


async def test_redirect_to_a_name_that_is_none_fails_in_words(answering: Ask) -> None:
    result = await answering(redirect("http://xn--a/"))
    assert (result.status, result.response_ms) == (Status.FAILED, None)
    assert result.message.startswith("redirected to an address that is not valid: 'http://xn--a/'")


async def test_secrets_do_not_follow_to_another_origin(answering: Ask) -> None:
    async with http_server() as other:
        other.on("/", reply())
        await answering(redirect(other.url()), headers={"Authorization": "x", "X-Api-Key": "y", "Accept": "text/html"})
        headers = other.requests[0].headers
    assert headers["accept"] == "text/html"
    assert "authorization" not in headers
    assert "x-api-key" not in headers


@pytest.mark.parametrize("status", [307, 308])
async def test_a_body_does_not_follow_to_another_origin(answering: Ask, server: HttpServer, status: int) -> None:
    async with http_server() as other:
        result = await answering(redirect(other.url(), status), method="POST", body="secret")
        assert other.connections == 0
    assert (result.status, len(server.requests)) == (Status.FAILED, 1)
    assert result.message.startswith(f"redirected to {other.url()}, which would be sent the body")


async def test_a_redirect_to_metadata_is_refused(answering: Ask) -> None:
    result = await answering(redirect("http://169.254.169.254/latest/meta-data/"))
    assert result.status is Status.UNKNOWN
    assert result.message.startswith("connecting to 169.254.169.254 is not allowed")


async def test_a_redirect_to_a_file_is_refused(answering: Ask) -> None:
    result = await answering(redirect("file:///etc/passwd"))
    assert result.message == "redirected to 'file:///etc/passwd', which is not http or https"


@pytest.mark.parametrize("location", ["http://[::g]/", "http://x:99999999/", "http://\x01/"])
async def test_a_redirect_to_what_is_no_address_fails(answering: Ask, location: str) -> None:
    result = await answering(redirect(location))
    assert result.status is Status.FAILED
    assert result.message.startswith("redirected to an address that is not valid")


@at_any_pace
async def test_the_deadline_is_for_all_redirects_together(answering: Ask, pace: int) -> None:
    started_at = time.perf_counter()
    result = await answering(
        http.sequence(*(http.delayed(0.15 * pace, redirect("/")) for _ in range(9))), deadline_seconds=0.4 * pace
    )
    assert result.message == f"timed out after {0.4 * pace:g} s while waiting for the first byte"
    assert time.perf_counter() - started_at < 3 * pace


# Time


@at_any_pace
async def test_silence_times_out(answering: Ask, pace: int) -> None:
    result = await answering(http.silent, deadline_seconds=0.2 * pace)
    assert result.message == f"timed out after {0.2 * pace:g} s while waiting for the first byte"
    assert result.response_ms is None
    assert sum(result.phases.values()) == pytest.approx(200 * pace)


@at_any_pace
async def test_a_dripping_body_is_bounded_by_the_deadline(answering: Ask, pace: int) -> None:
    started_at = time.perf_counter()
    result = await answering(http.dripping(0.02), deadline_seconds=0.3 * pace)
    assert result.message == f"timed out after {0.3 * pace:g} s while reading the answer"
    assert 0.3 * pace <= time.perf_counter() - started_at < 3 * pace


@at_any_pace
async def test_a_dripping_head_is_bounded_by_the_deadline(answering: Ask, pace: int) -> None:
    result = await answering(http.dripping(0.02, head=b"HTTP/1.1 200 OK\r\nX-A: "), deadline_seconds=0.3 * pace)
    assert result.message == f"timed out after {0.3 * pace:g} s while reading the answer"


# Size


async def test_an_endless_body_is_cut(answering: Ask) -> None:
    result = await answering(http.endless())
    assert (result.status, result.metrics["body_bytes"]) == (Status.OK, 256 * 1024)
    assert result.details["body"] == "longer than 256 KB, only that much was read"


async def test_an_endless_head_is_cut(answering: Ask) -> None:
    result = await answering(http.endless(head=b"HTTP/1.1 200 OK\r\nX-A: ", piece=b"a" * 5000))
    assert (result.status, result.message) == (Status.FAILED, "the head of the answer is too long")


async def test_endless_interim_answers_are_cut(answering: Ask) -> None:
    result = await answering(http.endless(head=b"", piece=b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100))
    assert (result.status, result.message) == (Status.FAILED, "the head of the answer is too long")


async def test_a_gzip_bomb_stays_small(answering: Ask) -> None:
    bomb = http.gzip_bomb(300)
    await answering(reply())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = await answering(bomb)
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert result.status is Status.OK
    assert result.metrics["body_bytes"] <= 256 * 1024
    assert grown_kb < 8 * 1024


async def test_a_body_that_is_not_what_it_says_fails(answering: Ask) -> None:
    result = await answering(reply(200, b"plain text", {"Content-Encoding": "gzip"}))
    assert result.message == "the body says it is gzip, but cannot be decoded"


async def test_a_packed_body_is_fine(answering: Ask) -> None:
    result = await answering(reply(200, gzip.compress(b"hello"), {"Content-Encoding": "gzip"}))
    assert result.status is Status.OK


# Broken connections


async def test_refused(ask: Ask) -> None:
    port = closed_port()
    result = await ask(f"http://127.0.0.1:{port}/")
    assert result.message == f"connection refused by 127.0.0.1:{port}: nothing listens there"


async def test_name_not_found(ask: Ask) -> None:
    assert (await ask("http://missing.test/")).message == "name not found: missing.test does not exist"


async def test_metadata_addresses_are_refused(ask: Ask) -> None:
    for host in ("169.254.169.254", "[::ffff:169.254.169.254]", "100.100.100.200"):
        assert "is not allowed" in (await ask(f"http://{host}/")).message


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        (http.closing, "the other side closed the connection without an answer"),
        (http.resetting, "the other side reset the connection"),
        (http.raw(b"SSH-2.0-OpenSSH_9.6\r\n"), r"the answer is not HTTP: it begins with 'SSH-2.0-OpenSSH_9.6\r\n'"),
        (http.raw(b"\x15\x03\x01\x00"), r"the answer is not HTTP: it begins with '\x15\x03\x01\x00'"),
        (http.raw(b"HTTP/1.1 abc\r\n\r\n"), "the answer breaks the rules of HTTP"),
        (http.raw(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), "the answer breaks the rules of HTTP"),
        (http.raw(b"HTTP/1.1 200 OK\r\nA"), "the other side closed the connection before the answer was complete"),
        (
            http.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"),
            "the other side closed the connection before the answer was complete",
        ),
    ],
)
async def test_answers_that_are_none(answering: Ask, behaviour: Behaviour, message: str) -> None:
    result = await answering(behaviour)
    assert result.status is Status.FAILED
    assert result.message.startswith(message)
    assert result.response_ms is None


async def test_no_socket_left_is_unknown_and_not_failed(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_socket(*args: Any) -> socket.socket:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("monitor_app.net.connect.socket.socket", no_socket)
    result = await ask("http://127.0.0.1:80/")
    assert (result.status, result.message) == (Status.UNKNOWN, "this machine has no socket left: Too many open files")


async def test_a_name_server_with_trouble_is_unknown_and_not_failed(ask: Ask, names: NameServer) -> None:
    names.broken.add("broken.test")
    names.silent.add("silent.test")
    broken = await ask("http://broken.test/")
    silent = await ask("http://silent.test/", deadline_seconds=0.2)
    assert broken.status is silent.status is Status.UNKNOWN
    assert broken.message.startswith("this machine could not look up broken.test: its name server reports")
    assert silent.message.endswith("this machine's name server does not answer in time")


async def test_no_name_server_is_unknown_and_not_failed() -> None:
    network = Network(nameservers=[f"127.0.0.1:{closed_port()}"])
    result = await probe(ProbeContext(network), Config(url="http://web.test/"))
    await network.close()
    assert result.status is Status.UNKNOWN
    assert result.message == "this machine could not look up web.test: its name server is not reachable"


# TLS


async def test_the_certificate_is_read_on_the_way(ask: Ask, authority: Authority, tmp_path: Path) -> None:
    certificate = authority.issue("localhost", ends_in=timedelta(days=20, hours=1))
    async with http_server(tls=certificate.server_context(tmp_path)) as server:
        server.on("/", reply())
        result = await ask(server.url(host="localhost"))
    assert result.status is Status.OK
    assert result.metrics["certificate_days"] == pytest.approx(20.04, abs=0.02)
    assert result.details["certificate_issuer"] == "Test Authority"
    assert list(result.phases)[:4] == ["dns", "connect", "tls", "first_byte"]


async def test_a_bad_certificate_fails_unless_it_is_not_verified(
    ask: Ask, authority: Authority, tmp_path: Path
) -> None:
    certificate = authority.issue("localhost", ends_in=timedelta(days=-3, hours=-1))
    async with http_server(tls=certificate.server_context(tmp_path)) as server:
        server.on("/", reply())
        refused = await ask(server.url(host="localhost"))
        accepted = await ask(server.url(host="localhost"), verify_tls=False)
    assert refused.message.startswith("TLS certificate has expired on")
    assert len(server.requests) == 1
    assert accepted.status is Status.OK
    assert accepted.metrics["certificate_days"] == pytest.approx(-3.04, abs=0.02)


async def test_of_several_certificates_the_first_to_expire_counts(
    ask: Ask, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "b").mkdir()
    soon = authority.issue("localhost", ends_in=timedelta(days=5))
    later = authority.issue("127.0.0.1", ends_in=timedelta(days=90))
    async with (
        http_server(tls=soon.server_context(tmp_path)) as first,
        http_server(tls=later.server_context(tmp_path / "b")) as second,
    ):
        second.on("/", reply())
        first.on("/", redirect(second.url()))
        result = await ask(first.url(host="localhost"))
    assert result.metrics["certificate_days"] == pytest.approx(5, abs=0.02)


async def test_http_on_a_tls_port_and_the_other_way_round(ask: Ask, server: HttpServer) -> None:
    async with greeting_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert "does not speak TLS on this port" in (await ask(f"https://127.0.0.1:{port}/")).message


# Secrets


async def test_secrets_are_in_no_message(ask: Ask, server: HttpServer) -> None:
    headers = {"Authorization": "Bearer hunter2"}
    server.on("/login", redirect("http://user:hunter2@127.0.0.1:1/?token=hunter2"))
    for path in ("/missing?token=hunter2", "/login"):
        result = await ask(server.url(path), headers=headers)
        assert "hunter2" not in f"{result}"


# Texts of the other side

EVIL = "\x1b]0;owned\x07\u202e"


def texts_of(result: ProbeResult) -> str:
    return " ".join([result.message, *result.details.values()])


@pytest.mark.parametrize("verify_tls", [True, False])
async def test_a_certificate_cannot_steer_a_terminal(ask: Ask, tmp_path: Path, verify_tls: bool) -> None:
    issued = Authority(EVIL + "Root").issue("\x1b]0;owned\x07a.example")
    async with http_server(tls=issued.server_context(tmp_path)) as web:
        web.on("/", reply())
        result = await ask(web.url(), verify_tls=verify_tls)
    assert "owned" in texts_of(result)
    assert texts_of(result).isprintable()


@pytest.mark.parametrize(
    "answer",
    [
        b"\x1b]0;owned\x07 nothing",
        b"HTTP/1.1 200 \x1b]0;owned\x07\r\n\r\n",
        b"HTTP/1.1 599 \xe2\x80\xae\xc2\x9b\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://\x1b]0;owned/\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: /\u202e\u009b31m\r\n\r\n".encode(),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"\x1b[2J" * 1000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: \x1b[2J\r\n\r\n",
    ],
)
async def test_an_answer_cannot_steer_a_terminal(answering: Ask, answer: bytes) -> None:
    result = await answering(http.raw(answer), max_redirects=1)
    assert texts_of(result).isprintable()
    assert len(result.message) < 200


async def test_whatever_leaves_the_probe_is_harmless(network: Network) -> None:
    """The net below all the other nets."""
    visit = _Visit(network, Config(url="http://127.0.0.1/"))
    visit._details["final_url"] = EVIL
    result = visit.result(Status.FAILED, EVIL + "x" * 1000)
    assert texts_of(result).isprintable()
    assert len(result.message) == 300


# Servers that keep this program busy

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        pytest.param(CHUNKED, (b"1;" + b"a" * 60_000 + b"\r\nX\r\n") * 4, id="60 KB of extension a chunk"),
        pytest.param(CHUNKED, (b"1;" + b"a" * 8_000 + b"\r\nX\r\n") * 20, id="8 KB of extension a chunk"),
        pytest.param(CHUNKED, b"1\r\nX\r\n" * 10_000, id="chunks of one byte"),
        pytest.param(b"", b"HTTP/1.1 102 \r\n\r\n" * 10_000, id="interim answers"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"a:\r\n" * 10_000, id="tiny headers"),
        pytest.param(CHUNKED + b"0\r\n", b"a:\r\n" * 10_000, id="tiny trailers"),
    ],
)
@at_any_pace
async def test_a_flood_lets_others_run(ask: Ask, head: bytes, piece: bytes, pace: int) -> None:
    with flooding_server(head, piece) as port:
        result, longest = await longest_pause(ask(f"http://127.0.0.1:{port}/", deadline_seconds=pace))
    assert longest < 0.2
    assert sum(result.phases.values()) < 1100 * pace


async def test_a_body_in_too_many_pieces_is_cut(answering: Ask) -> None:
    result = await answering(http.raw(CHUNKED + b"1\r\nX\r\n" * 5_000 + b"0\r\n\r\n"))
    assert result.status is Status.OK
    assert result.metrics["body_bytes"] == PIECES_LIMIT
    assert "in more than 4096 pieces" in result.details["body"]


async def test_more_packaging_than_body_fails(answering: Ask) -> None:
    result = await answering(http.endless(CHUNKED, b"1;" + b"a" * 60_000 + b"\r\nX\r\n"))
    assert (result.status, result.message) == (
        Status.FAILED,
        "the answer has more than 512 KB of packaging around its body",
    )
