"""What hangs on services before they are deleted, what was deleted lately, and bringing it back under a new id."""

from dataclasses import replace
from typing import Any

import pytest

from monitor_app.domain.service import DELETED_DAYS
from monitor_app.errors import Conflict, InvalidInput
from monitor_app.security.permissions import EDITOR, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.sql_upkeep import SqlUpkeep
from monitor_app.use_cases.deleted_services import LIST_LIMIT, DeletedServices, Hanging
from monitor_app.use_cases.relations import RelationUseCases
from monitor_app.use_cases.services import ServiceUseCases

ED = Identity.of_role("ed", EDITOR, account_pk=2)


@pytest.fixture
def deleted(database: Database, registry: Any, clock: Any) -> DeletedServices:
    return DeletedServices(database, registry, clock)


def site(name: str) -> dict[str, Any]:
    return {"label": name, "kind": "http", "status_config": {"url": f"https://{name}.example.org"}}


async def hanging(deleted: DeletedServices, who: Identity, *pks: int) -> Hanging:
    return await deleted.what_hangs_on(who, pks)


async def test_all_that_depends_on_it_is_told(
    services: ServiceUseCases, deleted: DeletedServices, admin: Identity, database: Database, registry, clock, bus
) -> None:
    web, api, db, other = await services.create_many(admin, [site(name) for name in ("web", "api", "db", "other")])
    whole = {"kind": "composite", "label": "all", "status_config": {"members": "web, other"}}
    await services.create(admin, whole)
    relations = RelationUseCases(database, registry, clock, bus)
    for source, target, enabled in (("web", "api", True), ("api", "db", True), ("other", "db", False)):
        ends = {"source_service_id": source, "target_service_id": target, "enabled": enabled}
        await relations.create(admin, ends)
    found = await hanging(deleted, admin, db.pk)
    assert (found.relations, found.direct, found.dependents, found.wholes) == (2, ["api"], ["api", "web", "all"], [])
    found = await hanging(deleted, admin, web.pk, api.pk, 4711)
    assert (found.relations, found.direct, found.wholes, found.files) == (2, [], ["all"], [])
    assert [service.label for service in found.services] == ["web", "api"]
    with pytest.raises(InvalidInput):
        await hanging(deleted, admin, *range(1001))
    assert (await hanging(deleted, ED, other.pk)).kept == ["other"]


async def test_deleted_services_are_there_for_30_days_to_who_may_bring_them_back(
    services: ServiceUseCases, deleted: DeletedServices, admin: Identity, database: Database, clock
) -> None:
    await services.create_many(replace(admin, account_pk=1), [site(name) for name in ("web", "api", "gone")])
    await services.create(ED, site("mine"))
    await services.remove(admin, ["gone"], cascade=True, is_purged=True)
    await services.delete(replace(admin, account_pk=1), ["web"])
    clock.advance(60)
    await services.delete(ED, ["mine"])
    found = await deleted.list_deleted(admin)
    assert [(one.row.service_id, one.row.deleted_by, one.is_taken) for one in found] == [
        ("mine", "ed", False),
        ("web", "ada", False),
    ]
    assert (found[0].gone_at - found[0].row.deleted_at).days == DELETED_DAYS == 30
    assert [one.row.service_id for one in await deleted.list_deleted(ED)] == ["mine"]
    clock.advance(29 * 86_400)
    assert len(await deleted.list_deleted(admin)) == 2
    clock.advance(86_401)
    assert await deleted.list_deleted(admin) == []


async def test_retention_leaves_a_deleted_service_alone_for_30_days(
    services: ServiceUseCases, admin: Identity, database: Database, clock
) -> None:
    created = await services.create(admin, site("web"))
    await services.delete(admin, ["web"])
    upkeep = SqlUpkeep(database)
    assert await upkeep.purge_deleted_services(clock.now(), 100) == 0
    assert [one.pk for one in await services.restore(admin, [created.pk])] == [created.pk]


async def test_it_comes_back_under_a_new_id_where_its_own_is_taken(
    services: ServiceUseCases, deleted: DeletedServices, admin: Identity
) -> None:
    first = await services.create(admin, site("web"))
    await services.delete(admin, ["web"])
    second = await services.create(admin, site("web"))
    await services.delete(admin, ["web"])
    await services.create(admin, site("web"))
    assert all(one.is_taken for one in await deleted.list_deleted(admin))
    with pytest.raises(Conflict):
        await services.restore(admin, [first.pk])
    back = {one.pk: one.service_id for one in await services.restore(admin, [first.pk, second.pk], is_renamed=True)}
    assert sorted(back.values()) == ["web-2", "web-3"]


async def test_own_ones_are_found_behind_hundreds_that_others_deleted_later(
    services: ServiceUseCases, deleted: DeletedServices, admin: Identity, clock
) -> None:
    await services.create(ED, site("mine"))
    await services.delete(ED, ["mine"])
    clock.advance(60)
    names = [f"site-{number}" for number in range(LIST_LIMIT)]
    await services.create_many(admin, [site(name) for name in names])
    await services.remove(admin, names, cascade=True)
    assert [one.row.service_id for one in await deleted.list_deleted(ED)] == ["mine"]
