"""The talk in plain text that leads to TLS on ports where connections begin without it.

Each dialogue takes an open stream, and returns when the TLS handshake may begin. All raise BadAnswer when the other
side refuses or speaks something else, and what the stream raises.
"""

from collections.abc import Awaitable, Callable
from typing import Literal

from monitor_app.net.failures import BadAnswer
from monitor_app.net.lines import LineReader
from monitor_app.net.stream import Stream
from monitor_app.redact import harmless

Dialogue = Callable[[Stream], Awaitable[None]]
Protocol = Literal["smtp", "imap", "pop3", "ldap", "postgres"]

# What we call ourselves to mail servers: an address literal needs no name (RFC 5321, section 4.1.3).
SMTP_NAME = "[127.0.0.1]"
_SHOWN_LIMIT = 120
_LINES_LIMIT = 100

# SSLRequest: length 8, code 80877103 (PostgreSQL, "Message Formats").
_POSTGRES_SSL_REQUEST = bytes.fromhex("00000008 04d2162f")

# RFC 4511, section 4.14.1: LDAPMessage { messageID 1, extendedReq { requestName "1.3.6.1.4.1.1466.20037" } } in BER.
_LDAP_OID = b"1.3.6.1.4.1.1466.20037"
_LDAP_REQUEST = bytes([0x30, 0x1D, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, len(_LDAP_OID)]) + _LDAP_OID
_LDAP_LIMIT_BYTES = 4096
_SEQUENCE, _INTEGER, _ENUMERATED, _OCTETS, _EXTENDED_RESPONSE = 0x30, 0x02, 0x0A, 0x04, 0x78
_OTHER = 80
_LDAP_RESULTS = {1: "operations error", 2: "protocol error", 51: "busy", 52: "unavailable", 53: "unwilling to perform"}


async def smtp(stream: Stream) -> None:
    """RFC 3207: greeting, EHLO, STARTTLS."""
    lines = LineReader(stream)
    await smtp_reply(lines, "its greeting", 220)
    await stream.write(f"EHLO {SMTP_NAME}\r\n".encode())
    offers = await smtp_reply(lines, "EHLO", 250)
    if not any(offer.strip().upper() == "STARTTLS" for offer in offers[1:]):
        raise BadAnswer("the mail server does not offer STARTTLS")
    await stream.write(b"STARTTLS\r\n")
    await smtp_reply(lines, "STARTTLS", 220)
    lines.must_be_empty()


async def smtp_reply(lines: LineReader, what: str, *codes: int) -> list[str]:
    """The texts of one reply, however many lines it has (RFC 5321, section 4.2). Raises BadAnswer for other codes."""
    texts: list[str] = []
    while len(texts) < _LINES_LIMIT:
        line = (await lines.line()).decode("utf-8", "replace")
        if not (line[:3].isascii() and line[:3].isdigit() and line[3:4] in ("", " ", "-")):
            raise BadAnswer(f"the answer to {what} is not SMTP: {_shown(line)}")
        texts.append(line[4:])
        if line[3:4] != "-":
            if int(line[:3]) not in codes:
                raise BadAnswer(f"the mail server refuses {what}: {_shown(line)}")
            return texts
    raise BadAnswer(f"the mail server answers {what} with more than {_LINES_LIMIT} lines")


async def imap(stream: Stream) -> None:
    """RFC 9051, section 6.2.1: greeting, STARTTLS."""
    lines = LineReader(stream)
    greeting = (await lines.line()).decode("utf-8", "replace")
    if not greeting.upper().startswith("* OK"):
        raise BadAnswer(f"the greeting is not that of an IMAP server that takes log-ins: {_shown(greeting)}")
    await stream.write(b"a1 STARTTLS\r\n")
    for _ in range(_LINES_LIMIT):
        line = (await lines.line()).decode("utf-8", "replace")
        if line.upper().startswith("A1 "):
            if not line.upper().startswith("A1 OK"):
                raise BadAnswer(f"the mail server refuses STARTTLS: {_shown(line[3:])}")
            lines.must_be_empty()
            return
        if not line.startswith("* "):
            raise BadAnswer(f"the answer to STARTTLS is not IMAP: {_shown(line)}")
    raise BadAnswer(f"the mail server answers STARTTLS with more than {_LINES_LIMIT} lines")


