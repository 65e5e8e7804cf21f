"""The board's other faces, and what is told to who comes back to it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy

from monitor_app.domain.changes import ServiceEvent
from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status
from monitor_app.models import AccountRow
from monitor_app.security.permissions import SYSTEM
from monitor_app.state.board import BoardState
from monitor_app.state.since_looked import SinceLooked
from monitor_app.storage.database import Database
from monitor_app.storage.history.changes import write_changes
from tests.integration.screen.conftest import Screen

OK, DEGRADED, FAILED, STARTING, STOPPED, UNKNOWN = Status


async def opened(screen: Screen, address: str) -> dict[str, Any]:
    """What the browser is sent at an address."""
    screen.address = address
    await screen.send(BoardState.load)
    return next(value for value in reversed(screen.was_sent(BoardState, "snapshot")) if value)


async def find(screen: Screen, *statuses: tuple[int, Status]) -> None:
    now = datetime.now(UTC)
    await screen.recorder.record(*[CheckResult(pk, now, status, "refused", None) for pk, status in statuses])
    await screen.running.follower.read_now()


async def test_wall_is_a_layout_of_larger_pieces(screen: Screen) -> None:
    await screen.add(*[f"Service {number:02d}" for number in range(40)])
    snapshot = await opened(screen, "/?layout=wall")
    assert screen.shows(BoardState, "layout") == "wall"
    assert (len(snapshot["rows"]), snapshot["pages"]) == (30, 2)
    assert screen.shows(BoardState, "is_wall_screen") is False
    await opened(screen, "/?layout=mosaic")
    assert screen.shows(BoardState, "layout") == "table"


async def test_problems_leave_out_what_is_well(screen: Screen) -> None:
    up, down = await screen.add("Up", "Down")
    await find(screen, (up, OK))
    assert [row["label"] for row in (await opened(screen, "/?layout=problems"))["rows"]] == ["Down"]
    await find(screen, (down, OK))
    assert (await opened(screen, "/?layout=problems"))["rows"] == []
    assert screen.shows(BoardState, "hints") == []
    await opened(screen, "/?layout=problems&q=up")
    assert [hint["filter"] for hint in screen.shows(BoardState, "hints")] == ["q"]


async def test_followers_are_folded_under_their_root_cause(screen: Screen) -> None:
    root, follower, other = await screen.add("Database", "Web", "Aside")
    await screen.running.relations.create_many(
        SYSTEM,
        [{"source_service_id": "web", "target_service_id": "database", "relation_type": "dependency"}],
    )
    await find(screen, (root, FAILED), (follower, FAILED), (other, OK))
    assert screen.running.board.get(root).status is FAILED  # type: ignore[union-attr]
    snapshot = await opened(screen, "/")
    assert snapshot["lines"] == [[root, 0, 1, 0], other]
    assert screen.shows(BoardState, "is_counted") is False
    assert (await opened(screen, "/?follow=database"))["lines"] == [[root, 0, 1, 1], [follower, 1, 0, 0], other]
    assert "lines" not in await opened(screen, "/?sort=label")
    assert screen.shows(BoardState, "is_counted") is True
    grouped = (await opened(screen, "/?by=group"))["lines"]
    assert [follower, 1, 0, 0, "Database"] in grouped


async def test_only_rows_of_open_groups_travel(screen: Screen) -> None:
    await screen.add("Web", "Cart", group="Shop")
    await screen.add("Mail", group="Office")
    snapshot = await opened(screen, "/?by=group&fold=Shop")
    assert [row["label"] for row in snapshot["rows"]] == ["Mail"]
    assert [line["group"] for line in snapshot["lines"] if isinstance(line, dict)] == ["Office", "Shop"]
    assert snapshot["groups"]["Shop"][3] == 2
    assert (await opened(screen, "/?by=group&fold=*"))["rows"] == []


async def looked(screen: Screen, minutes_ago: float) -> None:
    """The person looked last so long ago."""
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    table = AccountRow.__table__  # type: ignore[attr-defined]
    async with database(screen).write() as conn:
        await conn.execute(sqlalchemy.update(table).values(looked_at=at))


def database(screen: Screen) -> Database:
    return screen.recorder.database


async def changed(screen: Screen, pk: int, before: Status, after: Status, minutes_ago: float, why: str = "") -> None:
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    async with database(screen).write() as conn:
        await write_changes(conn, [ServiceEvent(pk, at, "status_changed", "", why, before, after)])


async def test_who_comes_back_is_told_what_changed(screen: Screen) -> None:
    down, back, slow = await screen.add("Down", "Back", "Slow")
    await find(screen, (down, FAILED), (back, OK), (slow, DEGRADED))
    await looked(screen, 60)
    await changed(screen, back, OK, FAILED, 50, "timed out")
    await changed(screen, back, FAILED, OK, 40)
    await changed(screen, slow, OK, DEGRADED, 20, "1.8 s")
    await changed(screen, down, OK, FAILED, 30, "refused")

    await screen.send(SinceLooked.load)

    rows = [(row["label"], row["says"]) for row in screen.shows(SinceLooked, "rows")]
    assert rows == [
        ("Down", "went down: refused"),
        ("Slow", "degraded, was up: 1.8 s"),
        ("Back", "went down, up again: timed out"),
    ]
    assert [part["text"] for part in screen.shows(SinceLooked, "summary")] == [
        "1 went down",
        "1 is degraded",
        "1 was down and is up again",
    ]
    await screen.send(SinceLooked.load)  # loaded anew at once: the list stays
    assert len(screen.shows(SinceLooked, "rows")) == 3
    await screen.send(SinceLooked.dismiss)
    assert screen.shows(SinceLooked, "since") == 0


async def test_who_was_away_for_a_moment_or_never_looked_is_told_nothing(screen: Screen) -> None:
    (pk,) = await screen.add("Down")
    await changed(screen, pk, OK, FAILED, 0.2)
    await screen.send(SinceLooked.load)
    assert screen.shows(SinceLooked, "since") == 0
    await looked(screen, 0.5)
    await screen.send(SinceLooked.load)
    assert screen.shows(SinceLooked, "since") == 0


async def test_look_is_noted_even_while_the_list_cannot_be_read(screen: Screen) -> None:
    (pk,) = await screen.add("Down")
    await looked(screen, 60)
    await changed(screen, pk, OK, FAILED, 30)
    await screen.send(SinceLooked.look)
    await screen.send(SinceLooked.load)
    assert screen.shows(SinceLooked, "since") == 0
    screen.take_away("account")
    await screen.send(SinceLooked.load)
    await screen.send(SinceLooked.look)
    assert screen.toasts == []


async def test_wall_screen_shows_the_wall_without_being_asked(screen: Screen) -> None:
    (pk,) = await screen.add("Down")
    await changed(screen, pk, OK, FAILED, 1)
    screen.person = await screen.people.open_wall(screen.person)
    await opened(screen, "/?group=")
    assert (screen.shows(BoardState, "layout"), screen.shows(BoardState, "is_wall_screen")) == ("wall", True)
    await screen.send(SinceLooked.load)
    assert screen.shows(SinceLooked, "since") == 0
    await opened(screen, "/?layout=cards")
    assert screen.shows(BoardState, "layout") == "cards"
