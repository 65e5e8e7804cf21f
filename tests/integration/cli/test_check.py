"""`python -m monitor_app check`, as a person runs it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor_app.cli.check import guesses
from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.storage.database import Database
from monitor_app.storage.settings import save_security_settings
from tests.servers.http import HttpServer, http_server, reply
from tests.servers.tcp import closed_port


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    """Answers / with 200."""
    async with http_server() as started:
        started.on("/", reply())
        yield started


async def check(*arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "monitor_app", "check", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_a_good_target_is_0(server: HttpServer) -> None:
    code, out, _ = await check(server.url())
    assert code == 0
    assert "200 OK" in out
    assert "first byte" in out
    assert "\x1b" not in out


async def test_a_bare_host_is_tried_with_https_and_then_http(server: HttpServer) -> None:
    code, out, _ = await check(f"127.0.0.1:{server.port}")
    assert code == 0
    assert server.url("").rstrip("/") in out


async def test_a_bad_target_is_1_and_json_tells_all() -> None:
    code, out, _ = await check(f"http://127.0.0.1:{closed_port()}", "--json")
    told = json.loads(out)
    assert code == 1
    assert told["status"] == "FAILED"
    assert told["message"].startswith("connection refused")


async def test_wrong_input_is_2_and_says_what_is_allowed() -> None:
    code, out, err = await check("example.org:70000")
    assert (code, out) == (2, "")
    assert "must have a port from 1 to 65535, got '70000'" in err
    assert "Traceback" not in err


def test_a_kind_takes_its_fields_as_options() -> None:
    [(kind, config)] = guesses(KindRegistry(), "http", ["url=http://x/", "method=HEAD", r"headers=A: 1\nB: 2"])
    assert kind.name == "http"
    assert config.model_dump(exclude_unset=True) == {
        "url": "http://x/",
        "method": "HEAD",
        "headers": {"A": "1", "B": "2"},
    }


def test_an_address_takes_options_too() -> None:
    found = guesses(KindRegistry(), "example.org", ["deadline_seconds=3"])
    assert [(config.target, config.deadline_seconds) for _, config in found] == [
        ("https://example.org", 3),
        ("http://example.org", 3),
    ]


@pytest.mark.parametrize("options", [["method"], ["=x"], ["methods=GET"], ["deadline_seconds=0"]])
def test_wrong_options_are_refused(options: list[str]) -> None:
    with pytest.raises(InvalidInput):
        guesses(KindRegistry(), "example.org", options)


async def test_port_of_the_screens_is_closed(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", str(server.port))
    code, out, _ = await check(server.url())
    assert (code, server.requests) == (1, [])
    assert "it is the port of Lightbulb itself, which is always refused" in out


async def test_rules_of_administrators_hold(
    server: HttpServer, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    database, before = Database(sqlite_url), SecuritySettings()
    async with database.write() as conn:
        after = before.changed({"outbound_deny": ["127.0.0.0/8"]})
        await save_security_settings(conn, before, after, "anna", datetime.now(UTC))
    await database.close()
    code, out, err = await check(server.url())
    assert (code, server.requests, err) == (1, [], "")
    assert 'the rule "127.0.0.0/8" forbids it' in out


@pytest.mark.parametrize("content", [b"", b"not a database"])
async def test_database_without_rules_is_told(
    server: HttpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    (tmp_path / "old.db").write_bytes(content)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'old.db'}")
    code, _, err = await check(server.url())
    assert code == 0
    assert err.startswith("lightbulb: the outbound rules cannot be read, the usual ones hold: ")
