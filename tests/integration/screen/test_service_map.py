"""The map on the screen: the graph, what hangs on what, a simulation, and places that are kept."""

from monitor_app.domain.status import Status
from monitor_app.security.permissions import SYSTEM, VIEWER
from monitor_app.state.service_map import MapState
from monitor_app.state.toast import ToastState
from monitor_app.use_cases.map_places import Place
from tests.board_rows import feed, result
from tests.integration.screen.conftest import Screen


async def shop(screen: Screen) -> tuple[int, int, int]:
    """web depends on api, api on db."""
    web, api, db = await screen.add("web", "api", "db", group="shop")
    for source, target in (("web", "api"), ("api", "db")):
        ends = {"source_service_id": source, "target_service_id": target}
        await screen.running.relations.create(SYSTEM, ends)
    await screen.running.follower.read_now()
    return web, api, db


async def test_graph_is_sent_once_and_not_kept(screen: Screen) -> None:
    web, api, db = await shop(screen)
    await screen.running.map_places.save(SYSTEM, {"web": Place(3, 4)})
    await screen.send(MapState.load)
    sent, cleared = screen.was_sent(MapState, "graph")[-2:]
    assert cleared == {}
    assert {node["id"] for node in sent["nodes"]} == {web, api, db}
    assert [edge[1:4] for edge in sent["edges"]] == [[web, api, "dependency"], [api, db, "dependency"]]
    assert sent["places"] == {"web": [3, 4]}
    assert sent["statuses"] == {web: Status.UNKNOWN, api: Status.UNKNOWN, db: Status.UNKNOWN}
    assert sent["paths"] == {"shop": ["shop"]}


async def test_owners_are_told_to_who_has_an_account(screen: Screen) -> None:
    await shop(screen)
    await screen.send(MapState.load)
    assert {node["owner"] for node in screen.was_sent(MapState, "graph")[-2]["nodes"]} == {"system"}
    screen.person = await screen.people.log_in("ben", VIEWER)
    await screen.send(MapState.load)
    assert {node["owner"] for node in screen.was_sent(MapState, "graph")[-2]["nodes"]} == {"system"}


async def test_impact_of_a_service(screen: Screen) -> None:
    web, api, db = await shop(screen)
    await screen.send(MapState.ask_impact, pk=db)
    assert screen.shows(MapState, "impact") == {"id": db, "dependents": [(api, 1), (web, 2)], "dependencies": []}
    await screen.send(MapState.ask_impact, pk="nobody")
    assert screen.shows(MapState, "impact") == {}


async def test_causes_follow_the_statuses(screen: Screen) -> None:
    _, api, db = await shop(screen)
    feed(screen.running.board, [result(1, db, Status.FAILED), result(2, api, Status.FAILED)])
    await screen.send(MapState.ask_causes)
    assert screen.shows(MapState, "causes") == {"roots": [db], "because": [[api, [db]]]}


async def test_simulation_changes_nothing(screen: Screen) -> None:
    web, api, db = await shop(screen)
    await screen.send(MapState.simulate, pks=[db, "nobody", 99999])
    assert screen.shows(MapState, "simulation") == {"down": [db], "fails": [(api, 1), (web, 2)], "weakened": []}
    assert screen.running.board.counts()[Status.UNKNOWN] == 3
    await screen.send(MapState.simulate, pks=[])
    assert screen.shows(MapState, "simulation") == {}


async def test_moved_services_are_kept_until_the_layout_is_reset(screen: Screen) -> None:
    web, _, _ = await shop(screen)
    await screen.send(MapState.keep_places, places=[[web, 10.6, -3], [web, "x", 1], "nonsense", [web, float("nan"), 1]])
    assert await screen.running.map_places.load(SYSTEM) == {"web": Place(11, -3)}
    await screen.send(MapState.reset_places)
    assert await screen.running.map_places.load(SYSTEM) == {}


async def test_deleted_relation_can_be_undone_from_the_toast(screen: Screen) -> None:
    await shop(screen)
    [first, _] = screen.running.board.relations
    await screen.send(MapState.delete_relation, relation_id=first.pk)
    assert [relation.pk for relation in screen.running.board.relations] != [first.pk, first.pk + 1]
    assert screen.shows(ToastState, "toast")["action"] == "Undo"
    await screen.send(MapState.delete_relation, relation_id=first.pk)
    assert screen.shows(ToastState, "toast")["tone"] == "failed"


async def test_viewer_moves_and_deletes_nothing(screen: Screen) -> None:
    web, _, _ = await shop(screen)
    screen.person = await screen.people.log_in("ben", VIEWER)
    await screen.send(MapState.keep_places, places=[[web, 1, 1]])
    await screen.send(MapState.delete_relation, relation_id=1)
    assert await screen.running.map_places.load(SYSTEM) == {}
    assert len(screen.running.board.relations) == 2
