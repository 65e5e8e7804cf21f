"""Many relations at once: enabled, disabled, deleted, looked at; and a circle that is long."""

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.security.permissions import VIEWER, Identity
from monitor_app.storage.database import Database
from tests.accounts import on_sqlite
from tests.contract.use_cases.test_relations import ANN, NAMES, Desk, desk_at
from tests.samples import add_services

VIC = Identity.of_role("vic", VIEWER)


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    await add_services(database, *NAMES)
    made = desk_at(database)
    yield made
    await made.bus.close()


async def enabled_of(desk: Desk) -> dict[int, bool]:
    return {view.relation.pk: view.relation.enabled for view in await desk.relations.list_all(ANN)}


async def test_many_are_disabled_and_enabled_with_one_line_each(desk: Desk) -> None:
    pks = [await desk.link("web", name) for name in ("api", "auth", "db")]
    changed = await desk.relations.change_many(ANN, pks[:2], enabled=False)
    assert [view.relation.enabled for view in changed] == [False, False]
    assert await enabled_of(desk) == dict(zip(pks, [False, False, True], strict=True))
    assert len(await desk.relations.change_many(ANN, pks, enabled=True)) == 2
    assert await desk.relations.change_many(ANN, pks, enabled=True) == []
    told = [(line.action, line.target) for line in (await desk.lines())[3:]]
    assert told == [("relation.update", "2 relations")] * 2


async def test_many_are_deleted_all_or_none(desk: Desk) -> None:
    pks = [await desk.link("web", name) for name in ("api", "db")]
    with pytest.raises(NotFound, match="there is no relation 4711"):
        await desk.relations.delete_many(ANN, [*pks, 4711])
    assert len(await enabled_of(desk)) == 2
    assert [view.target_service_id for view in await desk.relations.delete_many(ANN, [*pks, pks[0]])] == ["api", "db"]
    assert await enabled_of(desk) == {}
    assert await desk.relations.delete_many(ANN, []) == []


@on_sqlite
async def test_of_many_that_close_a_circle_together_none_is_enabled(desk: Desk) -> None:
    pks = [await desk.link(*pair, enabled=False) for pair in (("web", "api"), ("api", "db"), ("db", "web"))]
    with pytest.raises(Conflict) as caught:
        await desk.relations.change_many(ANN, pks, enabled=True)
    assert caught.value.details == {"reason": "circle", "path": ["db", "web", "api", "db"], "relations": pks[:2]}
    (text,) = caught.value.fields.values()
    assert text.startswith("db -> web must not close a circle: db -> web -> api -> db; cut one of")
    assert not any((await enabled_of(desk)).values())
    assert len(await desk.relations.change_many(ANN, pks[:2], enabled=True)) == 2


@on_sqlite
async def test_circle_of_thirty_is_found_and_told_as_a_path(desk: Desk) -> None:
    names = [f"ring-{number}" for number in range(30)]
    await add_services(desk.database, *names)
    pks = [await desk.link(source, target) for source, target in pairwise(names)]
    with pytest.raises(Conflict) as caught:
        await desk.link(names[-1], names[0])
    assert caught.value.details["path"] == [names[-1], *names]
    assert caught.value.details["relations"] == pks
    text = " -> ".join([names[-1], *names])
    more = f"cut one of the relations {', '.join(map(str, pks[:5]))} and 24 more first"
    assert caught.value.fields == {"target_service_id": f"must not close a circle: {text}; {more}"}


@on_sqlite
async def test_too_many_and_those_without_the_permission_are_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput):
        await desk.relations.delete_many(ANN, list(range(1, 1002)))
    for call in (
        desk.relations.change_many(VIC, [1], enabled=True),
        desk.relations.delete_many(VIC, [1]),
    ):
        with pytest.raises(PermissionDenied):
            await call
