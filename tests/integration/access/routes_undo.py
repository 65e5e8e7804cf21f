"""Routes of undo and redo, of what was deleted, and of the versions of a service."""

from typing import Final

from monitor_app.security.permissions import SERVICE_DELETE, SERVICE_WRITE, SYSTEM, Identity
from monitor_app.use_cases.change_log import noted_changes
from tests.integration.access.routes import Call, Caller, Prepare, Row, always, plain
from tests.integration.access.stage import Stage

_ONE: Final = "/api/admin/services/{service_id}"


def identity_of(stage: Stage, caller: Caller) -> Identity:
    """Who that is, with their account; the program where they may change nothing."""
    book, headers = stage.people.book, caller.headers
    found = book.of_cookie(headers.get("Cookie", ""), stage.place())
    if "Authorization" in headers:
        found = book.of_authorization(headers["Authorization"], stage.place()) or SYSTEM
    return found if found.may(SERVICE_WRITE) else SYSTEM


async def _change(stage: Stage, caller: Caller) -> tuple[Identity, str, int]:
    """A service of the caller's that they have changed: who, its id, and the change; 1 where it is not theirs."""
    who = identity_of(stage, caller)
    service_id = stage.service_id(await stage.add(who))
    with noted_changes() as noted:
        await stage.running.services.update(who, service_id, {"group": "Other"}, expected_revision=None)
    await stage.running.follower.read_now()
    return who, service_id, noted[0] if noted else 1


def changed(then: str, *, is_undone: bool = False) -> Prepare:
    """What is done with a change of the caller's, which is undone before where that is wanted."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        who, service_id, change = await _change(stage, caller)
        if is_undone and who is not SYSTEM:
            await stage.running.undo.undo_change(who, change)
        return Call(path=then.format(change=change, service_id=service_id))

    return prepare


async def older(stage: Stage, caller: Caller) -> Call:
    """The first version of a service of the caller's."""
    _, service_id, _ = await _change(stage, caller)
    history = await stage.running.versions.versions(SYSTEM, service_id)
    first = history.versions[-1].change.pk
    return Call(path=f"/api/admin/services/{service_id}/versions/{first}/rollback")


ROUTES: Final = (
    Row("GET", "/api/admin/changes", SERVICE_WRITE, plain),
    Row("POST", "/api/admin/changes/undo", SERVICE_WRITE, changed("/api/admin/changes/undo"), always),
    Row("POST", "/api/admin/changes/redo", SERVICE_WRITE, changed("/api/admin/changes/redo", is_undone=True), always),
    Row(
        "POST",
        "/api/admin/changes/{change_id}/undo",
        SERVICE_WRITE,
        changed("/api/admin/changes/{change}/undo"),
        always,
    ),
    Row(
        "POST",
        "/api/admin/changes/{change_id}/redo",
        SERVICE_WRITE,
        changed("/api/admin/changes/{change}/redo", is_undone=True),
        always,
    ),
    Row("GET", "/api/admin/services/deleted", SERVICE_DELETE, plain),
    Row("GET", f"{_ONE}/versions", SERVICE_WRITE, changed("/api/admin/services/{service_id}/versions")),
    Row("POST", f"{_ONE}/versions/{{change_id}}/rollback", SERVICE_WRITE, older, always),
)
