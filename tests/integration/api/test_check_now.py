"""A service is checked at once by the real engine, and the answer holds what it found."""

import asyncio
from datetime import datetime

import httpx
import pytest

from monitor_app.api.app import create_api
from monitor_app.bootstrap import start_web
from monitor_app.engine.clock import SystemClock
from monitor_app.security.permissions import BOARD_READ, CHECK_RUN, SERVICE_WRITE
from monitor_app.settings import load_settings
from monitor_app.storage.database import Database
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.setup_link import new_setup_link
from tests.accounts import ADDRESS, FIREFOX, PASSWORD
from tests.integration.test_bootstrap import NoBrowsers
from tests.servers.http import http_server, reply


async def test_check_now_answers_with_the_result_that_the_engine_recorded(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)  # the engine's process reads it, too
    settings = load_settings()
    async with http_server() as server, start_web(settings, NoBrowsers()) as running:
        server.on("/", reply(200))
        database = Database(sqlite_url)
        link = await new_setup_link(AccessChanges(database, SystemClock(), running.access))
        await database.close()
        assert link is not None
        signed = await running.sign_in.set_up(link, "ada", PASSWORD, False, FIREFOX, ADDRESS)
        ada = running.access.of_cookie(f"{settings.cookie_name}={signed.token}", ADDRESS)
        key = await running.profile.make_key(ada, "robot", [BOARD_READ, CHECK_RUN, SERVICE_WRITE], 1, [])
        transport = httpx.ASGITransport(create_api(settings))
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost:3000", headers=headers, timeout=60
        ) as client:
            body = {"service_id": "shop", "interval_seconds": 86_400, "status_config": {"url": server.url("/")}}
            assert (await client.post("/api/admin/services", json=body)).status_code == 201
            async with asyncio.timeout(60):  # the engine has to start
                while (await client.get("/api/services/shop")).json()["last_check"] is None:
                    await asyncio.sleep(0.05)
            first = await client.post("/api/services/shop/check?wait_seconds=30")
            server.on("/", reply(503))
            second = await client.post("/api/services/shop/check?wait_seconds=30")
        found = [(answer.status_code, answer.json()["metrics"]["status_code"]) for answer in (first, second)]
        assert found == [(200, 200), (200, 503)]
        times = [datetime.fromisoformat(answer.json()["last_check"]) for answer in (first, second)]
        assert times[0] < times[1]
