"""`/api/notifications`: what was told to whom, and what became of it; `/api/alerting/settings`: how often."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer, answer_of
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.api.spans import Moment
from monitor_app.domain.alerting.delivery import NUMBERS
from monitor_app.security.permissions import ALERT_RULE_WRITE, CHANNEL_WRITE, MONITOR_READ, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.alerting_settings import AlertingSettings
from monitor_app.use_cases.notifications import PAGE_LIMIT, LogFilter, Logged

router = APIRouter(prefix="/notifications", tags=["notifications"], responses=PROBLEMS)
settings_router = APIRouter(prefix="/alerting/settings", tags=["notifications"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(MONITOR_READ)]
_Sender = Annotated[Identity, requires(CHANNEL_WRITE)]
_Keeper = Annotated[Identity, requires(ALERT_RULE_WRITE)]
_Number = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[4711])]
_Pk = Annotated[int, Field(ge=1, le=2**31 - 1)]
_LIMIT: Final = 50
_WHEN: Final = "2026-05-17T12:00:00.000+00:00"


class Wanted(BaseModel):
    """Which ones; what is left out does not count. Times have a zone."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["", "waiting", "sending", "sent", "dead", "held"] = ""
    kind: Annotated[str, Field(max_length=20)] = ""
    channel_id: _Pk | None = None
    incident_id: _Pk | None = None
    since: Moment | None = None
    until: Moment | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = _LIMIT
    cursor: Annotated[str, Field(pattern=r"^([1-9][0-9]{0,8})?$")] = Field(
        "", description="next_cursor of the answer before."
    )


class NotificationOut(BaseModel):
    """A message to one channel: `why` tells why it was held or given up, `answer` what the provider said last."""

    notification_id: int = Field(examples=[4711])
    key: str = Field(
        description="The receiver gets it, too: the same each time it is tried.", examples=["lightbulb-12-3-1"]
    )
    kind: str = Field(examples=["fired"])
    state: str = Field(examples=["sent"])
    why: str = Field(examples=[""])
    title: str = Field(examples=["Shop is down"])
    severity: str = Field(examples=["critical"])
    incidents: list[int] = Field(description="Those that it tells of.", examples=[[12]])
    channel_id: int | None = Field(description="null: the channel was deleted.", examples=[3])
    channel: str = Field(
        description="Empty for one of another person, unless you may change channels.", examples=["Operations"]
    )
    username: str = Field(description="Whose channel it is; empty for everybody's.", examples=[""])
    created_at: str = Field(examples=[_WHEN])
    next_attempt_at: str | None = Field(
        description="When it is tried next, or until when it is held; null: neither.", examples=[None]
    )
    attempts: int = Field(examples=[1])
    finished_at: str | None = Field(examples=[_WHEN])
    answer: str = Field(description="Empty unless you may change the channel.", examples=["250 OK"])


class NotificationList(BaseModel):
    """A page, the newest first."""

    items: list[NotificationOut]
    next_cursor: str | None = Field(description="For the page after this; null at the end.", examples=["4662"])


def _number(name: str, text: str) -> Any:
    least, most = NUMBERS[name]
    return Field(strict=True, ge=least, le=most, description=text)


class SettingsBody(BaseModel):
    """How much is told together, and how often."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [AlertingSettings().to_dict()]})

    group_seconds: Annotated[int, _number("group_seconds", "What happens within it is one message of a channel.")]
    update_minutes: Annotated[int, _number("update_minutes", "The least time between two messages of an incident.")]
    repeat_minutes: Annotated[int, _number("repeat_minutes", "When what is open is told again; 0: never.")]
    give_up_hours: Annotated[int, _number("give_up_hours", "How long a message that fails is tried again.")]


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)
    app.include_router(settings_router)


@router.get("", response_model=NotificationList, responses=NOT_MODIFIED)
async def notifications(request: Request, wanted: Annotated[Wanted, Query()], identity: _Reader) -> Response:
    """What was told, or is to be told, the newest first, page by page; what was held back, too."""
    chosen = LogFilter(
        wanted.state, wanted.kind, wanted.channel_id, wanted.incident_id, since=wanted.since, until=wanted.until
    )
    before = int(wanted.cursor) if wanted.cursor else None
    found = await runtime.current().notifications.page(identity, chosen, before_pk=before, limit=wanted.limit)
    cursor = str(found[-1].pk) if len(found) == wanted.limit else None
    return answer_of(request, {"items": [shown_notification(one) for one in found], "next_cursor": cursor})


@router.get("/{notification_id}", response_model=NotificationOut, responses=NOT_MODIFIED)
async def notification(request: Request, notification_id: _Number, identity: _Reader) -> Response:
    """One of them."""
    return answer_of(request, shown_notification(await runtime.current().notifications.get(identity, notification_id)))


@router.post("/{notification_id}/retry", response_model=NotificationOut)
async def retry(notification_id: _Number, identity: _Sender) -> dict[str, Any]:
    """Send a dead one after all, with the same key. 409 when it is not dead, or what it tells of is over."""
    return shown_notification(await runtime.current().notifications.retry(identity, notification_id))


@settings_router.get("", response_model=SettingsBody, responses=NOT_MODIFIED)
async def alerting_settings(request: Request, identity: _Reader) -> Response:
    """How much is told together, and how often."""
    return _settings(request, await runtime.current().alerting_settings.get(identity))


@settings_router.put("", response_model=SettingsBody)
async def change_alerting_settings(request: Request, body: SettingsBody, identity: _Keeper) -> Response:
    """Set all of them; they count from the next message on."""
    return _settings(request, await runtime.current().alerting_settings.change(identity, body.model_dump()))


def shown_notification(one: Logged) -> dict[str, Any]:
    """As the API tells it."""
    return {
        "notification_id": one.pk,
        "key": one.dedupe_key,
        "kind": one.kind,
        "state": one.state,
        "why": one.why,
        "title": one.title,
        "severity": one.severity,
        "incidents": list(one.incident_pks),
        "channel_id": one.channel_pk,
        "channel": one.channel_name,
        "username": one.account,
        "created_at": one.created_at.isoformat(timespec="milliseconds"),
        "next_attempt_at": None if one.due_at is None else one.due_at.isoformat(timespec="milliseconds"),
        "attempts": one.attempts,
        "finished_at": None if one.finished_at is None else one.finished_at.isoformat(timespec="milliseconds"),
        "answer": one.answer,
    }


def _settings(request: Request, found: AlertingSettings) -> Response:
    return answer(request, found.to_dict(), f'"{found.version}"')
