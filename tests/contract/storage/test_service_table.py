"""The service table, the same on SQLite and PostgreSQL."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict, NotFound
from monitor_app.storage import services as table
from monitor_app.storage.database import Database
from tests.samples import NOON, add_services, service_row


async def load(database: Database, after_revision: int = 0) -> list[ServiceDefinition]:
    async with database.read() as conn:
        return await table.load_services(conn, after_revision)


async def ids(database: Database, after_revision: int = 0) -> list[str]:
    return [service.service_id for service in await load(database, after_revision)]


async def delete(database: Database, *pks: int) -> int:
    async with database.write() as conn:
        return await table.delete_services(conn, pks, NOON)


async def test_a_service_comes_back_as_it_was_added(database: Database) -> None:
    row = service_row(
        "shop",
        label="Shop äöü 🛒 \u2028",
        service_type="api_endpoint",
        group="Sales",
        tags=["b", "a"],
        status_config={"url": "https://example.org/ü?a=1", "headers": {"X": "\x7f"}, "deadline_seconds": 2.5},
        metric_config={"response_ms": {"warn": 100}},
        interval_seconds=30,
        enabled=False,
        is_demo=True,
        owner="ann",
    )
    async with database.write() as conn:
        [added] = await table.insert_services(conn, [row])
    assert added == ServiceDefinition(
        pk=added.pk,
        service_id="shop",
        label="Shop äöü 🛒 \u2028",
        service_type="api_endpoint",
        kind="http",
        group="Sales",
        tags=("b", "a"),
        status_config=row["status_config"],
        metric_config=row["metric_config"],
        interval_seconds=30,
        enabled=False,
        is_demo=True,
        revision=1,
        owner="ann",
        created_at=NOON,
        updated_at=NOON,
    )
    assert await load(database) == [added]


async def test_what_a_row_leaves_out_has_a_default(database: Database) -> None:
    await add_services(database, "plain")
    [service] = await load(database)
    assert (service.group, service.tags, service.interval_seconds, service.enabled) == ("", (), 60, True)
    assert (service.status_config, service.metric_config, service.is_demo) == ({}, {}, False)


async def test_many_services_keep_their_order(database: Database) -> None:
    names = [f"s-{number * 7919 % 3000}" for number in range(3000)]
    async with database.write() as conn:
        added = await table.insert_services(conn, [service_row(name) for name in names])
    assert [service.service_id for service in added] == names
    assert len({service.pk for service in added}) == 3000
    assert {service.revision for service in added} == {1}


async def test_adding_none_changes_nothing(database: Database) -> None:
    async with database.write() as conn:
        assert await table.insert_services(conn, []) == []
        assert await table.service_revision(conn) == 0


async def test_each_change_raises_the_revision_and_stamps_the_row(database: Database) -> None:
    first, second = await add_services(database, "one", "two")
    async with database.write() as conn:
        changed = await table.update_service(conn, second, {"label": "New", "updated_at": NOON + timedelta(hours=1)})
        assert (changed.label, changed.revision) == ("New", 2)
        assert await table.service_revision(conn) == 2
    assert await delete(database, first) == 3
    assert [(service.service_id, service.revision) for service in await load(database)] == [("two", 2)]


async def test_after_a_revision_only_what_changed_is_loaded(database: Database) -> None:
    first, *_ = await add_services(database, "one", "two")
    await add_services(database, "three")
    assert await ids(database, after_revision=1) == ["three"]
    await delete(database, first)
    assert [(service.service_id, service.is_deleted) for service in await load(database, after_revision=1)] == [
        ("one", True),
        ("three", False),
    ]
    assert await ids(database, after_revision=3) == []


async def test_a_taken_id_is_refused(database: Database) -> None:
    await add_services(database, "shop")
    with pytest.raises(Conflict) as caught:
        await add_services(database, "new", "shop")
    assert "taken" in caught.value.fields["service_id"]
    assert await ids(database) == ["shop"]


async def test_an_update_to_a_taken_id_is_refused(database: Database) -> None:
    _, second = await add_services(database, "one", "two")
    with pytest.raises(Conflict, match="one is taken"):
        async with database.write() as conn:
            await table.update_service(conn, second, {"service_id": "one"})
    assert await ids(database) == ["one", "two"]


async def test_a_deleted_service_gives_its_id_free(database: Database) -> None:
    [old] = await add_services(database, "shop")
    await delete(database, old)
    [new] = await add_services(database, "shop")
    assert new > old
    async with database.read() as conn:
        found = await table.find_service(conn, "shop")
    assert found is not None
    assert found.pk == new


async def test_a_key_is_never_used_twice(database: Database) -> None:
    *_, last = await add_services(database, "one", "two")
    async with database.write() as conn:
        await conn.exec_driver_sql(f"DELETE FROM service WHERE pk = {last}")
    [new] = await add_services(database, "three")
    assert new > last


async def test_finding(database: Database) -> None:
    [pk] = await add_services(database, "shop")
    async with database.read() as conn:
        found = await table.find_service(conn, "shop")
        assert found is not None
        assert found.pk == pk
        assert await table.find_service(conn, "SHOP") is None
        assert await table.find_service(conn, "shop' OR '1'='1") is None
        assert await table.find_service(conn, "sh\0op") is None
        assert await table.find_service(conn, "shop\ud800") is None


async def test_what_is_gone_cannot_be_changed(database: Database) -> None:
    [pk] = await add_services(database, "shop")
    await delete(database, pk)
    for missing in (pk, 4711):
        with pytest.raises(NotFound):
            async with database.write() as conn:
                await table.update_service(conn, missing, {"label": "New"})


async def test_deleting_twice_keeps_the_first_time(database: Database) -> None:
    [pk] = await add_services(database, "shop")
    revision = await delete(database, pk)
    await delete(database, pk, 4711)
    [service] = await load(database, after_revision=revision - 1)
    assert service.revision == revision


async def test_a_deleted_service_comes_back_as_it_was(database: Database) -> None:
    first, second = await add_services(database, "one", "two")
    before = await load(database)
    revision = await delete(database, first)
    async with database.write() as conn:
        restored = await table.restore_services(conn, [first, second, 4711], NOON)
    assert [(service.pk, service.revision, service.is_deleted) for service in restored] == [
        (first, revision + 1, False)
    ]
    assert [service.service_id for service in await load(database)] == [service.service_id for service in before]


async def test_one_whose_id_is_taken_meanwhile_does_not_come_back(database: Database) -> None:
    first, second = await add_services(database, "one", "two")
    await delete(database, first, second)
    await add_services(database, "two")
    with pytest.raises(Conflict, match="taken"):
        async with database.write() as conn:
            await table.restore_services(conn, [first, second], NOON)
    assert await ids(database) == ["two"]


async def test_a_purged_one_does_not_come_back(database: Database) -> None:
    first, second = await add_services(database, "one", "two")
    async with database.write() as conn:
        await table.delete_services(conn, [first], NOON, is_purged=True)
        await table.delete_services(conn, [second], NOON)
        restored = await table.restore_services(conn, [first, second], NOON)
    assert [service.pk for service in restored] == [second]
    [told] = [service for service in await load(database, 1) if service.pk == first]
    assert told.is_purged


async def test_taken_ids_among_very_many(database: Database) -> None:
    _, deleted = await add_services(database, "taken", "deleted")
    await delete(database, deleted)
    candidates = ["taken", "deleted", *(f"free-{number}" for number in range(40_000))]
    async with database.read() as conn:
        assert await table.taken_service_ids(conn, candidates) == {"taken"}
        assert await table.taken_service_ids(conn, []) == set()


async def test_revisions_follow_the_order_of_commits(database: Database) -> None:
    """Whoever follows by revision would miss a change that becomes visible after a higher one."""
    seen: list[int] = []

    async def add(conn: AsyncConnection, name: str) -> None:
        await table.insert_services(conn, [service_row(name)])

    async def writer(number: int) -> None:
        async with database.write() as conn:
            await add(conn, f"s-{number}")

    async def follow() -> None:
        while len(seen) < 20:
            async with database.read() as conn:
                changed = await table.load_services(conn, max(seen, default=0) or -1)
            seen.extend(sorted(service.revision for service in changed))

    async with asyncio.timeout(60):
        await asyncio.gather(follow(), *(writer(number) for number in range(20)))
    assert seen == list(range(1, 21))
