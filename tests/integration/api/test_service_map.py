"""`/api/map` and what hangs on what."""

import pytest

from monitor_app.domain.status import Status
from tests.board_rows import feed, result
from tests.integration.api.served import Served


@pytest.fixture
async def shop(api: Served) -> Served:
    """web depends on api, api on db; a composite is made of api and mail."""
    await api.add("web", group="shop", tags=["critical"])
    await api.add("api", group="shop")
    await api.add("db", group="platform", environment="production")
    await api.add("mail")
    await api.add("either", kind="composite", status_config={"members": "api, mail", "mode": "any"})
    await api.relate("web", "api")
    await api.relate("api", "db")
    return api


def fail(api: Served, *names: str) -> None:
    board = api.running.board
    for number, name in enumerate(names, board.last_result_id + 1):
        row = board.find(name)
        assert row is not None
        feed(board, [result(number, row.pk, Status.FAILED)])


async def test_map_has_services_arrows_and_groups(shop: Served) -> None:
    drawn = (await shop.ask("GET", "/api/map", "viewer")).json()
    assert [node["service_id"] for node in drawn["nodes"]] == ["api", "db", "either", "mail", "web"]
    arrows = {(edge["source_service_id"], edge["target_service_id"], edge["relation_type"]) for edge in drawn["edges"]}
    assert arrows == {
        ("web", "api", "dependency"),
        ("api", "db", "dependency"),
        ("either", "api", "member"),
        ("either", "mail", "member"),
    }
    assert {(group["name"], group["services"]) for group in drawn["groups"]} == {("platform", 1), ("shop", 2)}


async def test_map_can_be_narrowed(shop: Served) -> None:
    fail(shop, "db")
    for query, wanted in {
        "group=shop": ["api", "web"],
        "tag=critical,other": ["web"],
        "group=shop,platform&environment=staging,production": ["db"],
        "environment=production": ["db"],
        "status=failed": ["db"],
    }.items():
        drawn = (await shop.ask("GET", f"/api/map?{query}", "viewer")).json()
        assert [node["service_id"] for node in drawn["nodes"]] == wanted, query
    members = (await shop.ask("GET", "/api/map?type=member", "viewer")).json()["edges"]
    assert {edge["relation_id"] for edge in members} == {None}


async def test_what_there_is_not_is_refused(shop: Served) -> None:
    for query in ("format=png", "type=friendship", "status=sad", "colour=red"):
        assert (await shop.ask("GET", f"/api/map?{query}")).status_code == 422, query
    assert (await shop.ask("GET", "/api/services/nobody/impact")).status_code == 404
    assert (await shop.ask("POST", "/api/map/what-if", json={"down": ["nobody"]})).status_code == 404
    assert (await shop.ask("POST", "/api/map/what-if", json={"down": []})).status_code == 422


async def test_map_is_text_for_other_programs(shop: Served) -> None:
    drawn = await shop.ask("GET", "/api/map?format=mermaid&group=shop", "viewer")
    assert drawn.headers["content-type"].startswith("text/plain")
    assert drawn.text.startswith('flowchart LR\n  subgraph g1["shop"]\n')
    assert (await shop.ask("GET", "/api/map?format=dot", "viewer")).text.startswith("digraph services {")


async def test_impact_names_what_is_hit_and_whom_to_tell(shop: Served) -> None:
    found = (await shop.ask("GET", "/api/services/db/impact")).json()
    assert [(each["service_id"], each["steps"]) for each in found["dependents"]] == [
        ("api", 1),
        ("web", 2),
        ("either", 2),
    ]
    assert found["dependencies"] == []
    assert len(found["owners"]) == 1


async def test_root_causes_name_the_origin(shop: Served) -> None:
    assert (await shop.ask("GET", "/api/root-causes")).json() == {"roots": [], "because": []}
    fail(shop, "db", "api", "web")
    found = (await shop.ask("GET", "/api/root-causes")).json()
    assert found["roots"] == ["db"]
    assert {each["service_id"]: each["because_of"] for each in found["because"]} == {"api": ["db"], "web": ["db"]}


async def test_simulation_tells_what_would_fail_and_changes_nothing(shop: Served) -> None:
    before = (await shop.ask("GET", "/api/map")).json()
    one = (await shop.ask("POST", "/api/map/what-if", "viewer", json={"down": ["db"]})).json()
    assert [each["service_id"] for each in one["fails"]] == ["api", "web"]
    assert one["weakened"] == ["either"]
    both = (await shop.ask("POST", "/api/map/what-if", "viewer", json={"down": ["db", "mail"]})).json()
    assert {each["service_id"] for each in both["fails"]} == {"api", "web", "either"}
    assert (await shop.ask("GET", "/api/map")).json() == before


async def test_moved_services_stand_there_until_the_layout_is_reset(shop: Served) -> None:
    moved = {"places": {"db": {"x": 40, "y": -80}}}
    assert (await shop.ask("PUT", "/api/map/places", "viewer", json=moved)).status_code == 403
    assert (await shop.ask("PUT", "/api/map/places", json=moved)).status_code == 204
    nodes = (await shop.ask("GET", "/api/map?group=platform")).json()["nodes"]
    assert [(node["x"], node["y"]) for node in nodes] == [(40, -80)]
    strange = {"places": {"nobody": {"x": 1, "y": 1}}}
    assert (await shop.ask("PUT", "/api/map/places", json=strange)).status_code == 422
    assert (await shop.ask("DELETE", "/api/map/places")).status_code == 204
    nodes = (await shop.ask("GET", "/api/map?group=platform")).json()["nodes"]
    assert nodes[0]["x"] is None
