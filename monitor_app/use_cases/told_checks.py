"""What a source told of each check of a service: for any result, and over the last day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from monitor_app.domain.report import ResultDetail
from monitor_app.domain.told import WINDOW_MS, CheckHistory, histories
from monitor_app.errors import NotFound
from monitor_app.security.permissions import BOARD_READ, MONITOR_READ, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.result_details import load_told, told_at, told_since

# Of how many reports the changes of checks are told.
REPORTS_LIMIT: Final = 200
_DAY: Final = timedelta(days=1)


class ToldChecks:
    """Reading needs board:read; who has no account is not told outputs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._history = SqlHistory(database)

    async def at(self, identity: Identity, service_pk: int, result_id: int) -> ResultDetail:
        """What was told with a result or, as nothing changed since, with an earlier one. Raises NotFound."""
        identity.require(BOARD_READ)
        async with self._database.read() as conn:
            found = await told_at(conn, service_pk, result_id)
        if found is None:
            raise NotFound(f"it is not known any more what was told with the result {result_id}")
        return found

    async def since(self, identity: Identity, service_pk: int) -> int | None:
        """The first result for which that is known."""
        identity.require(BOARD_READ)
        async with self._database.read() as conn:
            return await told_since(conn, service_pk)

    async def histories(self, identity: Identity, service_pk: int, now: datetime) -> list[CheckHistory]:
        """Each check with its last 24 hours in windows of five minutes, and its last changes."""
        identity.require(BOARD_READ)
        async with self._database.read() as conn:
            reports = await load_told(conn, service_pk, REPORTS_LIMIT)
        step = WINDOW_MS / 1000
        since = datetime.fromtimestamp(((now - _DAY).timestamp() // step + 1) * step, UTC)
        results: list[tuple[int, int]] = []
        async for columns in self._history.columns(service_pk, since, now + _DAY):
            results += zip(columns.ids, columns.checked_at, strict=True)
        found = histories(reports, results)
        if not identity.may(MONITOR_READ):
            for each in found:
                each.check = {**each.check, "output": ""}
                each.changes = [replace(change, output="") for change in each.changes]
        return found
