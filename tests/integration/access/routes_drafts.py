"""Routes of what somebody has typed and not saved, and of duplicates. Drafts are one's own: the audit log has none."""

from typing import Final

from monitor_app.security.permissions import SERVICE_WRITE, SYSTEM
from monitor_app.use_cases.drafts import Draft
from tests.integration.access.routes import Call, Caller, Row, always, plain
from tests.integration.access.routes_undo import identity_of
from tests.integration.access.stage import Stage

_PATH: Final = "/api/admin/drafts/{draft_id}"


async def kept(stage: Stage, caller: Caller) -> Call:
    """A draft of the caller's, of a service that there is."""
    pk, who = await stage.add(SYSTEM), identity_of(stage, caller)
    if who is not SYSTEM:
        await stage.running.drafts.keep(who, Draft(f"copy.{pk}", "Shop", "http", {"label": "Shop"}, {}))
    return Call(path=f"/api/admin/drafts/copy.{stage.service_id(pk)}")


async def typed(stage: Stage, caller: Caller) -> Call:
    return Call({"values": {"label": "Half"}}, path="/api/admin/drafts/new")


async def duplicate(stage: Stage, caller: Caller) -> Call:
    name = stage.service_id(await stage.add(SYSTEM))
    return Call({"label": stage.new_name("copy")}, path=f"/api/admin/services/{name}/duplicate")


ROUTES: Final = (
    Row("GET", "/api/admin/drafts", SERVICE_WRITE, plain),
    Row("GET", _PATH, SERVICE_WRITE, kept),
    Row("PUT", _PATH, SERVICE_WRITE, typed, is_own=always, is_forgiving=True),
    Row("DELETE", _PATH, SERVICE_WRITE, kept, status=204, is_own=always),
    Row("POST", "/api/admin/services/{service_id}/duplicate", SERVICE_WRITE, duplicate, always, 201, is_forgiving=True),
)
