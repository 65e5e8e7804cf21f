"""A circle that got into the table all the same: everything still answers, tells what is down, and can be mended."""

from itertools import pairwise

import pytest

from monitor_app.domain.status import Status
from monitor_app.security.permissions import EDITOR
from monitor_app.state.service_relations import related_rows
from tests.board_rows import feed, result
from tests.integration.api.served import Served

RELATIONS = "/api/admin/relations"
RING = ("web", "api", "auth", "web")


@pytest.fixture
async def ring(api: Served) -> Served:
    """web -> api -> auth -> web, and auth -> auth; db is apart; all of the ring is down."""
    for name in (*RING[:3], "db"):
        await api.add(name, group="Shop", service_type="database" if name == "db" else "application")
    for source, target in [*pairwise(RING), ("auth", "auth")]:
        await api.relate(source, target)
    board = api.running.board
    down = [row for row in board if row.definition.service_id in RING]
    feed(board, [result(number, row.pk, Status.FAILED) for number, row in enumerate(down, board.last_result_id + 1)])
    return api


async def test_everything_that_reads_relations_answers(ring: Served) -> None:
    for path in (
        RELATIONS,
        f"{RELATIONS}?service_id=web",
        f"{RELATIONS}/suggestions",
        "/api/status",
        "/api/services",
        "/api/map",
        "/api/map?format=mermaid",
        "/api/map?format=dot",
        "/api/services/web/impact",
        "/api/root-causes",
        "/api/export",
    ):
        answer = await ring.ask("GET", path, EDITOR)
        assert answer.status_code == 200, (path, answer.text)
    impact = (await ring.ask("GET", "/api/services/web/impact")).json()
    assert sorted(one["service_id"] for one in impact["dependents"]) == ["api", "auth"]
    found = await ring.ask("POST", "/api/map/what-if", json={"down": ["db", "web"]})
    assert found.status_code == 200, found.text
    row = ring.running.board.find("auth")
    assert row is not None
    related = related_rows(ring.running.board, row)
    assert [one["sid"] for one in related["needs"]["rows"]] == ["auth", "web"]


async def test_no_service_of_it_is_hidden_behind_another(ring: Served) -> None:
    causes = (await ring.ask("GET", "/api/root-causes")).json()
    assert sorted(causes["roots"]) == ["api", "auth", "web"]
    answer = (await ring.ask("GET", "/api/services", params={"status": "FAILED"})).json()
    assert sorted(one["service_id"] for one in answer["items"]) == ["api", "auth", "web"]


async def test_it_is_found_and_cut_and_nothing_else_is_held_up(ring: Served) -> None:
    free = await ring.ask("POST", RELATIONS, json={"source_service_id": "web", "target_service_id": "db"})
    assert free.status_code == 201
    ends = {"source_service_id": "web", "target_service_id": "auth"}
    verdict = (await ring.ask("POST", f"{RELATIONS}/validate", json=ends)).json()
    assert (verdict["reason"], verdict["path"]) == ("circle", ["web", "auth", "web"])
    for cut in verdict["relations"]:
        assert (await ring.ask("PATCH", f"{RELATIONS}/{cut}", json={"enabled": False})).status_code == 200
    assert (await ring.ask("POST", f"{RELATIONS}/validate", json=ends)).json()["valid"] is True
