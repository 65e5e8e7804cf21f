"""Who is told what, and when. The websocket's rooms and the clock are stand-ins; the rest is real."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.events import BoardChanged
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board, BoardQuery, Sort
from monitor_app.state.health import Trouble
from monitor_app.state.rows.hub import BEAT_SECONDS, RESULTS_LIMIT, RowHub
from monitor_app.state.rows.wire import wire_row
from tests.board_rows import NOW, feed, result, service

FAILED = frozenset({Status.FAILED})


class HandClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)


class RoomsInMemory:
    """Rooms that remember what was sent to each browser."""

    def __init__(self) -> None:
        self.room_of: dict[str, str] = {}
        self.got: dict[str, list[dict[str, Any]]] = {}
        self.sent: list[dict[str, Any]] = []
        self.broken: set[str] = set()

    async def move(self, sid: str, room: str) -> bool:
        self.room_of.pop(sid, None)
        if room:
            self.room_of[sid] = room
        return True

    def listeners(self, room: str) -> int:
        return list(self.room_of.values()).count(room)

    async def send(self, room: str, patch: dict[str, Any]) -> None:
        if room in self.broken:
            raise ConnectionError("the socket broke")
        self.sent.append(patch)
        for sid, where in self.room_of.items():
            if where == room:
                self.got.setdefault(sid, []).append(patch)


class Stage:
    """A hub, and everything around it, moved by hand."""

    def __init__(self, services: int = 3, judge: Callable[[], Trouble | None] = lambda: None) -> None:
        self.board = Board()
        self.board.apply_services([service(pk) for pk in range(1, services + 1)])
        self.clock = HandClock()
        self.rooms = RoomsInMemory()
        self.bus = Bus()
        self.hub = RowHub(self.board, self.bus, self.rooms, self.clock, judge)
        self.last_id = 0

    async def find(self, pk: int, status: Status = Status.OK, **found: Any) -> None:
        """A result comes in."""
        self.last_id += 1
        is_layout = feed(self.board, [result(self.last_id, pk, status, **{"seconds": self.clock.seconds} | found)])
        await self.hub.on_board_changed(BoardChanged(frozenset({pk}), is_layout=is_layout))

    async def wait(self, seconds: float) -> float | None:
        self.clock.seconds += seconds
        return await self.hub.flush()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    for pk in (1, 2, 3):
        await stage.find(pk)
    yield stage
    await stage.bus.close()


async def test_snapshot_tells_the_view_as_it_is(stage: Stage) -> None:
    snapshot = await stage.hub.join("ann", BoardQuery(page_size=2))
    assert [row["id"] for row in snapshot["rows"]] == [1, 2]
    assert snapshot["counts"] == [3, 0, 0, 0, 0, 0]
    assert (snapshot["matched"], snapshot["total"], snapshot["page"], snapshot["pages"]) == (3, 3, 1, 2)
    assert snapshot["now"] == round(stage.clock.now().timestamp() * 1000)


async def test_result_reaches_those_who_look(stage: Stage) -> None:
    snapshot = await stage.hub.join("ann", BoardQuery())
    await stage.find(2, ms=31.4)
    await stage.wait(1)
    [patch] = stage.rooms.got["ann"]
    assert patch["seq"] == snapshot["seq"] + 1
    assert patch["view"] == snapshot["view"]
    assert patch["rows"] == [[2, 0, 31.4, 0]]
    assert patch["t"] == round(NOW.timestamp() * 1000) + 100_000
    assert "counts" not in patch
    assert "stale" not in patch


async def test_change_of_status_carries_message_since_counts_and_a_new_order(stage: Stage) -> None:
    await stage.hub.join("ann", BoardQuery())
    await stage.find(3, Status.FAILED, ms=None, message="connection refused", seconds=130)
    await stage.wait(1)
    [patch] = stage.rooms.got["ann"]
    assert patch["rows"] == [[3, 2, None, 0, "connection refused", 0, {"status": 2}]]
    assert patch["counts"] == [2, 0, 1, 0, 0, 0]
    assert patch["stale"] == 1


async def test_message_is_sent_when_it_changes_and_since_when_the_status_does(stage: Stage) -> None:
    await stage.hub.join("ann", BoardQuery())
    for message in ("slow", "slow", ""):
        await stage.find(1, message=message)
        await stage.wait(1)
    assert [patch["rows"][0][4:] for patch in stage.rooms.got["ann"]] == [["slow"], [], [""]]


async def test_first_change_goes_at_once_and_the_next_wait_half_a_second(stage: Stage) -> None:
    await stage.hub.join("ann", BoardQuery())
    await stage.find(1)
    assert await stage.wait(1) == BEAT_SECONDS
    assert len(stage.rooms.sent) == 1
    await stage.find(1)
    await stage.find(2)
    assert await stage.wait(0.1) == pytest.approx(0.4)
    assert len(stage.rooms.sent) == 1
    assert await stage.wait(0.4) == BEAT_SECONDS
    assert [[row[0] for row in patch["rows"]] for patch in stage.rooms.sent] == [[1], [1, 2]]


async def test_each_result_of_a_row_becomes_a_bar_of_its_history(stage: Stage) -> None:
    await stage.hub.join("ann", BoardQuery())
    await stage.find(1, Status.FAILED, message="refused", seconds=101)
    await stage.find(1, Status.OK, seconds=106)
    await stage.wait(1)
    [patch] = stage.rooms.sent
    assert [(row[0], row[1], row[3]) for row in patch["rows"]] == [(1, 2, 0), (1, 0, 5000)]


async def test_row_with_too_many_results_is_told_as_stale() -> None:
    stage = Stage(2)
    await stage.hub.join("ann", BoardQuery())
    feed(stage.board, [result(number, 1, seconds=number) for number in range(1, RESULTS_LIMIT + 2)])
    await stage.hub.on_board_changed(BoardChanged(frozenset({1})))
    await stage.wait(1)
    [patch] = stage.rooms.sent
    assert patch["rows"] == []
    assert patch["stale"] >= 1


async def test_nobody_looks_nothing_is_sent(stage: Stage) -> None:
    await stage.find(1)
    assert await stage.wait(1) is None
    assert stage.rooms.sent == []
    assert stage.hub.stats().views == 0


async def test_view_without_news_says_so_and_holds_up_nothing(stage: Stage) -> None:
    snapshot = await stage.hub.join("ann", BoardQuery())
    assert await stage.wait(BEAT_SECONDS - 0.1) == pytest.approx(0.1)
    assert stage.rooms.sent == []
    await stage.wait(0.1)
    [beat] = stage.rooms.got["ann"]
    assert (beat["seq"], beat["rows"]) == (snapshot["seq"] + 1, [])
    assert not {"counts", "stale"} & beat.keys()
    await stage.find(1)
    await stage.wait(0)
    assert [patch["seq"] - snapshot["seq"] for patch in stage.rooms.sent] == [1, 2]


async def test_order_that_proves_the_same_is_not_worth_a_message(stage: Stage) -> None:
    await stage.find(1, Status.FAILED)
    await stage.hub.join("ann", BoardQuery(page_size=1))
    stage.board.apply_services([service(3, "Renamed, on another page", revision=2)])
    await stage.hub.on_board_changed(BoardChanged(frozenset({3}), is_layout=True))
    await stage.wait(1)
    assert stage.rooms.sent == []


async def test_row_that_nobody_sees_is_not_sent(stage: Stage) -> None:
    await stage.hub.join("ann", BoardQuery(sort=Sort.LABEL, page_size=1))
    await stage.find(3)
    assert await stage.wait(1) == BEAT_SECONDS - 1
    assert stage.rooms.sent == []


async def test_counts_reach_views_that_show_none_of_the_rows(stage: Stage) -> None:
    await stage.hub.join("ann", BoardQuery(sort=Sort.LABEL, page_size=1))
    await stage.find(3, Status.FAILED)
    await stage.wait(1)
    [patch] = stage.rooms.sent
    assert patch["rows"] == []
    assert patch["counts"] == [2, 0, 1, 0, 0, 0]


async def test_a_wall_of_some_is_told_how_these_are(stage: Stage) -> None:
    await stage.find(3, Status.FAILED)
    snapshot = await stage.hub.join("ann", BoardQuery(search="1", tells_own=True))
    assert (snapshot["counts"], snapshot["own"]) == (
        [2, 0, 1, 0, 0, 0],
        {"counts": [1, 0, 0, 0, 0, 0], "oldest": None},
    )
    await stage.find(1, Status.FAILED)
    await stage.wait(1)
    own = stage.rooms.sent[-1]["own"]
    assert (own["counts"], own["oldest"]["id"]) == ([0, 0, 1, 0, 0, 0], 1)


async def test_a_status_that_a_wall_asks_for_does_not_change_how_its_services_are(stage: Stage) -> None:
    snapshot = await stage.hub.join("ann", BoardQuery(search="1", statuses=FAILED, tells_own=True))
    assert (snapshot["rows"], snapshot["own"]["counts"]) == ([], [1, 0, 0, 0, 0, 0])


@pytest.mark.parametrize("query", [BoardQuery(tells_own=True), BoardQuery(search="1"), BoardQuery(group="shop")])
async def test_a_wall_of_all_and_other_lists_are_told_of_all(stage: Stage, query: BoardQuery) -> None:
    assert "own" not in await stage.hub.join("ann", query)


async def test_two_browsers_with_one_view_share_one_message(stage: Stage) -> None:
    for sid in ("ann", "bob"):
        await stage.hub.join(sid, BoardQuery())
    await stage.find(1)
    await stage.wait(1)
    assert len(stage.rooms.sent) == 1
    assert stage.rooms.got["ann"] == stage.rooms.got["bob"]
    assert (stage.hub.stats().views, stage.hub.stats().browsers, stage.hub.stats().patches) == (1, 2, 1)


async def test_views_with_a_row_in_common_are_both_told(stage: Stage) -> None:
    await stage.hub.join("ann", BoardQuery())
    await stage.hub.join("bob", BoardQuery(sort=Sort.LABEL))
    await stage.find(1, message="new")
    await stage.wait(1)
    assert stage.rooms.got["ann"][0]["rows"] == stage.rooms.got["bob"][0]["rows"] == [[1, 0, 12.5, 0, "new"]]


async def test_who_joins_gets_nothing_twice(stage: Stage) -> None:
    """What the others still have to be told is in the newcomer's snapshot already."""
    await stage.hub.join("ann", BoardQuery())
    await stage.find(1)
    await stage.wait(1)
    await stage.find(1)
    before = len(stage.rooms.got["ann"])
    snapshot = await stage.hub.join("bob", BoardQuery())
    assert len(stage.rooms.got["ann"]) == before + 1
    assert all(patch["seq"] <= snapshot["seq"] for patch in stage.rooms.got["bob"])
    assert snapshot["rows"][0]["hs"] == "000"
    await stage.wait(1)
    assert len(stage.rooms.got["ann"]) == before + 1


