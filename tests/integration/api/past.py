"""Results and downtimes for tests of what the API tells of the past: recorded as the engine does, around now."""

from datetime import UTC, datetime, timedelta

from monitor_app.domain.changes import Batch, DowntimeClosed, DowntimeOpened
from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status
from monitor_app.storage.history import SqlHistory
from tests.integration.api.served import Served
from tests.samples import Recorder, result, start_recording


class Past:
    """Writes what was; times are minutes ago."""

    def __init__(self, api: Served, recorder: Recorder) -> None:
        self.api, self.recorder = api, recorder
        self.now = datetime.now(UTC).replace(microsecond=0)

    def pk(self, service_id: str) -> int:
        """The number of a service."""
        row = self.api.running.board.find(service_id)
        assert row is not None
        return row.pk

    def at(self, minutes_ago: float) -> datetime:
        """A moment."""
        return self.now - timedelta(minutes=minutes_ago)

    async def results(self, service_id: str, *found: tuple[float, Status]) -> None:
        """Record results, and have them on the board."""
        pk = self.pk(service_id)
        results: list[CheckResult] = [
            result(
                pk, status=status, checked_at=self.at(ago), message=f"said {status.name}", metrics={"status_code": 200}
            )
            for ago, status in found
        ]
        await self.recorder.record(*results)
        await self.api.running.follower.read_now()

    async def down(self, service_id: str, began: float, ended: float | None, cause: str = "503") -> None:
        """A downtime; one without an end lasts."""
        pk = self.pk(service_id)
        changes = [DowntimeOpened(pk, self.at(began), cause)]
        closed = [] if ended is None else [DowntimeClosed(pk, self.at(ended))]
        number, self.recorder.next_id = self.recorder.next_id, self.recorder.next_id + 1
        history = SqlHistory(self.api.database)
        await history.record(self.recorder.epoch, Batch([], [], [*changes, *closed], number))


async def begin(api: Served) -> Past:
    """Begin to record."""
    return Past(api, await start_recording(SqlHistory(api.database)))
