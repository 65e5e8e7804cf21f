"""Groups, tags and environments on both databases: what goes along with a change, and what is refused."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.audit import AuditEntry, AuditFilter
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.group import Group
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied, Stale
from monitor_app.security.permissions import EDITOR, VIEWER, Identity
from monitor_app.storage.audit import read
from monitor_app.storage.colours import load_colours, load_environment_order
from monitor_app.storage.database import Database
from monitor_app.storage.groups import load_groups
from monitor_app.storage.services import insert_services, load_services, service_revision
from monitor_app.use_cases.groups import GroupUseCases
from monitor_app.use_cases.tags import TagUseCases
from tests.accounts import HandClock
from tests.samples import service_row

ANN = Identity.of_role("ann", EDITOR)
EVE = Identity.of_role("eve", VIEWER)


@dataclass
class Desk:
    """Where somebody arranges groups."""

    database: Database
    groups: GroupUseCases
    tags: TagUseCases
    told: list[int] = field(default_factory=list)

    async def add(self, **groups: str) -> None:
        """Services by their ids, each in a group."""
        rows = [service_row(name, group=group, tags=["db", "old"]) for name, group in groups.items()]
        async with self.database.write() as conn:
            await insert_services(conn, rows)

    async def services(self, column: str = "group") -> dict[str, Any]:
        async with self.database.read() as conn:
            return {one.service_id: getattr(one, column) for one in await load_services(conn)}

    async def rows(self) -> dict[str, Group]:
        async with self.database.read() as conn:
            return {group.name: group for group in await load_groups(conn)}

    async def revision(self) -> int:
        async with self.database.read() as conn:
            return await service_revision(conn)

    async def lines(self) -> list[AuditEntry]:
        async with self.database.read() as conn:
            return [line.entry for line in reversed(await read(conn, AuditFilter(), limit=200))]


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    clock, bus = HandClock(), Bus()
    made = Desk(database, GroupUseCases(database, clock, bus), TagUseCases(database, clock, bus))

    async def note(event: ServicesChanged) -> None:
        made.told.append(event.revision)

    bus.subscribe(ServicesChanged, note, "desk")
    yield made
    await bus.close()


async def test_rename_takes_services_and_inner_groups_along(desk: Desk) -> None:
    await desk.add(web="Shop", api="Shop", db="Data")
    await desk.groups.create(ANN, {"name": "Europe", "parent": "Shop", "description": "all of it"})
    before = await desk.revision()
    renamed = await desk.groups.update(ANN, "Shop", {"name": "Store / ünïcode"})
    assert renamed.name == "Store / ünïcode"
    assert await desk.services() == {"web": "Store / ünïcode", "api": "Store / ünïcode", "db": "Data"}
    assert (await desk.rows())["Europe"].parent == "Store / ünïcode"
    assert await desk.revision() > before
    line = (await desk.lines())[-1]
    assert (line.action, line.target_type, line.target) == ("group.rename", "group", "Store / ünïcode")
    assert (line.before["name"], line.after["services"]) == ("Shop", ["web", "api"])
    assert len(await desk.lines()) == 2


async def test_group_that_services_name_gets_a_row_when_it_is_described(desk: Desk) -> None:
    await desk.add(web="Shop")
    view = await desk.groups.update(ANN, "Shop", {"description": "sells"})
    assert (await desk.rows())["Shop"].description == "sells"
    with pytest.raises(Stale):
        await desk.groups.update(ANN, "Shop", {"description": "buys"}, expected_version="0" * 24)
    await desk.groups.update(ANN, "Shop", {"description": "buys"}, expected_version=view.version)
    lines, revision = len(await desk.lines()), await desk.revision()
    await desk.groups.update(ANN, "Shop", {"description": "buys"})
    assert (len(await desk.lines()), await desk.revision()) == (lines, revision)
    with pytest.raises(NotFound):
        await desk.groups.update(ANN, "Nowhere", {"description": "x"})
    with pytest.raises(Conflict):
        await desk.groups.create(ANN, {"name": "Shop"})


async def test_group_is_never_in_itself_nor_too_deep(desk: Desk) -> None:
    for number in range(8):
        await desk.groups.create(ANN, {"name": f"g{number}", "parent": f"g{number - 1}" if number else ""})
    with pytest.raises(Conflict) as refused:
        await desk.groups.update(ANN, "g0", {"parent": "g2"})
    assert refused.value.details["path"] == ["g0", "g2", "g1", "g0"]
    assert "g0 → g2 → g1 → g0" in refused.value.fields["parent"]
    with pytest.raises(InvalidInput, match="8 levels"):
        await desk.groups.create(ANN, {"name": "g8", "parent": "g7"})
    await desk.groups.create(ANN, {"name": "top"})
    with pytest.raises(InvalidInput, match="8 levels"):
        await desk.groups.update(ANN, "g0", {"parent": "top"})
    with pytest.raises(InvalidInput, match="there is no"):
        await desk.groups.update(ANN, "g3", {"parent": "nobody"})
    await desk.groups.update(ANN, "g3", {"parent": ""})
    assert (await desk.rows())["g3"].parent == ""


async def test_name_that_is_taken_is_refused(desk: Desk) -> None:
    await desk.add(web="Shop", db="Data")
    with pytest.raises(Conflict):
        await desk.groups.update(ANN, "Shop", {"name": "Data"})
    assert await desk.services() == {"web": "Shop", "db": "Data"}


async def test_deleting_keeps_services_and_says_where_they_went(desk: Desk) -> None:
    await desk.add(web="Europe", api="Berlin", db="Data")
    await desk.groups.create(ANN, {"name": "Shop"})
    await desk.groups.update(ANN, "Europe", {"parent": "Shop"})
    await desk.groups.update(ANN, "Berlin", {"parent": "Europe"})
    gone = await desk.groups.delete(ANN, "Europe")
    assert (gone.services_to, gone.services, gone.groups) == ("Shop", 1, 1)
    assert await desk.services() == {"web": "Shop", "api": "Berlin", "db": "Data"}
    assert (await desk.rows())["Berlin"].parent == "Shop"
    await desk.groups.delete(ANN, "Berlin", services_to="Data")
    await desk.groups.delete(ANN, "Shop", services_to="")
    assert await desk.services() == {"web": "", "api": "Data", "db": "Data"}
    assert await desk.rows() == {}
    for wrong in ("Data", "Nowhere"):
        with pytest.raises(InvalidInput):
            await desk.groups.delete(ANN, "Data", services_to=wrong)
    with pytest.raises(NotFound):
        await desk.groups.delete(ANN, "Shop")


async def test_weights_are_given_by_service_id_and_kept_by_number(desk: Desk) -> None:
    await desk.add(web="Shop", api="Shop")
    share = {"how": "share", "degraded_below": 90, "failed_below": 40, "weights": {"web": 3}}
    view = await desk.groups.update(ANN, "Shop", {"rollup": share})
    assert view.rollup == share
    rollup = (await desk.rows())["Shop"].rollup
    assert rollup is not None
    assert list(rollup["weights"].values()) == [3]
    assert list(rollup["weights"]) != ["web"]
    with pytest.raises(InvalidInput) as refused:
        await desk.groups.update(ANN, "Shop", {"rollup": share | {"weights": {"nobody": 1}}})
    assert "there is no nobody" in refused.value.fields["rollup.weights"]
    await desk.groups.update(ANN, "Shop", {"rollup": None})
    assert (await desk.rows())["Shop"].rollup is None


async def test_tag_is_renamed_painted_and_removed_on_all_services(desk: Desk) -> None:
    await desk.add(web="", api="")
    await desk.tags.paint(ANN, "tag", "old", "red")
    assert (await desk.tags.rename(ANN, "tag", "old", "new")).services == 2
    assert await desk.services("tags") == {"web": ("db", "new"), "api": ("db", "new")}
    async with desk.database.read() as conn:
        assert (await load_colours(conn))["tag"] == {"new": "red"}
    await desk.tags.rename(ANN, "tag", "new", "db")
    assert await desk.services("tags") == {"web": ("db",), "api": ("db",)}
    await desk.tags.remove(ANN, "tag", "db")
    assert await desk.services("tags") == {"web": (), "api": ()}
    with pytest.raises(NotFound):
        await desk.tags.paint(ANN, "tag", "old", "red")
    with pytest.raises(InvalidInput):
        await desk.tags.rename(ANN, "tag", "old", "a,b")
    actions = [line.action for line in await desk.lines()]
    assert actions == ["tag.paint", "tag.rename", "tag.rename", "tag.remove"]


async def test_environment_keeps_colour_and_place_under_another_name(desk: Desk) -> None:
    rows = [service_row(name, environment=name) for name in ("prod", "stage")]
    async with desk.database.write() as conn:
        await insert_services(conn, rows)
    await desk.tags.put_in_order(ANN, ["stage", "prod"])
    await desk.tags.paint(ANN, "environment", "prod", "green")
    await desk.tags.rename(ANN, "environment", "prod", "production")
    await desk.tags.remove(ANN, "environment", "stage")
    assert await desk.services("environment") == {"prod": "production", "stage": ""}
    async with desk.database.read() as conn:
        assert await load_environment_order(conn) == ["production"]
        assert (await load_colours(conn))["environment"] == {"production": "green"}


async def test_who_may_not_write_services_changes_nothing(desk: Desk) -> None:
    await desk.add(web="Shop")
    for call in (
        desk.groups.create(EVE, {"name": "x"}),
        desk.groups.update(EVE, "Shop", {"name": "x"}),
        desk.groups.delete(EVE, "Shop"),
        desk.tags.paint(EVE, "tag", "db", "red"),
        desk.tags.rename(EVE, "tag", "db", "x"),
        desk.tags.remove(EVE, "tag", "db"),
        desk.tags.put_in_order(EVE, []),
    ):
        with pytest.raises(PermissionDenied):
            await call
    assert await desk.lines() == []