async def test_result_that_the_hub_has_not_heard_of_yet_is_not_told_twice(stage: Stage) -> None:
    """The board is ahead of the event that tells of it when somebody joins in between."""
    await stage.hub.join("ann", BoardQuery())
    feed(stage.board, [result(50, 1, seconds=105)])
    snapshot = await stage.hub.join("bob", BoardQuery())
    await stage.hub.on_board_changed(BoardChanged(frozenset({1})))
    await stage.wait(1)
    assert [patch["seq"] for patch in stage.rooms.got["ann"]] == [snapshot["seq"]]


async def test_result_that_the_hub_has_not_heard_of_yet_is_not_lost_for_another_view(stage: Stage) -> None:
    await stage.hub.join("ann", BoardQuery())
    feed(stage.board, [result(50, 1, seconds=105)])
    snapshot = await stage.hub.join("bob", BoardQuery(sort=Sort.LABEL))
    await stage.hub.on_board_changed(BoardChanged(frozenset({1})))
    await stage.wait(1)
    assert [patch["rows"] for patch in stage.rooms.got["ann"]] == [[[1, 0, 12.5, 0]]]
    assert snapshot["rows"][0]["hs"] == "00"
    assert "bob" not in stage.rooms.got


async def test_second_join_leaves_the_first_view(stage: Stage) -> None:
    await stage.hub.join("ann", BoardQuery())
    await stage.hub.join("ann", BoardQuery(statuses=FAILED))
    await stage.find(1)
    await stage.wait(1)
    assert stage.rooms.sent == []
    assert stage.hub.stats().views == 1


