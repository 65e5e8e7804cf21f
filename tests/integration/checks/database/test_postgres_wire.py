"""PostgreSQL's protocol as servers speak it that are old, careless or hostile."""

import asyncio
import hashlib
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from monitor_app.domain.status import Status
from tests.integration.checks.database.conftest import Ask
from tests.servers.visits import listening

READY = b"Z\0\0\0\5I"
PASSWORD = "calm-otter"


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def asking(method: int, data: bytes = b"") -> bytes:
    return message(b"R", struct.pack("!i", method) + data)


@asynccontextmanager
async def server(*answers: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """The port of a server that gives one answer to each thing that is said, and what was said."""
    said: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            said.append(await reader.read(65536))
            writer.write(answer)
            await writer.drain()
        await reader.read()

    async with listening(serve) as port:
        yield port, said


async def asked(probe: Ask, port: int, **values: Any) -> Any:
    login = {"engine": "postgresql", "port": port, "user": "anna", "password": PASSWORD, "tls": "disable"}
    return await probe(**(login | {"deadline_seconds": 60} | values))


async def test_an_old_server_gets_a_digest(probe: Ask) -> None:
    async with server(asking(5, b"salt"), asking(0) + READY, READY) as (port, said):
        result = await asked(probe, port)
    inner = hashlib.md5(f"{PASSWORD}anna".encode()).hexdigest()
    digest = hashlib.md5(inner.encode() + b"salt").hexdigest()
    assert said[1] == message(b"p", f"md5{digest}\0".encode())
    assert result.status is Status.OK


async def test_a_password_is_not_sent_in_plain_text(probe: Ask) -> None:
    async with server(asking(3), b"") as (port, said):
        result = await asked(probe, port)
    assert result.message == "the server wants the password in plain text, over a connection without TLS"
    assert not any(PASSWORD.encode() in data for data in said)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([asking(10, b"SCRAM-SHA-1\0\0")], "the server knows no way to log in that is known here (SCRAM-SHA-256)"),
        ([asking(7)], "the server wants a way to log in that is not known here (number 7)"),
        ([asking(12, b"v=")], "the server does not know the password itself: it is not the one it seems to be"),
        ([b"R\0\0\0\4"], "the other side does not speak PostgreSQL on this port"),
        ([b"R\0\0\0\0"], "the other side does not speak PostgreSQL on this port"),
        ([b"R\xff\xff\xff\xff"], "the other side does not speak PostgreSQL on this port"),
        ([b"R\x7f\xff\xff\xff"], "the answer is longer than 8 MB, or not PostgreSQL's"),
        ([asking(0) + message(b"E", b"C57P03\0Mstarting up\0\0")], "the server takes no connections now: starting up"),
        ([message(b"E", b"")], "log-in refused: no reason is given"),
        ([message(b"E", b"M\x1b[31mcalm-otter\0\0")], "log-in refused: \\x1b[31m***"),
        ([asking(0) + READY, message(b"D", b"")], "the answer breaks the rules of PostgreSQL's protocol"),
        (
            [asking(0) + READY, message(b"D", b"\0\1\0\0\0\x09x")],
            "the answer breaks the rules of PostgreSQL's protocol",
        ),
        ([asking(0) + READY, message(b"T", b"\0\1x")], "the answer breaks the rules of PostgreSQL's protocol"),
        ([asking(0) + READY, message(b"E", b"C57P01\0Mbye\0\0")], "the server is shutting down"),
    ],
)
async def test_strange_answers_fail_in_words(probe: Ask, answers: list[bytes], told: str) -> None:
    async with server(*answers) as (port, _):
        result = await asked(probe, port)
    assert (result.status, result.message, result.response_ms) == (Status.FAILED, told, None)


async def test_endless_rows_end(probe: Ask) -> None:
    rows = message(b"D", b"\0\1\0\0\x10\0" + b"x" * 4096) * 3000
    async with server(asking(0) + READY, READY, rows) as (port, _):
        result = await asked(probe, port, query="SELECT 1")
    assert result.message == "the answer is longer than 8 MB, or not PostgreSQL's"


async def test_tiny_messages_end(probe: Ask) -> None:
    notices = message(b"N", b"") * 20_000
    async with server(asking(0) + READY, READY, notices) as (port, _):
        result = await asked(probe, port, query="SELECT 1")
    assert result.message == "the answer has more than 12000 messages"


async def test_hashing_is_asked_for_once(probe: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that challenges for ever would keep a processor busy until the deadline, which counts only waits."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(asking(10, b"SCRAM-SHA-256\0\0"))
        nonce = (await reader.read(65536)).partition(b"r=")[2]
        challenge = asking(11, b"r=" + nonce + b"x,s=c2FsdA==,i=600000")
        writer.write(challenge * 50)
        await reader.read()

    hashed: list[int] = []
    hashing = hashlib.pbkdf2_hmac

    def noted(name: str, password: bytes, salt: bytes, rounds: int) -> bytes:
        hashed.append(rounds)
        return hashing(name, password, salt, 1)

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", noted)
    async with listening(serve) as port:
        result = await asked(probe, port)
    assert result.message == "the other side does not speak PostgreSQL on this port"
    assert len(hashed) == 1


@pytest.mark.parametrize(
    "row", [b"", message(b"D", b"\0\1\0\0\0\1f"), message(b"D", b"\0\5" + b"\0\0\0\1t\0\0\0\3inf" + b"\0\0\0\0010" * 3)]
)
async def test_strange_facts_fail_in_words(probe: Ask, row: bytes) -> None:
    async with server(asking(0) + READY, READY, row + READY) as (port, _):
        result = await asked(probe, port, max_lag_seconds=5)
    assert result.status is Status.FAILED
    assert result.message.startswith("the answer h")


async def test_value_that_is_no_finite_number_is_no_metric(probe: Ask) -> None:
    row = message(b"D", b"\0\1\0\0\0\5" + b"1e999")
    async with server(asking(0) + READY, READY, row + READY) as (port, _):
        result = await asked(probe, port, query="SELECT 1", expect="> 5")
    assert (result.status, dict(result.metrics).get("value")) == (Status.OK, None)
