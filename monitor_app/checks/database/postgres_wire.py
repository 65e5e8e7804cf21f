"""PostgreSQL's protocol 3.0 over our own streams (https://www.postgresql.org/docs/current/protocol.html).

A driver would trust what the other side says of lengths; whoever answers on this port may be anybody.
"""

import hashlib
import struct
from dataclasses import dataclass, field
from enum import IntEnum

from monitor_app.checks.database.scram import MECHANISM, Scram
from monitor_app.checks.database.session import LoginRefused
from monitor_app.net.failures import BadAnswer
from monitor_app.net.lines import LineReader
from monitor_app.net.stream import Stream

# Of one answer.
BYTES_LIMIT = 8 * 1024 * 1024
# As many rows as are asked for at most, and what is said beside them.
MESSAGES_LIMIT = 12_000
_VERSION = 196608
_SSL_REQUEST = bytes.fromhex("00000008 04d2162f")
_BOOLEAN_OID = 16


class _Method(IntEnum):
    """What the server asks for in a message R."""

    OK = 0
    PLAIN = 3
    MD5 = 5
    SASL = 10
    SASL_CONTINUE = 11
    SASL_FINAL = 12


_NOT_POSTGRES = "the other side does not speak PostgreSQL on this port"


class ServerError(Exception):
    """`code` is an SQLSTATE; the text is the server's own."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class NoTlsThere(Exception):
    """The server has no TLS."""


@dataclass
class Rows:
    """Texts, or None for NULL; of each row only as many columns as were asked for."""

    rows: list[list[str | bool | None]] = field(default_factory=list)
    first_type: int = 0


async def ask_for_tls(stream: Stream) -> None:
    """The dialogue before TLS. Raises NoTlsThere and BadAnswer."""
    await stream.write(_SSL_REQUEST)
    lines = LineReader(stream)
    answer = await lines.exactly(1)
    if answer == b"N":
        raise NoTlsThere
    if answer != b"S":
        raise BadAnswer(_NOT_POSTGRES)
    lines.must_be_empty()


class PostgresConnection:
    """All methods raise ServerError, BadAnswer and what the stream raises."""

    def __init__(self, stream: Stream, *, is_encrypted: bool) -> None:
        self._stream = stream
        self._lines = LineReader(stream)
        self._is_encrypted = is_encrypted
        self._left = BYTES_LIMIT
        self._messages_left = MESSAGES_LIMIT
        self._is_challenged = False

    async def log_in(self, user: str, password: str, database: str) -> None:
        """Raises LoginRefused, too, when the server wants what we do not give."""
        settings = {"user": user, "database": database, "application_name": "lightbulb", "client_encoding": "UTF8"}
        pairs = b"".join(text.encode() + b"\0" for pair in settings.items() for text in pair)
        await self._stream.write(struct.pack("!ii", len(pairs) + 9, _VERSION) + pairs + b"\0")
        scram = Scram(password)
        while True:
            kind, body = await self._message()
            if kind == b"Z":
                return
            if kind == b"R":
                await self._authenticate(body, user, password, scram)

    async def simple(self, statements: str) -> list[list[str | bool | None]]:
        """Rows of all statements; for our own questions only."""
        await self._stream.write(_packed(b"Q", statements.encode() + b"\0"))
        return (await self._rows(columns=20)).rows

    async def one(self, statement: str, rows: int) -> list[list[str | bool | None]]:
        """At most so many rows of one statement, with their first column; several statements are refused."""
        await self._stream.write(
            _packed(b"P", b"\0" + statement.encode() + b"\0\0\0")
            + _packed(b"B", b"\0\0" + bytes(6))  # no parameters, everything as text
            + _packed(b"D", b"P\0")
            + _packed(b"E", b"\0" + struct.pack("!i", rows))
            + _packed(b"S", b"")
        )
        found = await self._rows(columns=1)
        if found.first_type == _BOOLEAN_OID and found.rows and found.rows[0]:
            value = found.rows[0][0]
            found.rows[0][0] = None if value is None else value == "t"
        return found.rows

    async def _authenticate(self, body: bytes, user: str, password: str, scram: Scram) -> None:
        try:
            (method,) = struct.unpack_from("!i", body)
        except struct.error as err:
            raise BadAnswer(_NOT_POSTGRES) from err
        data = body[4:]
        if method in (_Method.PLAIN, _Method.MD5, _Method.SASL) and not password:
            raise LoginRefused("the server asks for a password")
        match method:
            case _Method.OK:
                return
            case _Method.PLAIN:
                if not self._is_encrypted:
                    raise LoginRefused("the server wants the password in plain text, over a connection without TLS")
                await self._send_password(password.encode() + b"\0")
            case _Method.MD5:
                inner = hashlib.md5(password.encode() + user.encode(), usedforsecurity=False).hexdigest()
                outer = hashlib.md5(inner.encode() + data[:4], usedforsecurity=False).hexdigest()
                await self._send_password(b"md5" + outer.encode() + b"\0")
            case _Method.SASL:
                if MECHANISM.encode() not in data.split(b"\0"):
                    raise LoginRefused(f"the server knows no way to log in that is known here ({MECHANISM})")
                first = scram.first()
                await self._send_password(MECHANISM.encode() + b"\0" + struct.pack("!i", len(first)) + first)
            case _Method.SASL_CONTINUE:
                # Each answer takes thousands of rounds of hashing: who asks again wants to keep us busy.
                if self._is_challenged:
                    raise BadAnswer(_NOT_POSTGRES)
                self._is_challenged = True
                await self._send_password(await scram.final(data))
            case _Method.SASL_FINAL:
                scram.check_server(data)
            case _:
                raise LoginRefused(f"the server wants a way to log in that is not known here (number {method})")

    async def _send_password(self, data: bytes) -> None:
        await self._stream.write(_packed(b"p", data))

    async def _rows(self, columns: int) -> Rows:
        found = Rows()
        self._left, self._messages_left = BYTES_LIMIT, MESSAGES_LIMIT
        while True:
            kind, body = await self._message()
            try:
                if kind == b"Z":
                    return found
                if kind == b"T" and body[:2] != b"\0\0":
                    (found.first_type,) = struct.unpack_from("!i", body, body.index(b"\0", 2) + 7)
                elif kind == b"D":
                    found.rows.append(_row(body, columns))
            except (struct.error, ValueError) as err:
                raise BadAnswer("the answer breaks the rules of PostgreSQL's protocol") from err

    async def _message(self) -> tuple[bytes, bytes]:
        """Kind and body of the next message that is no error."""
        kind, length = struct.unpack("!ci", await self._lines.exactly(5))
        if not (kind.isalnum() and length >= 4):
            raise BadAnswer(_NOT_POSTGRES)
        self._messages_left -= 1
        if not self._messages_left:
            raise BadAnswer(f"the answer has more than {MESSAGES_LIMIT} messages")
        self._left -= length
        if self._left < 0:
            # "HTTP" as a length is more than a gigabyte.
            raise BadAnswer(f"the answer is longer than {BYTES_LIMIT // 1024 // 1024} MB, or not PostgreSQL's")
        body = await self._lines.exactly(length - 4)
        if kind == b"E":
            raise _error(body)
        return kind, body


def _packed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def _row(body: bytes, columns: int) -> list[str | bool | None]:
    (count,) = struct.unpack_from("!h", body)
    values: list[str | bool | None] = []
    at = 2
    for _ in range(min(count, columns)):
        (length,) = struct.unpack_from("!i", body, at)
        at += 4
        if length < 0:
            values.append(None)
            continue
        if at + length > len(body):
            raise ValueError
        values.append(body[at : at + length].decode("utf-8", "replace"))
        at += length
    return values


def _error(body: bytes) -> ServerError:
    fields = {part[:1]: part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}
    return ServerError(fields.get(b"C", ""), fields.get(b"M", "no reason is given"))
