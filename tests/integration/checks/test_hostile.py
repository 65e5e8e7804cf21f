"""What no other side can do to any kind: keep it beyond its deadline, break it, or leave something behind."""

import asyncio
import os
import random
import time
from collections.abc import Mapping
from typing import Any

import pytest

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.net import Network
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry
from monitor_app.redact import SPELLED_OUT
from tests.paces import at_any_pace
from tests.servers.talk import Script, talking_server

KINDS = KindRegistry()
LOGIN = {"host": "127.0.0.1", "user": "anna", "password": "calm-otter"}
DATABASE = LOGIN | {"query": "SELECT 1"}
WAYS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "http": ("http", {"url": "http://127.0.0.1:{port}/"}),
    "https": ("http", {"url": "https://127.0.0.1:{port}/"}),
    "proxy": ("http", {"url": "http://example.org/", "proxy_url": "http://127.0.0.1:{port}"}),
    "tcp": ("tcp", {"host": "127.0.0.1", "expect": "never said"}),
    "tcp with starttls": ("tcp", {"host": "127.0.0.1", "tls": "ldap"}),
    "certificate": ("tls_certificate", {"host": "127.0.0.1"}),
    "certificate of pop3": ("tls_certificate", {"host": "127.0.0.1", "starttls": "pop3"}),
    "queue": ("queue", {"url": "http://127.0.0.1:{port}"}),
    "ws": ("websocket", {"url": "ws://127.0.0.1:{port}/", "message": "ping"}),
    "wss": ("websocket", {"url": "wss://127.0.0.1:{port}/"}),
    "grpc": ("grpc", {"host": "127.0.0.1"}),
    "grpcs": ("grpc", {"host": "127.0.0.1", "tls": True}),
    "smtp": ("smtp", LOGIN),
    "smtps": ("smtp", {**LOGIN, "tls": "tls"}),
    "imap": ("imap", LOGIN),
    "imaps": ("imap", {**LOGIN, "tls": "tls"}),
    "postgresql": ("database", {**DATABASE, "engine": "postgresql"}),
    "mysql": ("database", {**DATABASE, "engine": "mysql"}),
    "redis": ("database", {**LOGIN, "engine": "redis", "query": "PING"}),
    "rediss": ("database", {**LOGIN, "engine": "redis", "tls": "require"}),
    "dns": ("dns", {"name": "example.org", "resolver": "127.0.0.1", "tcp_only": True}),
    "domain": ("domain_expiry", {"domain": "example.org", "rdap_base_url": "http://127.0.0.1:{port}/"}),
}
every_way = pytest.mark.parametrize("way", WAYS)


async def probed(network: Network, way: str, port: int, deadline_seconds: float) -> ProbeResult:
    name, values = WAYS[way]
    kind = KINDS[name]
    filled = {field: text.format(port=port) if "{" in str(text) else text for field, text in values.items()}
    if "port" in kind.config_model.model_fields:
        filled["port"] = port
    config = kind.parse({"deadline_seconds": deadline_seconds} | filled)
    return await kind.probe(ProbeContext(network), config)


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    await reader.read()
    return False


def dripping(drop: bytes) -> Script:
    """Says one byte after the other for ever, so that something always comes soon."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        while True:
            for byte in drop:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.02)

    return script


DRIPS = {
    "silence": silent,
    "zeros": dripping(b"\0"),
    "letters": dripping(b"220-x\r\n"),
    "http": dripping(b"HTTP/1.1 200 "),
}


@every_way
@at_any_pace
async def test_slow_servers_end_at_the_deadline(network: Network, way: str, pace: int) -> None:
    async def check(drip: str) -> None:
        async with talking_server(DRIPS[drip]) as port:
            began = time.perf_counter()
            result = await probed(network, way, port, 0.4 * pace)
        assert result.status is not Status.OK, drip
        assert time.perf_counter() - began < 1.4 * pace, drip
        assert sum(result.phases.values()) < 750 * pace, drip  # a deadline that counts twice is 800

    async with asyncio.TaskGroup() as group:
        for drip in DRIPS:
            group.create_task(check(drip))


def noise(seed: int) -> Script:
    """Says nonsense that begins like something that makes sense, a piece for each that it hears."""
    chance = random.Random(seed)
    beginnings = [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/rdap+json\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"\0\0\0\x04\0\0\0\0\0",  # HTTP/2 settings
        b"220 ",
        b"* OK\r\na1 OK\r\na2 OK\r\n",
        b"+OK\r\n",
        b"$5\r\n*3\r\n",
        b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I",
        b"S\x16\x03\x03",
        b"\x4a\0\0\0\x0a8.0.1\0",
        b"\x16\x03\x03\0\x40\x02",
    ]

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(chance.choice(beginnings) + chance.randbytes(chance.randrange(200)))
        for _ in range(4):
            if not await reader.read(65536):
                break
            writer.write(chance.choice(beginnings) + chance.randbytes(chance.randrange(2000)))
        writer.write_eof()
        return False

    return script


@every_way
async def test_nonsense_breaks_nothing(network: Network, way: str) -> None:
    """A probe raises only for a bug."""

    async def check(seed: int) -> None:
        async with talking_server(noise(seed)) as port:
            try:
                result = await probed(network, way, port, 0.3)
            except Exception as err:
                raise AssertionError(f"seed {seed}") from err
        for text in (result.message, *result.details.values()):
            assert text == text.translate(SPELLED_OUT), seed

    for first in range(0, 12, 4):
        async with asyncio.TaskGroup() as group:
            for seed in range(first, first + 4):
                group.create_task(check(seed))


@every_way
async def test_one_who_is_cut_off_leaves_nothing_behind(network: Network, way: str) -> None:
    async with talking_server(silent) as port:
        await asyncio.sleep(0)
        others, descriptors = asyncio.all_tasks(), len(os.listdir("/proc/self/fd"))
        probing = asyncio.create_task(probed(network, way, port, 30))
        for _ in range(3):
            await asyncio.sleep(0.03)
        probing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await probing
        # The stand-in for the other side has one task and one descriptor for the connection.
        for _ in range(6000):
            await asyncio.sleep(0.01)
            left = {task for task in asyncio.all_tasks() - others if "talk" not in repr(task)}
            if not left and len(os.listdir("/proc/self/fd")) <= descriptors + 1:
                break
        assert not left
        assert len(os.listdir("/proc/self/fd")) <= descriptors + 1
