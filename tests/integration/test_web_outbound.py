"""What a person tries on screen is judged by the rules that hold now, in the web process as in the engine."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor_app.bootstrap import start_web
from monitor_app.domain.status import Status
from monitor_app.models.counter import ACCESS_REVISION
from monitor_app.security.permissions import SYSTEM
from monitor_app.settings import load_settings
from monitor_app.storage.database import Database
from monitor_app.storage.services import raise_counter
from monitor_app.storage.settings import load_security_settings, save_security_settings
from tests.servers.http import http_server, reply


class NoBrowsers:
    """Rooms that nobody is in."""

    async def move(self, sid: str, room: str) -> bool:
        return False

    def listeners(self, room: str) -> int:
        return 0

    async def send(self, room: str, patch: dict[str, Any]) -> None:
        raise AssertionError("there is nobody to send to")


async def test_changed_rules_hold_for_what_is_tried_on_screen(tmp_path: Path) -> None:
    async with http_server() as server, http_server() as own:
        for one in (server, own):
            one.on("/", reply())
        settings = load_settings(sqlite_db_path=tmp_path / "lightbulb.db", role="web", port=own.port)
        async with start_web(settings, NoBrowsers()) as running:
            closed = await running.probing.test(SYSTEM, "http", {"url": own.url("/")})
            before = await running.probing.test(SYSTEM, "http", {"url": server.url("/")})
            database, began = Database(settings.database_url), time.monotonic()
            async with database.write() as conn:
                await raise_counter(conn, ACCESS_REVISION)
                rules = await load_security_settings(conn)
                strict = rules.changed({"outbound_private": False})
                await save_security_settings(conn, rules, strict, "anna", datetime.now(UTC))
            await database.close()
            async with asyncio.timeout(60):
                while (await running.probing.test(SYSTEM, "http", {"url": server.url("/")})).status is Status.OK:
                    await asyncio.sleep(0.1)
            seconds = time.monotonic() - began
    assert (closed.status, own.requests) == (Status.UNKNOWN, [])
    assert before.status is Status.OK
    assert seconds < 50
