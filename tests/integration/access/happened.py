"""Something that happened to a service on the stage: a result that is kept in full, a downtime, a note."""

from datetime import UTC, datetime, timedelta

from monitor_app.domain.changes import Batch, DowntimeClosed, DowntimeOpened
from monitor_app.domain.report import ResultDetail, document, facts, text
from monitor_app.domain.status import Status
from monitor_app.security.permissions import Identity
from monitor_app.storage.history import IncidentFilter, SqlHistory
from tests.integration.access.stage import Stage
from tests.samples import result

BODY = "the body of the answer"


async def add_result(stage: Stage, pk: int) -> int:
    """A failed result that is kept in full; its id."""
    history = SqlHistory(stage.people.database)
    epoch = await history.begin_epoch()
    number, one = epoch.next_result_id, result(pk, status=Status.FAILED, checked_at=datetime.now(UTC))
    told = document([facts("Answer", {"Status line": "HTTP/1.1 503"}), text("Begin of the body", BODY)])
    detail = ResultDetail(pk, number, one.checked_at, one.status, told)
    await history.record(epoch, Batch([(number, one)], [], [], number, details=[detail]))
    return number


async def add_downtime(stage: Stage, pk: int) -> int:
    """A downtime that is over; its id."""
    history = SqlHistory(stage.people.database)
    epoch, now = await history.begin_epoch(), datetime.now(UTC)
    began, ended = now - timedelta(minutes=9), now - timedelta(minutes=5)
    changes = [DowntimeOpened(pk, began, "refused"), DowntimeClosed(pk, ended)]
    await history.record(epoch, Batch([], [], changes, epoch.next_result_id))
    return (await history.incidents(IncidentFilter(now, None, [pk]), 1))[0].number


async def add_note(stage: Stage, pk: int, author: Identity) -> int:
    """A note; its id."""
    return int((await stage.running.notes.add(author, pk, {"text": stage.new_name("note")})).pk)
