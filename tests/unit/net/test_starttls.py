"""The talks that lead to TLS: what is sent, and what each refusal is told as."""

from collections import deque

import pytest

from monitor_app.net.failures import BadAnswer, ConnectionLost
from monitor_app.net.lines import LINE_LIMIT_BYTES, LineReader
from monitor_app.net.starttls import DIALOGUES, Protocol
from tests.servers.talk import ldap_response


class Script:
    """A stream in memory: gives one piece for each read, then the end; keeps what is written."""

    address = "192.0.2.1"

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = deque(pieces)
        self.written = b""

    async def read(self, max_bytes: int) -> bytes:
        if not self._pieces:
            return b""
        piece = self._pieces.popleft()
        if len(piece) > max_bytes:
            self._pieces.appendleft(piece[max_bytes:])
        return piece[:max_bytes]

    async def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        """Nothing to close."""


async def talk(protocol: Protocol, *pieces: bytes) -> bytes:
    stream = Script(*pieces)
    await DIALOGUES[protocol](stream)
    return stream.written


async def test_smtp_says_hello_and_asks() -> None:
    written = await talk("smtp", b"220-one\r\n220 two\r\n", b"250-a\r\n250-starttls\r\n250 SIZE\r\n", b"220 go\r\n")
    assert written == b"EHLO [127.0.0.1]\r\nSTARTTLS\r\n"


async def test_imap_takes_what_comes_in_between() -> None:
    assert await talk("imap", b"* OK hello\n", b"* NO alarm\r\na1 OK\r\n") == b"a1 STARTTLS\r\n"


async def test_pop3_asks() -> None:
    assert await talk("pop3", b"+OK\r\n", b"+OK begin\r\n") == b"STLS\r\n"


async def test_postgres_asks_with_the_code_of_its_documentation() -> None:
    written = await talk("postgres", b"S")
    assert (int.from_bytes(written[:4]), int.from_bytes(written[4:])) == (8, 80877103)


async def test_ldap_asks_with_the_name_of_its_rfc() -> None:
    written = await talk("ldap", ldap_response(0))
    assert written == bytes.fromhex("301d0201017718801631") + b".3.6.1.4.1.1466.20037"


async def test_ldap_takes_long_lengths_and_pieces() -> None:
    body = ldap_response(0)[2:]
    answer = b"\x30\x84" + len(body).to_bytes(4) + body
    assert await talk("ldap", *(bytes([byte]) for byte in answer))


