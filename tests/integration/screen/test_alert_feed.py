"""What those who look are told of alerts, at once and no more than changed."""

from dataclasses import replace
from typing import Any

from monitor_app.bus.local import Bus
from monitor_app.models.counter import ALERTING_REVISION
from monitor_app.models.types import to_millis
from monitor_app.state.alert_feed import ROOM, AlertHub
from monitor_app.storage.alert_log import Counted
from monitor_app.storage.database import Database
from monitor_app.storage.delivery_alerts import DeliveryAlert
from monitor_app.storage.services import raise_counter
from monitor_app.use_cases.alert_following import AlertFollowing, AlertStanding
from tests.accounts import HandClock
from tests.samples import NOON


class Rooms:
    """Takes down what is sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.members: list[str] = []

    async def move(self, sid: str, room: str) -> bool:
        assert room == ROOM
        self.members.append(sid)
        return True

    def listeners(self, room: str) -> int:
        return len(self.members)

    async def send(self, room: str, patch: dict[str, Any]) -> None:
        self.sent.append(patch)


async def test_patches_hold_what_changed_and_follow_the_snapshot(sqlite_url: str) -> None:
    database, bus, rooms = Database(sqlite_url), Bus(), Rooms()
    following = AlertFollowing(database, bus)
    following.standing = AlertStanding(3, Counted(2, 1, 5, 1), {7: "ada", 8: "ben"})
    stopped: list[dict[str, Any] | None] = [None]
    hub = AlertHub(bus, following, rooms, HandClock(NOON), lambda: stopped[-1])
    begun = await hub.join("tab")
    assert {name: begun[name] for name in ("revision", "counts", "who")} == {
        "revision": 3,
        "counts": [2, 1, 5, 1],
        "who": [[7, "ada"], [8, "ben"]],
    }
    assert (await hub.flush(), len(rooms.sent)) == (True, 1)
    following.standing = replace(following.standing, revision=4, who={8: "cleo", 9: "ada"})
    await hub.flush()
    patch = rooms.sent[-1]
    assert (patch["seq"], patch["revision"]) == (begun["seq"] + 1, 4)
    assert patch["who"] == [[8, "cleo"], [9, "ada"], [7, ""]]
    # Whoever hears nothing for longer knows that its line is dead.
    await hub.flush(is_beat=True)
    assert rooms.sent[-1] == {"seq": begun["seq"] + 2}
    # While all checks are stopped nobody takes silence for good news.
    assert begun["stopped"] is None
    stopped.append({"why": "By ada."})
    await hub.flush()
    assert rooms.sent[-1] == {"seq": begun["seq"] + 3, "stopped": {"why": "By ada."}}
    assert (await hub.join("other"))["stopped"] == {"why": "By ada."}
    # Nor while there is nobody left who could be told.
    stopped.append(None)
    mail = DeliveryAlert(1, "critical", NOON, "", 1, "Mail")
    following.standing = replace(following.standing, unreached=mail)
    await hub.flush()
    said = rooms.sent[-1]["stopped"]
    assert (said["what"], said["since"], said["ordered"]) == ("Alerts have reached nobody", to_millis(NOON), True)
    assert "Mail takes no notifications" in said["why"]
    following.standing = replace(following.standing, unreached=None)
    await hub.flush()
    assert rooms.sent[-1]["stopped"] is None
    await bus.close()
    await database.close()


async def test_change_in_the_database_reaches_those_who_look(sqlite_url: str) -> None:
    database, bus, rooms = Database(sqlite_url), Bus(), Rooms()
    following = AlertFollowing(database, bus)
    hub = AlertHub(bus, following, rooms, HandClock(NOON))
    await following.read_now()
    first = (await hub.join("tab"))["revision"]
    async with database.write() as conn:
        await raise_counter(conn, ALERTING_REVISION)
    following.ring(first)
    await following.read_now()
    await hub.flush()
    assert rooms.sent[-1]["revision"] == first + 1
    await bus.close()
    await database.close()
