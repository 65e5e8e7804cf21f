"""No kind tells a secret: neither in results nor logs nor errors, also when the other side repeats what it was sent."""

import asyncio
import io
import json
import traceback
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import grpc
import pytest

from monitor_app import log
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.engine.details import report_of
from monitor_app.errors import InvalidInput
from monitor_app.net import Network
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.use_cases.probing import Probing
from tests.secret_ways import CANARY, FORMS, KINDS, VARIANTS, config_of, is_secret, untried
from tests.servers.certificates import Authority
from tests.servers.grpc_health import grpc_server
from tests.servers.talk import talking_server
from tests.servers.tcp import closed_port
from tests.servers.websocket import ServerConnection, websocket_server

every_way = pytest.mark.parametrize("way", VARIANTS)


def test_every_secret_field_is_tried() -> None:
    assert not untried()


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that is logged meanwhile."""
    stream = io.StringIO()
    log.configure("DEBUG", stream)
    yield stream
    log.configure("INFO", io.StringIO())


async def probed(network: Network, way: str, port: int, authority: Authority) -> ProbeResult:
    kind, config = config_of(way, port, authority)
    for text in (repr(config), str(config), config.target, config.limit_key):
        assert_untold(text, config)
    result = await Probing(network, KINDS).run(kind, config)
    assert_untold(repr(result), config)
    assert_untold(json.dumps(report_of(result, config)(), ensure_ascii=False), config)
    return result


def assert_untold(text: str, config: CheckConfig) -> None:
    found = [form for form in FORMS if form in text]
    assert not found, text
    key: str = getattr(config, "client_key", "")
    assert not key or key.splitlines()[1] not in text
    token = config.heartbeat_token
    assert not token or token[:8] not in text


@every_way
async def test_nobody_there(network: Network, authority: Authority, logged: io.StringIO, way: str) -> None:
    result = await probed(network, way, closed_port(), authority)
    assert result.status is not Status.OK
    _, config = config_of(way, 1, authority)
    assert_untold(logged.getvalue(), config)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whatever comes goes back."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    return False


async def web_echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """An answer in HTTP that repeats the question, in the body and in a redirect."""
    question = (await reader.read(65536)).decode("latin-1")
    said = question.replace("\\", "").replace('"', "").replace("\r\n", " ")
    secret = next((line for line in question.split("\r\n") if "k4nary" in line or "Basic" in line), "")
    value = secret.partition(": ")[2]
    body = f'{{"said": "{value}", "error": "invalid_client", "error_description": "{said}"}}'.encode()
    place = f"Location: http://127.0.0.1/{quote(value)}\r\n" if "Cookie" in question else ""
    status = "302 Found" if place else "401 No" if "token" in question or "CONNECT" in question else "200 OK"
    writer.write(f"HTTP/1.1 {status}\r\n{place}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    await writer.drain()
    writer.write_eof()
    return False


def refusing_mail(greeting: bytes, offers: bytes) -> Any:
    """Greets, offers to log in, and repeats what comes then in its refusal."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(greeting)
        tag = (await reader.readline()).partition(b" ")[0]
        writer.write(offers.replace(b"TAG", tag))
        while line := await reader.readline():
            tag = line.partition(b" ")[0]
            writer.write((b"535 " if greeting.startswith(b"220") else tag + b" NO ") + line.strip() + b"\r\n")
        return False

    return script


async def redis_echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    said = await reader.read(65536)
    writer.write(b"-ERR unknown command with args " + said.replace(b"\r\n", b" ") + b"\r\n")
    await writer.drain()
    return False


SMTP = refusing_mail(b"220 mail\r\n", b"250-mail\r\n250 AUTH PLAIN\r\n")
IMAP = refusing_mail(b"* OK mail\r\n", b"* CAPABILITY IMAP4rev2\r\nTAG OK\r\n")
SCRIPTS = {"echo": echo, "web echo": web_echo, "smtp": SMTP, "imap": IMAP, "redis": redis_echo}


@every_way
async def test_other_side_repeats_what_it_was_sent(
    network: Network, authority: Authority, logged: io.StringIO, way: str
) -> None:
    async def check(name: str) -> None:
        async with talking_server(SCRIPTS[name]) as port:
            result = await probed(network, way, port, authority)
        assert "broke" not in result.message, (name, logged.getvalue())

    async with asyncio.TaskGroup() as group:
        for name in SCRIPTS:
            group.create_task(check(name))
    _, config = config_of(way, 1, authority)
    assert_untold(logged.getvalue(), config)


async def test_grpc_refusal_repeats_what_it_was_sent(network: Network, authority: Authority) -> None:
    with grpc_server() as server:
        server.refusal = (grpc.StatusCode.UNAUTHENTICATED, f"bad token {CANARY} in Bearer {CANARY}")
        result = await probed(network, "grpc", server.port, authority)
    assert result.message.startswith("UNAUTHENTICATED")
    assert "bad token ***" in result.message


async def test_websocket_is_closed_with_what_it_was_sent(network: Network, authority: Authority) -> None:
    async def refuse(connection: ServerConnection) -> None:
        await connection.close(1008, f"bad token {CANARY}")

    async with websocket_server(refuse) as server:
        kind, config = config_of("websocket", server.port, authority)
        config = config.model_copy(update={"expected": "pong"})
        result = await Probing(network, KINDS).run(kind, config)
    assert "bad token ***" in result.message
    assert_untold(repr(result), config)


@every_way
@pytest.mark.parametrize("wrong", [{"colour": "red"}, {"deadline_seconds": "soon"}, {"failures_to_fail": 99}])
def test_refused_config_is_not_repeated(way: str, wrong: Mapping[str, Any]) -> None:
    kind, values = VARIANTS[way]
    with pytest.raises(InvalidInput) as caught:
        KINDS[kind].parse({**values, **wrong})
    told = "".join(traceback.format_exception(caught.value))
    assert not [form for form in FORMS if form in told], told


@pytest.mark.parametrize("value", [[CANARY], {"a": CANARY}, CANARY + "\n", CANARY + "\0", CANARY * 2000])
def test_wrong_secret_is_not_repeated(value: Any) -> None:
    for kind in KINDS:
        for field in kind.fields:
            if not is_secret(field, kind):
                continue
            with pytest.raises(InvalidInput) as caught:
                kind.parse({field.name: {"Authorization": value} if field.type == "mapping" else value})
            told = "".join(traceback.format_exception(caught.value))
            assert not [form for form in FORMS if form in told], told
