"""Tells those who look at alerts of other counts, and of who is on it: at most twice a second."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

import reflex as rx

from monitor_app.bus.local import Bus, Subscription
from monitor_app.domain.alerting.delivery import FAILING_AFTER
from monitor_app.domain.events import AlertsChanged
from monitor_app.engine.clock import Clock
from monitor_app.security.permissions import CHANNEL_WRITE, MONITOR_READ
from monitor_app.state.guard import caller, requires
from monitor_app.state.health import Trouble
from monitor_app.state.rows.rooms import Rooms
from monitor_app.state.runtime import current
from monitor_app.state.sending import send_forever
from monitor_app.use_cases.alert_following import AlertFollowing

PREFIX: Final = "alerts:"
ROOM: Final = "alerts:all"
# Of those who may see what providers say.
KEEPERS: Final = "alerts:keepers"

UNREACHED: Final = "Alerts have reached nobody"


class AlertsFeed(rx.State):
    """Its one var is written by the hub, straight to the browsers; the copy on the server is stale: never read it."""

    patch: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser


class AlertsState(rx.State):
    """What a browser begins with."""

    snapshot: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser

    @rx.event
    @requires(MONITOR_READ)
    async def listen(self) -> None:
        """From now on this tab is told."""
        is_keeper = caller().may(CHANNEL_WRITE)
        self.snapshot = await current().alert_hub.join(self.router.session.session_id, is_keeper=is_keeper)


class AlertHub:
    """One list for all who look. A patch holds its number, the counts, and of whom what changed.

    Lists of alerts are not sent: whoever shows one sees by the revision that it is another, and asks for its own.
    `stopped` tells who has stopped all checks, as a browser gets it: nobody may take silence for good news then.
    """

    def __init__(
        self,
        bus: Bus,
        following: AlertFollowing,
        rooms: Rooms,
        clock: Clock,
        stopped: Callable[[], Mapping[str, Any] | None] = lambda: None,
    ) -> None:
        self._stopped = stopped
        # What the two rooms were told, by room.
        self._told_stopped: dict[str, Mapping[str, Any] | None] = dict.fromkeys((ROOM, KEEPERS))
        self._bus = bus
        self._following = following
        self._rooms = rooms
        self._clock = clock
        # Numbers of another start must not look like ours.
        self._seq = round(clock.now().timestamp() * 1000)
        self._told_revision = -1
        self._told: Mapping[int, str] = {}
        self._wake = asyncio.Event()
        self._subscription: Subscription | None = None
        self._sender: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send, on the running loop."""
        self._subscription = self._bus.subscribe(AlertsChanged, self._on_changed, "live alerts")
        self._sender = asyncio.create_task(send_forever(self._wake, self.flush, "live alerts"), name="live alerts")

    async def close(self) -> None:
        """Stop sending."""
        if self._subscription is not None:
            await self._bus.unsubscribe(self._subscription)
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)

    async def join(self, sid: str, *, is_keeper: bool = False) -> dict[str, Any]:
        """Subscribe a socket, that of somebody who may see what providers say or not; returns what to begin with.

        First the room, then the rest: a patch that is sent in between is not newer than what is returned.
        """
        room = KEEPERS if is_keeper else ROOM
        await self._rooms.move(sid, room)
        await self.flush()
        self._wake.set()
        who = [[pk, name] for pk, name in self._told.items()]
        rest = {"who": who, "stopped": self._told_stopped[room]}
        return {"load_id": secrets.token_hex(4), "seq": self._seq, **self._figures(), **rest}

    async def flush(self, *, is_beat: bool = False) -> bool:
        """Send what changed; whether somebody looks."""
        ordered = self._stopped() or self._unreached()
        stopped = {room: ordered or self._failing(is_keeper=room == KEEPERS) for room in (ROOM, KEEPERS)}
        if stopped != self._told_stopped:
            self._told_stopped = stopped
            await self._send({}, {room: {"stopped": said} for room, said in stopped.items()})
        standing = self._following.standing
        if standing.revision != self._told_revision:
            before, self._told = self._told, standing.who
            self._told_revision = standing.revision
            changed = [[pk, name] for pk, name in self._told.items() if before.get(pk) != name]
            changed += [[pk, ""] for pk in before if pk not in self._told]
            await self._send({**self._figures(), "who": changed})
        elif is_beat:
            await self._send({})
        return any(self._rooms.listeners(room) for room in (ROOM, KEEPERS))

    async def _send(self, news: Mapping[str, Any], own: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """`own` is what each room is told beside that."""
        self._seq += 1
        for room in (ROOM, KEEPERS):
            if self._rooms.listeners(room):
                await self._rooms.send(room, {"seq": self._seq, **news, **((own or {}).get(room) or {})})

    def _unreached(self) -> Mapping[str, Any] | None:
        """That alerts reach nobody, as a browser gets it: there is no other way left to say so."""
        failing = self._following.standing.unreached
        if failing is None:
            return None
        why = f"{failing.channel_name} takes no notifications, and no other channel can be told so."
        return Trouble(UNREACHED, round(failing.since.timestamp() * 1000), why, is_ordered=True).wire()

    def _failing(self, *, is_keeper: bool) -> Mapping[str, Any] | None:
        """That a channel has taken nothing for minutes; what its provider says is not for everybody."""
        now = self._clock.now()
        found = [one for one in self._following.standing.failing if now - one.since >= FAILING_AFTER]
        if not found:
            return None
        first, *others = found
        said = [f"The provider says: {first.answer.rstrip('.')}."] if is_keeper else []
        more = f"{len(others)} other channel{'s' if len(others) > 1 else ''}"
        said += [f"The same is true of {more}."] if others else []
        since = round(first.since.timestamp() * 1000)
        text = " ".join(["They are tried again.", *said])
        return Trouble(f"Alerts to {first.name} have not got through", since, text).wire()

    def _figures(self) -> dict[str, Any]:
        counted = self._following.standing.counted
        counts = [counted.firing, counted.unacknowledged, counted.held, counted.pending]
        return {"revision": self._told_revision, "counts": counts}

    async def _on_changed(self, _event: AlertsChanged) -> None:
        self._wake.set()