async def test_view_without_listeners_is_dropped(stage: Stage) -> None:
    await stage.hub.join("ann", BoardQuery())
    await stage.hub.leave("ann")
    await stage.wait(1)
    assert stage.hub.stats().views == 0
    await stage.find(1)
    assert await stage.wait(1) is None


async def test_evicted_browser_gets_nothing(stage: Stage) -> None:
    for sid in ("ann", "bob"):
        await stage.hub.join(sid, BoardQuery())
    await stage.hub.evict(["ann"])
    await stage.find(1)
    await stage.wait(1)
    assert "ann" not in stage.rooms.got
    assert len(stage.rooms.got["bob"]) == 1


async def test_sequence_grows_when_a_view_comes_back(stage: Stage) -> None:
    first = await stage.hub.join("ann", BoardQuery())
    await stage.find(1)
    await stage.wait(1)
    await stage.hub.leave("ann")
    await stage.wait(1)
    assert (await stage.hub.join("ann", BoardQuery()))["seq"] > first["seq"] + 1


async def test_added_edited_and_deleted_services_are_told_as_stale(stage: Stage) -> None:
    await stage.hub.join("ann", BoardQuery())
    for definition in (service(4), service(4, "Renamed", revision=2), service(1, is_deleted=True)):
        changed = stage.board.apply_services([definition])
        await stage.hub.on_board_changed(changed)
        await stage.wait(1)
    assert [patch["stale"] for patch in stage.rooms.sent] == [1, 1, 1]
    assert [row["id"] for row in (await stage.hub.join("bob", BoardQuery()))["rows"]] == [4, 2, 3]


