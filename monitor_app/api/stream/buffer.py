"""The last changes of the board, for clients that come back: numbered, bounded, encoded once."""

import re
import secrets
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from monitor_app.api.stream.outbox import Frame
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status

EVENTS_LIMIT = 10_000
BYTES_LIMIT = 16 * 1024 * 1024
_ID = re.compile(r"([0-9a-f]{8})-([0-9]{1,15})")


class Facts(NamedTuple):
    """What was true of a service at one moment, as far as streams choose by it."""

    definition: ServiceDefinition
    status: Status


@dataclass(frozen=True, slots=True)
class Filter:
    """Which services a client wants: those that fit all of these. An empty set lets everything through."""

    services: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()

    def wants(self, definition: ServiceDefinition) -> bool:
        """Whether this service is one of them."""
        return (
            (not self.services or definition.service_id in self.services)
            and (not self.groups or definition.group in self.groups)
            and (not self.environments or definition.environment in self.environments)
            and (not self.tags or not self.tags.isdisjoint(definition.tags))
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one service. `before` is None for a new one, `after` for one that is gone."""

    seq: int
    before: Facts | None
    after: Facts | None
    status: Frame | None
    removed: Frame | None

    def seen_by(self, wanted: Filter) -> Frame | None:
        """What a client with this filter is told: the new status, or that the service is none of its any more."""
        if self.status is not None and self.after is not None and wanted.wants(self.after.definition):
            return self.status
        if self.removed is not None and self.before is not None and wanted.wants(self.before.definition):
            return self.removed
        return None


@dataclass(slots=True)
class Buffer:
    """Entries by number, without holes. `boot` is another one in each process: after a restart no old number counts."""

    boot: str = field(default_factory=lambda: secrets.token_hex(4))
    seq: int = 0
    events_limit: int = EVENTS_LIMIT
    bytes_limit: int = BYTES_LIMIT
    _entries: deque[Entry] = field(default_factory=deque)
    _bytes: int = 0

    def __len__(self) -> int:
        return len(self._entries)

    def id_of(self, seq: int) -> str:
        """What a client gives back as Last-Event-ID."""
        return f"{self.boot}-{seq}"

    def append(self, entry: Entry) -> None:
        """Keep one more; the oldest give way. Its number follows the last one's."""
        self.seq = entry.seq
        self._entries.append(entry)
        self._bytes += _size(entry)
        while len(self._entries) > self.events_limit or self._bytes > self.bytes_limit:
            self._bytes -= _size(self._entries.popleft())

    def skip(self, count: int) -> None:
        """So many changes happened that nobody was there for: nothing before them can be told any more."""
        self.seq += count
        self._entries.clear()
        self._bytes = 0

    def since(self, last_id: str) -> Iterator[Entry] | None:
        """The entries after this id; None when they are not all here, or it is no id of this process."""
        found = _ID.fullmatch(last_id)
        if found is None or found[1] != self.boot:
            return None
        missing = self.seq - int(found[2])
        if not 0 <= missing <= len(self._entries):
            return None
        return islice(self._entries, len(self._entries) - missing, None)


def _size(entry: Entry) -> int:
    return sum(len(frame.data) for frame in (entry.status, entry.removed) if frame is not None)
