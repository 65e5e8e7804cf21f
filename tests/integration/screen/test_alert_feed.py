"""What those who look are told of alerts, at once and no more than changed."""

from dataclasses import replace
from typing import Any

from monitor_app.bus.local import Bus
from monitor_app.domain.alerting.delivery import FAILING_AFTER
from monitor_app.models.counter import ALERTING_REVISION
from monitor_app.models.types import to_millis
from monitor_app.state.alert_feed import ROOM, AlertHub
from monitor_app.storage.alert_log import Counted
from monitor_app.storage.database import Database
from monitor_app.storage.delivery_alerts import DeliveryAlert, FailingChannel
from monitor_app.storage.services import raise_counter
from monitor_app.use_cases.alert_following import AlertFollowing, AlertStanding
from tests.accounts import HandClock
from tests.samples import NOON


class Rooms:
    """Takes down what is sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.to_keepers: list[dict[str, Any]] = []
        self.members: list[str] = []

    async def move(self, sid: str, room: str) -> bool:
        self.members.append(room)
        return True

    def listeners(self, room: str) -> int:
        return self.members.count(room)

    async def send(self, room: str, patch: dict[str, Any]) -> None:
        (self.sent if room == ROOM else self.to_keepers).append(patch)


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


async def test_a_channel_that_takes_nothing_for_minutes_is_said_with_the_answer_to_who_may_see_it(
    sqlite_url: str,
) -> None:
    database, bus, rooms, clock = Database(sqlite_url), Bus(), Rooms(), HandClock(NOON)
    following = AlertFollowing(database, bus)
    hub = AlertHub(bus, following, rooms, clock)
    found = FailingChannel(1, "Chat", NOON, "503 busy"), FailingChannel(2, "Mail", NOON, "421 bye")
    following.standing = AlertStanding(3, failing=found)
    await hub.join("viewer")
    await hub.join("keeper", is_keeper=True)
    clock.move(seconds=FAILING_AFTER.total_seconds() - 1)
    await hub.flush(is_beat=True)
    assert "stopped" not in rooms.sent[-1]
    clock.move(seconds=1)
    await hub.flush(is_beat=True)
    said, whole = (next(one for one in sent if one.get("stopped")) for sent in (rooms.sent, rooms.to_keepers))
    assert said["seq"] == whole["seq"]
    assert said["stopped"] == {
        "what": "Alerts to Chat have not got through",
        "since": to_millis(NOON),
        "why": "They are tried again. The same is true of 1 other channel.",
    }
    assert whole["stopped"]["why"] == (
        "They are tried again. The provider says: 503 busy. The same is true of 1 other channel."
    )
    assert "503" not in str(rooms.sent)
    assert "503" not in str(await hub.join("another viewer"))
    assert "503" in str(await hub.join("another keeper", is_keeper=True))
    following.standing = AlertStanding(4)
    await hub.flush()
    assert [sent[-2]["stopped"] for sent in (rooms.sent, rooms.to_keepers)] == [None, None]
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