async def test_paused_service_is_told_as_stale_and_its_last_check_is_not_told(stage: Stage) -> None:
    await stage.hub.join("ann", BoardQuery())
    await stage.hub.on_board_changed(stage.board.apply_services([service(2, enabled=False, revision=2)]))
    await stage.wait(1)
    await stage.find(2)
    await stage.wait(1)
    [patch] = stage.rooms.sent
    assert (patch["rows"], patch["stale"], patch["counts"]) == ([], 1, [2, 0, 0, 0, 1, 0])


async def test_row_that_leaves_a_filtered_view_is_told_a_last_time(stage: Stage) -> None:
    await stage.find(1, Status.FAILED)
    await stage.hub.join("ann", BoardQuery(statuses=FAILED))
    await stage.find(1, Status.OK, message="back")
    await stage.wait(1)
    [patch] = stage.rooms.sent
    assert patch["rows"][0][:2] == [1, 0]
    assert patch["stale"] == 1


async def test_many_browsers_are_not_sent_to_reload_all_the_time(stage: Stage) -> None:
    for number in range(200):
        await stage.hub.join(f"browser-{number}", BoardQuery())
    for status in (Status.FAILED, Status.OK, Status.FAILED, Status.OK):
        await stage.find(3, status)
        await stage.wait(0.5)
    assert ["stale" in patch for patch in stage.rooms.sent] == [True, False, False, False]
    await stage.find(3, Status.OK)
    await stage.wait(0.5)
    assert "stale" in stage.rooms.sent[-1]


async def test_list_by_response_time_asks_for_a_reload_only_now_and_then(stage: Stage) -> None:
    await stage.hub.join("ann", BoardQuery(sort=Sort.RESPONSE))
    for turn in range(20):
        await stage.find(1, ms=100.0 if turn < 15 else 1.0)
        await stage.wait(0.5)
    assert len(stage.rooms.sent) == 20
    assert sum("stale" in patch for patch in stage.rooms.sent) == 2


async def test_order_is_looked_up_only_when_it_may_have_changed(stage: Stage) -> None:
    await stage.hub.join("ann", BoardQuery())
    version = stage.board.layout_version
    await stage.find(1)
    await stage.wait(1)
    assert stage.board.layout_version == version
    [patch] = stage.rooms.sent
    assert "stale" not in patch


async def test_snapshot_rows_are_built_once_for_many_browsers(stage: Stage) -> None:
    first = await stage.hub.join("ann", BoardQuery())
    second = await stage.hub.join("bob", BoardQuery())
    assert second["rows"] is first["rows"]
    assert second["load_id"] != first["load_id"]
    await stage.find(1)
    third = await stage.hub.join("eve", BoardQuery())
    assert third["rows"] is not first["rows"]


async def test_patches_bring_a_browser_to_where_the_board_is(stage: Stage) -> None:
    """Patches merged into a snapshot give the same rows as a new snapshot."""
    query = BoardQuery(sort=Sort.LABEL)
    old = await stage.hub.join("ann", query)
    rows = {row["id"]: dict(row) for row in old["rows"]}
    for number in range(40):
        await stage.find(number % 3 + 1, Status(number % 5 % 3), ms=number * 7.3, message=f"m{number % 4}")
        await stage.wait(0.2)
    await stage.wait(1)
    for patch in stage.rooms.got["ann"]:
        for pk, status, ms, offset, *rest in patch["rows"]:
            row = rows[pk]
            row |= {"status": status, "ms": ms, "at": patch["t"] + offset}
            row |= {"msg": rest[0]} if rest and rest[0] is not None else {}
            row |= {"since": patch["t"] + rest[1]} if len(rest) > 1 else {}
            row |= {"hs": row["hs"] + str(status), "hm": [*row["hm"], ms]}
    new = await stage.hub.join("bob", query)
    for row in new["rows"]:
        for name in ("ht", "day"):  # counted along by browsers, see day_ring.js
            del row[name], rows[row["id"]][name]
        assert rows[row["id"]] == row


