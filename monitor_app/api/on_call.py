"""`/api/on-call` and `/api/quiet-hours`: who is told in which week, who stands in, and when one is left in peace."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import IDEMPOTENCY_KEY, NOT_MODIFIED, PROBLEMS
from monitor_app.api.spans import Moment
from monitor_app.domain.alerting.on_call import MEMBERS_LIMIT, ROTATION_DAYS_MAX, Shift
from monitor_app.domain.alerting.quiet import SPANS_LIMIT, QuietHours, spans_document
from monitor_app.domain.alerting.severity import Severity
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import MONITOR_READ, ON_CALL_WRITE, PROFILE_MANAGE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.on_call import NAME_LIMIT, REASON_LIMIT, SHIFTS_DAYS_MAX, ScheduleView

CREATED, NO_CONTENT = 201, 204
router = APIRouter(prefix="/on-call", tags=["on call"], responses=PROBLEMS)
quiet = APIRouter(prefix="/quiet-hours", tags=["on call"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(MONITOR_READ)]
_Writer = Annotated[Identity, requires(ON_CALL_WRITE)]
_Own = Annotated[Identity, requires(PROFILE_MANAGE)]
_Number = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[3])]
_WHEN: Final = "2026-05-17T12:00:00.000Z"
_Name = Annotated[str, Field(max_length=NAME_LIMIT, examples=["Operations"])]
_Zone = Annotated[str, Field(max_length=64, examples=["Europe/Berlin"])]
_Day = Annotated[
    str, Field(max_length=10, description="The first turn begins on or after it.", examples=["2026-05-18"])
]
_Clock = Annotated[str, Field(max_length=5, examples=["09:00"])]
_WeekDay = Annotated[int, Field(ge=0, le=6, description="Of the hand-over: Monday is 0.", examples=[0])]
_Days = Annotated[int, Field(ge=1, le=ROTATION_DAYS_MAX, description="How long a turn lasts.", examples=[7])]
_Username = Annotated[str, Field(max_length=64)]
_Members = Annotated[
    list[_Username], Field(max_length=MEMBERS_LIMIT, description="In the order of their turns.", examples=[["ada"]])
]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class ScheduleBody(_Input):
    """A new schedule. It begins today, if `starts_on` is left out."""

    name: _Name
    members: _Members
    time_zone: _Zone = "UTC"
    starts_on: _Day | None = None
    hand_over_day: _WeekDay = 0
    hand_over_at: _Clock = "09:00"
    rotation_days: _Days = 7


class SchedulePatch(_Input):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, json_schema_extra={"examples": [{"hand_over_at": "10:00"}]}
    )

    name: _Name = ""
    members: _Members = Field(default_factory=list)
    time_zone: _Zone = "UTC"
    starts_on: _Day = ""
    hand_over_day: _WeekDay = 0
    hand_over_at: _Clock = "09:00"
    rotation_days: _Days = 7


class StandInBody(_Input):
    """Who stands in, from now on if `starts_at` is left out; without a name nobody is on call meanwhile."""

    username: _Username | None = Field(None, examples=["grace"])
    starts_at: Moment | None = Field(None, examples=["2026-05-18T07:00:00Z"])
    ends_at: Moment = Field(examples=["2026-05-25T07:00:00Z"])
    reason: str = Field("", max_length=REASON_LIMIT, examples=["a holiday"])


class ShiftOut(BaseModel):
    """Who is on call in a stretch of time; null: nobody."""

    username: str | None = Field(examples=["ada"])
    starts_at: str = Field(examples=[_WHEN])
    ends_at: str = Field(examples=[_WHEN])
    stand_in_id: int | None = Field(description="Of who stands in; null: it is the turn.", examples=[None])


class StandInOut(BaseModel):
    """Somebody stands in."""

    stand_in_id: int = Field(examples=[4])
    username: str | None = Field(examples=["grace"])
    starts_at: str = Field(examples=[_WHEN])
    ends_at: str = Field(examples=[_WHEN])
    reason: str = Field(examples=["a holiday"])
    who: str = Field(description="Who said so.", examples=["ada"])


class ScheduleOut(BaseModel):
    """A schedule, with who is on call now and who comes next."""

    schedule_id: int = Field(examples=[3])
    name: str = Field(examples=["Operations"])
    time_zone: str = Field(examples=["Europe/Berlin"])
    starts_on: str = Field(examples=["2026-05-18"])
    hand_over_day: int = Field(examples=[0])
    hand_over_at: str = Field(examples=["09:00"])
    rotation_days: int = Field(examples=[7])
    members: list[str] = Field(examples=[["ada", "grace"]])
    now: ShiftOut
    next: ShiftOut | None = Field(description="null: nobody else ever comes.")
    stand_ins: list[StandInOut]
    policies: list[str] = Field(description="The escalation policies that name it.", examples=[["Nights"]])
    troubles: list[str] = Field(description="Who takes turns and cannot be told, and why.", examples=[[]])


class ScheduleList(BaseModel):
    """All schedules, by name."""

    items: list[ScheduleOut]


class ShiftList(BaseModel):
    """Who is on call, one after the other, without gaps."""

    items: list[ShiftOut]


class PersonOut(BaseModel):
    """Somebody who can log in."""

    person_id: int = Field(description="As the steps of escalation policies name people.", examples=[7])
    username: str = Field(examples=["ada"])


class PersonList(BaseModel):
    """Who can take turns and be told, by name."""

    items: list[PersonOut]


class QuietSpanBody(_Input):
    """Begins on these days; one that ends no later than it begins ends on the day after."""

    days: list[Annotated[int, Field(ge=0, le=6)]] = Field(max_length=7, examples=[[0, 1, 2, 3, 4]])
    from_: _Clock = Field(alias="from", examples=["22:00"])
    to: _Clock = Field(examples=["07:00"])


class QuietBody(_Input):
    """One's own quiet hours; without spans there are none."""

    time_zone: _Zone = "UTC"
    spans: list[QuietSpanBody] = Field(max_length=SPANS_LIMIT)
    passes: Severity = Field("critical", description="What is as bad as this is told at any time.")


