"""Routes of what became of a service in full: the timeline, notes, results, the file of downtimes."""

from typing import Final

from monitor_app.security.permissions import BOARD_READ, MONITOR_READ, NOTE_WRITE, SYSTEM, Identity
from tests.integration.access.happened import add_downtime, add_note, add_result
from tests.integration.access.routes import KEY, LITTLE_KEY, TOKEN, Call, Caller, Row, always
from tests.integration.access.routes_people import own_identity
from tests.integration.access.routes_status import of_service
from tests.integration.access.stage import Stage


async def in_full(stage: Stage, caller: Caller) -> Call:
    pk = await stage.add(SYSTEM)
    number = await add_result(stage, pk)
    return Call(path=f"/api/services/{stage.service_id(pk)}/results/{number}")


async def new_note(stage: Stage, caller: Caller) -> Call:
    """About a downtime."""
    pk = await stage.add(SYSTEM)
    incident_id = await add_downtime(stage, pk)
    return Call(
        {"text": stage.new_name("note"), "incident_id": incident_id},
        path=f"/api/services/{stage.service_id(pk)}/notes",
    )


async def own_note(stage: Stage, caller: Caller) -> Call:
    """One that the caller has written, or an administrator where they write none."""
    pk = await stage.add(SYSTEM)
    author = await _author(stage, caller)
    note_id = await add_note(stage, pk, author if author.may(NOTE_WRITE) else await stage.admin())
    return Call({"text": stage.new_name("again")}, path=f"/api/services/{stage.service_id(pk)}/notes/{note_id}")


async def gone_note(stage: Stage, caller: Caller) -> Call:
    """The same without a body."""
    return Call(path=(await own_note(stage, caller)).path)


async def _author(stage: Stage, caller: Caller) -> Identity:
    if caller.who in (KEY, LITTLE_KEY, TOKEN):
        identity = stage.people.book.of_authorization(caller.headers["Authorization"], stage.place())
        assert identity is not None
        return identity
    return await own_identity(stage, caller)


_SERVICE: Final = "/api/services/{service_id}"
_NOTE: Final = f"{_SERVICE}/notes/{{note_id}}"
ROUTES: Final = (
    Row("GET", f"{_SERVICE}/timeline", BOARD_READ, of_service("/api/services/{}/timeline", sorts="status,note")),
    Row("GET", f"{_SERVICE}/results/{{result_id}}", BOARD_READ, in_full),
    Row("GET", f"{_SERVICE}/report", BOARD_READ, of_service("/api/services/{}/report")),
    Row("GET", f"{_SERVICE}/downtime.csv", BOARD_READ, of_service("/api/services/{}/downtime.csv")),
    Row("GET", f"{_SERVICE}/notes", MONITOR_READ, of_service("/api/services/{}/notes", limit="5")),
    Row("POST", f"{_SERVICE}/notes", NOTE_WRITE, new_note, always, 201, is_forgiving=True),
    Row("PATCH", _NOTE, NOTE_WRITE, own_note, always, is_forgiving=True),
    Row("DELETE", _NOTE, NOTE_WRITE, gone_note, always, 204),
)
