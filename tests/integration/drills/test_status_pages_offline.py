"""A status page while the database is killed and while it is frozen: served at once, with the age of what it tells."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor_app.api.app import create_api
from monitor_app.api.doorman import Doorman
from monitor_app.api.status_pages import press
from monitor_app.bootstrap import start_web
from monitor_app.security.permissions import SYSTEM
from monitor_app.settings import Settings, load_settings
from monitor_app.state import health
from monitor_app.storage import postgres
from tests.postgres import Outages, unreliable_postgres

TELLS_AGE = "The monitor behind this page is in trouble itself"
# The password is checked by what is in memory, too.
PASSWORD = "quiet-harbour"
# Who asks the database while it is frozen waits for half a minute.
SLOWEST_SECONDS = 25.0


class NoBrowsers:
    """Rooms that nobody is in."""

    async def move(self, sid: str, room: str) -> bool:
        return False

    def listeners(self, room: str) -> int:
        return 0

    async def send(self, room: str, patch: dict[str, Any]) -> None:
        """Nobody is there."""


@pytest.fixture(scope="module")
def outages() -> Iterator[Outages]:
    with unreliable_postgres() as made:
        yield made


@pytest.fixture
async def settings(outages: Outages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Everything notices sooner than it would."""
    monkeypatch.setattr(postgres, "CONNECT_TIMEOUT_SECONDS", 5)
    options = {"command_timeout_seconds": postgres.COMMAND_TIMEOUT_SECONDS}
    monkeypatch.setattr(postgres.create_engine, "__kwdefaults__", options)
    monkeypatch.setattr(health, "UNREAD_SECONDS", 1.0)
    monkeypatch.setattr(press, "FRESH_SECONDS", 0.4)
    monkeypatch.setattr(press, "POLL_SECONDS", 0.2)
    monkeypatch.setattr(press, "SPACING_SECONDS", 0.05)
    url = outages.server.url(await outages.server.new_database())
    return load_settings(database_url=url, port=3000, scheduler_enabled=False, secret_key_file=tmp_path / "secret.key")


async def until(client: httpx.AsyncClient, path: str, holds: Callable[[str], bool]) -> None:
    """Reads the page again and again; each time it is there, at once."""
    async with asyncio.timeout(60):
        while True:
            begun = time.monotonic()
            answer = await client.get(path)
            assert answer.status_code == 200
            assert time.monotonic() - begun < SLOWEST_SECONDS
            if holds(answer.text):
                return
            await asyncio.sleep(0.05)


@pytest.mark.drill
@pytest.mark.parametrize("way", ["killed", "frozen"] if os.environ.get("DRILL") == "1" else ["killed"])
async def test_page_is_there_with_its_age(outages: Outages, settings: Settings, way: str) -> None:
    async with start_web(settings, NoBrowsers()) as running:
        await running.services.create(SYSTEM, {"service_id": "web", "status_config": {"url": "http://127.0.0.1:1/"}})
        await running.follower.read_now()
        entries = [{"service_id": "web", "public_name": "Web shop"}]
        for slug, more in (("open", {}), ("vip", {"access": "password", "password": PASSWORD})):
            await running.status_pages.create(SYSTEM, {"slug": slug, "title": "Shop", "entries": entries, **more})
        await running.status_press.read_now()
        transport = httpx.ASGITransport(Doorman(create_api(settings), settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
            await until(client, "/status/open", lambda text: TELLS_AGE not in text)
            if way == "killed":
                outages.kill()
                await until(client, "/status/open", lambda text: TELLS_AGE in text and "Web shop" in text)
                assert (await client.post("/status/vip/enter", data={"password": PASSWORD})).status_code == 303
                await until(client, "/status/vip", lambda text: "Web shop" in text)
                outages.start()
            else:
                with outages.frozen():
                    await until(client, "/status/open", lambda text: TELLS_AGE in text and "Web shop" in text)
            await until(client, "/status/open", lambda text: TELLS_AGE not in text)