class QuietOut(BaseModel):
    """One's own quiet hours."""

    time_zone: str = Field(examples=["Europe/Berlin"])
    spans: list[dict[str, Any]] = Field(examples=[[{"days": [0], "from": "22:00", "to": "07:00"}]])
    passes: str = Field(examples=["critical"])


class ShiftSpan(BaseModel):
    """From now on for four weeks, if both are left out."""

    model_config = ConfigDict(extra="forbid")

    since: Moment | None = Field(None, examples=["2026-05-17T00:00:00Z"])
    until: Moment | None = Field(None, description=f"At most {SHIFTS_DAYS_MAX} days later.")


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)
    app.include_router(quiet)


@router.get("/people", response_model=PersonList, responses=NOT_MODIFIED)
async def people(request: Request, identity: _Writer) -> Response:
    """Who can take turns and be told."""
    found = await runtime.current().on_call.people(identity)
    return answer_of(request, {"items": [{"person_id": each.pk, "username": each.username} for each in found]})


@router.get("/schedules", response_model=ScheduleList, responses=NOT_MODIFIED)
async def schedules(request: Request, identity: _Reader) -> Response:
    """All schedules: who is on call now, and next."""
    found = await runtime.current().on_call.list_all(identity)
    return answer_of(request, {"items": [shown_schedule(view) for view in found]})


@router.get("/schedules/{schedule_id}", response_model=ScheduleOut, responses=NOT_MODIFIED)
async def schedule(request: Request, schedule_id: _Number, identity: _Reader) -> Response:
    """One schedule."""
    return answer_of(request, shown_schedule(await runtime.current().on_call.get(identity, schedule_id)))


@router.get("/schedules/{schedule_id}/shifts", response_model=ShiftList, responses=NOT_MODIFIED)
async def shifts(
    request: Request, schedule_id: _Number, span: Annotated[ShiftSpan, Query()], identity: _Reader
) -> Response:
    """Who is on call in a span, who stands in included."""
    view, found = await runtime.current().on_call.shifts(identity, schedule_id, span.since, span.until)
    return answer_of(request, {"items": [shown_shift(view, shift) for shift in found]})


