"""Relations on both databases: what is refused, and that no circle gets in, whoever else is saving."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor_app.bus.local import Bus
from monitor_app.domain.audit import AuditEntry, AuditFilter
from monitor_app.domain.graph import any_circle, graph_of
from monitor_app.errors import Conflict, InvalidInput, LightbulbError, NotFound, PermissionDenied, Stale
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import ADMIN, EDITOR, VIEWER, Identity
from monitor_app.storage.audit import read
from monitor_app.storage.database import Database
from monitor_app.storage.relations import insert_relations, load_relations
from monitor_app.storage.services import load_services
from monitor_app.use_cases.relation_graph import Circle, RelationGraph, load_graph, refuse_circles
from monitor_app.use_cases.relation_judging import Verdict
from monitor_app.use_cases.relations import RelationUseCases, RelationView
from monitor_app.use_cases.services import ServiceUseCases
from tests.accounts import HandClock, on_sqlite
from tests.samples import NOON, add_services

ANN = Identity.of_role("ann", EDITOR)
ADA = Identity.of_role("ada", ADMIN)
NAMES = ("web", "api", "auth", "db")


@dataclass
class Desk:
    """Where somebody changes relations and services: a process of its own, as far as the database can tell."""

    database: Database
    relations: RelationUseCases
    services: ServiceUseCases
    clock: HandClock
    bus: Bus

    async def link(self, source: str, target: str, **more: Any) -> int:
        """Add a relation; its number."""
        return (await self.relations.create(ANN, ends(source, target, **more))).relation.pk

    async def lines(self) -> list[AuditEntry]:
        """The audit log, the oldest first."""
        async with self.database.read() as conn:
            return [line.entry for line in reversed(await read(conn, AuditFilter(), limit=200))]


def desk_at(database: Database) -> Desk:
    clock, bus, registry = HandClock(), Bus(), KindRegistry()
    relations = RelationUseCases(database, registry, clock, bus)
    return Desk(database, relations, ServiceUseCases(database, registry, clock, bus), clock, bus)


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    await add_services(database, *NAMES)
    made = desk_at(database)
    yield made
    await made.bus.close()


@pytest.fixture
async def other(desk: Desk, database_url: str) -> AsyncIterator[Desk]:
    """With connections of its own."""
    database = Database(database_url)
    made = desk_at(database)
    yield made
    await made.bus.close()
    await database.close()


def ends(source: str, target: str, **more: Any) -> dict[str, Any]:
    return {"source_service_id": source, "target_service_id": target, **more}


def composite(name: str, *members: str) -> dict[str, Any]:
    return {"kind": "composite", "label": name, "status_config": {"members": ", ".join(members)}}


async def circle_of(database: Database) -> list[int] | None:
    """Among the enabled relations between services that are there."""
    async with database.read() as conn:
        known = {service.pk for service in await load_services(conn)}
        edges = [(each.source_pk, each.target_pk) for each in await load_relations(conn) if each.enabled]
    return any_circle(graph_of(edge for edge in edges if known.issuperset(edge)))


async def test_relation_is_added_read_changed_and_deleted(desk: Desk) -> None:
    added = await desk.relations.create(ANN, ends("web", "db", note=" its orders "))
    assert added.document == ends("web", "db", relation_type="dependency", enabled=True, note="its orders")
    pk = added.relation.pk
    assert await desk.relations.get(ANN, pk) == added
    desk.clock.move(seconds=5)
    changed = await desk.relations.update(ANN, pk, {"relation_type": "data-flow", "target_service_id": "api"})
    assert changed.document == ends("web", "api", relation_type="data-flow", enabled=True, note="its orders")
    assert changed.relation.created_at == NOON
    assert changed.relation.updated_at > NOON
    assert await desk.relations.list_all(ANN) == [changed]
    await desk.relations.delete(ANN, pk)
    assert await desk.relations.list_all(ANN) == []
    with pytest.raises(NotFound):
        await desk.relations.get(ANN, pk)


async def test_each_change_is_one_line_of_the_audit_log(desk: Desk) -> None:
    pk = await desk.link("web", "db")
    await desk.relations.update(ANN, pk, {"enabled": False})
    await desk.relations.update(ANN, pk, {"enabled": False})
    await desk.relations.delete(ANN, pk)
    await desk.relations.create_many(ANN, [ends("web", "db"), ends("web", "api")])
    told = [(line.action, line.target, line.before, line.after) for line in await desk.lines()]
    both, named = {"relation_type": "dependency", "note": ""}, ends("web", "db")
    assert told == [
        ("relation.create", "web -> db", None, named | both | {"enabled": True}),
        ("relation.update", "web -> db", named | {"enabled": True}, named | {"enabled": False}),
        ("relation.delete", "web -> db", named | both | {"enabled": False}, None),
        (
            "relation.create",
            "2 relations",
            None,
            [named | both | {"enabled": True}, ends("web", "api") | both | {"enabled": True}],
        ),
    ]


@on_sqlite
@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({}, {"source_service_id", "target_service_id"}),
        (ends("web", "nowhere"), {"target_service_id"}),
        (ends("nobody", "nowhere"), {"source_service_id", "target_service_id"}),
        (ends("web", "web"), {"target_service_id"}),
        (ends("web", "db", relation_type="love"), {"relation_type"}),
        (ends("web", "db", relation_type=["dependency"]), {"relation_type"}),
        (ends("web", "db", enabled="yes", note="x" * 501, colour="red"), {"enabled", "note", "colour"}),
        (ends("web", 7, note="a\nb"), {"target_service_id", "note"}),
    ],
)
async def test_what_is_wrong_is_told_by_field(desk: Desk, values: dict[str, Any], fields: set[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        await desk.relations.create(ANN, values)
    assert caught.value.fields.keys() == fields
    assert not isinstance(caught.value, Conflict)
    assert await desk.relations.list_all(ANN) == []


@on_sqlite
async def test_second_one_like_it_is_refused_naming_the_first(desk: Desk) -> None:
    first = await desk.link("web", "db", enabled=False)
    with pytest.raises(Conflict, match=f"is related to web by dependency already: relation {first}") as caught:
        await desk.link("web", "db")
    assert caught.value.details == {"reason": "duplicate", "relation_id": first}
    second = await desk.link("web", "db", relation_type="communication")
    with pytest.raises(Conflict):
        await desk.relations.update(ANN, second, {"relation_type": "dependency"})


@on_sqlite
async def test_circle_is_refused_with_its_path_and_what_could_be_cut(desk: Desk) -> None:
    first, second = await desk.link("api", "auth"), await desk.link("auth", "web", relation_type="data-flow")
    with pytest.raises(Conflict) as caught:
        await desk.link("web", "api", relation_type="communication")
    path = ["web", "api", "auth", "web"]
    assert caught.value.details == {"reason": "circle", "path": path, "relations": [first, second]}
    text = f"must not close a circle: web -> api -> auth -> web; cut one of the relations {first}, {second} first"
    assert caught.value.fields == {"target_service_id": text}


@on_sqlite
async def test_disabled_one_may_be_saved_and_is_judged_when_it_is_enabled(desk: Desk) -> None:
    there = await desk.link("web", "api")
    back = await desk.link("api", "web", enabled=False)
    with pytest.raises(Conflict, match="api -> web -> api"):
        await desk.relations.update(ANN, back, {"enabled": True})
    await desk.relations.update(ANN, there, {"enabled": False})
    assert (await desk.relations.update(ANN, back, {"enabled": True})).relation.enabled
    with pytest.raises(Conflict):
        await desk.relations.update(ANN, there, {"enabled": True})


@on_sqlite
async def test_relation_turned_round_does_not_meet_itself(desk: Desk) -> None:
    pk = await desk.link("web", "api")
    await desk.link("api", "db")
    turned = await desk.relations.update(ANN, pk, ends("api", "web"))
    assert turned.document["target_service_id"] == "web"
    with pytest.raises(Conflict, match="api -> db"):
        await desk.relations.update(ANN, pk, ends("db", "api"))


@on_sqlite
async def test_circle_that_got_in_anyway_keeps_nobody_from_mending_it(desk: Desk, database: Database) -> None:
    pks = [service.pk for service in await desk.services.list_all(ANN)][:2]
    rows = [
        {
            "source_pk": source,
            "target_pk": target,
            "relation_type": "dependency",
            "created_at": NOON,
            "updated_at": NOON,
        }
        for source, target in (pks, pks[::-1])
    ]
    async with database.write() as conn:
        there, _ = await insert_relations(conn, rows)
    with pytest.raises(Conflict, match=r"web -> api -> web|api -> web -> api"):
        async with database.write() as conn:
            await refuse_circles(conn, KindRegistry())
    assert (await desk.relations.update(ANN, there.pk, {"note": "wrong"})).relation.note == "wrong"
    assert (await desk.relations.update(ANN, there.pk, {"relation_type": "data-flow"})).relation.enabled
    await desk.relations.update(ANN, there.pk, {"enabled": False})
    async with database.write() as conn:
        await refuse_circles(conn, KindRegistry())


async def test_several_are_added_all_or_none(desk: Desk) -> None:
    many = [ends("web", name) for name in ("api", "auth", "db")]
    added = await desk.relations.create_many(ANN, many)
    assert [view.target_service_id for view in added] == ["api", "auth", "db"]
    with pytest.raises(Conflict) as caught:
        await desk.relations.create_many(ANN, [ends("api", "auth"), ends("auth", "db"), ends("db", "api")])
    assert caught.value.details["path"] == ["db", "api", "auth", "db"]
    assert list(caught.value.fields) == ["3.target_service_id"]
    wrong = [ends("api", "db"), ends("api", "api"), ends("api", "db"), ends("api", "nowhere")]
    with pytest.raises(InvalidInput) as refused:
        await desk.relations.create_many(ANN, wrong)
    assert list(refused.value.fields) == [f"{number}.target_service_id" for number in (2, 3, 4)]
    assert len(await desk.relations.list_all(ANN)) == 3
    with pytest.raises(InvalidInput):
        await desk.relations.create_many(ANN, [ends("web", "db")] * 1001)


@on_sqlite
async def test_of_several_the_good_ones_are_added_when_that_is_wanted(desk: Desk) -> None:
    many = [ends("web", "api"), ends("api", "web"), ends("web", "api"), ends("api", "db"), {"note": 5}]
    added = await desk.relations.create_some(ANN, many)
    assert [(view.source_service_id, view.target_service_id) for view in added.relations] == [
        ("web", "api"),
        ("api", "db"),
    ]
    assert list(added.errors) == [2, 3, 5]
    assert (await desk.relations.create_some(ANN, many[1:3])).relations == []
    assert [line.action for line in await desk.lines()] == ["relation.create"]


@on_sqlite
async def test_circle_through_members_of_a_composite_is_refused(desk: Desk) -> None:
    await desk.services.create(ANN, composite("shop", "web", "api"))
    pk = await desk.link("api", "db")
    with pytest.raises(Conflict, match="db -> shop -> api -> db") as caught:
        await desk.link("db", "shop", relation_type="communication")
    assert caught.value.details["relations"] == [pk]
    with pytest.raises(Conflict, match="members of composites"):
        await desk.link("web", "shop")


@on_sqlite
@pytest.mark.parametrize("relation_type", ["dependency", "communication", "data-flow"])
async def test_members_look_at_relations_of_every_type(desk: Desk, relation_type: str) -> None:
    pk = await desk.link("api", "web", relation_type=relation_type)
    before = await desk.services.get(ANN, "web")
    values = {"kind": "composite", "status_config": {"members": "api"}}
    with pytest.raises(Conflict) as caught:
        await desk.services.update(ANN, "web", values, expected_revision=before.revision)
    assert caught.value.fields == {"members": "must not depend on itself: web -> api -> web"}
    assert caught.value.details == {"path": ["web", "api", "web"], "relations": [pk]}


@on_sqlite
async def test_service_that_takes_the_name_of_a_gone_member_takes_its_place(desk: Desk) -> None:
    await desk.services.create(ANN, composite("shop", "web", "db"))
    await desk.services.delete(ADA, ["web"])
    await desk.link("api", "shop")
    before = await desk.services.get(ANN, "api")
    values = {"service_id": "web", "status_config": {"url": "https://api.example/"}}
    with pytest.raises(Conflict) as caught:
        await desk.services.update(ANN, "api", values, expected_revision=before.revision)
    assert caught.value.fields == {"service_id": "must not depend on itself: web -> shop -> web"}


async def test_change_of_what_was_read_before_another_change_is_stale(desk: Desk) -> None:
    pk = await desk.link("web", "db")
    seen = (await desk.relations.get(ANN, pk)).version
    desk.clock.move(seconds=1)
    after = await desk.relations.update(ANN, pk, {"note": "mine"}, expected_version=seen)
    with pytest.raises(Stale):
        await desk.relations.update(ANN, pk, {"note": "yours"}, expected_version=seen)
    with pytest.raises(Stale):
        await desk.relations.delete(ANN, pk, expected_version=seen)
    await desk.relations.delete(ANN, pk, expected_version=after.version)


@on_sqlite
async def test_verdict_tells_what_saving_would(desk: Desk) -> None:
    pk = await desk.link("web", "api")
    assert await desk.relations.validate(ANN, ends("api", "db")) == Verdict()
    assert await desk.relations.validate(ANN, ends("api", "web"), pk) == Verdict()
    assert await desk.relations.validate(ANN, ends("api", "web", enabled=False)) == Verdict()
    circle = await desk.relations.validate(ANN, ends("api", "web"))
    assert (circle.reason, list(circle.path), list(circle.relations)) == ("circle", ["api", "web", "api"], [pk])
    assert "api -> web -> api" in circle.message
    reasons = [
        (await desk.relations.validate(ANN, ends(*pair))).reason
        for pair in (("web", "api"), ("web", "web"), ("web", "nowhere"))
    ]
    assert reasons == ["duplicate", "self", "unknown"]
    with pytest.raises(NotFound):
        await desk.relations.validate(ANN, ends("api", "web"), 4711)
    assert len(await desk.lines()) == 1


@on_sqlite
async def test_relation_of_a_deleted_service_is_not_there(desk: Desk) -> None:
    pk = await desk.link("web", "db")
    await desk.services.delete(ADA, ["db"])
    assert await desk.relations.list_all(ANN) == []
    with pytest.raises(NotFound):
        await desk.relations.update(ANN, pk, {"note": "x"})
    with pytest.raises(NotFound):
        await desk.relations.delete(ANN, pk)


@on_sqlite
async def test_those_without_the_permission_do_nothing(desk: Desk) -> None:
    pk, viewer = await desk.link("web", "db"), Identity.of_role("vic", VIEWER)
    for call in (
        desk.relations.get(viewer, pk),
        desk.relations.list_all(viewer),
        desk.relations.create(viewer, ends("web", "api")),
        desk.relations.create_some(viewer, [ends("web", "api")]),
        desk.relations.update(viewer, pk, {"note": "x"}),
        desk.relations.delete(viewer, pk),
        desk.relations.validate(viewer, ends("web", "api")),
    ):
        with pytest.raises(PermissionDenied):
            await call
    assert len(await desk.lines()) == 1


@on_sqlite
async def test_restored_service_brings_its_relations_back(desk: Desk) -> None:
    pk = await desk.link("web", "db")
    (gone,) = await desk.services.delete(ADA, ["db"])
    await desk.services.restore(ADA, [gone.pk])
    assert [view.relation.pk for view in await desk.relations.list_all(ANN)] == [pk]
    assert (await desk.relations.get(ANN, pk)).relation.enabled


async def test_relations_that_would_close_a_circle_come_back_disabled(desk: Desk) -> None:
    kept, closing = await desk.link("web", "api"), await desk.link("api", "db")
    (gone,) = await desk.services.delete(ADA, ["api"])
    await desk.link("db", "web")
    await desk.services.restore(ADA, [gone.pk])
    assert (await desk.relations.get(ANN, kept)).relation.enabled
    assert not (await desk.relations.get(ANN, closing)).relation.enabled
    assert await circle_of(desk.database) is None
    line = next(line for line in await desk.lines() if line.action == "relation.disable")
    assert (line.who, line.target, line.before["enabled"], line.after["enabled"]) == ("ada", "api -> db", True, False)
    assert line.after["circle"] == ["api", "db", "web", "api"]


@on_sqlite
async def test_service_that_would_be_made_of_itself_is_not_restored(desk: Desk) -> None:
    made = [composite("page", "db"), composite("shop", "page", "api")]
    page = (await desk.services.create_many(ANN, made))[0]
    await desk.services.delete(ADA, ["page"])
    pk = await desk.link("db", "shop")
    with pytest.raises(Conflict) as caught:
        await desk.services.restore(ADA, [page.pk])
    path = "page -> db -> shop -> page"
    text = f"page cannot be restored: it would close a circle: {path}; cut relation {pk} first"
    assert caught.value.fields == {"service_id": text}
    await desk.relations.delete(ANN, pk)
    assert await desk.services.restore(ADA, [page.pk])


async def both(*changes: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*changes, return_exceptions=True)


async def test_of_two_who_close_a_circle_together_one_is_refused(desk: Desk, other: Desk) -> None:
    for number in range(5):
        there, back = desk.link("web", "api", note=str(number)), other.link("api", "web")
        outcomes = await both(there, back)
        (won,) = [outcome for outcome in outcomes if isinstance(outcome, int)]
        (lost,) = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
        assert lost.details["relations"] == [won]
        await desk.relations.delete(ANN, won)


async def test_of_a_ring_that_is_saved_at_once_one_link_is_refused(desk: Desk, other: Desk) -> None:
    ring = [(NAMES[number], NAMES[(number + 1) % 4]) for number in range(4)]
    calls = [(desk, other)[number % 2].link(*link) for number, link in enumerate(ring)]
    outcomes = await both(*calls)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1
    assert await circle_of(desk.database) is None


async def test_two_who_enable_at_once_close_no_circle(desk: Desk, other: Desk) -> None:
    there, back = await desk.link("web", "api", enabled=False), await desk.link("api", "web", enabled=False)
    outcomes = await both(
        desk.relations.update(ANN, there, {"enabled": True}), other.relations.update(ANN, back, {"enabled": True})
    )
    assert sum(isinstance(outcome, RelationView) for outcome in outcomes) == 1
    assert await circle_of(desk.database) is None


async def test_members_and_a_relation_saved_at_once_close_no_circle(desk: Desk, other: Desk) -> None:
    before = await desk.services.get(ANN, "web")
    values = {"kind": "composite", "status_config": {"members": "api"}}
    outcomes = await both(
        desk.services.update(ANN, "web", values, expected_revision=before.revision), other.link("api", "web")
    )
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1
    async with desk.database.read() as conn:
        assert (await load_graph(conn, KindRegistry())).any() is None


numbers = count()
pairs = st.tuples(st.integers(0, 4), st.integers(0, 4))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("create"), pairs, st.booleans()),
        st.tuples(st.just("create many"), st.lists(pairs, min_size=2, max_size=4)),
        st.tuples(st.sampled_from(["enable", "disable", "drop"]), st.integers(0, 9)),
        st.tuples(
            st.sampled_from(["enable many", "disable many", "drop many"]), st.lists(st.integers(0, 9), max_size=4)
        ),
        st.tuples(st.just("turn"), st.integers(0, 9), pairs),
        st.tuples(st.sampled_from(["delete", "restore"]), st.integers(0, 4)),
    ),
    max_size=14,
)


@on_sqlite
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
async def test_no_sequence_of_changes_leaves_a_circle(desk: Desk, steps: Sequence[tuple[Any, ...]]) -> None:
    prefix = f"n{next(numbers)}"
    names = [f"{prefix}-{number}" for number in range(5)]
    pks = await add_services(desk.database, *names)
    made: list[int] = []
    for step in steps:
        try:
            await take(desk, step, names, pks, made)
        except LightbulbError:
            continue
        assert await circle_of(desk.database) is None


async def take(desk: Desk, step: tuple[Any, ...], names: list[str], pks: list[int], made: list[int]) -> None:
    """Do what a step says; `made` are the relations so far."""
    match step:
        case ("create", (source, target), enabled):
            made.append(await desk.link(names[source], names[target], enabled=enabled))
        case ("create many", many):
            added = await desk.relations.create_some(ANN, [ends(names[one], names[two]) for one, two in many])
            made += [view.relation.pk for view in added.relations]
        case ("enable" | "disable" | "drop" as what, number) if number < len(made):
            if what == "drop":
                await desk.relations.delete(ANN, made[number])
            else:
                await desk.relations.update(ANN, made[number], {"enabled": what == "enable"})
        case ("drop many", chosen):
            await desk.relations.delete_many(ANN, [made[number] for number in chosen if number < len(made)])
        case ("enable many" | "disable many" as what, chosen):
            ids = [made[number] for number in chosen if number < len(made)]
            await desk.relations.change_many(ANN, ids, enabled=what == "enable many")
        case ("turn", number, (source, target)) if number < len(made):
            await desk.relations.update(ANN, made[number], ends(names[source], names[target]))
        case ("delete", number):
            await desk.services.delete(ADA, [names[number]])
        case ("restore", number):
            await desk.services.restore(ADA, [pks[number]])


async def test_many_are_judged_beside_the_event_loop(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def closed_by(graph: RelationGraph, source: str, target: str) -> Circle | None:
        threads.append(threading.current_thread())
        return None

    monkeypatch.setattr(RelationGraph, "closed_by", closed_by)
    await desk.relations.create_some(ANN, [ends("web", "api"), ends("api", "db")])
    assert len(threads) == 2
    assert threading.main_thread() not in threads
