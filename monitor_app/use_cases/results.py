"""Reading what checks found."""

from monitor_app.domain.result import StoredResult
from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory

LATEST_LIMIT = 200


class ResultUseCases:
    """What a person or a client does with results."""

    def __init__(self, database: Database) -> None:
        self._history = SqlHistory(database)

    async def latest(self, identity: Identity, service_pk: int, limit: int = 20) -> list[StoredResult]:
        """The last results of a service, newest first; empty for a service that does not exist.

        Raises InvalidInput for a limit outside 1 to 200.
        """
        identity.require(BOARD_READ)
        if not 1 <= limit <= LATEST_LIMIT:
            raise InvalidInput({"limit": f"must be 1 to {LATEST_LIMIT}, got {limit}"})
        recent = await self._history.recent(limit, [service_pk])
        return recent.get(service_pk, [])[::-1]
