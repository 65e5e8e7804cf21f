"""Escalation policies, on-call schedules and quiet hours."""

from typing import Any, Final

from monitor_app.security.permissions import MONITOR_READ, ON_CALL_WRITE, PROFILE_MANAGE, SYSTEM, VIEWER
from tests.integration.access.routes import Call, Caller, Prepare, Row, always, plain
from tests.integration.access.routes_people import row
from tests.integration.access.stage import Stage

POLICIES: Final = "/api/escalation-policies"
SCHEDULES: Final = "/api/on-call/schedules"
_POLICY: Final = f"{POLICIES}/{{policy_id}}"
_SCHEDULE: Final = f"{SCHEDULES}/{{schedule_id}}"


async def _member(stage: Stage) -> str:
    """Somebody who can take a turn."""
    name = stage.new_name("turn")
    await stage.people.join(name, VIEWER)
    return name


async def _values(stage: Stage) -> dict[str, Any]:
    return {"name": stage.new_name("schedule"), "members": [await _member(stage)]}


async def new_schedule(stage: Stage, caller: Caller) -> Call:
    return Call(await _values(stage))


async def _schedule(stage: Stage) -> int:
    made = await stage.running.on_call.create(SYSTEM, await _values(stage))
    number: int = made.schedule.pk
    return number


def of_schedule(tail: str = "", body: Any = None) -> Prepare:
    """A call about a schedule that no policy names."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        return Call(body, path=f"{SCHEDULES}/{await _schedule(stage)}{tail}")

    return prepare


async def standing_in(stage: Stage, caller: Caller) -> Call:
    body = {"username": await _member(stage), "ends_at": "2026-05-19T00:00:00Z"}
    return Call(body, path=f"{SCHEDULES}/{await _schedule(stage)}/stand-ins")


async def stood_in(stage: Stage, caller: Caller) -> Call:
    number = await _schedule(stage)
    ends_at = stage.people.clock.at.replace(year=stage.people.clock.at.year + 1, month=1)
    made = await stage.running.on_call.stand_in(
        SYSTEM, number, {"username": None, "starts_at": ends_at.replace(day=1), "ends_at": ends_at.replace(day=9)}
    )
    return Call(path=f"{SCHEDULES}/{number}/stand-ins/{made.schedule.overrides[-1].pk}")


async def _steps(stage: Stage, key: str) -> list[dict[str, Any]]:
    return [{"after_minutes": 0, "targets": [{"type": "schedule", key: await _schedule(stage)}]}]


async def new_policy(stage: Stage, caller: Caller) -> Call:
    return Call({"name": stage.new_name("policy"), "steps": await _steps(stage, "id")})


def of_policy(body: Any = None) -> Prepare:
    """A call about a policy that no rule names."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        values = {"name": stage.new_name("policy"), "steps": await _steps(stage, "pk")}
        made = await stage.running.escalation_policies.create(SYSTEM, values)
        return Call(body, path=f"{POLICIES}/{made.policy.pk}")

    return prepare


async def nights(stage: Stage, caller: Caller) -> Call:
    return Call({"time_zone": "UTC", "spans": [{"days": [0], "from": "22:00", "to": "07:00"}]})


ROUTES: Final = (
    Row("GET", POLICIES, MONITOR_READ, plain),
    Row("GET", _POLICY, MONITOR_READ, of_policy()),
    Row("POST", POLICIES, ON_CALL_WRITE, new_policy, always, 201, is_forgiving=True),
    Row("PATCH", _POLICY, ON_CALL_WRITE, of_policy({"rounds": 3}), always, is_forgiving=True),
    Row("DELETE", _POLICY, ON_CALL_WRITE, of_policy(), always, 204),
    Row("GET", "/api/on-call/people", ON_CALL_WRITE, plain),
    Row("GET", SCHEDULES, MONITOR_READ, plain),
    Row("GET", _SCHEDULE, MONITOR_READ, of_schedule()),
    Row("GET", f"{_SCHEDULE}/shifts", MONITOR_READ, of_schedule("/shifts")),
    Row("POST", SCHEDULES, ON_CALL_WRITE, new_schedule, always, 201, is_forgiving=True),
    Row("PATCH", _SCHEDULE, ON_CALL_WRITE, of_schedule(body={"hand_over_at": "10:00"}), always, is_forgiving=True),
    Row("DELETE", _SCHEDULE, ON_CALL_WRITE, of_schedule(), always, 204),
    Row("POST", f"{_SCHEDULE}/stand-ins", ON_CALL_WRITE, standing_in, always, 201, is_forgiving=True),
    Row("DELETE", f"{_SCHEDULE}/stand-ins/{{stand_in_id}}", ON_CALL_WRITE, stood_in, always, 204),
    row("GET", "/api/quiet-hours", PROFILE_MANAGE, plain),
    row("PUT", "/api/quiet-hours", PROFILE_MANAGE, nights, always),
)
