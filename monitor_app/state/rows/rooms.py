"""Who looks at what: rooms on the websocket that Reflex keeps open to each browser."""

from typing import Any, Protocol

from reflex.app import EventNamespace
from reflex.state import State, StateUpdate
from reflex_base import constants

from monitor_app.state.rows.feed import PATCH_VAR, LiveFeed

PREFIX = "rows:"


class Rooms(Protocol):
    """What the hub needs of the websocket. A browser is known by its socket's session id and is in at most one room."""

    async def move(self, sid: str, room: str) -> bool:
        """Leave the room it is in and enter this one ("" for none); False when there is no such socket any more."""
        ...

    def listeners(self, room: str) -> int:
        """How many browsers are in a room."""
        ...

    async def send(self, room: str, patch: dict[str, Any]) -> None:
        """Hand a patch to all browsers in a room; it is encoded once."""
        ...


class ReflexRooms:
    """Rooms on Reflex's own socket.io namespace; socket.io takes a browser out of them when its socket closes.

    A patch goes out as a delta of the state `feed`, past the states that the server keeps for each browser. The names
    of these rooms begin with `prefix`; those of others are no business of ours.
    """

    def __init__(self, namespace: EventNamespace, feed: type[State] = LiveFeed, prefix: str = PREFIX) -> None:
        self._namespace = namespace
        self._feed = feed.get_full_name()
        self._prefix = prefix

    async def move(self, sid: str, room: str) -> bool:
        """See Rooms."""
        namespace = self._namespace
        for other in namespace.rooms(sid):
            if other.startswith(self._prefix) and other != room:
                await namespace.leave_room(sid, other)
        # A socket may have closed since its last event; entering a room would raise then, and leave it behind empty.
        is_open = sid in self._members(None)
        if room and is_open:
            await namespace.enter_room(sid, room)
        return is_open

    def listeners(self, room: str) -> int:
        """See Rooms."""
        return len(self._members(room))

    async def send(self, room: str, patch: dict[str, Any]) -> None:
        """See Rooms."""
        update = StateUpdate(delta={self._feed: {PATCH_VAR: patch}})
        await self._namespace.emit(str(constants.SocketEvent.EVENT), update, room=room)

    def _members(self, room: str | None) -> Any:
        # There is no public way to ask who is in a room without copying all of them.
        return self._namespace.server.manager.rooms.get(self._namespace.namespace, {}).get(room, ())
