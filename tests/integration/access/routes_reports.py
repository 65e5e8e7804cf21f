"""Objectives, the overview of all services, and reports."""

from typing import Any, Final

from monitor_app.security.permissions import MONITOR_READ, OBJECTIVE_WRITE, SYSTEM, Identity
from monitor_app.use_cases.reports.content import Wanted
from monitor_app.use_cases.selection import Selection
from tests.integration.access.routes import KEY, LITTLE_KEY, TOKEN, Call, Caller, Prepare, Row, always, plain
from tests.integration.access.routes_people import own_identity
from tests.integration.access.stage import Stage
from tests.samples import NOON

OBJECTIVES, REPORTS = "/api/objectives", "/api/reports"
DAY_BEFORE: Final = NOON.replace(day=16)


def values(stage: Stage) -> dict[str, Any]:
    """What an objective is made of."""
    return {"name": stage.new_name("target"), "service_id": stage.service_id(1), "target": 0.99, "window_days": 7}


async def new_objective(stage: Stage, caller: Caller) -> Call:
    return Call(values(stage) | {"group": ""})


def of_objective(prefix: str, body: Any = None) -> Prepare:
    """A call about an objective."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        made = await stage.running.objectives.create(SYSTEM, values(stage))
        return Call(body, path=f"{prefix}/{made.objective.pk}")

    return prepare


async def ordered(stage: Stage, caller: Caller) -> Call:
    """Of a day of one service; nobody has many under way."""
    await settled(stage)
    since, until = "2026-05-16T00:00:00Z", "2026-05-17T00:00:00Z"
    return Call({"title": "Day", "since": since, "until": until, "target": 0.99, "services": [stage.service_id(1)]})


def of_report(tail: str = "") -> Prepare:
    """A call about a report of the caller's own that is done."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        await settled(stage)
        wanted = Wanted("Day", DAY_BEFORE, NOON, Selection((stage.service_id(1),)))
        owner = await _owner(stage, caller)
        job = await stage.running.reports.start(owner if owner.may(MONITOR_READ) else await stage.admin(), wanted)
        await job.task
        return Call(path=f"{REPORTS}/{job.number}{tail}")

    return prepare


async def settled(stage: Stage) -> None:
    """All that were ordered are done."""
    for job in list(stage.running.reports._jobs.values()):
        if job.is_open:
            await job.task


async def _owner(stage: Stage, caller: Caller) -> Identity:
    if caller.who in (KEY, LITTLE_KEY, TOKEN):
        identity = stage.people.book.of_authorization(caller.headers["Authorization"], stage.place())
        assert identity is not None
        return identity
    return await own_identity(stage, caller)


_ADMIN: Final = "/api/admin/objectives"
_ONE: Final = f"{REPORTS}/{{report_id}}"
ROUTES: Final = (
    Row("GET", "/api/fleet", MONITOR_READ, plain),
    Row("GET", OBJECTIVES, MONITOR_READ, plain),
    Row("GET", f"{OBJECTIVES}/{{objective_id}}", MONITOR_READ, of_objective(OBJECTIVES)),
    Row("POST", _ADMIN, OBJECTIVE_WRITE, new_objective, always, 201, is_forgiving=True),
    Row(
        "PATCH",
        f"{_ADMIN}/{{objective_id}}",
        OBJECTIVE_WRITE,
        of_objective(_ADMIN, {"target": 0.95}),
        always,
        is_forgiving=True,
    ),
    Row("DELETE", f"{_ADMIN}/{{objective_id}}", OBJECTIVE_WRITE, of_objective(_ADMIN), always, 204),
    Row("GET", REPORTS, MONITOR_READ, plain),
    Row("POST", REPORTS, MONITOR_READ, ordered, status=202, is_forgiving=True),
    Row("GET", _ONE, MONITOR_READ, of_report()),
    Row("DELETE", _ONE, MONITOR_READ, of_report(), status=204),
    Row("GET", f"{_ONE}/content", MONITOR_READ, of_report("/content")),
    Row("GET", f"{_ONE}/{{name}}", MONITOR_READ, of_report("/services.csv")),
)
