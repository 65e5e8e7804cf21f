"""Scopes of alert rules, silences and maintenance windows, when groups get other names or go, and services go."""

from datetime import timedelta
from typing import Any

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.alerting.scope import Scope
from monitor_app.domain.group_tree import GroupTree
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import ADMIN, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.maintenance_windows import load_windows
from monitor_app.storage.services import insert_services, load_services
from monitor_app.storage.silences import load_active
from monitor_app.use_cases.deleted_services import DeletedServices
from monitor_app.use_cases.groups import GroupUseCases
from monitor_app.use_cases.maintenance_windows import MaintenanceWindows
from monitor_app.use_cases.scopes_losing import ScopesLosing
from monitor_app.use_cases.selection import Present
from monitor_app.use_cases.silences import SilenceUseCases
from tests.accounts import HandClock
from tests.samples import service_row

ADA = Identity.of_role("ada", ADMIN, account_pk=1)


class World:
    """A window and a silence about a group with one service in it, beside one without a group."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, HandClock()
        self.services: list[Any] = []
        present = Present(lambda: self.services, lambda: GroupTree((), {one.group for one in self.services}))
        self.windows = MaintenanceWindows(database, self.clock, present)
        self.silences = SilenceUseCases(database, self.clock, present)
        self.groups = GroupUseCases(database, self.clock, Bus())

    async def live(self) -> None:
        rows = [service_row("shop", group="Sales"), service_row("cart", group="Sales"), service_row("stock")]
        async with self.database.write() as conn:
            await insert_services(conn, rows)
        async with self.database.read() as conn:
            self.services = await load_services(conn)

    async def plan(self, **scope: Any) -> None:
        values = {"name": "Disks", "starts_at": "2027-05-17T15:00", "scope": scope}
        await self.windows.create(ADA, values)
        await self.silences.create(ADA, {"reason": "a move", "minutes": 60, "scope": scope})

    async def scopes(self) -> list[Scope]:
        async with self.database.read() as conn:
            found = [*await load_windows(conn), *await load_active(conn, self.clock.now())]
        return [one.scope for one in found]

    def pk(self, service_id: str) -> int:
        return next(one.pk for one in self.services if one.service_id == service_id)


@pytest.fixture
async def world(database: Database) -> World:
    made = World(database)
    await made.live()
    return made


async def test_scopes_follow_the_name_of_a_group(world: World) -> None:
    await world.plan(groups=["Sales"])
    await world.groups.update(ADA, "Sales", {"name": "Shops"})
    assert await world.scopes() == [Scope(groups=("Shops",))] * 2


async def test_a_group_that_goes_leaves_its_services_in_scopes(world: World) -> None:
    """Nothing else comes into them: neither the group that the services go to, nor everything."""
    await world.plan(groups=["Sales"])
    await world.groups.delete(ADA, "Sales")
    assert await world.scopes() == [Scope(service_pks=(world.pk("shop"), world.pk("cart")))] * 2


async def test_who_deletes_a_service_is_told_what_names_it(world: World, registry: KindRegistry) -> None:
    await world.plan(services=["shop"])
    deleted = DeletedServices(world.database, registry, world.clock, [ScopesLosing(world.clock)])
    hanging = await deleted.what_hangs_on(ADA, {world.pk("shop")})
    assert hanging.lost == {"Silences that name it": ["a move"], "Maintenance windows that name it": ["Disks"]}
    assert (await deleted.what_hangs_on(ADA, {world.pk("cart")})).lost == {}
    world.clock.at += timedelta(hours=2)
    assert list((await deleted.what_hangs_on(ADA, {world.pk("shop")})).lost) == ["Maintenance windows that name it"]
