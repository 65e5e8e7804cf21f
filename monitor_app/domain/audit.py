"""The audit log's lines, and the chain of hashes that shows when one of them was changed."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

Outcome = Literal["done", "denied", "failed"]
# What the first line follows.
BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, and what it was before and after, without secrets.

    `via` is how the caller proved who it is, with the public name of that proof: `session 12`, `key a1b2c3`. A denial
    that came again and again stands as one line with how many `times`. The lines of a bulk are one: `before` and
    `after` are lists then.
    """

    who: str
    role: str
    action: str
    target_type: str = ""
    target: str = ""
    outcome: Outcome = "done"
    via: str = ""
    address: str = ""
    correlation_id: str = ""
    times: int = 1
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """An entry as the log has it. `id` grows by one a line; `at` is exact to the millisecond."""

    id: int
    at: datetime
    entry: AuditEntry
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which lines; what is left out does not count. Texts are exact but for `search`, which is part of the target."""

    who: str = ""
    action: str = ""
    target_type: str = ""
    outcome: str = ""
    search: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold, and why."""

    id: int
    reason: str


def line_hash(number: int, at: datetime, entry: AuditEntry, previous_hash: str) -> str:
    """SHA-256 over the line before and all that this one says, as JSON with sorted names; in hex."""
    said = {"id": number, "at": at.isoformat(timespec="milliseconds"), "previous": previous_hash, **asdict(entry)}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


class Chain:
    """Follows the log from its first line; whoever changed, removed or added one in between is found."""

    def __init__(self) -> None:
        self._previous = BEGINNING
        self._id = 0

    def follow(self, lines: Iterable[AuditLine]) -> Break | None:
        """Take the next lines; the first break of the chain, or None."""
        for line in lines:
            if line.id != self._id + 1:
                return Break(self._id + 1, "is missing")
            if line.previous_hash != self._previous:
                return Break(line.id, "does not follow from the line before")
            if line_hash(line.id, line.at, line.entry, line.previous_hash) != line.hash:
                return Break(line.id, "was changed")
            self._id, self._previous = line.id, line.hash
        return None

    def end(self, last_id: int) -> Break | None:
        """After all lines: `last_id` is the number that the database has given last."""
        return Break(self._id + 1, "is missing") if last_id != self._id else None
