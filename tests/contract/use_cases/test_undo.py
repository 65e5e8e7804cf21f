"""Undo and redo on both databases: exactly what was there before, or a refusal that says what somebody else changed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.audit import AuditEntry, AuditFilter
from monitor_app.errors import Conflict, NotFound, PermissionDenied, Stale
from monitor_app.plugins.registry import KindRegistry
from monitor_app.plugins.sealing import tokens_of
from monitor_app.security.permissions import ADMIN, EDITOR, VIEWER, Identity
from monitor_app.security.vault import Vault, new_key
from monitor_app.storage.audit import read
from monitor_app.storage.change_log import configs_of_items, group_document, relation_document, service_document
from monitor_app.storage.database import Database
from monitor_app.storage.groups import load_groups
from monitor_app.storage.relations import load_relations
from monitor_app.storage.services import load_services
from monitor_app.storage.sql_upkeep import SqlUpkeep
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.groups import GroupUseCases
from monitor_app.use_cases.portable.importing import Importing
from monitor_app.use_cases.portable.report import Options
from monitor_app.use_cases.relations import RelationUseCases
from monitor_app.use_cases.secrets import rotate
from monitor_app.use_cases.service_bulk import BulkChange, ServiceBulk
from monitor_app.use_cases.services import ServiceUseCases
from monitor_app.use_cases.undo import UndoUseCases
from monitor_app.use_cases.versions import VersionUseCases
from tests.accounts import HandClock, on_sqlite
from tests.samples import NOON

ANN = Identity.of_role("ann", EDITOR, account_pk=1)
BOB = Identity.of_role("bob", EDITOR, account_pk=2)
ADA = Identity.of_role("ada", ADMIN, account_pk=3)
VIC = Identity.of_role("vic", VIEWER, account_pk=4)
NAMES = ("web", "api", "db")
KEY = new_key()


@dataclass
class Desk:
    """Where somebody changes services and relations, and takes it back; the clock moves on with each step."""

    database: Database
    registry: KindRegistry
    clock: HandClock
    bus: Bus

    def __post_init__(self) -> None:
        parts = self.database, self.registry, self.clock, self.bus
        self.services, self.relations = ServiceUseCases(*parts), RelationUseCases(*parts)
        self.bulk = ServiceBulk(self.database, self.clock, self.bus)
        self.groups = GroupUseCases(self.database, self.clock, self.bus)
        self.undo, self.versions = UndoUseCases(*parts), VersionUseCases(*parts)

    async def step(self, work: Any) -> Any:
        self.clock.move(seconds=1)
        return await work

    async def change(self, name: str, who: Identity = ANN, **values: Any) -> Any:
        return await self.step(self.services.update(who, name, values, expected_revision=None))

    async def link(self, source: str, target: str, who: Identity = ANN) -> int:
        wanted = {"source_service_id": source, "target_service_id": target}
        return int((await self.step(self.relations.create(who, wanted))).relation.pk)

    async def picture(self) -> tuple[dict[int, Any], dict[int, Any]]:
        """Everything that undo is to bring back: what is there, with its pks."""
        async with self.database.read() as conn:
            services = {service.pk: service_document(service) for service in await load_services(conn)}
            return services, {relation.pk: relation_document(relation) for relation in await load_relations(conn)}

    async def lines(self) -> list[AuditEntry]:
        async with self.database.read() as conn:
            return [line.entry for line in reversed(await read(conn, AuditFilter(), limit=200))]


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    made = Desk(database, KindRegistry(sealer=Vault([KEY])), HandClock(), Bus())
    for name in NAMES:
        await made.step(made.services.create(ADA, site(name)))
    yield made
    await made.bus.close()


def site(name: str, **more: Any) -> dict[str, Any]:
    return {"label": name, "service_id": name, "status_config": {"url": f"https://{name}.example.org"}} | more


async def test_each_change_is_undone_and_done_again_exactly(desk: Desk) -> None:
    """Ten steps of every sort, all the way back and all the way forth."""
    pictures = [await desk.picture()]

    async def then(work: Any) -> None:
        await desk.step(work)
        pictures.append(await desk.picture())

    ends = {"source_service_id": "web", "target_service_id": "api"}
    await then(desk.services.create(ANN, site("shop")))
    await then(desk.change("shop", label="Shop", tags=["a"], service_id="store", group="Sales"))
    await then(desk.relations.create(ANN, ends))
    pk = max(pictures[-1][1])
    await then(desk.relations.update(ANN, pk, {"note": "orders", "target_service_id": "store"}))
    await then(desk.bulk.change(ANN, NAMES, BulkChange("tag", tags_add=["x"])))
    await then(desk.services.pause(ANN, ["web", "db"]))
    await then(desk.services.delete(ANN, ["store"]))
    await then(desk.services.restore(ANN, [max(pictures[0][0]) + 1]))
    await then(desk.relations.delete(ANN, pk))
    await then(desk.services.resume(ANN, ["web"]))
    for picture in reversed(pictures[:-1]):
        await desk.step(desk.undo.undo(ANN))
        assert await desk.picture() == picture
    with pytest.raises(NotFound, match="there is nothing to undo"):
        await desk.undo.undo(ANN)
    for picture in pictures[1:]:
        await desk.step(desk.undo.redo(ANN))
        assert await desk.picture() == picture
    with pytest.raises(NotFound, match="there is nothing to redo"):
        await desk.undo.redo(ANN)
    told = [line for line in await desk.lines() if line.action.endswith((".undo", ".redo"))]
    assert len(told) == 20
    assert {line.action for line in told} == {"service.undo", "service.redo", "relation.undo", "relation.redo"}


async def refusal(desk: Desk, work: Any) -> Conflict:
    """Why something was refused; nothing was changed by it."""
    before = await desk.picture()
    with pytest.raises(Conflict) as caught:
        await desk.step(work)
    assert await desk.picture() == before
    return caught.value


async def test_what_somebody_else_changed_since_is_told_and_nothing_is_undone(desk: Desk) -> None:
    await desk.step(desk.bulk.change(ANN, NAMES, BulkChange("group", group="Sales")))
    await desk.change("api", BOB, group="Shop", status_config={"url": "https://api.example.org/health"})
    err = await refusal(desk, desk.undo.undo(ANN))
    assert str(err) == "change: api was changed by bob: group is Shop now, not Sales"
    (told,) = err.details["changed"]
    assert (told["name"], told["who"], told["expected"], told["present"]) == (
        "api",
        "bob",
        {"group": "Sales"},
        {"group": "Shop"},
    )
    await desk.change("api", BOB, group="Sales")
    await desk.step(desk.undo.undo(ANN))
    services, _ = await desk.picture()
    assert {(one["group"], one["status_config"]["url"]) for one in services.values()} == {
        ("", "https://web.example.org"),
        ("", "https://api.example.org/health"),
        ("", "https://db.example.org"),
    }


@on_sqlite
async def test_what_somebody_hung_on_a_new_service_keeps_it_from_being_undone(desk: Desk) -> None:
    await desk.step(desk.services.create(ANN, site("shop")))
    pk = await desk.link("shop", "db", BOB)
    err = await refusal(desk, desk.undo.undo(ANN))
    assert str(err) == "change: would take relations with it that came since: shop -> db"
    await desk.step(desk.relations.delete(BOB, pk))
    whole = {"kind": "composite", "label": "all", "status_config": {"members": "shop, web"}}
    await desk.step(desk.services.create(BOB, whole))
    assert "would take away what others are made of by now: all" in str(await refusal(desk, desk.undo.undo(ANN)))
    await desk.step(desk.services.delete(BOB, ["all"]))
    await desk.step(desk.undo.undo(ANN))
    assert len((await desk.picture())[0]) == 3


async def test_groups_are_undone_with_all_that_went_along(desk: Desk) -> None:
    async def everything() -> object:
        async with desk.database.read() as conn:
            groups = [(group.pk, group_document(group)) for group in await load_groups(conn)]
        return groups, await desk.picture()

    await desk.step(desk.bulk.change(ADA, NAMES, BulkChange("group", group="Shop")))
    seen = [await everything()]
    share = {"how": "share", "weights": {"web": 3}}
    for work in (
        desk.groups.update(ANN, "Shop", {"description": "sells", "rollup": share}),
        desk.groups.create(ANN, {"name": "Europe", "parent": "Shop"}),
        desk.groups.update(ANN, "Shop", {"name": "Store"}),
        desk.groups.update(ANN, "Europe", {"parent": ""}),
        desk.groups.delete(ANN, "Europe"),
        desk.groups.create(ANN, {"name": "Asia", "parent": "Store"}),
        desk.groups.delete(ANN, "Store", services_to="Asia"),
    ):
        await desk.step(work)
        seen.append(await everything())
    titles = [one.title for one in await desk.undo.changes(ANN)]
    assert titles[0] == "deleting the group Store"
    assert titles[4] == "renaming the group Store"
    for picture in reversed(seen[:-1]):
        await desk.step(desk.undo.undo(ANN))
        assert await everything() == picture
    for picture in seen[1:]:
        await desk.step(desk.undo.redo(ANN))
        assert await everything() == picture
    assert {line.action for line in await desk.lines()} >= {"group.undo", "group.redo"}


@on_sqlite
async def test_undo_of_a_group_takes_no_name_and_leaves_nothing_behind(desk: Desk) -> None:
    await desk.step(desk.groups.create(ANN, {"name": "Shop"}))
    await desk.step(desk.groups.update(ANN, "Shop", {"name": "Store"}))
    await desk.change("web", BOB, group="Store")
    assert str(await refusal(desk, desk.undo.undo(ANN))) == "change: would leave behind what came in since: web"
    await desk.change("web", BOB, group="")
    await desk.step(desk.groups.create(BOB, {"name": "Shop"}))
    assert "Shop is the name of another group" in str(await refusal(desk, desk.undo.undo(ANN)))
    await desk.step(desk.groups.update(BOB, "Shop", {"parent": "Store"}))
    await desk.step(desk.groups.update(BOB, "Shop", {"parent": "", "name": "Other"}))
    await desk.step(desk.groups.update(ANN, "Store", {"parent": "Other"}))
    await desk.step(desk.groups.update(ANN, "Store", {"parent": ""}))
    await desk.step(desk.groups.update(BOB, "Other", {"parent": "Store"}))
    assert "Store would be in itself" in str(await refusal(desk, desk.undo.undo(ANN)))


@on_sqlite
async def test_undo_closes_no_circle(desk: Desk) -> None:
    pk = await desk.link("web", "api")
    await desk.step(desk.relations.delete(ANN, pk))
    other = await desk.link("api", "web", BOB)
    err = await refusal(desk, desk.undo.undo(ANN))
    assert str(err).startswith("change: would close a circle: web -> api -> web; cut")
    assert err.details["path"] == ["web", "api", "web"]
    await desk.step(desk.relations.delete(BOB, other))
    await desk.step(desk.undo.undo(ANN))
    assert list((await desk.picture())[1]) == [pk]


@on_sqlite
async def test_id_that_another_service_has_by_now_is_told(desk: Desk) -> None:
    await desk.step(desk.services.create(ANN, site("shop")))
    await desk.step(desk.services.delete(ANN, ["shop"]))
    await desk.step(desk.services.create(BOB, site("shop")))
    assert str(await refusal(desk, desk.undo.undo(ANN))) == "service_id: shop is the id of another service by now"


@on_sqlite
async def test_one_undoes_ones_own_changes_and_what_one_may_do(desk: Desk) -> None:
    with noted_changes() as changes:
        await desk.step(desk.services.create(ADA, site("shop")))
        await desk.change("web", ADA, label="Web")
    with pytest.raises(PermissionDenied, match="was made by ada"):
        await desk.undo.undo_change(ANN, changes[0])
    with pytest.raises(PermissionDenied, match="may not add and change services"):
        await desk.undo.undo(VIC)
    demoted = Identity.of_role("ada", EDITOR, account_pk=3)
    await desk.step(desk.services.delete(ADA, ["api", "shop"]))
    assert [one.title for one in await desk.undo.changes(ADA, limit=3)] == [
        "deleting 2 services",
        "changing Web",
        "adding shop",
    ]
    await desk.step(desk.undo.undo(demoted))
    with pytest.raises(NotFound):
        await desk.undo.undo_change(ANN, 4711)
    with pytest.raises(Conflict, match="is undone already"):
        await desk.undo.undo_change(ADA, changes[-1] + 1)
    nobody = Identity.of_role("script", ADMIN)
    assert await desk.undo.changes(nobody) == []
    with pytest.raises(NotFound, match="nothing to undo"):
        await desk.undo.undo(nobody)


@on_sqlite
async def test_new_change_ends_what_could_be_done_again(desk: Desk) -> None:
    with noted_changes() as changes:
        await desk.change("web", label="One")
        await desk.change("web", label="Two")
    await desk.step(desk.undo.undo(ANN))
    await desk.change("api", label="Other")
    with pytest.raises(NotFound, match="nothing to redo"):
        await desk.undo.redo(ANN)
    with pytest.raises(Conflict, match="cannot be undone or done again any more"):
        await desk.undo.redo_change(ANN, changes[1])
    states = [one.change.state for one in await desk.undo.changes(ANN)]
    assert states == ["done", "final", "done"]
    desk.clock.move(hours=25)
    with pytest.raises(NotFound, match="nothing to undo"):
        await desk.undo.undo(ANN)
    await desk.undo.undo_change(ANN, changes[0])


async def test_secrets_are_undone_sealed_and_go_with_a_purge(desk: Desk) -> None:
    secret = site(
        "shop",
        status_config={"url": "https://shop.example.org", "auth": "basic", "username": "a", "password": "first-s3cret"},
    )
    await desk.step(desk.services.create(ANN, secret))
    before = await desk.picture()
    given = {"url": "https://shop.example.org", "auth": "basic", "username": "a", "password": "other-s3cret"}
    await desk.change("shop", status_config=given)
    history = await desk.versions.versions(ANN, "shop")
    (changed,) = history.versions[0].did
    assert (changed.name, changed.is_secret, changed.before, changed.after) == (
        "status_config.password",
        True,
        "***",
        "***",
    )
    assert "s3cret" not in repr(history.versions)
    await desk.step(desk.undo.undo(ANN))
    assert await desk.picture() == before
    async with desk.database.read() as conn:
        stored = [item async for item in configs_of_items(conn, is_sealed=True)]
    assert stored
    assert "s3cret" not in repr([(item.before, item.after) for item in stored])
    await desk.step(desk.services.remove(ANN, ["shop"], cascade=True, is_purged=True))
    async with desk.database.read() as conn:
        assert [item async for item in configs_of_items(conn, is_sealed=True)] == []
    with pytest.raises(NotFound, match="nothing to undo"):
        await desk.undo.undo(ANN)


async def test_change_of_the_key_leaves_undo_and_versions_as_they_were(desk: Desk) -> None:
    secret = site("shop", status_config={"url": "https://shop.example.org", "headers": {"X-Api-Key": "s3cret"}})
    await desk.step(desk.services.create(ANN, secret))
    tokens = {token for one in (await desk.picture())[0].values() for token in tokens_of(one)}
    await desk.change("shop", label="Other", status_config={"url": "https://shop.example.org"})
    await rotate(desk.database, ADA, Vault([new_key(), KEY]), None, desk.clock.now())
    await desk.step(desk.undo.undo(ANN))
    await desk.step(desk.undo.redo(ANN))
    await desk.step(desk.undo.undo(ANN))
    sealed = {token for one in (await desk.picture())[0].values() for token in tokens_of(one)}
    assert len(sealed) == 1
    assert not sealed & tokens


async def test_service_is_rolled_back_to_any_version(desk: Desk) -> None:
    await desk.change("web", label="Web", group="Sales", tags=["a"])
    await desk.change("web", BOB, service_id="site", kind="tcp", status_config={"host": "h", "port": 1})
    await desk.step(desk.services.pause(BOB, ["site"]))
    history = await desk.versions.versions(ANN, "site")
    told = [(one.change.who, one.change.action, [field.name for field in one.did]) for one in history.versions]
    assert told[0] == ("bob", "service.pause", ["enabled", "pause.reason"])
    assert told[1][:2] == ("bob", "service.update")
    assert told[3] == ("ada", "service.create", [])
    assert not history.versions[0].differs
    with pytest.raises(Stale):
        await desk.versions.roll_back(ANN, "site", history.versions[3].change.pk, history.service.revision - 1)
    with noted_changes() as changes:
        after = await desk.step(desk.versions.roll_back(ANN, "site", history.versions[2].change.pk))
    assert (after.service_id, after.kind, after.label, after.tags, after.enabled) == (
        "web",
        "http",
        "Web",
        ("a",),
        False,
    )
    first = await desk.step(desk.versions.roll_back(ANN, "web", history.versions[3].change.pk))
    assert (first.label, first.group) == ("web", "")
    await desk.step(desk.undo.undo(ANN))
    await desk.step(desk.undo.undo_change(ANN, changes[0]))
    assert (await desk.services.get(ANN, "site")).kind == "tcp"
    with pytest.raises(NotFound, match="there is no version 4711"):
        await desk.versions.roll_back(ANN, "site", 4711)


@on_sqlite
async def test_roll_back_keeps_the_rules(desk: Desk) -> None:
    """A circle through members, a member that is gone, an id that is taken."""
    whole = {"kind": "composite", "label": "all", "service_id": "all", "status_config": {"members": "web, db"}}
    await desk.step(desk.services.create(ANN, whole))
    await desk.change("all", service_id="whole", status_config={"members": "api"})
    first = (await desk.versions.versions(ANN, "whole")).versions[-1].change.pk
    relation = await desk.link("web", "whole")
    err = await refusal(desk, desk.versions.roll_back(ANN, "whole", first))
    assert "would close a circle: all -> web -> all" in str(err)
    await desk.step(desk.relations.delete(ANN, relation))
    await desk.step(desk.services.delete(ADA, ["db"]))
    assert "members: of all must be services that exist: there is no db" in str(
        await refusal(desk, desk.versions.roll_back(ANN, "whole", first))
    )
    await desk.step(desk.undo.undo(ADA))
    await desk.step(desk.services.create(ADA, site("all")))
    assert "all is the id of another service by now" in str(
        await refusal(desk, desk.versions.roll_back(ANN, "whole", first))
    )


@on_sqlite
async def test_new_id_of_a_member_is_undone_in_what_is_made_of_it(desk: Desk) -> None:
    whole = {"kind": "composite", "label": "all", "status_config": {"members": "web, db"}}
    await desk.step(desk.services.create(BOB, whole))
    before = await desk.picture()
    await desk.change("web", service_id="site")
    after = await desk.picture()
    await desk.step(desk.undo.undo(ANN))
    assert await desk.picture() == before
    await desk.step(desk.undo.redo(ANN))
    assert await desk.picture() == after


@on_sqlite
async def test_old_changes_go_and_with_them_what_cannot_be_undone_any_more(desk: Desk) -> None:
    await desk.step(desk.bulk.change(ANN, NAMES, BulkChange("group", group="Sales")))
    for label in ("one", "two", "three"):
        await desk.change("web", label=label)
    upkeep = SqlUpkeep(desk.database)
    assert await upkeep.purge_changes(NOON, 2, 100) == 3  # of web those of its creation, of the group, and "one"
    assert await upkeep.purge_changes(NOON, 2, 100) == 0
    left = [(one.change.action, one.change.state) for one in await desk.undo.changes(ANN)]
    assert left == [("service.update", "done"), ("service.update", "done"), ("service.update", "final")]
    desk.clock.move(days=91)
    assert await upkeep.purge_changes(desk.clock.now() - timedelta(days=90), 2, 100) == 6
    assert await desk.undo.changes(ANN) == []
    assert (await desk.versions.versions(ANN, "web")).versions == []


@on_sqlite
async def test_import_is_undone_at_once(desk: Desk) -> None:
    before = await desk.picture()
    importing = Importing(desk.database, desk.registry, desk.clock, desk.bus, AccessChanges(desk.database, desk.clock))
    text = (
        "version: 1\nservices:\n  web: {group: Sales, kind: http, status_config: {url: 'https://web.example.org'}}\n"
        "  fresh: {kind: tcp, status_config: {host: h, port: 1}}\nrelations:\n  - {source: fresh, target: web}\n"
    )
    admin = Identity.of_role("ada", ADMIN, account_pk=3)
    desk.clock.move(seconds=1)
    report = await importing.import_text(admin, text, "yaml", "all.yaml", Options(on_conflict="update"))
    assert (report.added, report.changed, report.errors) == (2, 1, ())
    after = await desk.picture()
    assert (await desk.step(desk.undo.undo(ADA))).title == "importing 3 services"
    assert await desk.picture() == before
    await desk.step(desk.undo.redo(ADA))
    assert await desk.picture() == after
