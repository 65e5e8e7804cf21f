"""Alerting beside the real engine: real checks, real time, the wiring of the program."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from monitor_app import bootstrap_engine
from monitor_app.engine import process
from monitor_app.settings import Settings
from monitor_app.storage.alerts import alerts
from monitor_app.storage.database import Database
from monitor_app.storage.incidents import incidents
from monitor_app.storage.relations import insert_relation
from tests.engine_process import add_services
from tests.servers.http import http_server, reply

PATIENCE_SECONDS = 60


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    await opened.close()


async def found(database: Database, table: Any) -> list[Any]:
    async with database.read() as conn:
        return list((await conn.execute(select(table).order_by(table.c.pk))).mappings())


async def until(condition: Any) -> Any:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (value := await condition()):
            await asyncio.sleep(0.05)
        return value


async def test_outage_of_what_others_depend_on_is_one_incident_across_a_restart(
    database, sqlite_url, monkeypatch, tmp_path
):
    monkeypatch.setattr(process, "canaries_of", lambda settings, network: [])
    stdin = (tmp_path / "stdin").open("w+")
    monkeypatch.setattr("sys.stdin", stdin)
    settings = Settings(database_url=sqlite_url, secret_key_file=tmp_path / "secret.key")
    stops: list[asyncio.Event] = []

    def run() -> asyncio.Task[None]:
        stops.append(asyncio.Event())
        accompany = bootstrap_engine.alerting_of(settings)
        return asyncio.create_task(process.run_engine(settings, stop=stops[-1], accompany=accompany))

    async with http_server() as server:
        server.on("/", reply(200))
        names = ["database", "one", "two"]
        quick = {"failures_to_fail": 1, "successes_to_recover": 1, "breaker_failures": 0}
        root, *apps = await add_services(database, dict.fromkeys(names, server.url("/")), interval_seconds=1, **quick)
        now = datetime.now(UTC)
        for app in apps:
            row = {"source_pk": app.pk, "target_pk": root.pk, "relation_type": "dependency"}
            async with database.write() as conn:
                await insert_relation(conn, row | {"created_at": now, "updated_at": now})
        running = run()
        server.on("/", reply(503))

        async def are_down() -> bool:
            return len(await found(database, alerts)) == 3 and len(await found(database, incidents)) == 1

        await until(are_down)
        stops[-1].set()
        await running
        running = run()
        server.on("/", reply(200))

        async def are_over() -> bool:
            return all(row["resolved_at"] is not None for row in await found(database, incidents))

        await until(are_over)
        stops[-1].set()
        await running
    stdin.close()
    told = [row for row in await found(database, alerts) if row["fired_at"] is not None]
    assert [row["service_pk"] for row in told] == [root.pk]
    (incident,) = await found(database, incidents)
    assert incident["title"] == "database is down"
