"""The relation table, the same on SQLite and PostgreSQL."""

from collections.abc import Sequence

import pytest

from monitor_app.errors import Conflict, NotFound
from monitor_app.storage import relations
from monitor_app.storage.database import Database
from monitor_app.storage.services import delete_services, service_revision
from tests.samples import NOON, add_services


@pytest.fixture
async def pks(database: Database) -> Sequence[int]:
    return await add_services(database, "shop", "database", "disk")


def row(source: int, target: int, **changes: object) -> dict[str, object]:
    times = {"created_at": NOON, "updated_at": NOON}
    return {"source_pk": source, "target_pk": target, "relation_type": "dependency", **times, **changes}


async def revision(database: Database) -> int:
    async with database.read() as conn:
        return await service_revision(conn)


async def test_relations_are_added_changed_and_taken_away(database: Database, pks: Sequence[int]) -> None:
    shop, base, disk = pks
    before = await revision(database)
    async with database.write() as conn:
        first = await relations.insert_relation(conn, row(shop, base))
        second = await relations.insert_relation(conn, row(base, disk, note="its files"))
        await relations.insert_relation(conn, row(shop, disk, relation_type="same host"))
    assert await revision(database) > before
    async with database.read() as conn:
        assert (await relations.load_relations(conn))[:2] == [first, second]
        assert await relations.load_dependencies(conn) == [(shop, base), (base, disk)]
    async with database.write() as conn:
        assert not (await relations.update_relation(conn, first.pk, {"enabled": False})).enabled
    async with database.read() as conn:
        assert await relations.load_dependencies(conn) == [(base, disk)]
    async with database.write() as conn:
        await relations.delete_relation(conn, second.pk)
    async with database.read() as conn:
        assert await relations.load_dependencies(conn) == []
    assert await revision(database) == before + 5


async def test_what_cannot_be_is_refused(database: Database, pks: Sequence[int]) -> None:
    shop, base, _ = pks
    async with database.write() as conn:
        await relations.insert_relation(conn, row(shop, base))
    with pytest.raises(Conflict, match="already"):
        async with database.write() as conn:
            await relations.insert_relation(conn, row(shop, base))
    for change in (
        lambda conn: relations.insert_relation(conn, row(shop, 4711)),
        lambda conn: relations.update_relation(conn, 4711, {"enabled": False}),
        lambda conn: relations.delete_relation(conn, 4711),
    ):
        with pytest.raises(NotFound):
            async with database.write() as conn:
                await change(conn)


async def test_deleted_services_hold_nothing_up(database: Database, pks: Sequence[int]) -> None:
    shop, base, _ = pks
    async with database.write() as conn:
        await relations.insert_relation(conn, row(shop, base))
        await delete_services(conn, [base], NOON)
    async with database.read() as conn:
        assert await relations.load_dependencies(conn) == []
        assert len(await relations.load_relations(conn)) == 1


async def test_a_number_is_never_given_again(database: Database, pks: Sequence[int]) -> None:
    shop, base, _ = pks
    for wanted in (1, 2):
        async with database.write() as conn:
            added = await relations.insert_relation(conn, row(shop, base))
            assert added.pk == wanted
            await relations.delete_relation(conn, added.pk)
