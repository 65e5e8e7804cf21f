"""Routes of pauses and maintenance."""

from datetime import timedelta
from typing import Any, Final

from monitor_app.engine.clock import SystemClock
from monitor_app.security.permissions import SERVICE_WRITE, SYSTEM
from tests.integration.access.routes import Call, Caller, Prepare, Row, always
from tests.integration.access.stage import Stage


def of_service(action: str, **values: Any) -> Prepare:
    """What is done with some service, which is paused and in maintenance already."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        service_id = stage.service_id(await stage.add(SYSTEM))
        until = SystemClock().now() + timedelta(hours=1)
        await stage.running.holds.pause(SYSTEM, [service_id], "new disk", until)
        await stage.running.holds.begin_maintenance(SYSTEM, [service_id], "new disk", until)
        given = values | ({"until": until.isoformat()} if values else {})
        return Call(given or None, path=f"/api/admin/services/{service_id}/{action}")

    return prepare


_ONE: Final = "/api/admin/services/{service_id}"
ROUTES: Final = (
    Row("POST", f"{_ONE}/pause", SERVICE_WRITE, of_service("pause", reason="disks"), always, is_forgiving=True),
    Row("POST", f"{_ONE}/resume", SERVICE_WRITE, of_service("resume"), always),
    Row(
        "POST",
        f"{_ONE}/maintenance",
        SERVICE_WRITE,
        of_service("maintenance", reason="disks"),
        always,
        is_forgiving=True,
    ),
    Row("DELETE", f"{_ONE}/maintenance", SERVICE_WRITE, of_service("maintenance"), always),
)