@router.post("/schedules", response_model=ScheduleOut, status_code=CREATED, openapi_extra=IDEMPOTENCY_KEY)
async def create(body: ScheduleBody, identity: _Writer) -> dict[str, Any]:
    """Keep a new schedule."""
    values = {name: value for name, value in body.model_dump().items() if value is not None}
    return shown_schedule(await runtime.current().on_call.create(identity, values))


@router.patch("/schedules/{schedule_id}", response_model=ScheduleOut)
async def change(schedule_id: _Number, body: SchedulePatch, identity: _Writer) -> dict[str, Any]:
    """Change what is named."""
    values = body.model_dump(exclude_unset=True)
    return shown_schedule(await runtime.current().on_call.update(identity, schedule_id, values))


@router.delete("/schedules/{schedule_id}", status_code=NO_CONTENT, response_class=Response)
async def delete(schedule_id: _Number, identity: _Writer) -> None:
    """Take a schedule away; 409 with the policies that name it while there are any."""
    await runtime.current().on_call.delete(identity, schedule_id)


@router.post(
    "/schedules/{schedule_id}/stand-ins", response_model=ScheduleOut, status_code=CREATED, openapi_extra=IDEMPOTENCY_KEY
)
async def stand_in(schedule_id: _Number, body: StandInBody, identity: _Writer) -> dict[str, Any]:
    """Let somebody stand in. What was said later counts before what was said earlier."""
    return shown_schedule(await runtime.current().on_call.stand_in(identity, schedule_id, body.model_dump()))


@router.delete("/schedules/{schedule_id}/stand-ins/{stand_in_id}", status_code=NO_CONTENT, response_class=Response)
async def end_stand_in(schedule_id: _Number, stand_in_id: _Number, identity: _Writer) -> None:
    """Take it back."""
    await runtime.current().on_call.end_stand_in(identity, schedule_id, stand_in_id)


@quiet.get("", response_model=QuietOut)
async def quiet_hours(identity: _Own) -> dict[str, Any]:
    """One's own; without spans when there are none."""
    return shown_quiet(await runtime.current().quiet_hours.get(identity))


@quiet.put("", response_model=QuietOut)
async def put_quiet_hours(body: QuietBody, identity: _Own) -> dict[str, Any]:
    """Keep these instead."""
    return shown_quiet(await runtime.current().quiet_hours.put(identity, body.model_dump(by_alias=True)))


def shown_schedule(view: ScheduleView) -> dict[str, Any]:
    """As the API and the screens tell it."""
    schedule = view.schedule
    return {
        "schedule_id": schedule.pk,
        "name": schedule.name,
        "time_zone": schedule.zone.key,
        "starts_on": schedule.starts_on.isoformat(),
        "hand_over_day": schedule.hand_over_day,
        "hand_over_at": f"{schedule.hand_over_at:%H:%M}",
        "rotation_days": schedule.rotation_days,
        "members": [view.name(pk) for pk in schedule.members],
        "now": shown_shift(view, view.now),
        "next": None if view.following is None else shown_shift(view, view.following),
        "stand_ins": [
            {
                "stand_in_id": each.pk,
                "username": view.name(each.account_pk) or None,
                "starts_at": stamp(each.starts_at),
                "ends_at": stamp(each.ends_at),
                "reason": each.reason,
                "who": each.who,
            }
            for each in schedule.overrides
        ],
        "policies": list(view.policies),
        "troubles": list(view.troubles),
    }


def shown_shift(view: ScheduleView, shift: Shift) -> dict[str, Any]:
    """Who is on call from when to when."""
    return {
        "username": view.name(shift.account_pk) or None,
        "starts_at": stamp(shift.starts_at),
        "ends_at": stamp(shift.ends_at),
        "stand_in_id": shift.override_pk,
    }


def shown_quiet(found: QuietHours | None) -> dict[str, Any]:
    """Quiet hours, or none."""
    if found is None:
        return {"time_zone": "UTC", "spans": [], "passes": "critical"}
    return {"time_zone": found.zone.key, "spans": spans_document(found.spans), "passes": found.passes}
