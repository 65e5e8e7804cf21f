"""HTTP proxies on loopback: a real one (proxy.py) as a process of its own, and one of ours that misbehaves as told."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.visits import listening

USERNAME, PASSWORD = "monitor", "pr0xy-secret"
START_SECONDS = 120


@dataclass
class ScriptedProxy:
    """Opens the way for CONNECT, or says `answer` instead. `heads` are what it was asked with."""

    port: int = 0
    answer: bytes = b""
    is_silent: bool = False
    delay_seconds: float = 0.0
    # Where it connects to, whatever it is asked for.
    target: tuple[str, int] | None = None
    heads: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        if self.is_silent:
            await reader.read()
        await asyncio.sleep(self.delay_seconds)
        if self.answer:
            writer.write(self.answer)
            await writer.drain()
        elif not self.is_silent:
            host, _, port = head.split()[1].rpartition(":")
            await _relay(reader, writer, *(self.target or (host.strip("[]"), int(port))))


@asynccontextmanager
async def scripted_proxy() -> AsyncIterator[ScriptedProxy]:
    """Listens on 127.0.0.1 at `port`."""
    proxy = ScriptedProxy()
    async with listening(proxy.serve) as proxy.port:
        yield proxy


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
    there_reader, there_writer = await asyncio.open_connection(host, port)
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    try:
        await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))
    finally:
        there_writer.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()


@asynccontextmanager
async def real_proxy(folder: Path) -> AsyncIterator[int]:
    """The port of proxy.py, which asks for USERNAME and PASSWORD."""
    port_file = folder / "proxy.port"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", "0", "--port-file", str(port_file)),
        *("--num-workers", "1", "--num-acceptors", "1", "--basic-auth", f"{USERNAME}:{PASSWORD}"),
        *("--log-level", "ERROR"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            port = await _listening(port_file, process)
        yield port
    finally:
        process.terminate()
        await process.wait()


async def _listening(port_file: Path, process: asyncio.subprocess.Process) -> int:
    while process.returncode is None:
        await asyncio.sleep(0.05)
        text = port_file.read_text().strip() if port_file.exists() else ""
        if text:
            with suppress(OSError), socket.create_connection(("127.0.0.1", int(text)), 1):
                return int(text)
    raise RuntimeError("the proxy did not start")
