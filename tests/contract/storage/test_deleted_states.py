"""What is left of services that were deleted while no engine ran."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor_app.domain.changes import Batch
from monitor_app.domain.result import CheckResult
from monitor_app.domain.state import Pending, ServiceState
from monitor_app.domain.status import Status
from monitor_app.storage.history.deleted import load_deleted, load_states
from tests.recorder import Recorder

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_states_of_deleted_services_are_completed_until_they_are_stopped(database, history):
    recorder = Recorder(database)
    one, two, there = await recorder.add_services(3)
    epoch = await history.begin_epoch()
    pending = Pending(Status.OK, 1, 2, NOON, "well")
    down = ServiceState(one.pk, Status.FAILED, NOON, NOON, None, "refused", 1, settled=Status.FAILED, pending=pending)
    paused = replace(down, service_pk=two.pk, status=Status.STOPPED)
    last = CheckResult(one.pk, NOON + timedelta(minutes=5), Status.FAILED, "refused")
    await history.record(epoch, Batch([(2, last)], [down, paused, replace(down, service_pk=there.pk)], [], 2))
    async with database.read() as conn:
        assert await load_deleted(conn) == []
    await recorder.delete_service(one.pk)
    await recorder.delete_service(two.pk)
    async with database.read() as conn:
        ((state, deleted_at),) = await load_deleted(conn)
        assert await load_states(conn, {two.pk, there.pk, 999}) == [paused, replace(down, service_pk=there.pk)]
        assert await load_states(conn, set()) == []
    assert state == replace(down, checked_at=last.checked_at, result_id=2)
    assert (datetime.now(UTC) - deleted_at).total_seconds() < 60
