"""Servers that talk in plain text before TLS begins: stand-ins for mail, directory and database servers on loopback.

async with talking_server(lines((b"", b"hello\r\n"), (b"PING", b"PONG\r\n"))) as port: ...
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.servers.visits import listening

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bool]]


@asynccontextmanager
async def talking_server(script: Script, tls: ssl.SSLContext | None = None, after: bytes = b"") -> AsyncIterator[int]:
    """The port. When the script returns True and there is `tls`, the handshake follows, then `after` is sent."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await script(reader, writer) and tls is not None:
            await writer.start_tls(tls)
            writer.write(after)
            await writer.drain()
        while await reader.read(65536):
            pass

    async with listening(serve) as port:
        yield port


def lines(*steps: tuple[bytes, bytes]) -> Script:
    """Says the second of each step once a line that begins with the first has come; b"" waits for nothing."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        for awaited, said in steps:
            if awaited:
                line = await reader.readline()
                if not line.upper().startswith(awaited.upper()):
                    writer.write(b"500 unexpected: " + line)
                    return False
            writer.write(said)
            await writer.drain()
        return True

    return script


SMTP = lines(
    (b"", b"220 mail.test ESMTP\r\n"), (b"EHLO ", b"250-mail.test\r\n250 STARTTLS\r\n"), (b"STARTTLS", b"220 go\r\n")
)
IMAP = lines((b"", b"* OK IMAP4rev2 ready\r\n"), (b"a1 STARTTLS", b"* CAPABILITY IMAP4rev2\r\na1 OK begin\r\n"))
POP3 = lines((b"", b"+OK ready\r\n"), (b"STLS", b"+OK begin\r\n"))


async def ldap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """StartTLS as RFC 4511 writes it: takes the request apart, answers success."""
    head = await reader.readexactly(2)
    body = await reader.readexactly(head[1])
    # messageID 1, [APPLICATION 23] { [0] "1.3.6.1.4.1.1466.20037" }
    oid = b"1.3.6.1.4.1.1466.20037"
    assert head[:1] == b"\x30"
    is_right = body == b"\x02\x01\x01" + bytes([0x77, len(oid) + 2, 0x80, len(oid)]) + oid
    writer.write(ldap_response(0 if is_right else 2, b"" if is_right else b"what?"))
    await writer.drain()
    return is_right


def ldap_response(code: int, text: bytes = b"", ident: int = 1) -> bytes:
    """LDAPMessage { messageID, extendedResp { resultCode, matchedDN "", diagnosticMessage } }."""
    result = b"\x0a\x01" + bytes([code]) + b"\x04\x00" + b"\x04" + bytes([len(text)]) + text
    message = b"\x02\x01" + bytes([ident]) + b"\x78" + bytes([len(result)]) + result
    return b"\x30" + bytes([len(message)]) + message


async def postgres(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """SSLRequest is answered with S."""
    assert await reader.readexactly(8) == bytes.fromhex("0000000804d2162f")
    writer.write(b"S")
    await writer.drain()
    return True


SCRIPTS: dict[str, Script] = {"smtp": SMTP, "imap": IMAP, "pop3": POP3, "ldap": ldap, "postgres": postgres}
