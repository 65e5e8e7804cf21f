"""Services that are made of others."""

from datetime import UTC, datetime
from typing import Any

import pytest

from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import Identity
from monitor_app.storage.relations import insert_relation
from monitor_app.use_cases.relation_graph import members_of
from monitor_app.use_cases.services import ServiceUseCases


def page(name: str) -> dict[str, Any]:
    return {"kind": "http", "label": name, "service_id": name, "status_config": {"url": f"https://{name}.example/"}}


def made_of(name: str, *members: str) -> dict[str, Any]:
    return {"kind": "composite", "label": name, "service_id": name, "status_config": {"members": ",".join(members)}}


async def change(services: ServiceUseCases, admin: Identity, name: str, **values: Any) -> ServiceDefinition:
    before = await services.get(admin, name)
    return await services.update(admin, name, values, expected_revision=before.revision)


async def test_members_are_other_services_those_of_the_same_batch_included(services, admin) -> None:
    created = await services.create_many(admin, [made_of("shop", "web", "stock"), page("web"), made_of("stock", "web")])
    assert created[0].status_config == {"members": "web, stock"}


async def test_member_that_does_not_exist_is_refused(services, admin) -> None:
    with pytest.raises(Conflict) as caught:
        await services.create(admin, made_of("shop", "web"))
    assert caught.value.fields == {"members": "must be services that exist: there is no web"}
    with pytest.raises(Conflict) as caught:
        await services.create_many(admin, [page("web"), made_of("shop", *[f"no-{number}" for number in range(7)])])
    text = "must be services that exist: there is no no-0, no-1, no-2, no-3, no-4 and 2 more"
    assert caught.value.fields == {"2.members": text}
    assert await services.list_all(admin) == []


async def test_composite_that_contains_itself_is_refused_with_the_way_round(services, admin) -> None:
    with pytest.raises(Conflict) as caught:
        await services.create(admin, made_of("shop", "shop"))
    assert caught.value.fields == {"members": "must not contain itself: shop -> shop"}
    await services.create_many(admin, [page("web"), made_of("stock", "web"), made_of("shop", "stock")])
    with pytest.raises(Conflict) as caught:
        await change(services, admin, "stock", status_config={"members": "web, shop"})
    assert caught.value.fields == {"members": "must not contain itself: stock -> shop -> stock"}
    assert (await services.get(admin, "stock")).status_config == {"members": "web"}


async def test_circle_inside_one_batch_is_refused(services, admin) -> None:
    with pytest.raises(Conflict) as caught:
        await services.create_many(admin, [made_of("a", "b"), made_of("b", "c"), made_of("c", "a")])
    assert caught.value.fields == {"3.members": "must not contain itself: c -> a -> b -> c"}


async def test_change_of_members_replaces_those_of_before(services, admin) -> None:
    await services.create_many(admin, [page("web"), made_of("stock", "web"), made_of("shop", "stock")])
    await change(services, admin, "shop", status_config={"members": "web"})
    after = await change(services, admin, "stock", status_config={"members": "shop"})
    assert after.status_config == {"members": "shop"}


async def test_member_that_is_gone_keeps_nobody_from_changing_the_rest(services, admin) -> None:
    await services.create_many(admin, [page("web"), page("api"), made_of("shop", "web", "api")])
    await services.delete(admin, ["web"])
    assert (await change(services, admin, "shop", label="The shop")).label == "The shop"
    with pytest.raises(Conflict):
        await change(services, admin, "shop", status_config={"members": "web, app"})


async def test_new_name_that_closes_a_circle_is_refused(services, admin) -> None:
    await services.create_many(admin, [page("web"), made_of("stock", "web"), made_of("shop", "stock")])
    await services.delete(admin, ["web"])
    with pytest.raises(Conflict) as caught:
        await change(services, admin, "shop", service_id="web")
    assert caught.value.fields == {"members": "must not contain itself: web -> stock -> web"}


async def test_what_cannot_be_read_has_no_members(services, admin) -> None:
    (broken,) = await services.create_many(admin, [page("web")])
    registry = KindRegistry()
    unreadable = ServiceDefinition(
        **{name: getattr(broken, name) for name in ServiceDefinition.__slots__} | {"kind": "composite"}
    )
    unknown = ServiceDefinition(
        **{name: getattr(broken, name) for name in ServiceDefinition.__slots__} | {"kind": "nothing"}
    )
    assert members_of(registry, [broken, unreadable, unknown]) == {}


async def test_member_that_gets_another_service_id_stays_a_member_everywhere(services, admin, bus) -> None:
    await services.create_many(
        admin, [page("web"), page("web-2"), made_of("shop", "web-2", "web"), made_of("all", "shop", "web")]
    )
    renamed = await change(services, admin, "web", service_id="site")
    assert renamed.service_id == "site"
    assert (await services.get(admin, "shop")).status_config == {"members": "web-2, site"}
    whole = await services.get(admin, "all")
    assert whole.status_config == {"members": "shop, site"}
    assert bus.published[-1].revision == whole.revision
    await change(services, admin, "shop", service_id="store")
    assert (await services.get(admin, "all")).status_config == {"members": "store, site"}


async def test_member_takes_the_place_of_a_gone_one_whose_name_it_gets(services, admin) -> None:
    await services.create_many(admin, [page("web"), page("api"), made_of("shop", "web", "api")])
    await services.delete(admin, ["web"])
    await change(services, admin, "api", service_id="web")
    assert (await services.get(admin, "shop")).status_config == {"members": "web"}


async def test_circle_is_found_although_the_service_gets_another_name_at_once(services, admin) -> None:
    await services.create_many(admin, [page("web"), made_of("stock", "web"), made_of("shop", "stock")])
    with pytest.raises(Conflict) as caught:
        await change(services, admin, "stock", service_id="depot", status_config={"members": "shop"})
    assert caught.value.fields == {"members": "must not contain itself: depot -> shop -> depot"}


async def test_composite_that_would_depend_on_itself_by_a_relation_is_refused(services, admin, database) -> None:
    created = [page("web"), made_of("shop", "web"), made_of("all", "shop"), page("stock")]
    web, shop, _, stock = await services.create_many(admin, created)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    ends = {"source_pk": web.pk, "relation_type": "dependency", "created_at": at, "updated_at": at}
    async with database.write() as conn:
        await insert_relation(conn, ends | {"target_pk": stock.pk})
        await insert_relation(conn, ends | {"target_pk": shop.pk, "enabled": False})
    await change(services, admin, "shop", status_config={"members": "web, stock"})
    await change(services, admin, "shop", status_config={"members": "web"})
    with pytest.raises(Conflict) as caught:
        await change(services, admin, "stock", kind="composite", service_id="depot", status_config={"members": "all"})
    text = "must not depend on itself: depot -> all -> shop -> web -> depot"
    assert caught.value.fields == {"members": text}
