"""What hangs on services, the same on SQLite and PostgreSQL."""

from monitor_app.storage.database import Database
from monitor_app.storage.related import Related, load_related
from monitor_app.storage.relations import insert_relation
from monitor_app.storage.services import delete_services
from tests.samples import NOON, add_services


async def test_relations_of_either_end_are_found_but_not_those_of_deleted_services(database: Database) -> None:
    shop, base, disk, old = await add_services(database, "shop", "database", "disk", "old")
    pairs = [(shop, base), (base, disk), (old, base)]
    async with database.write() as conn:
        made = [
            await insert_relation(
                conn,
                {"source_pk": source, "target_pk": target, "relation_type": "dependency"}
                | {"created_at": NOON, "updated_at": NOON},
            )
            for source, target in pairs
        ]
        await delete_services(conn, [old], NOON)
    async with database.read() as conn:
        assert await load_related(conn, [base]) == [
            Related(made[0].pk, shop, base, "shop", "database", "dependency", True),
            Related(made[1].pk, base, disk, "database", "disk", "dependency", True),
        ]
        assert [each.relation_id for each in await load_related(conn, [shop, disk])] == [made[0].pk, made[1].pk]
        assert await load_related(conn, [old]) == []
        assert await load_related(conn, []) == []
