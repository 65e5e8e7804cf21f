"""The imap kind against a real Dovecot, and against what is no mailbox server."""

import base64
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.net import Network
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry
from tests.paces import at_any_pace
from tests.servers.dns import NameServer
from tests.servers.dovecot import PASSWORD, USER, DovecotServer
from tests.servers.tcp import closed_port, greeting_server, scripted_server

Ask = Callable[..., Awaitable[ProbeResult]]
LOGIN = {"user": USER, "password": PASSWORD}
PLAIN = {"tls": "none", "allow_plain_login": True}


@pytest.fixture
def ask(network: Network, names: NameServer) -> Ask:
    """Probes imap.test with a deadline of 5 s unless told otherwise."""
    kind = KindRegistry()["imap"]
    names.records |= {"imap.test": ["127.0.0.1"], "other.test": ["127.0.0.1"]}

    async def probe(port: int, **values: Any) -> ProbeResult:
        config = kind.parse({"host": "imap.test", "port": port, "deadline_seconds": 60} | values)
        result = await kind.probe(ProbeContext(network), config)
        assert not values.get("password") or values["password"] not in repr(result)
        return result

    return probe


async def test_a_greeting_is_enough(ask: Ask, dovecot_server: DovecotServer) -> None:
    result = await ask(dovecot_server.port, tls="none")
    assert (result.status, result.message) == (Status.OK, "greets")
    assert list(result.phases) == ["dns", "connect", "greeting"]
    assert "Dovecot" in result.details["greeting"]
    assert result.response_ms == pytest.approx(sum(result.phases.values()), abs=0.01)


async def test_starttls_and_logging_in(ask: Ask, dovecot_server: DovecotServer) -> None:
    result = await ask(dovecot_server.port, **LOGIN)
    assert (result.status, result.message) == (Status.OK, "greets, and the log-in works")
    assert list(result.phases) == ["dns", "connect", "greeting", "starttls", "tls", "login"]
    assert 59 < result.metrics["certificate_days"] < 61


async def test_tls_from_the_first_byte(ask: Ask, dovecot_server: DovecotServer) -> None:
    result = await ask(dovecot_server.tls_port, tls="tls", **LOGIN)
    assert (result.status, result.message) == (Status.OK, "greets, and the log-in works")


async def test_logging_in_with_login_only(ask: Ask) -> None:
    hello = (b"* OK hi\r\n", b"* CAPABILITY IMAP4rev1\r\na1 OK\r\n")
    async with scripted_server(*hello, b"a2 OK\r\n", b"* BYE\r\na3 OK\r\n") as port:
        result = await ask(port, **PLAIN, **LOGIN)
    assert (result.status, result.message) == (Status.OK, "greets, and the log-in works")
    async with scripted_server(*hello, b"a2 NO\r\n") as port:
        result = await ask(port, **PLAIN, **LOGIN)
    assert (result.status, result.message) == (Status.FAILED, "password refused for user 'anna': NO")


async def test_a_wrong_password_is_told(ask: Ask, dovecot_server: DovecotServer) -> None:
    result = await ask(dovecot_server.port, user=USER, password="wrong-töad")
    assert result.status is Status.FAILED
    assert result.message.startswith("password refused for user 'anna': NO [AUTHENTICATIONFAILED]")
    assert result.response_ms is None


async def test_certificates_are_verified(ask: Ask, dovecot_server: DovecotServer) -> None:
    for port, tls in ((dovecot_server.port, "starttls"), (dovecot_server.tls_port, "tls")):
        result = await ask(port, host="other.test", tls=tls)
        assert result.status is Status.FAILED
        assert result.message.startswith("TLS certificate is not for other.test: it is for imap.test")
        assert (await ask(port, host="other.test", tls=tls, verify_tls=False)).status is Status.OK


@pytest.mark.parametrize(
    ("lines", "values", "message"),
    [
        ([b"* BYE too busy\r\n"], {}, "the mailbox server turns everybody away: BYE too busy"),
        ([b"220 mail.test ESMTP\r\n"], {}, "the greeting is not IMAP: 220 mail.test ESMTP"),
        ([b"* OK hi\r\n", b"a1 BAD what?\r\n"], {}, "the mailbox server refuses CAPABILITY: BAD what?"),
        ([b"* OK hi\r\n", b"b7 OK\r\n"], {}, "the answer to CAPABILITY is not IMAP: b7 OK"),
        ([b"* OK hi\r\n", b"* x\r\n" * 200], {}, "the mailbox server answers CAPABILITY with more than 100 lines"),
        ([b"* OK hi\r\n", b"a1 OK\r\n"], {}, "the mailbox server does not offer STARTTLS"),
        (
            [b"* OK hi\r\n", b"* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK\r\n", b"a2 NO not now\r\n"],
            {},
            "the mailbox server refuses STARTTLS: NO not now",
        ),
        (
            [b"* OK hi\r\n", b"* CAPABILITY STARTTLS\r\na1 OK\r\n", b"a2 OK\r\n* OK injected\r\n"],
            {},
            "the other side sent more in plain text where TLS was to begin",
        ),
        (
            [b"* OK hi\r\n", b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\na1 OK\r\n"],
            PLAIN | LOGIN,
            "the mailbox server does not offer to log in (LOGINDISABLED)",
        ),
        (
            [b"* OK hi\r\n", b"a1 OK\r\n"],
            PLAIN | {"user": "änna", "password": "toad"},
            "the mailbox server takes only letters of ASCII in user and password (no AUTH=PLAIN)",
        ),
        (
            [b"* OK hi\r\n", b"a1 OK\r\n", b"a2 BAD LOGIN \x1b anna shy-green-toad\r\n"],
            PLAIN | LOGIN,
            "log-in refused: BAD LOGIN \\x1b anna ***",
        ),
        ([b""], {}, "the other side closed the connection before its answer was complete"),
    ],
)
async def test_strange_answers_fail_in_words(
    ask: Ask, lines: list[bytes], values: dict[str, Any], message: str
) -> None:
    async with scripted_server(*lines) as port:
        result = await ask(port, **values)
    assert (result.status, result.message) == (Status.FAILED, message)


async def test_an_echo_of_what_was_sent_is_masked(ask: Ask) -> None:
    sent = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode())
    hello = (b"* OK hi\r\n", b"* CAPABILITY AUTH=PLAIN\r\na1 OK\r\n", b"+\r\n")
    async with scripted_server(*hello, b"a2 BAD " + sent + b"\r\n") as port:
        result = await ask(port, **PLAIN, **LOGIN)
    assert (result.status, result.message) == (Status.FAILED, "log-in refused: BAD ***")


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
