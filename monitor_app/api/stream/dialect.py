"""`/api/status/websocket`: the status of services and nothing else.

in   {"type": "subscribe", "services": ["shop"]}     absent or [] is all
out  {"type": "status_update", "service_id": "shop", "status": "OK", "timestamp": "2026-05-17T12:00:00.120Z"}
"""

from typing import Any, ClassVar, Final

from pydantic import TypeAdapter

from monitor_app.api.stream import messages
from monitor_app.api.stream.client import Client, Kind
from monitor_app.api.stream.outbox import Batch, Frame
from monitor_app.api.stream.topics import STATUS_OF, status_update
from monitor_app.api.stream.websocket import Line, StreamSocket
from monitor_app.engine.board import BoardRow

# Who subscribes again and again has all of them made anew each time.
STATUSES_A_SECOND: Final = 2000


class StatusSocket(StreamSocket):
    """Tells the present status of the wanted services at once, then each change."""

    kind: ClassVar[Kind] = "dialect"
    known: ClassVar[TypeAdapter[Any]] = messages.TO_STATUS_SERVER

    async def answer(self, line: Line, client: Client, message: Any) -> None:
        """Do what a message asks for; a new subscription takes the place of the one before."""
        match message:
            case messages.Auth():
                await line.take_key(client, message.token)
            case messages.StatusSubscribe():
                self._follow(line, client, list(dict.fromkeys(message.services)))

    def _follow(self, line: Line, client: Client, services: list[str]) -> None:
        streams, board = line.streams, line.streams.board
        found = [row for name in services if (row := board.find(name)) is not None] if services else list(board)
        streams.topics.leave(client, client.topics)
        for topic in [STATUS_OF + name for name in services] or [STATUS_OF]:
            streams.topics.join(client, topic)
        known = {row.definition.service_id for row in found}
        if unknown := [name for name in services if name not in known]:
            text = f"There is no service {', '.join(unknown)}."[:200]
            line.say(client, messages.error("unknown_topic", text, line.now))
        line.owe(len(found) / STATUSES_A_SECOND)
        client.put(Batch(_present(row) for row in found))


def _present(row: BoardRow) -> Frame:
    name = row.definition.service_id
    return Frame(name, status_update(name, row.status.name, row.since or row.checked_at))
