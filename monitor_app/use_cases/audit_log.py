"""Reading the audit log: a page of it, all of it as a file, and whether its chain of hashes holds."""

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Any

from monitor_app.domain.audit import AuditFilter, AuditLine, Break, Chain
from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import AUDIT_READ, Identity
from monitor_app.storage import audit
from monitor_app.storage.database import Database

PAGE_LIMIT = 200
COLUMNS = (
    "id", "at", "who", "role", "via", "address", "action", "target_type", "target", "outcome", "times",
    "correlation_id", "before", "after", "previous_hash", "hash",
)  # fmt: skip
# What a table program takes for the beginning of a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Verified:
    """How many lines were looked at, and where the chain breaks, if it does."""

    lines: int
    broken: Break | None


class AuditLog:
    """All need the permission audit:read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, identity: Identity, wanted: AuditFilter, *, before_id: int | None = None, limit: int = 50
    ) -> list[AuditLine]:
        """The newest first, from before a line on. Raises InvalidInput for a limit that is out of range."""
        identity.require(AUDIT_READ)
        if not 1 <= limit <= PAGE_LIMIT:
            raise InvalidInput({"limit": f"must be 1 to {PAGE_LIMIT}, got {limit}"})
        async with self._database.read() as conn:
            return await audit.read(conn, wanted, before_id=before_id, limit=limit)

    async def actions(self, identity: Identity) -> list[str]:
        """Every action that the log knows, for a filter."""
        identity.require(AUDIT_READ)
        async with self._database.read() as conn:
            return await audit.actions(conn)

    async def people(self, identity: Identity) -> list[str]:
        """Everybody that the log knows, for a filter; at most 500."""
        identity.require(AUDIT_READ)
        async with self._database.read() as conn:
            return await audit.people(conn)

    async def verify(self, identity: Identity) -> Verified:
        """Follow the chain from the first line to the last."""
        identity.require(AUDIT_READ)
        chain, count = Chain(), 0
        while True:
            async with self._database.read() as conn:
                lines, last_id = await audit.after(conn, count), await audit.last_id(conn)
            if not lines:
                return Verified(count, chain.end(last_id))
            if broken := chain.follow(lines):
                return Verified(broken.id - 1, broken)
            count += len(lines)

    def export_csv(self, identity: Identity, wanted: AuditFilter) -> AsyncIterator[str]:
        """The lines as a table, the oldest first, in pieces. No cell begins as a formula does."""
        identity.require(AUDIT_READ)
        return self._csv(wanted)

    def export_json(self, identity: Identity, wanted: AuditFilter) -> AsyncIterator[str]:
        """The lines as a JSON list, the oldest first, in pieces."""
        identity.require(AUDIT_READ)
        return self._json(wanted)

    async def _csv(self, wanted: AuditFilter) -> AsyncIterator[str]:
        yield _as_csv([COLUMNS])
        async for lines in self._pieces(wanted):
            yield _as_csv([[_cell(value) for value in line_document(line).values()] for line in lines])

    async def _json(self, wanted: AuditFilter) -> AsyncIterator[str]:
        before = "["
        async for lines in self._pieces(wanted):
            for line in lines:
                yield f"{before}\n{json.dumps(line_document(line))}"
                before = ","
        yield "]\n" if before == "," else "[]\n"

    async def _pieces(self, wanted: AuditFilter) -> AsyncIterator[list[AuditLine]]:
        """No transaction stays open while somebody takes the file at a speed of their own."""
        last = 0
        while True:
            async with self._database.read() as conn:
                lines = await audit.after(conn, last, wanted)
            if not lines:
                return
            last = lines[-1].id
            yield lines


def line_document(line: AuditLine) -> dict[str, Any]:
    """A line as JSON, by the names of COLUMNS."""
    values = asdict(line.entry) | {"id": line.id, "at": line.at.isoformat(timespec="milliseconds")}
    values |= {"previous_hash": line.previous_hash, "hash": line.hash}
    return {name: values[name] for name in COLUMNS}


def _cell(value: Any) -> str:
    """As a cell that a table program takes for text, whatever it begins with."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _as_csv(rows: Any) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows(rows)
    return file.getvalue()
