"""What those who look at services of sources are told: that there is something new, and nothing else."""

from typing import Any

from monitor_app.bus.local import Bus
from monitor_app.domain.events import BoardChanged, SourcesChanged
from monitor_app.engine.board import Board
from monitor_app.engine.follower import Follower
from monitor_app.models.counter import SOURCE_REVISION
from monitor_app.plugins.registry import KindRegistry
from monitor_app.state.source_feed import ROOM, SourceHub
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.services import insert_services, raise_counter
from tests.accounts import HandClock
from tests.samples import NOON, add_services


class Rooms:
    """Takes down what is sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.member = ""

    async def move(self, sid: str, room: str) -> bool:
        self.member = room
        return True

    def listeners(self, room: str) -> int:
        return int(self.member == room == ROOM)

    async def send(self, room: str, patch: dict[str, Any]) -> None:
        self.sent.append(patch)


async def told(board: Board, *events: object) -> list[dict[str, Any]]:
    """What somebody who looks is sent of these events."""
    bus, rooms = Bus(), Rooms()
    hub = SourceHub(bus, board, rooms, HandClock(NOON))
    begun = await hub.join("tab")
    hub.start()
    for event in events:
        bus.publish(event)
    await bus.close()
    await hub.flush()
    await hub.leave("tab")
    assert not await hub.flush(is_beat=True)
    await hub.close()
    assert [patch["seq"] for patch in rooms.sent] == [begun["seq"] + number + 1 for number in range(len(rooms.sent))]
    return rooms.sent


async def test_only_news_of_sources_are_told(sqlite_url: str) -> None:
    database, bus, board = Database(sqlite_url), Bus(), Board()
    (own,) = await add_services(database, "own")
    values = {"service_id": "shop", "label": "Shop", "service_type": "consul_service", "kind": "consul"}
    rest = {"status_config": {"name": "shop"}, "source": "consul", "created_at": NOON, "updated_at": NOON}
    async with database.write() as conn:
        (shop,) = await insert_services(conn, [values | rest])
    heard: list[SourcesChanged] = []

    async def hear(event: SourcesChanged) -> None:
        heard.append(event)

    bus.subscribe(SourcesChanged, hear, "test")
    follower = Follower(database, SqlHistory(database), KindRegistry(), board, bus)
    await follower.read_now()
    async with database.write() as conn:
        await raise_counter(conn, SOURCE_REVISION)
    for _ in range(2):
        await follower.read_now()
    await bus.close()
    await database.close()
    assert len(heard) == 2
    assert await told(board, BoardChanged(frozenset({own}))) == []
    for event in (BoardChanged(frozenset({own, shop.pk})), BoardChanged(frozenset(), frozenset({own})), heard[1]):
        assert [patch["is_news"] for patch in await told(board, event)] == [True]


async def test_who_hears_nothing_new_hears_that_the_line_is_there(sqlite_url: str) -> None:
    bus, rooms = Bus(), Rooms()
    hub = SourceHub(bus, Board(), rooms, HandClock(NOON))
    begun = await hub.join("tab")
    assert await hub.flush(is_beat=True)
    assert rooms.sent == [{"seq": begun["seq"] + 1, "is_news": False}]
    await bus.close()


async def test_news_that_come_while_something_is_sent_are_told_next() -> None:
    bus, board = Bus(), Board()

    class Slow(Rooms):
        async def send(self, room: str, patch: dict[str, Any]) -> None:
            await super().send(room, patch)
            if len(self.sent) == 1:
                await hub._on_sources(SourcesChanged(2))

    rooms = Slow()
    hub = SourceHub(bus, board, rooms, HandClock(NOON))
    await hub.join("tab")
    await hub._on_sources(SourcesChanged(1))
    await hub.flush()
    await hub.flush()
    assert [patch["is_news"] for patch in rooms.sent] == [True, True]
    await bus.close()
