"""Where services stand on the map, on both databases."""

import pytest

from monitor_app.domain.audit import AuditFilter
from monitor_app.engine.clock import SystemClock
from monitor_app.errors import InvalidInput, PermissionDenied
from monitor_app.security.permissions import EDITOR, VIEWER, Identity
from monitor_app.storage.audit import read
from monitor_app.storage.database import Database
from monitor_app.use_cases.map_places import EDGE, MANY_LIMIT, MapPlaces, Place
from tests.samples import add_services

ANN, BEN = Identity.of_role("ann", EDITOR), Identity.of_role("ben", VIEWER)


@pytest.fixture
async def places(database: Database) -> MapPlaces:
    await add_services(database, "api", "db", "web")
    return MapPlaces(database, SystemClock())


async def test_moved_services_are_kept_and_the_others_stay_where_they_are(places: MapPlaces) -> None:
    await places.save(ANN, {"api": Place(10, -20), "db": Place(0, 0)})
    await places.save(ANN, {"api": Place(11, -21)})
    assert await places.load(BEN) == {"api": Place(11, -21), "db": Place(0, 0)}
    assert await places.reset(ANN) == 2
    assert await places.load(BEN) == {}
    assert await places.reset(ANN) == 0


async def test_each_change_has_one_line_in_the_audit_log(database: Database, places: MapPlaces) -> None:
    await places.save(ANN, {"api": Place(1, 1)})
    await places.save(ANN, {"api": Place(1, 2), "db": Place(3, 4)})
    await places.save(ANN, {})
    await places.reset(ANN)
    async with database.read() as conn:
        entries = await read(conn, AuditFilter())
    found = [(each.entry.action, each.entry.target) for each in entries]
    assert sorted(found) == [("map.move", "2 services"), ("map.move", "api"), ("map.reset", "2 services")]


async def test_wrong_places_are_refused_and_nothing_is_kept(places: MapPlaces) -> None:
    with pytest.raises(InvalidInput, match="there is no nobody"):
        await places.save(ANN, {"api": Place(1, 1), "nobody": Place(1, 1)})
    with pytest.raises(InvalidInput, match="must be between"):
        await places.save(ANN, {"api": Place(EDGE + 1, 1)})
    with pytest.raises(InvalidInput, match="at most"):
        await places.save(ANN, {f"s{number}": Place(1, 1) for number in range(MANY_LIMIT + 1)})
    assert await places.load(BEN) == {}


async def test_only_who_may_change_relations_moves_services(places: MapPlaces) -> None:
    with pytest.raises(PermissionDenied):
        await places.save(BEN, {"api": Place(1, 1)})
    with pytest.raises(PermissionDenied):
        await places.reset(BEN)
    with pytest.raises(PermissionDenied):
        await places.load(Identity.of_role("nobody", "anonymous"))
