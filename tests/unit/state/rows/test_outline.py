"""What browsers are told of lines, headings, the oldest problem, and what went down or came back."""

from collections.abc import AsyncIterator

import pytest

from monitor_app.domain.status import Status
from monitor_app.engine.board import BoardQuery
from monitor_app.engine.board_shape import Shape
from monitor_app.state.rows.hub import RowHub
from tests.board_rows import service
from tests.unit.state.rows.test_hub import Stage

BY_GROUP = BoardQuery(shape=Shape(by_group=True))
BY_CAUSE = BoardQuery(shape=Shape(by_cause=True))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    stage.board.apply_services([service(pk, group="Shop" if pk < 3 else "") for pk in (1, 2, 3)])
    for pk in (1, 2, 3):
        await stage.find(pk)
    yield stage
    await stage.bus.close()


def caused(stage: Stage, because: dict[int, tuple[int, ...]]) -> None:
    stage.hub = RowHub(stage.board, stage.bus, stage.rooms, stage.clock, causes=lambda: because)


async def test_plain_list_is_told_without_lines(stage: Stage) -> None:
    assert "lines" not in await stage.hub.join("ann", BoardQuery())


async def test_headings_tell_what_is_true_of_their_groups(stage: Stage) -> None:
    snapshot = await stage.hub.join("ann", BY_GROUP)
    shop, none = ({"group": name, "depth": 0, "folded": False} for name in ("Shop", ""))
    assert snapshot["lines"] == [shop, [1, 1, 0, 0], [2, 1, 0, 0], none, [3, 1, 0, 0]]
    assert snapshot["groups"] == {
        "Shop": [0, 1.0, [2, 0, 0, 0, 0, 0], 2],
        "": [0, 1.0, [1, 0, 0, 0, 0, 0], 1],
    }
    await stage.find(2, Status.FAILED)
    await stage.wait(1)
    assert stage.rooms.got["ann"][-1]["groups"] == {"Shop": [2, 0.5, [1, 0, 1, 0, 0, 0], 2]}


async def test_heading_of_a_folded_group_goes_on(stage: Stage) -> None:
    folded = BoardQuery(shape=Shape(by_group=True, folded=frozenset({"Shop"})))
    snapshot = await stage.hub.join("ann", folded)
    assert [row["id"] for row in snapshot["rows"]] == [3]
    await stage.find(1, Status.DEGRADED)
    await stage.wait(1)
    [patch] = stage.rooms.got["ann"]
    assert patch["groups"]["Shop"][0] == Status.DEGRADED
    assert (patch["rows"], "stale" in patch) == ([], False)


async def test_followers_are_counted_and_their_rows_stay_at_home(stage: Stage) -> None:
    because: dict[int, tuple[int, ...]] = {}
    caused(stage, because)
    for pk in (1, 2, 3):
        await stage.find(pk, Status.FAILED)
    because |= {1: (3,)}
    snapshot = await stage.hub.join("ann", BY_CAUSE)
    assert (snapshot["lines"], snapshot["matched"]) == ([[3, 0, 1, 0], 2], 3)
    assert [row["id"] for row in snapshot["rows"]] == [3, 2]
    because |= {2: (3,)}
    stage.board.relation_revision += 1
    await stage.wait(1)
    assert stage.rooms.got["ann"][-1]["stale"] == 1
    filtered = await stage.hub.join("bob", BoardQuery(shape=Shape(by_cause=True), search="service 2"))
    assert filtered["lines"] == [[2, 0, 0, 0, "Service 3"]]


async def test_oldest_problem_is_told_when_it_is_another(stage: Stage) -> None:
    assert (await stage.hub.join("ann", BoardQuery()))["oldest"] is None
    await stage.find(2, Status.FAILED, message="refused", seconds=130)
    await stage.wait(1)
    oldest = stage.rooms.got["ann"][-1]["oldest"]
    assert (oldest["id"], oldest["label"], oldest["status"], oldest["msg"]) == (2, "Service 2", 2, "refused")
    await stage.find(2, seconds=140)
    await stage.wait(1)
    assert stage.rooms.got["ann"][-1]["oldest"] is None


async def test_what_goes_down_is_told_to_all_with_root_causes_first(stage: Stage) -> None:
    caused(stage, {1: (3,), 2: (3,)})
    stage.hub._watch_statuses.start()
    await stage.hub.join("ann", BoardQuery(search="service 2"))
    for pk in (1, 2, 3):
        await stage.find(pk, Status.FAILED, message=f"refused {pk}")
    await stage.wait(1)
    news = stage.rooms.got["ann"][-1]["news"]
    assert (news["downs"], news["backs"]) == (3, 0)
    assert news["down"][0] == [3, "service-3", "Service 3", "refused 3"]
    await stage.find(1)
    await stage.find(2, Status.DEGRADED)
    await stage.wait(1)
    assert [named[0] for named in stage.rooms.got["ann"][-1]["news"]["back"]] == [1, 2]


async def test_what_came_and_went_between_two_patches_is_no_news(stage: Stage) -> None:
    stage.hub._watch_statuses.start()
    await stage.hub.join("ann", BoardQuery())
    await stage.find(1)
    await stage.wait(1)
    await stage.find(1, Status.FAILED)
    await stage.find(1)
    await stage.wait(1)
    assert "news" not in stage.rooms.got["ann"][-1]


async def test_service_that_is_unknown_has_not_come_back(stage: Stage) -> None:
    stage.hub._watch_statuses.start()
    await stage.hub.join("ann", BoardQuery())
    await stage.find(1, Status.FAILED)
    await stage.wait(1)
    await stage.find(1, Status.UNKNOWN)
    await stage.wait(1)
    assert "news" not in stage.rooms.got["ann"][-1]
