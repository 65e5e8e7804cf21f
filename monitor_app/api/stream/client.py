"""One open stream: who is behind it, what waits for it, and why it ends."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from monitor_app.api.stream.buffer import Filter
from monitor_app.api.stream.outbox import Batch, Outbox
from monitor_app.security.permissions import Identity

Kind = Literal["sse", "websocket", "dialect"]
KINDS: Final[tuple[Kind, ...]] = ("sse", "websocket", "dialect")
# Why a stream ends: the client went, may not any more, does not read, says nothing; or this program stops.
End = Literal["gone", "revoked", "slow", "silent", "stopping"]


@dataclass(frozen=True, slots=True)
class Proof:
    """Who opened a stream. `ends_at` is when a short-lived token ends, None for what only a revocation ends."""

    identity: Identity
    ends_at: datetime | None = None


@dataclass(eq=False, slots=True)
class Client:
    """One of them. `owner` is whose seat it has, "" while nobody knows yet; `topics` are those of a websocket."""

    kind: Kind
    outbox: Outbox
    heard_at: float
    proof: Proof | None = None
    owner: str = ""
    wanted: Filter = field(default_factory=Filter)
    topics: set[str] = field(default_factory=set)
    ended: End | None = None
    # The task that writes, since when its present write takes, and whether that was given up.
    writer: "asyncio.Task[None] | None" = None
    writing_since: float | None = None
    is_given_up: bool = False

    def put(self, batch: Batch) -> int:
        """Hand over events; returns how many older ones gave way."""
        return self.outbox.put(batch)

    def give_up(self) -> None:
        """Its present write takes too long: cut it off."""
        if self.writer is not None and not self.is_given_up:
            self.end("slow")
            self.is_given_up = True
            self.writer.cancel()

    def end(self, why: End) -> None:
        """Have it closed; the first reason counts."""
        if self.ended is None:
            self.ended = why
            self.outbox.close()