@pytest.mark.parametrize(
    ("protocol", "pieces", "message"),
    [
        ("smtp", [b"554 go away\r\n"], "the mail server refuses its greeting: 554 go away"),
        ("smtp", [b"SSH-2.0-x\r\n"], "the answer to its greeting is not SMTP: SSH-2.0-x"),
        ("smtp", [b"220 a\r\n", b"250 a\r\n"], "the mail server does not offer STARTTLS"),
        ("smtp", [b"220 STARTTLS\r\n", b"250 STARTTLS\r\n"], "the mail server does not offer STARTTLS"),
        ("smtp", [b"220 a\r\n", b"502 what\r\n"], "the mail server refuses EHLO: 502 what"),
        (
            "smtp",
            [b"220 a\r\n", b"250-a\r\n250 STARTTLS\r\n", b"454 later\r\n"],
            "the mail server refuses STARTTLS: 454 later",
        ),
        (
            "smtp",
            [b"220 a\r\n", b"250-a\r\n250 STARTTLS\r\n", b"220 go\r\n250 injected\r\n"],
            "sent more in plain text where TLS was to begin",
        ),
        ("smtp", [b"220-a\r\n" * 101], "with more than 100 lines"),
        ("smtp", [b"220 \x1b[31m\r\n", b"250-a\r\n250 a\x1b\r\n"], "does not offer STARTTLS"),
        ("imap", [b"* BYE\r\n"], "the greeting is not that of an IMAP server that takes log-ins: * BYE"),
        ("imap", [b"* OK\r\n", b"a1 BAD \x1b[2Jno\r\n"], r"the mail server refuses STARTTLS: BAD \x1b[2Jno"),
        ("imap", [b"* OK\r\n", b"+OK\r\n"], "the answer to STARTTLS is not IMAP: +OK"),
        ("imap", [b"* OK\r\n", b"* x\r\n" * 101], "with more than 100 lines"),
        ("imap", [b"* OK\r\n", b"a1 OK\r\na2 OK\r\n"], "more in plain text"),
        ("pop3", [b"-ERR busy\r\n"], "the mail server refuses its greeting: -ERR busy"),
        ("pop3", [b"* OK\r\n"], "the answer to its greeting is not POP3: * OK"),
        ("pop3", [b"+OK\r\n", b"-ERR no\r\n"], "the mail server refuses STLS: -ERR no"),
        ("pop3", [b"+OK\r\n", b"+OK\r\nx"], "more in plain text"),
        ("postgres", [b"N"], "the PostgreSQL server does not offer TLS"),
        ("postgres", [b"HTTP/1.1 400"], "is not PostgreSQL: it begins with 'H'"),
        ("postgres", [b"SE"], "more in plain text"),
        ("ldap", [ldap_response(2, b"unsupported")], "with result 2 (protocol error): unsupported"),
        ("ldap", [ldap_response(53)], "with result 53 (unwilling to perform)"),
        ("ldap", [ldap_response(99)], "with result 99 (refused)"),
        ("ldap", [ldap_response(52, ident=0)], "with result 52 (unavailable)"),
        ("ldap", [ldap_response(0, ident=0)], "with result 80 (refused)"),
        ("ldap", [ldap_response(0) + b"x"], "more in plain text"),
        ("ldap", [b"HTTP/1.1 400 Bad Request\r\n"], "the answer to StartTLS is not LDAP"),
        ("ldap", [ldap_response(0, ident=2)], "the answer to StartTLS is not LDAP"),
        ("ldap", [b"\x30\x84\xff\xff\xff\xff"], "the answer to StartTLS is not LDAP"),
        ("ldap", [b"\x30\x80"], "the answer to StartTLS is not LDAP"),
        ("ldap", [b"\x30\x03\x02\x01\x01"], "the answer to StartTLS is not LDAP"),
        ("ldap", [b"\x30\x05\x02\x01\x01\x61\x7f"], "the answer to StartTLS is not LDAP"),
    ],
)
async def test_refusals_are_told(protocol: Protocol, pieces: list[bytes], message: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        await talk(protocol, *pieces)
    assert message in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("protocol", list(DIALOGUES))
async def test_an_early_end_is_told(protocol: Protocol) -> None:
    with pytest.raises(ConnectionLost, match="before its answer was complete"):
        await talk(protocol)


async def test_lines_come_one_by_one_however_they_were_cut() -> None:
    reader = LineReader(Script(b"a", b"b\r", b"\nc\n\r\nrest"))
    assert [await reader.line() for _ in range(3)] == [b"ab", b"c", b""]
    assert await reader.exactly(3) == b"res"
    with pytest.raises(BadAnswer):
        reader.must_be_empty()
    assert await reader.exactly(1) == b"t"
    reader.must_be_empty()


@pytest.mark.parametrize("end", [b"", b"\r\n"])
async def test_a_line_that_is_too_long_is_refused(end: bytes) -> None:
    with pytest.raises(BadAnswer, match=f"a line of more than {LINE_LIMIT_BYTES} bytes"):
        await LineReader(Script(b"x" * (LINE_LIMIT_BYTES + 2) + end)).line()


async def test_a_line_of_the_limit_is_taken() -> None:
    assert len(await LineReader(Script(b"x" * LINE_LIMIT_BYTES + b"\n")).line()) == LINE_LIMIT_BYTES
