"""Whatever somebody does in whatever order: undone, everything is as it was; and no step leaves a circle."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor_app.errors import LightbulbError
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.relation_graph import load_graph
from monitor_app.use_cases.service_bulk import BulkAction, BulkChange
from tests.accounts import on_sqlite
from tests.contract.use_cases.test_relations import composite, ends
from tests.contract.use_cases.test_undo import ADA, Desk, desk, site

__all__ = ["desk"]

IDS = ("web", "api", "db", "shop", "all")
TYPES = ("dependency", "communication")
BULK: tuple[BulkAction, ...] = ("tag", "group", "interval", "enable", "disable", "delete")
_one = st.sampled_from(IDS)
_edit = st.one_of(
    st.tuples(st.just("create"), _one),
    st.tuples(st.just("compose"), _one, _one, _one),
    st.tuples(st.just("rename"), _one, _one),
    st.tuples(st.just("relabel"), _one, st.sampled_from(["A", "B"])),
    st.tuples(st.just("bulk"), st.sampled_from(BULK), st.sets(_one, min_size=1, max_size=3).map(sorted)),
    st.tuples(st.just("restore"), _one),
    st.tuples(st.just("link"), _one, _one, st.sampled_from(TYPES), st.booleans()),
    st.tuples(st.just("relink"), st.integers(0, 3), _one, st.booleans()),
    st.tuples(st.just("unlink"), st.integers(0, 3)),
)


async def carry_out(desk: Desk, edit: tuple[Any, ...]) -> None:
    """One edit; whatever is refused changes nothing."""
    match edit:
        case ("create", name):
            await desk.services.create(ADA, site(name))
        case ("compose", name, *members):
            await desk.services.create(ADA, composite(name, *members) | {"service_id": name})
        case ("rename", name, other):
            await desk.services.update(ADA, name, {"service_id": other}, expected_revision=None)
        case ("relabel", name, label):
            await desk.services.update(ADA, name, {"label": label, "tags": [label]}, expected_revision=None)
        case ("bulk", action, names):
            values = {"tags_add": ["x"], "group": "G", "interval_seconds": 30, "cascade": True}
            await desk.bulk.change(ADA, names, BulkChange(action, **values))
        case ("restore", name):
            await desk.services.restore_by_id(ADA, [name], is_renamed=True)
        case ("link", source, target, relation_type, enabled):
            given = ends(source, target, relation_type=relation_type, enabled=enabled)
            await desk.relations.create(ADA, given)
        case ("relink", number, target, enabled):
            given = {"target_service_id": target, "enabled": enabled}
            await desk.relations.update(ADA, await _relation(desk, number), given)
        case ("unlink", number):
            await desk.relations.delete(ADA, await _relation(desk, number))


async def _relation(desk: Desk, number: int) -> int:
    pks = [view.relation.pk for view in await desk.relations.list_all(ADA)]
    return pks[number % len(pks)] if pks else 4711


async def refuse_circle(desk: Desk) -> None:
    async with desk.database.read() as conn:
        graph = await load_graph(conn, desk.registry)
    assert graph.any() is None


@on_sqlite
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(_edit, min_size=4, max_size=10))
async def test_undo_after_any_edits_restores_exactly(desk: Desk, edits: list[tuple[Any, ...]]) -> None:
    pictures, changes = [await desk.picture()], list[int]()
    for edit in edits:
        with noted_changes() as noted:
            try:
                await desk.step(carry_out(desk, edit))
            except LightbulbError:
                noted.clear()
        if noted:
            changes += noted
            pictures.append(await desk.picture())
            await refuse_circle(desk)
    for picture in reversed(pictures[:-1]):
        await desk.step(desk.undo.undo(ADA))
        assert await desk.picture() == picture
        await refuse_circle(desk)
    for picture in pictures[1:]:
        await desk.step(desk.undo.redo(ADA))
        assert await desk.picture() == picture
    for picture in reversed(pictures[:-1]):
        await desk.step(desk.undo.undo(ADA))
        assert await desk.picture() == picture
