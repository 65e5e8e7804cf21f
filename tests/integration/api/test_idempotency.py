"""An Idempotency-Key: one change, the same answer, for as many requests as come."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from monitor_app.api import idempotency
from monitor_app.api.idempotency import CREATES
from monitor_app.engine.clock import SystemClock
from monitor_app.models import IdempotentAnswer
from monitor_app.security.permissions import ADMIN, EDITOR, VIEWER
from monitor_app.storage.database import Database
from monitor_app.storage.idempotent_answers import KeptAnswer
from monitor_app.use_cases import idempotency as rules
from monitor_app.use_cases.idempotency import IdempotentAnswers
from tests.accounts import HandClock
from tests.integration.api.served import SERVICES, Served

BODY = {"label": "Shop", "status_config": {"url": "https://shop.example.org/"}}
answers = IdempotentAnswer.__table__  # type: ignore[attr-defined]


async def post(api: Served, key: str = "k1", role: str = EDITOR, body: Any = BODY, path: str = SERVICES) -> Any:
    return await api.ask("POST", path, role, json=body, headers={"Idempotency-Key": key})


async def kept(database: Database) -> int:
    async with database.read() as conn:
        count: int = (await conn.execute(select(func.count()).select_from(answers))).scalar_one()
        return count


async def test_twenty_at_once_make_one_service(api_on_both: Served) -> None:
    api = api_on_both
    made = await asyncio.gather(*(post(api) for _ in range(20)))
    assert {answer.status_code for answer in made} == {201}
    assert len({answer.content for answer in made}) == 1
    assert len({answer.headers["location"] for answer in made}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in made) == 1
    assert (await api.ask("GET", SERVICES)).json()["total"] == 1


async def test_same_key_for_something_else_is_refused(api: Served) -> None:
    await post(api)
    other = await post(api, body=BODY | {"label": "Other"})
    assert (other.status_code, set(other.json()["errors"])) == (422, {"Idempotency-Key"})
    assert (await post(api, path=f"{SERVICES}?x=1")).status_code == 422
    assert (await api.ask("GET", SERVICES)).json()["total"] == 1


async def test_keys_of_others_do_not_matter(api: Served) -> None:
    assert [(await post(api, role=role)).status_code for role in (EDITOR, ADMIN, VIEWER)] == [201, 201, 403]
    assert (await api.ask("GET", SERVICES)).json()["total"] == 2
    assert (await api.client.post(SERVICES, json=BODY, headers={"Idempotency-Key": "k1"})).status_code == 401


async def test_refused_request_may_be_sent_again(api: Served) -> None:
    assert (await post(api, body=BODY | {"kind": "x"})).status_code == 422
    assert (await post(api)).status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
async def test_malformed_keys(api: Served, key: str) -> None:
    assert (await post(api, key)).status_code == 422
    assert await kept(api.database) == 0


async def test_only_listed_paths_are_kept(api: Served) -> None:
    """Above all none that shows a secret: those must be added here on purpose."""
    assert not any(word in path for path in CREATES for word in ("auth", "key", "user", "invit", "wall", "export"))
    await post(api, path="/api/check", body={"kind": "tcp", "status_config": {"host": "127.0.0.1", "port": 1}})
    assert await kept(api.database) == 0


async def test_secret_of_a_service_is_not_kept(api: Served) -> None:
    config = {"url": "https://x.example.org", "auth": "bearer", "token": "wonderful-secret"}
    assert (await post(api, body={"status_config": config})).status_code == 201
    async with api.database.read() as conn:
        rows = (await conn.execute(text("SELECT * FROM idempotent_answer"))).all()
    assert len(rows) == 1
    assert "wonderful-secret" not in repr(rows)


async def test_what_another_process_carries_out_is_409(api: Served) -> None:
    await post(api)
    async with api.database.write() as conn:
        await conn.execute(update(answers).values(status=0))
    assert (await post(api)).status_code == 409


async def test_long_answers_are_not_kept(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "BODY_LIMIT", 10)
    assert (await post(api)).status_code == 201
    assert await kept(api.database) == 0


async def test_answers_are_forgotten_after_a_day_and_bounded(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "ANSWERS_LIMIT", 3)
    clock = HandClock(SystemClock().now())
    book = IdempotentAnswers(database, clock, lambda request: [request.decode()])
    for number in range(6):
        clock.move(seconds=1)
        assert await book.begin("me", f"k{number}", b"hash") is None
        await book.complete("me", f"k{number}", 201, "{}", {"etag": "x"})
    clock.move(minutes=11)
    known = await book.begin("me", "k5", b"hash")
    assert known == KeptAnswer("hash", clock.now() - timedelta(minutes=11), 201, "{}", {"etag": "x"})
    assert await kept(database) == 3
    clock.move(hours=25)
    assert await book.begin("me", "k5", b"other") is None
    assert await kept(database) == 1
    clock.move(seconds=61)
    assert await book.begin("me", "k5", b"other") is None  # its process was stopped
    await book.drop("me", "k5")
    assert await kept(database) == 0
