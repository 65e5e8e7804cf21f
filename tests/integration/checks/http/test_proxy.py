"""Checks that go through a proxy: a real one, and one that does all that proxies do."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from monitor_app.domain.status import Status
from monitor_app.net import Network
from tests.integration.checks.http.conftest import Ask
from tests.paces import at_any_pace
from tests.servers.certificates import Authority
from tests.servers.dns import NameServer
from tests.servers.http import HttpServer, http_server, redirect, reply
from tests.servers.oauth2 import CLIENT_ID, CLIENT_SECRET, TokenServer
from tests.servers.proxy import PASSWORD, USERNAME, ScriptedProxy, real_proxy, scripted_proxy
from tests.servers.tcp import closed_port


@pytest.fixture
async def proxy() -> AsyncIterator[ScriptedProxy]:
    """A proxy that opens every way, unless it is told otherwise."""
    async with scripted_proxy() as started:
        yield started


def through(proxy: ScriptedProxy) -> dict[str, str]:
    return {"proxy_url": f"http://127.0.0.1:{proxy.port}"}


async def test_a_real_proxy(ask: Ask, server: HttpServer, tmp_path: Path, authority: Authority) -> None:
    server.on("/", reply(200, b"plain"))
    folder = tmp_path / "web"
    folder.mkdir()
    async with (
        http_server(tls=authority.issue("127.0.0.1").server_context(folder)) as web,
        real_proxy(tmp_path) as port,
    ):
        web.on("/", reply(200, b"encrypted"))
        known = {"proxy_url": f"http://127.0.0.1:{port}", "proxy_username": USERNAME, "proxy_password": PASSWORD}
        plain = await ask(server.url(), body_contains="plain", **known)
        encrypted = await ask(web.url(), body_contains="encrypted", **known)
        stranger = await ask(server.url(), **(known | {"proxy_password": "wrong-one"}))
        unnamed = await ask(server.url(), proxy_url=known["proxy_url"])
        dead = await ask(f"http://127.0.0.1:{closed_port()}/", **known)
    assert (plain.message, list(plain.phases)[:3]) == ("200 OK", ["connect", "proxy", "first_byte"])
    assert (encrypted.message, list(encrypted.phases)[:4]) == ("200 OK", ["connect", "proxy", "tls", "first_byte"])
    assert encrypted.details["proxy"] == f"127.0.0.1:{port}"
    assert encrypted.response_ms == pytest.approx(sum(encrypted.phases.values()), abs=0.01)
    assert "does not accept the user name and password: it answers 407" in stranger.message
    assert "asks for a user name: it answers 407" in unnamed.message
    assert "could not reach 127.0.0.1:" in dead.message
    assert "it answers 502 Bad Gateway" in dead.message
    assert {result.status for result in (stranger, unnamed, dead)} == {Status.FAILED}
    assert "wrong-one" not in f"{stranger}"


async def test_names_are_left_to_the_proxy(ask: Ask, proxy: ScriptedProxy, server: HttpServer) -> None:
    server.on("/", reply())
    proxy.target = ("127.0.0.1", server.port)
    result = await ask("http://nobody-here.test:8123/", **through(proxy))
    assert result.status is Status.OK
    assert proxy.heads[0].startswith("CONNECT nobody-here.test:8123 HTTP/1.1\r\nHost: nobody-here.test:8123\r\n")
    assert server.requests[0].headers["host"] == "nobody-here.test:8123"
    assert "proxy-authorization" not in server.requests[0].headers


@at_any_pace
async def test_the_time_of_the_proxy_is_a_phase_of_its_own(
    ask: Ask, proxy: ScriptedProxy, server: HttpServer, pace: int
) -> None:
    server.on("/", reply())
    proxy.delay_seconds = 0.1 * pace
    result = await ask(server.url(), **through(proxy))
    assert 100 * pace <= result.phases["proxy"] < 1000 * pace
    assert result.phases["first_byte"] < 100 * pace


async def test_redirects_and_tokens_go_through_the_proxy(ask: Ask, proxy: ScriptedProxy, server: HttpServer) -> None:
    tokens = TokenServer()
    tokens.install(server, "/there")
    server.on("/", redirect("/there"))
    result = await ask(
        server.url(),
        auth="oauth2_client_credentials",
        token_url=server.url("/token"),
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        **through(proxy),
    )
    assert result.message == "200 OK"
    assert len(proxy.heads) == server.connections == 3


async def test_a_refused_certificate_is_looked_at_through_the_proxy(
    ask: Ask, proxy: ScriptedProxy, tmp_path: Path
) -> None:
    async with http_server(tls=Authority("Elsewhere").issue("a.test").server_context(tmp_path)) as web:
        result = await ask(web.url(), **through(proxy))
    assert "unknown issuer ('Elsewhere')" in result.message
    assert len(proxy.heads) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "does not allow connections to 127.0.0.1:"),
        (b"HTTP/1.0 504 x\r\n\r\n", "it answers 504 Gateway Timeout"),
        (b"HTTP/1.1 299\r\n\r\nmore", "sent more than an answer"),
        (b"HTTP/1.1 999 \r\n\r\n", "did not open the way"),
        (b"SSH-2.0-\x1b]0;owned\x07\r\n\r\n", "does not speak HTTP"),
        (b"\r\n\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 10_000, "the head of the proxy's answer is too long"),
        (b"HTTP/1.1 200 OK\r\n", "closed the connection without an answer"),
    ],
)
async def test_a_proxy_that_does_not_open_the_way(
    ask: Ask, proxy: ScriptedProxy, server: HttpServer, answer: bytes, words: str
) -> None:
    proxy.answer = answer
    result = await ask(server.url(), **through(proxy))
    assert (result.status, result.response_ms) == (Status.FAILED, None)
    assert words in result.message
    assert result.message.isprintable()


@at_any_pace
async def test_a_proxy_that_is_silent(ask: Ask, proxy: ScriptedProxy, server: HttpServer, pace: int) -> None:
    proxy.is_silent = True
    result = await ask(server.url(), deadline_seconds=0.2 * pace, **through(proxy))
    assert result.message == f"timed out after {0.2 * pace:g} s while waiting for the proxy"


async def test_a_proxy_that_is_not_there(ask: Ask, names: NameServer, server: HttpServer) -> None:
    port = closed_port()
    result = await ask(server.url(), proxy_url=f"http://127.0.0.1:{port}")
    assert result.message == f"on the way to the proxy: connection refused by 127.0.0.1:{port}: nothing listens there"
    result = await ask(server.url(), proxy_url="http://proxy.test:3128")
    assert result.message == "on the way to the proxy: name not found: proxy.test does not exist"
    names.broken.add("proxy2.test")
    assert (await ask(server.url(), proxy_url="http://proxy2.test:3128")).status is Status.UNKNOWN


async def test_the_guard_judges_the_proxy_and_literal_targets(
    ask: Ask, proxy: ScriptedProxy, server: HttpServer, names: NameServer
) -> None:
    names.records["evil.test"] = ["169.254.169.254"]
    result = await ask(server.url(), proxy_url="http://evil.test:3128")
    assert "connecting to 169.254.169.254 is not allowed" in result.message
    result = await ask("http://[::ffff:169.254.169.254]/", **through(proxy))
    assert "is not allowed" in result.message
    assert not proxy.heads


async def test_the_password_of_the_proxy_goes_nowhere_else(
    ask: Ask, proxy: ScriptedProxy, server: HttpServer, network: Network
) -> None:
    server.on("/", reply())
    result = await ask(server.url(), proxy_username="ann", proxy_password="hunter2", **through(proxy))
    assert "Proxy-Authorization: Basic YW5uOmh1bnRlcjI=\r\n" in proxy.heads[0]
    assert "proxy-authorization" not in server.requests[0].headers
    assert "hunter2" not in f"{result}"
