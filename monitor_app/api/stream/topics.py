"""What websockets listen to: topics, who listens to which, and the messages that each of them is told."""

import json
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from monitor_app.api.stream.buffer import Facts
from monitor_app.api.stream.client import Client
from monitor_app.api.stream.outbox import Batch, Frame
from monitor_app.domain.result import StoredResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.board import Board, BoardRow
from monitor_app.engine.status_object import CPU, MEMORY, stamp

GLOBAL: Final = "global"
DEVICE: Final = "device"
# The kind that looks at this machine.
PROCESS: Final = "process"
# Of the little dialect: all services, or, with its id behind, one. No topic that a client can name begins like this.
STATUS_OF: Final = "="
_METRIC: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,79}")
TOPIC_LIMIT: Final = 200


class UnknownTopic(Exception):
    """There is no such topic; the text says which there are."""


class TopicBook:
    """Who listens to what. A message is made once for all who listen to its topic."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._listeners: dict[str, set[Client]] = {}
        self._found: dict[str, list[Frame]] = {}

    def join(self, client: Client, topic: str) -> None:
        """From now on the client hears of this."""
        client.topics.add(topic)
        self._listeners.setdefault(topic, set()).add(client)

    def leave(self, client: Client, topics: Iterable[str]) -> None:
        """The client hears no more of these."""
        for topic in list(topics):
            client.topics.discard(topic)
            listeners = self._listeners.get(topic, set())
            listeners.discard(client)
            if not listeners:
                self._listeners.pop(topic, None)

    def checked(self, topic: str) -> str:
        """The topic. Raises UnknownTopic when nothing can ever come of it."""
        name, _, rest = topic.partition(".")
        row = self._board.find(rest) if name in ("services", "devices") else None
        is_known = (
            (name == "global" and not rest and topic == GLOBAL)
            or (name == "services" and row is not None)
            or (name == "devices" and row is not None and row.definition.service_type == DEVICE)
            or (name == "categories" and rest in self._board.groups())
            or (name == "metrics" and _METRIC.fullmatch(rest) is not None)
        )
        if not is_known:
            raise UnknownTopic(
                "There is no such topic. There are global, services.{service_id}, devices.{service_id} for services of "
                "the type device, categories.{group} and metrics.{name}, for services and groups that exist."
            )
        return topic

    def measured(self, result: StoredResult, row: BoardRow) -> None:
        """A result was recorded."""
        if not self._listeners:
            return
        definition, metrics = row.definition, result.metrics
        topics = [*self._topics_of(definition), *(f"metrics.{name}" for name in metrics)]
        if not any(topic in self._listeners for topic in topics):
            return
        data = {
            "status": result.status.name,
            "message": result.message,
            "response_time_ms": result.response_ms,
            "metrics": dict(metrics),
            "cpu_usage": metrics.get(CPU),
            "memory_usage": metrics.get(MEMORY),
            "hostname": hostname(row, metrics),
        }
        self._note(topics, "data", "metric_collected", definition.service_id, result.checked_at, data)

    def changed(self, before: Facts | None, after: Facts | None, row: BoardRow | None, now: datetime) -> None:
        """A service is another than it was."""
        if not self._listeners:
            return
        if row is None or after is None:
            if before is not None:
                definition = before.definition
                self._note(self._topics_of(definition), "event", "service_removed", definition.service_id, now, {})
            return
        if before is not None and before.status is after.status:
            return
        definition, at = after.definition, row.since or now
        self._note_status(definition.service_id, after.status.name, at)
        if before is None:
            return
        data = {"old_status": before.status.name, "new_status": after.status.name, "message": row.message}
        names = (
            ("status_changed", "device_status_changed") if definition.service_type == DEVICE else ("status_changed",)
        )
        for name in names:
            self._note(self._topics_of(definition), "event", name, definition.service_id, at, data)

    def hand_out(self) -> tuple[int, int]:
        """Send what was noted; returns how many messages were handed out and how many gave way to later ones."""
        found, self._found = self._found, {}
        handed = dropped = 0
        for topic, frames in found.items():
            batch, listeners = Batch(frames), self._listeners.get(topic, set())
            for client in listeners:
                dropped += client.put(batch)
            handed += len(frames) * len(listeners)
        return handed, dropped

    def _topics_of(self, definition: ServiceDefinition) -> Iterator[str]:
        """Those that tell everything of a service, of each group that it is in, too."""
        yield GLOBAL
        yield f"services.{definition.service_id}"
        if definition.service_type == DEVICE:
            yield f"devices.{definition.service_id}"
        if definition.group:
            for group in self._board.group_tree().path(definition.group):
                yield f"categories.{group}"

    def _note(
        self, topics: Iterable[str], kind: str, event: str, service_id: str, at: datetime, data: Mapping[str, Any]
    ) -> None:
        rest = ""
        for topic in topics:
            if topic not in self._listeners:
                continue
            rest = rest or encoded(
                {"type": kind, "event": event, "service_id": service_id, "timestamp": stamp(at), "data": data}
            ).removesuffix("}")
            text = f'{rest},"topic":{json.dumps(topic, ensure_ascii=False)}}}'
            self._found.setdefault(topic, []).append(Frame(f"{topic} {event} {service_id}", text))

    def _note_status(self, service_id: str, status: str, at: datetime) -> None:
        for topic in (STATUS_OF, STATUS_OF + service_id):
            if topic in self._listeners:
                text = status_update(service_id, status, at)
                self._found.setdefault(topic, []).append(Frame(service_id, text))


def status_update(service_id: str, status: str, at: datetime | None) -> str:
    """A message of the little dialect."""
    return encoded({"type": "status_update", "service_id": service_id, "status": status, "timestamp": stamp(at)})


def hostname(row: BoardRow, metrics: Mapping[str, float]) -> str | None:
    """Of a device its name or address; this machine's where a process of it is measured; None for what is no host."""
    if row.definition.kind == PROCESS:
        return platform.node()
    if row.definition.service_type == DEVICE:
        target = row.target if "://" in row.target else f"//{row.target}"
        try:
            return urlsplit(target).hostname or row.target
        except ValueError:
            return row.target
    return platform.node() if CPU in metrics or MEMORY in metrics else None


def encoded(message: Mapping[str, Any]) -> str:
    """JSON without spaces."""
    return json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
