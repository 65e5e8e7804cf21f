"""The feeds of Server-Sent Events: a snapshot, then each change once for all clients of a filter."""

import json
from collections.abc import Iterable

from monitor_app.api.stream.buffer import Buffer, Entry, Facts, Filter
from monitor_app.api.stream.client import Client
from monitor_app.api.stream.outbox import Batch, Frame
from monitor_app.engine.board import Board, BoardRow
from monitor_app.engine.clock import Clock
from monitor_app.engine.status_object import encoded_object

# So long after the last client has gone, changes are kept for those that come back.
KEEP_SECONDS = 600.0
BEAT = Batch([Frame("", ":\n\n")])

# Events that are put together for who comes back.
PORTION = 64
# So many filters keep what their clients begin with: after a restart all of a wall's screens come at once.
SNAPSHOTS_LIMIT = 16
# JSON may hold these as they are, and some clients take them for the end of a line.
_LINE_ENDS = {ord(character): f"\\u{ord(character):04x}" for character in "\x85\u2028\u2029"}

# What a service was before and is now, None for neither, and its row.
Change = tuple[Facts | None, Facts | None, BoardRow | None]


class Feeds:
    """All of them. Nothing is encoded while nobody is there and nobody can come back."""

    def __init__(self, board: Board, clock: Clock, buffer: Buffer | None = None) -> None:
        self._board = board
        self._clock = clock
        self.buffer = buffer or Buffer()
        self._clients: dict[Filter, set[Client]] = {}
        self._left_at = float("-inf")
        # What a filter's clients begin with, for the versions of the board that it was made of.
        self._snapshots: dict[Filter, tuple[tuple[int, int, int], bytes]] = {}

    def join(self, client: Client, last_id: str) -> Iterable[bytes]:
        """From now on the client is told of changes; returns what it must get before those, in pieces.

        That is what it missed since `last_id`, or everything. Both end with the number that the next change follows.
        Everything is the same bytes for all of a filter, and of what was missed each piece is made when it is wanted:
        many who come back and read slowly must not hold a copy each.
        """
        self._clients.setdefault(client.wanted, set()).add(client)
        missed = self.buffer.since(last_id) if last_id else None
        if missed is None:
            return [self._snapshot(client.wanted)]
        frames = [frame for entry in missed if (frame := entry.seen_by(client.wanted)) is not None]
        portions = (frames[start : start + PORTION] for start in range(0, len(frames), PORTION))
        return (Batch(portion).joined for portion in portions)

    def leave(self, client: Client) -> None:
        """The client is told no more."""
        members = self._clients.get(client.wanted, set())
        members.discard(client)
        if not members and self._clients.pop(client.wanted, None) is not None:
            self._snapshots.pop(client.wanted, None)
            self._left_at = self._clock.monotonic()

    def tell(self, changes: Iterable[Change]) -> tuple[int, int]:
        """Hand on changes; returns how many events were handed out and how many gave way to later ones."""
        changes = list(changes)
        if not self._clients and self._clock.monotonic() > self._left_at + KEEP_SECONDS:
            self.buffer.skip(len(changes))
            return 0, 0
        entries = [self._kept(*change) for change in changes]
        handed = dropped = 0
        for wanted, clients in self._clients.items():
            frames = [frame for entry in entries if (frame := entry.seen_by(wanted)) is not None]
            if not frames:
                continue
            batch = Batch(frames)
            for client in clients:
                dropped += client.put(batch)
            handed += len(frames) * len(clients)
        return handed, dropped

    def beat(self) -> None:
        """A comment for everybody: who hears nothing knows that the line is dead."""
        for clients in self._clients.values():
            for client in clients:
                client.put(BEAT)

    def _kept(self, before: Facts | None, after: Facts | None, row: BoardRow | None) -> Entry:
        seq = self.buffer.seq + 1
        known = after or before
        assert known is not None
        service_id, event_id = known.definition.service_id, self.buffer.id_of(seq)
        status = removed = None
        if row is not None:
            status = Frame(service_id, _event("status", encoded_object(row), event_id))
        if before is not None and (after is None or after.definition is not before.definition):
            text = json.dumps({"service_id": service_id})
            removed = Frame(service_id, _event("removed", text, event_id))
        entry = Entry(seq, before, after, status, removed)
        self.buffer.append(entry)
        return entry

    def _snapshot(self, wanted: Filter) -> bytes:
        board = self._board
        version = (board.result_version, board.layout_version, self.buffer.seq)
        known = self._snapshots.get(wanted)
        if known is not None and known[0] == version:
            return known[1]
        rows = [row for row in board if wanted.wants(row.definition)]
        # No event but the last has a number: who is cut off in the middle begins anew.
        events = [_event("snapshot", encoded_object(row)) for row in rows]
        last_id = self.buffer.id_of(self.buffer.seq)
        snapshot = "".join([*events, _event("ready", json.dumps({"services": len(rows)}), last_id)]).encode()
        self._snapshots[wanted] = version, snapshot
        if len(self._snapshots) > SNAPSHOTS_LIMIT:
            del self._snapshots[next(iter(self._snapshots))]
        return snapshot


def _event(name: str, data: str, event_id: str = "") -> str:
    number = f"id: {event_id}\n" if event_id else ""
    data = data if data.isascii() else data.translate(_LINE_ENDS)
    return f"{number}event: {name}\ndata: {data}\n\n"
