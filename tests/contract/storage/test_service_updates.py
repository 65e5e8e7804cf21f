"""Changing many services at once, the same on SQLite and PostgreSQL."""

from datetime import timedelta

import pytest

from monitor_app.errors import NotFound
from monitor_app.storage.database import Database
from monitor_app.storage.services import delete_services, load_services, update_services
from tests.samples import NOON, add_services

LATER = NOON + timedelta(hours=1)


async def test_many_change_together_under_one_revision(database: Database) -> None:
    first, second, third = await add_services(database, "a", "b", "c")
    async with database.write() as conn:
        values = {"label": "B", "tags": ["x"], "status_config": {"url": "https://b/"}, "updated_at": LATER}
        more = {"label": "A", "tags": [], "status_config": {}, "updated_at": LATER}
        changed = await update_services(conn, [(second, values), (first, more)])
    assert [(each.pk, each.label, each.tags, each.updated_at) for each in changed] == [
        (second, "B", ("x",), LATER),
        (first, "A", (), LATER),
    ]
    assert changed[0].status_config == {"url": "https://b/"}
    assert {each.revision for each in changed} == {2}
    async with database.read() as conn:
        assert [(each.pk, each.revision) for each in await load_services(conn)] == [(first, 2), (second, 2), (third, 1)]


async def test_changing_none_changes_nothing(database: Database) -> None:
    async with database.write() as conn:
        assert await update_services(conn, []) == []


async def test_one_that_is_gone_refuses_all(database: Database) -> None:
    first, second = await add_services(database, "a", "b")
    async with database.write() as conn:
        await delete_services(conn, [second], NOON)
    with pytest.raises(NotFound, match=f"no service {second}"):
        async with database.write() as conn:
            await update_services(conn, [(first, {"label": "A"}), (second, {"label": "B"})])
    async with database.read() as conn:
        assert [each.label for each in await load_services(conn)] == ["A"]
