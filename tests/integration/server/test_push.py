"""Reports of a service through the real program: web process, database, engine, and nothing of the token in a log."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import httpx

from monitor_app.domain.status import Status
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.services import insert_services
from tests.e2e.conftest import LiveApp

TOKEN = "a-token-that-nobody-can-guess-1"
WRONG_TOKEN = "another-token-that-nobody-has-1"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PATIENCE_SECONDS = 60


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    """Wait for something true and return it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (value := await condition()):
            await asyncio.sleep(0.05)
        return value


async def add_push(database: Database) -> int:
    now = datetime.now(UTC)
    row = {
        "service_id": "backup",
        "label": "Backup",
        "service_type": "application",
        "kind": "push",
        "status_config": {"period_seconds": 3600, "token": TOKEN},
        "interval_seconds": 3600,
        "created_at": now,
        "updated_at": now,
    }
    async with database.write() as conn:
        (service,) = await insert_services(conn, [row])
    return service.pk


async def test_reports_go_all_the_way(served: LiveApp) -> None:
    database = Database(f"sqlite+aiosqlite:///{served.database}")
    history = SqlHistory(database)
    pk = await add_push(database)

    async with httpx.AsyncClient(base_url=served.url, timeout=PATIENCE_SECONDS) as web:

        async def is_known() -> bool:
            return (await web.get(f"/push/{TOKEN}/log")).status_code == 200

        async def report(method: str, rest: str, **how: Any) -> None:
            """Again where the database is busy for long, as the answer says."""

            async def taken() -> httpx.Response | None:
                answer = await web.request(method, f"/push/{TOKEN}{rest}", **how)
                return None if answer.status_code == 503 else answer

            answer: httpx.Response = await until(taken)
            assert (answer.status_code, answer.text) == (200, "" if method == "HEAD" else "OK\n")
            assert answer.headers["cache-control"] == "no-store"

        async def until_said(status: Status, message: str) -> None:
            async def is_said() -> bool:
                states = {state.service_pk: state for state in await history.states()}
                return pk in states and (states[pk].status, states[pk].message) == (status, message)

            await until(is_said)

        await until(is_known)
        await report("GET", "/start")
        await report("GET", "?status=up&msg=all+saved&ping=12.5")
        await until_said(Status.OK, "all saved")
        await report("POST", "", content="500 files, ä".encode())
        await until_said(Status.OK, "500 files, ä")
        await report("GET", "?status=degraded&msg=slow")
        await until_said(Status.DEGRADED, "slow")
        await report("POST", "/fail", content=b"disk full")
        await until_said(Status.FAILED, "disk full")
        await report("GET", "/log?msg=just+a+note")
        await report("HEAD", "/success")
        await until_said(Status.OK, "reported in time")
        await report("GET", "?status=down&msg=gone")
        await until_said(Status.FAILED, "gone")
        await report("GET", "")
        await until_said(Status.OK, "reported in time")

        for path, status in (
            (f"/push/{WRONG_TOKEN}", 404),
            (f"/push/{TOKEN}/nonsense", 404),
            ("/push/", 404),
            (f"/push/{TOKEN}?status=perhaps", 400),
            (f"/push/{TOKEN}?ping=soon", 400),
            (f"/push/{TOKEN}/fail?status=up", 400),
        ):
            assert (await web.get(path)).status_code == status, path
        assert (await web.put(f"/push/{TOKEN}")).status_code == 405
        await is_refused_while_the_database_is_locked(served, web)
        await report("GET", "?msg=back")
        await until_said(Status.OK, "back")

    told = {result.message: result.response_ms for result in (await history.recent())[pk]}
    assert told["all saved"] == 12.5
    assert "just a note" not in told
    downtimes = await history.downtimes(pk, LONG_AGO, datetime.now(UTC))
    assert [(one.cause, one.ended_at is not None) for one in reversed(downtimes)] == [
        ("disk full", True),
        ("gone", True),
    ]
    await database.close()
    log = (served.folder / "serve.log").read_text(errors="replace")
    assert TOKEN not in log
    assert WRONG_TOKEN not in log


async def is_refused_while_the_database_is_locked(served: LiveApp, web: httpx.AsyncClient) -> None:
    with closing(sqlite3.connect(served.database, timeout=PATIENCE_SECONDS, isolation_level=None)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        answer = await web.get(f"/push/{TOKEN}?msg=lost")
        conn.execute("ROLLBACK")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