async def test_a_day_that_was_read_later_comes_as_a_whole(stage: Stage) -> None:
    await stage.hub.join("ann", BoardQuery())
    row = stage.board.get(1)
    assert row is not None
    now = int(stage.clock.now().timestamp()) // 300 * 300
    stage.board.replace_day(1, [(now - 300, 5, 0, 0), (now, 2, 1, 0)])
    await stage.wait(10)
    [told] = [entry for patch in stage.rooms.got["ann"] for entry in patch["rows"] if entry[0] == 1]
    assert told[1] is None
    assert told[6]["day"] == wire_row(row)["day"] == [now // 300, "*286,5,2.1"]
    await stage.find(1, Status.FAILED)
    await stage.wait(1)
    assert all("day" not in (entry[6:] or [{}])[0] for entry in stage.rooms.got["ann"][-1]["rows"])


async def test_hub_sends_by_itself_once_it_is_started(stage: Stage) -> None:
    stage.hub.start()
    await stage.hub.join("ann", BoardQuery())
    feed(stage.board, [result(50, 1, seconds=200)])
    stage.bus.publish(BoardChanged(frozenset({1})))
    async with asyncio.timeout(60):
        while not stage.rooms.sent:
            await asyncio.sleep(0)
    await stage.hub.close()


async def test_service_that_was_deleted_and_came_back_is_told_as_stale(stage: Stage) -> None:
    for _ in range(5):
        await stage.find(2)
    query = BoardQuery(sort=Sort.RESPONSE)
    await stage.hub.join("ann", query)
    await stage.find(2)
    await stage.wait(1)
    stage.board.apply_services([service(2, is_deleted=True, revision=2)])
    stage.board.apply_services([service(2, revision=3)])
    await stage.find(2)
    await stage.wait(1)
    assert stage.rooms.got["ann"][-1]["stale"] == 1


async def test_view_that_cannot_be_told_holds_up_no_other(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    await stage.hub.join("ann", BoardQuery())
    await stage.hub.join("bob", BoardQuery(sort=Sort.LABEL))
    broken = stage.rooms.room_of["ann"]
    stage.rooms.broken.add(broken)
    await stage.find(1)
    await stage.wait(1)
    assert [patch["rows"][0][0] for patch in stage.rooms.got["bob"]] == [1]
    assert "rows could not be sent" in caplog.text


async def test_trouble_is_told_when_it_begins_and_when_it_ends() -> None:
    trouble = Trouble("Nothing has been checked", 5, "Look there.")
    now: list[Trouble | None] = [None]
    stage = Stage(judge=lambda: now[-1])
    assert (await stage.hub.join("ann", BoardQuery()))["health"] is None
    now.append(trouble)
    await stage.wait(BEAT_SECONDS)
    await stage.wait(BEAT_SECONDS)
    assert (await stage.hub.join("bob", BoardQuery()))["health"] == trouble.wire()
    now.append(None)
    await stage.wait(BEAT_SECONDS)
    told = [patch.get("health", "nothing new") for patch in stage.rooms.got["ann"]]
    assert told == [trouble.wire(), "nothing new", None]
    await stage.bus.close()


async def test_trouble_is_judged_at_most_once_a_second_for_all_views() -> None:
    asked: list[float] = []
    stage = Stage(judge=lambda: asked.append(stage.clock.seconds))
    for name, sort in (("ann", Sort.LABEL), ("bob", Sort.URGENCY), ("cid", Sort.GROUP)):
        await stage.hub.join(name, BoardQuery(sort=sort))
    await stage.wait(0.5)
    await stage.wait(0.6)
    assert asked == [100.0, 101.1]
    await stage.bus.close()


async def test_the_name_of_a_list_is_worked_out_when_somebody_comes_not_with_each_patch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Anybody may fold a thousand groups in an address."""
    asked = 0
    real = BoardQuery.key.fget  # type: ignore[attr-defined]

    def key(query: BoardQuery) -> str:
        nonlocal asked
        asked += 1
        name: str = real(query)
        return name

    monkeypatch.setattr(BoardQuery, "key", property(key))
    stage = Stage()
    await stage.hub.join("a", BoardQuery())
    before = asked
    for _ in range(5):
        await stage.find(1)
        await stage.wait(BEAT_SECONDS)
    assert len(stage.rooms.got["a"]) >= 5
    assert asked == before
