"""Maintenance windows and silences."""

from datetime import timedelta
from typing import Any, Final

from monitor_app.security.permissions import ALERT_ACKNOWLEDGE, MAINTENANCE_WRITE, MONITOR_READ, SYSTEM
from tests.integration.access.routes import Call, Caller, Prepare, Row, always, plain
from tests.integration.access.routes_alerts import new_incident
from tests.integration.access.stage import Stage

WINDOWS: Final = "/api/maintenance-windows"
SILENCES: Final = "/api/silences"
_WINDOW: Final = f"{WINDOWS}/{{window_id}}"
_LATER: Final = "2027-05-17T22:00"


def _values(stage: Stage) -> dict[str, Any]:
    return {"name": stage.new_name("window"), "starts_at": _LATER, "scope": {"services": [stage.service_id(1)]}}


async def new_window(stage: Stage, caller: Caller) -> Call:
    return Call(_values(stage))


def of_window(tail: str = "", body: Any = None) -> Prepare:
    """A call about a window."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        made = await stage.running.maintenance_windows.create(SYSTEM, _values(stage))
        return Call(body, path=f"{WINDOWS}/{made.window.pk}{tail}")

    return prepare


async def previewed(stage: Stage, caller: Caller) -> Call:
    return Call({"starts_at": _LATER, "recurrence": "FREQ=WEEKLY;BYDAY=SU"})


def _silence(stage: Stage) -> dict[str, Any]:
    return {"reason": stage.new_name("reason"), "minutes": 5, "scope": {"services": [stage.service_id(1)]}}


async def new_silence(stage: Stage, caller: Caller) -> Call:
    return Call(_silence(stage))


async def of_alerts(stage: Stage, caller: Caller) -> Call:
    _, pks = await new_incident(stage)
    return Call({"alerts": pks, "minutes": 5, "reason": "a known defect"})


async def of_silence(stage: Stage, caller: Caller) -> Call:
    values = _silence(stage)
    values["ends_at"] = stage.people.clock.at + timedelta(minutes=values.pop("minutes"))
    made = await stage.running.silences.create(SYSTEM, values)
    return Call(path=f"{SILENCES}/{made.silence.pk}")


ROUTES: Final = (
    Row("GET", WINDOWS, MONITOR_READ, plain),
    Row("GET", f"{WINDOWS}/calendar", MONITOR_READ, plain),
    Row("GET", _WINDOW, MONITOR_READ, of_window()),
    Row("POST", WINDOWS, MAINTENANCE_WRITE, new_window, always, 201, is_forgiving=True),
    Row("POST", f"{WINDOWS}/preview", MAINTENANCE_WRITE, previewed, is_forgiving=True),
    Row("PATCH", _WINDOW, MAINTENANCE_WRITE, of_window(body={"minutes": 30}), always, is_forgiving=True),
    Row("DELETE", _WINDOW, MAINTENANCE_WRITE, of_window(), always, 204),
    Row("POST", f"{_WINDOW}/skip", MAINTENANCE_WRITE, of_window("/skip", {"occurrence": _LATER}), always),
    Row("GET", SILENCES, MONITOR_READ, plain),
    Row("POST", SILENCES, ALERT_ACKNOWLEDGE, new_silence, always, 201, is_forgiving=True),
    Row("POST", f"{SILENCES}/alerts", ALERT_ACKNOWLEDGE, of_alerts, always, 201, is_forgiving=True),
    Row("DELETE", f"{SILENCES}/{{silence_id}}", ALERT_ACKNOWLEDGE, of_silence, always),
)
