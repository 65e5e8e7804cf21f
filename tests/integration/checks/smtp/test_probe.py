"""The smtp kind against a real mail server, and against what is none."""

import base64
import ssl
from collections.abc import Awaitable, Callable
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
from tests.servers.smtp import PASSWORD, USER, smtp_server
from tests.servers.tcp import closed_port, greeting_server, scripted_server

Ask = Callable[..., Awaitable[ProbeResult]]
LOGIN = {"user": USER, "password": PASSWORD}
HELLO = (b"220 mail.test ESMTP\r\n", b"250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n")


@pytest.fixture
def ask(network: Network, names: NameServer) -> Ask:
    """Probes mail.test with a deadline of 5 s unless told otherwise."""
    kind = KindRegistry()["smtp"]
    names.records |= {"mail.test": ["127.0.0.1"], "other.test": ["127.0.0.1"]}

    async def probe(port: int, **values: Any) -> ProbeResult:
        config = kind.parse({"host": "mail.test", "port": port, "deadline_seconds": 60} | values)
        result = await kind.probe(ProbeContext(network), config)
        told = repr(result)
        if password := values.get("password"):
            assert password not in told
            assert base64.b64encode(password.encode()).decode()[:12] not in told
        return result

    return probe


@pytest.fixture
def context(authority: Authority, tmp_path: Path) -> ssl.SSLContext:
    """For a server called mail.test."""
    return authority.issue("mail.test").server_context(tmp_path)


async def test_a_greeting_is_enough(ask: Ask) -> None:
    async with smtp_server(None) as port:
        result = await ask(port, tls="none")
    assert (result.status, result.message) == (Status.OK, "greets")
    assert list(result.phases) == ["dns", "connect", "greeting"]
    assert result.response_ms == pytest.approx(sum(result.phases.values()), abs=0.01)
    assert result.details["greeting"].startswith("220 mail.test Python SMTP")
    assert result.details["address"] == "127.0.0.1"


async def test_starttls(ask: Ask, context: ssl.SSLContext) -> None:
    async with smtp_server(context) as port:
        result = await ask(port)
    assert (result.status, result.message) == (Status.OK, "greets")
    assert list(result.phases) == ["dns", "connect", "greeting", "starttls", "tls"]
    assert 59 < result.metrics["certificate_days"] < 61


async def test_tls_from_the_first_byte(ask: Ask, context: ssl.SSLContext) -> None:
    async with smtp_server(context, wraps_all=True) as port:
        result = await ask(port, tls="tls")
    assert (result.status, list(result.phases)) == (Status.OK, ["dns", "connect", "tls", "greeting"])


@pytest.mark.parametrize("excluded", [[], ["PLAIN"]])
async def test_logging_in(ask: Ask, context: ssl.SSLContext, excluded: list[str]) -> None:
    async with smtp_server(context, auth_exclude_mechanism=excluded) as port:
        result = await ask(port, **LOGIN)
    assert (result.status, result.message) == (Status.OK, "greets, and the log-in works")
    assert list(result.phases)[-1] == "login"


@pytest.mark.parametrize("excluded", [[], ["PLAIN"]])
async def test_a_wrong_password_is_told(ask: Ask, context: ssl.SSLContext, excluded: list[str]) -> None:
    async with smtp_server(context, auth_exclude_mechanism=excluded) as port:
        result = await ask(port, user=USER, password="wrong-toad-2")
    assert result.status is Status.FAILED
    assert result.message.startswith("password refused for user 'anna': 535 ")
    assert result.response_ms is None


async def test_ways_to_log_in_that_are_not_known_are_named(ask: Ask, context: ssl.SSLContext) -> None:
    async with smtp_server(context, auth_exclude_mechanism=["PLAIN", "LOGIN"]) as port:
        result = await ask(port, **LOGIN)
    assert result.status is Status.FAILED
    assert "log in (AUTH)" in result.message or "neither PLAIN nor LOGIN" in result.message


async def test_logging_in_without_tls_where_that_is_allowed(ask: Ask) -> None:
    async with smtp_server(None, auth_require_tls=False) as port:
        result = await ask(port, tls="none", allow_plain_login=True, **LOGIN)
    assert (result.status, result.message) == (Status.OK, "greets, and the log-in works")


