"""What the benchmark of deliveries talks to: targets that can be broken, a webhook, and a small mail server."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

ADDRESS = "127.0.0.1"
_NUMBER = re.compile(rb"/target/(\d+)")
_NAMED = re.compile(rb"Target (\d+) ")
# Each fails in its own words: what fails alike at the same time is one incident.
_STATUSES = (500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511)


@dataclass
class Scene:
    """When targets answered badly, and when who was told of it, by the number of the target."""

    broken: set[int] = field(default_factory=set)
    checks: int = 0
    asked: dict[int, int] = field(default_factory=dict)
    bad_at: dict[int, list[float]] = field(default_factory=dict)
    hooked_at: dict[int, float] = field(default_factory=dict)
    mailed_at: dict[int, float] = field(default_factory=dict)
    web_port: int = 0
    mail_port: int = 0

    async def web(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request: of a check, or a webhook."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"POST"):
                length = re.search(rb"(?i)content-length: (\d+)", head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                _note(self.hooked_at, body)
                status = 200
            else:
                status = self._checked(head)
            writer.write(b"HTTP/1.1 %d Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A mail server that takes everything (RFC 5321, as much as is needed)."""
        try:
            writer.write(b"220 bench\r\n")
            while line := await reader.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    writer.write(b"354 go on\r\n")
                    _note(self.mailed_at, await reader.readuntil(b"\r\n.\r\n"))
                writer.write(b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n")
                await writer.drain()
                if word == b"QUIT":
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _checked(self, head: bytes) -> int:
        self.checks += 1
        found = _NUMBER.search(head)
        if found is None:
            return 200
        number = int(found[1])
        self.asked[number] = self.asked.get(number, 0) + 1
        if number not in self.broken:
            return 200
        self.bad_at.setdefault(number, []).append(time.monotonic())
        return _STATUSES[number % len(_STATUSES)]


@asynccontextmanager
async def open_scene() -> AsyncIterator[Scene]:
    """Both servers on ports of their own."""
    scene = Scene()
    web = await asyncio.start_server(scene.web, ADDRESS, 0, backlog=1024, limit=1 << 20)
    mail = await asyncio.start_server(scene.mail, ADDRESS, 0, limit=1 << 20)
    async with web, mail:
        scene.web_port, scene.mail_port = (server.sockets[0].getsockname()[1] for server in (web, mail))
        yield scene


def _note(receipts: dict[int, float], text: bytes) -> None:
    found = _NAMED.search(text)
    if found is not None:
        receipts.setdefault(int(found[1]), time.monotonic())