async def pop3(stream: Stream) -> None:
    """RFC 2595, section 4: greeting, STLS."""
    lines = LineReader(stream)
    await _pop3_reply(lines, "its greeting")
    await stream.write(b"STLS\r\n")
    await _pop3_reply(lines, "STLS")
    lines.must_be_empty()


async def _pop3_reply(lines: LineReader, what: str) -> None:
    line = (await lines.line()).decode("utf-8", "replace")
    if line.startswith("-ERR"):
        raise BadAnswer(f"the mail server refuses {what}: {_shown(line)}")
    if not line.startswith("+OK"):
        raise BadAnswer(f"the answer to {what} is not POP3: {_shown(line)}")


async def postgres(stream: Stream) -> None:
    """SSLRequest, to which the server answers with one letter."""
    await stream.write(_POSTGRES_SSL_REQUEST)
    lines = LineReader(stream)
    answer = await lines.exactly(1)
    if answer == b"N":
        raise BadAnswer("the PostgreSQL server does not offer TLS (ssl = off)")
    if answer != b"S":
        raise BadAnswer(f"the answer to SSLRequest is not PostgreSQL: it begins with {answer.decode('latin-1')!a}")
    lines.must_be_empty()


async def ldap(stream: Stream) -> None:
    """RFC 4511, section 4.14: the extended request StartTLS."""
    await stream.write(_LDAP_REQUEST)
    lines = LineReader(stream)
    try:
        result, diagnostic = _ldap_result(await _ber_message(lines))
    except (IndexError, ValueError) as err:
        raise BadAnswer("the answer to StartTLS is not LDAP") from err
    if result:
        name = _LDAP_RESULTS.get(result, "refused")
        told = f": {_shown(diagnostic)}" if diagnostic else ""
        raise BadAnswer(f"the directory server refuses StartTLS with result {result} ({name}){told}")
    lines.must_be_empty()


async def _ber_message(lines: LineReader) -> bytes:
    """The content of one LDAPMessage. Raises ValueError when it is none."""
    tag, length = await lines.exactly(2)
    if tag != _SEQUENCE:
        raise ValueError
    if length & 0x80:
        octets = length & 0x7F
        if not 1 <= octets <= 4:
            raise ValueError
        length = int.from_bytes(await lines.exactly(octets))
    if length > _LDAP_LIMIT_BYTES:
        raise ValueError
    return await lines.exactly(length)


def _ldap_result(message: bytes) -> tuple[int, str]:
    """Result code and diagnostic message of the extended response to message 1. Raises ValueError and IndexError."""
    tag, ident, at = _element(message, 0)
    # 0: "notice of disconnection", which is an extended response, too (RFC 4511, section 4.4.1).
    if tag != _INTEGER or ident not in (b"\x00", b"\x01"):
        raise ValueError
    is_ours = ident == b"\x01"
    tag, response, _ = _element(message, at)
    if tag != _EXTENDED_RESPONSE:
        raise ValueError
    tag, code, at = _element(response, 0)
    if tag != _ENUMERATED:
        raise ValueError
    _, _, at = _element(response, at)
    tag, diagnostic, _ = _element(response, at)
    if tag != _OCTETS:
        raise ValueError
    return int.from_bytes(code) or (0 if is_ours else _OTHER), diagnostic.decode("utf-8", "replace")


def _element(data: bytes, at: int) -> tuple[int, bytes, int]:
    """Tag, content and where the next element begins. Raises IndexError and ValueError."""
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        octets = length & 0x7F
        length, at = int.from_bytes(data[at : at + octets]), at + octets
    if at + length > len(data):
        raise ValueError
    return tag, data[at : at + length], at + length


def _shown(text: str) -> str:
    return harmless(text.strip(), _SHOWN_LIMIT)


DIALOGUES: dict[Protocol, Dialogue] = {"smtp": smtp, "imap": imap, "pop3": pop3, "ldap": ldap, "postgres": postgres}