async def test_no_starttls_is_told_and_nothing_sent_in_plain_text(ask: Ask) -> None:
    async with smtp_server(None, auth_require_tls=False) as port:
        result = await ask(port, **LOGIN)
    assert (result.status, result.message) == (Status.FAILED, "the mail server does not offer STARTTLS")


@pytest.mark.parametrize(("tls", "wraps_all"), [("starttls", False), ("tls", True)])
async def test_certificates_are_verified(ask: Ask, context: ssl.SSLContext, tls: str, wraps_all: bool) -> None:
    async with smtp_server(context, wraps_all=wraps_all) as port:
        result = await ask(port, host="other.test", tls=tls)
        assert (result.status, result.message) == (
            Status.FAILED,
            "TLS certificate is not for other.test: it is for mail.test",
        )
        assert (await ask(port, host="other.test", tls=tls, verify_tls=False)).status is Status.OK


async def test_a_goodbye_that_does_not_come_is_no_failure(ask: Ask) -> None:
    async with scripted_server(*HELLO) as port:
        result = await ask(port, tls="none")
    assert (result.status, result.message) == (Status.OK, "greets")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([b"554 no service for you\r\n"], "the mail server takes no mail: 554 no service for you"),
        ([b"421-busy\r\n421 later\r\n"], "the mail server takes no mail: 421 busy later"),
        ([b"HTTP/1.1 400 Bad Request\r\n"], "the answer to its greeting is not SMTP: HTTP/1.1 400 Bad Request"),
        ([HELLO[0], b"502 what?\r\n"], "the mail server refuses EHLO: 502 what?"),
        ([HELLO[0], b"250-x\r\n" * 200], "the mail server answers EHLO with more than 100 lines"),
        ([*HELLO, b"454 not now\r\n"], "the mail server refuses STARTTLS: 454 not now"),
        ([*HELLO, b"220 go\r\n250 injected\r\n"], "the other side sent more in plain text where TLS was to begin"),
        ([b"220 \x1b[31m\r\n", b"500 \x1b[31mno\r\n"], "the mail server refuses EHLO: 500 \\x1b[31mno"),
        ([b"x" * 10_000], "the other side sent a line of more than 8192 bytes"),
        ([b""], "the other side closed the connection before its answer was complete"),
    ],
)
async def test_strange_answers_fail_in_words(ask: Ask, lines: list[bytes], message: str) -> None:
    async with scripted_server(*lines) as port:
        result = await ask(port)
    assert (result.status, result.message) == (Status.FAILED, message)


async def test_an_echo_of_the_password_is_masked(ask: Ask) -> None:
    sent = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode())
    answer = b"500 " + b"." * 280 + b" unknown: AUTH PLAIN " + sent + b" or " + PASSWORD.encode() + b"\r\n"
    for line in (answer, answer.replace(b"." * 280, b"")):
        async with scripted_server(*HELLO, line) as port:
            result = await ask(port, tls="none", allow_plain_login=True, **LOGIN)
        assert result.status is Status.FAILED
    assert "AUTH PLAIN *** or ***" in result.message


@at_any_pace
async def test_silence_ends_at_the_deadline(ask: Ask, pace: int) -> None:
    async with greeting_server(b"") as port:
        result = await ask(port, tls="none", deadline_seconds=0.3 * pace)
    assert (result.status, result.message) == (
        Status.FAILED,
        f"timed out after {0.3 * pace:g} s while waiting for the greeting",
    )


async def test_nobody_there_is_told(ask: Ask) -> None:
    port = closed_port()
    result = await ask(port)
    assert result.message == f"connection refused by 127.0.0.1:{port}: nothing listens there"


async def test_trouble_with_the_name_server_is_unknown(ask: Ask, names: NameServer) -> None:
    names.silent.add("slow.test")
    assert (await ask(25, host="slow.test", deadline_seconds=0.3)).status is Status.UNKNOWN


async def test_forbidden_addresses_are_refused(ask: Ask) -> None:
    result = await ask(25, host="169.254.169.254")
    assert (result.status, "is not allowed" in result.message) == (Status.UNKNOWN, True)
