"""MySQL's protocol as servers speak it that are careless or hostile."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from tests.integration.checks.database.conftest import Ask
from tests.pauses import longest_pause
from tests.servers.visits import listening

PASSWORD = "calm-otter"
OK = b"\0\0\0\2\0\0\0"
# Protocol 4.1, transactions, secure connection, plugins; no TLS.
CAPABILITIES = 0x0200 | 0x2000 | 0x8000 | 0x80000
PLAIN = "the server wants the password in plain text, over a connection that is not encrypted"
UNSAFE = "the server knows only ways to log in that are no longer safe"
ROW = b"\x01" + b"1"
EOF = b"\xfe\0\0\2\0"


def packet(number: int, body: bytes) -> bytes:
    return struct.pack("<I", len(body))[:3] + bytes([number % 256]) + body


def greeting(plugin: bytes = b"mysql_native_password", capabilities: int = CAPABILITIES) -> bytes:
    low, high = capabilities & 0xFFFF, capabilities >> 16
    body = b"\x0a8.0.1\0" + struct.pack("<I", 1) + b"saltsalt\0" + struct.pack("<H", low)
    body += struct.pack("<BHHB", 45, 2, high, 21) + bytes(10) + b"saltsaltsalt\0" + plugin + b"\0"
    return packet(0, body)


def column(number: int, kind: int = 253) -> bytes:
    texts = b"\x03def" + b"\0" * 3 + b"\x01a\x01a"
    return packet(number, texts + b"\x0c" + struct.pack("<HIBHB", 45, 40, kind, 0, 0) + b"\0\0")


@asynccontextmanager
async def server(*answers: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """The port of a server that greets and gives one answer to each thing that is said, and what was said."""
    said: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            writer.write(answer)
            await writer.drain()
            said.append(await reader.read(65536))

    async with listening(serve) as port:
        yield port, said


async def asked(probe: Ask, port: int, **values: Any) -> ProbeResult:
    login = {"engine": "mysql", "port": port, "user": "anna", "password": PASSWORD, "deadline_seconds": 60}
    return await probe(**(login | values))


@pytest.mark.parametrize("tls", ["disable", "prefer"])
@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([greeting(b"mysql_clear_password")], PLAIN),
        ([greeting(b"mysql_old_password")], PLAIN),
        ([greeting(), packet(2, b"\xfemysql_clear_password\0")], PLAIN),
        ([greeting(), packet(2, b"\xfe")], UNSAFE),
        ([greeting(), packet(2, b"\xfesaltsalt")], UNSAFE),
        ([greeting(capabilities=CAPABILITIES & 0xFFFF)], UNSAFE),
    ],
)
async def test_password_is_told_to_nobody_who_asks_for_it_in_plain_text(
    probe: Ask, answers: list[bytes], told: str, tls: str
) -> None:
    async with server(*answers) as (port, said):
        result = await asked(probe, port, tls=tls)
    assert (result.status, result.message) == (Status.FAILED, told)
    assert not any(PASSWORD.encode() in data for data in said)
    assert len(said) <= len(answers), "nothing is said after the refusal"


LOGGED_IN = [greeting(), packet(2, OK)]
READ_ONLY = packet(1, OK)
KEY = b"\x01-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEA\n-----END PUBLIC KEY-----\n"


@pytest.mark.parametrize(
    "answers",
    [
        [greeting(b"sha256_password"), packet(2, KEY)],
        [greeting(b"caching_sha2_password"), packet(2, b"\1\4"), packet(4, KEY)],
        [greeting(b"caching_sha2_password"), packet(2, b"\1")],
        [*LOGGED_IN, READ_ONLY, packet(1, b"\xfb/etc/passwd")],
        [*LOGGED_IN, READ_ONLY, packet(1, b"\xfe" + b"\xff" * 8)],
        [*LOGGED_IN, READ_ONLY, packet(1, b"")],
        # A column of decimals that are none.
        [*LOGGED_IN, READ_ONLY, packet(1, b"\1") + column(2, 246) + packet(3, EOF) + packet(4, ROW[:1] + b"x")],
        [*LOGGED_IN, READ_ONLY, packet(1, b"\1") + column(2, 3) + packet(3, EOF) + packet(4, ROW[:1] + b"x")],
    ],
)
async def test_strange_answers_fail_in_words(probe: Ask, answers: list[bytes]) -> None:
    async with server(*answers) as (port, said):
        result = await asked(probe, port, query="SELECT 1", tls="disable", deadline_seconds=3)
    assert (result.status, result.response_ms) == (Status.FAILED, None)
    assert "Error" not in result.message
    assert not any(b"root:" in data for data in said), "a file was sent"


def numbered(bodies: int, body: bytes, first: int) -> bytes:
    return b"".join(packet(first + number, body) for number in range(bodies))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"\xff\xff\xff\1" + bytes(1000), "the answer is longer than 8 MB, or not MySQL's"),
        (packet(1, b"\xfe" + b"\xff" * 7 + b"\x7f") + b"".join(column(n) for n in range(2, 20_000)), "12000 packets"),
        (packet(1, b"\1") + column(2) + packet(3, EOF) + numbered(3_000, b"\xfc\0\x10" + b"x" * 4096, 4), "8 MB"),
    ],
)
async def test_endless_answers_end(probe: Ask, answer: bytes, told: str) -> None:
    async with server(*LOGGED_IN, READ_ONLY, answer) as (port, _):
        result, longest = await longest_pause(asked(probe, port, query="SELECT 1", tls="disable", deadline_seconds=60))
    assert told in result.message
    assert result.status is Status.FAILED
    assert longest < 2  # seconds of the processor: 0.1 without coverage and neighbours


async def test_tiny_packets_let_others_run(probe: Ask) -> None:
    answer = packet(1, b"\1") + column(2) + packet(3, EOF) + numbered(30_000, b"\0", 4)
    async with server(*LOGGED_IN, READ_ONLY, answer) as (port, _):
        result, longest = await longest_pause(asked(probe, port, query="SELECT 1", tls="disable", deadline_seconds=60))
    assert result.metrics["rows"] == 10_000
    assert longest < 2  # seconds of the processor: 0.1 without coverage and neighbours


@pytest.mark.parametrize("lag", [b"1e999", b"nan", b"often"])
async def test_lag_that_is_no_number_fails_in_words(probe: Ask, lag: bytes) -> None:
    name = b"Seconds_Behind_Source"
    texts = b"\x03def" + b"\0" * 3 + bytes([len(name)]) + name + b"\0"
    described = packet(2, texts + b"\x0c" + struct.pack("<HIBHB", 45, 40, 253, 0, 0) + b"\0\0")
    answer = packet(1, b"\1") + described + packet(3, EOF) + packet(4, bytes([len(lag)]) + lag) + packet(5, EOF)
    async with server(*LOGGED_IN, answer) as (port, _):
        result = await asked(probe, port, max_lag_seconds=5, tls="disable")
    assert result.message == "the answer holds something else where a number belongs"
