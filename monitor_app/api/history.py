"""`/api/services/{id}/...`: what became of one service: history, results, uptime, percentiles, downtimes."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, Self, TypeVar

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED
from monitor_app.api.listing import wanted_fields
from monitor_app.api.own_key import own_key
from monitor_app.api.spans import SPAN_LIMIT, Backwards, Span, cursor_of
from monitor_app.api.status import row_of
from monitor_app.domain.account import HISTORY_GRANULARITIES, Preferences
from monitor_app.domain.result import StoredResult
from monitor_app.engine.ring import DayBar
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.state import runtime
from monitor_app.storage.history import Incident, IncidentFilter, Uptime

router = APIRouter(prefix="/services/{service_id}", tags=["history"])
_Reader = Annotated[Identity, requires(BOARD_READ)]
Happened = TypeVar("Happened", StoredResult, Incident)
UPTIME_DAYS = (1, 7, 30, 90)
DAY, MONTH = timedelta(days=1), timedelta(days=30)
# After a start the last day is read in the background; who asks within these moments waits for it.
DAY_BARS_SECONDS = 3.0


def _one_of(*allowed: int) -> Any:
    def judge(number: int) -> int:
        if number not in allowed:
            raise ValueError(f"must be one of {', '.join(map(str, allowed))}")
        return number

    return AfterValidator(judge)


class Granularity(BaseModel):
    """How long a window is; without `granularity` as the caller has chosen, or 15 minutes."""

    model_config = ConfigDict(extra="forbid")

    granularity: Annotated[int, _one_of(*HISTORY_GRANULARITIES)] | None = Field(
        None, description="Minutes.", examples=[15], json_schema_extra={"enum": list(HISTORY_GRANULARITIES)}
    )


class UptimeSpan(Span):
    """The last `days`, or a span of at most 400 days; 30 days without any of them."""

    days: Annotated[int, _one_of(*UPTIME_DAYS)] | None = Field(
        None, description="The last so many days.", examples=[30], json_schema_extra={"enum": list(UPTIME_DAYS)}
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.days is not None and (self.since or self.until):
            raise ValueError("days, or since and until, not both")
        return self


class HistoryWindow(BaseModel):
    """What share of the results of a window were OK, DEGRADED and FAILED, in percent to one decimal."""

    timestamp: str = Field(description="When it begins.", examples=["2026-05-17T12:00:00.000Z"])
    passing: float = Field(examples=[93.3])
    warning: float = Field(examples=[0.0])
    critical: float = Field(examples=[6.7])
    samples: int = Field(
        description="Results that count; those that were STARTING, STOPPED or UNKNOWN do not.", examples=[15]
    )


class History(BaseModel):
    """The last 24 hours in windows of UTC, the oldest first; the last window holds this moment."""

    service_id: str = Field(examples=["shop"])
    granularity: int = Field(description="Minutes.", examples=[15])
    data: list[HistoryWindow]


class Result(BaseModel):
    """What one check found."""

    id: int = Field(examples=[4711])
    timestamp: str = Field(description="When the check started.", examples=["2026-05-17T12:00:00.120Z"])
    status_code: int = Field(examples=[0])
    status: str = Field(examples=["OK"])
    message: str = Field(examples=["200 OK"])
    response_time_ms: float | None = Field(examples=[34.2])
    phases: dict[str, float] = Field(description="Milliseconds of each phase.", examples=[{"dns": 0.6, "connect": 9.1}])
    metrics: dict[str, float] = Field(examples=[{"status_code": 200}])


class Results(BaseModel):
    """A page of results, the newest first."""

    items: list[Result]
    next_cursor: str | None = Field(description="For the page after this; null at the end.", examples=[None])


class UptimeShare(BaseModel):
    """How long a service was up. Time about which nothing is known is neither up nor down."""

    service_id: str = Field(examples=["shop"])
    since: str = Field(examples=["2026-04-17T12:00:00.000Z"])
    until: str = Field(examples=["2026-05-17T12:00:00.000Z"])
    uptime: float | None = Field(description="Share of the known time, 0 to 1; null without any.", examples=[0.999421])
    coverage: float = Field(description="Share of the span that is known.", examples=[0.998])
    up_seconds: float = Field(examples=[2585300.0])
    down_seconds: float = Field(examples=[1500.0])
    unknown_seconds: float = Field(examples=[5200.0])


class Percentiles(BaseModel):
    """Response times in ms, at most 2.5 % off; null without any."""

    service_id: str = Field(examples=["shop"])
    since: str = Field(examples=["2026-05-16T12:00:00.000Z"])
    until: str = Field(examples=["2026-05-17T12:00:00.000Z"])
    p50: float | None = Field(examples=[34.2])
    p90: float | None = Field(examples=[61.0])
    p95: float | None = Field(examples=[75.5])
    p99: float | None = Field(examples=[210.9])


class Downtime(BaseModel):
    """From the first failed to the first good result."""

    incident_id: int = Field(examples=[17])
    started_at: str = Field(examples=["2026-05-17T11:40:00.000Z"])
    ended_at: str | None = Field(description="null while it lasts.", examples=["2026-05-17T11:52:00.000Z"])
    duration_seconds: float = Field(description="Until now while it lasts.", examples=[720.0])
    cause: str = Field(description="What the first failed result said.", examples=["503 Service Unavailable"])


class Downtimes(BaseModel):
    """A page of downtimes, the newest first."""

    items: list[Downtime]
    next_cursor: str | None = Field(description="For the page after this; null at the end.", examples=[None])


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/history", response_model=History, responses=NOT_MODIFIED)
@router.head("/history", include_in_schema=False)
async def history(
    request: Request, service_id: str, wanted: Annotated[Granularity, Query()], identity: _Reader
) -> Response:
    """The last 24 hours: 288, 96, 48 or 24 windows, aligned to UTC."""
    running, row = runtime.current(), row_of(service_id)
    minutes = wanted.granularity or await _chosen(request, identity)
    with suppress(TimeoutError):
        async with asyncio.timeout(DAY_BARS_SECONDS):
            await running.follower.wait_for_day_bars()
    bars = running.board.day_bars(row.pk, minutes, datetime.now(UTC))
    return answer_of(request, {"service_id": service_id, "granularity": minutes, "data": [window(bar) for bar in bars]})


@router.get("/results", response_model=Results, responses=NOT_MODIFIED)
@router.head("/results", include_in_schema=False)
async def results(
    request: Request, service_id: str, wanted: Annotated[Backwards, Query()], identity: _Reader
) -> Response:
    """The results of the checks, page by page."""
    found = await results_of(identity, row_of(service_id).pk, wanted)
    return answer_of(request, page_of(found, wanted, shown_result, Result))


@router.get("/uptime", response_model=UptimeShare, responses=NOT_MODIFIED)
@router.head("/uptime", include_in_schema=False)
async def uptime(
    request: Request, service_id: str, wanted: Annotated[UptimeSpan, Query()], identity: _Reader
) -> Response:
    """How much of a span the service was up."""
    by_itself = MONTH if wanted.days is None else timedelta(days=wanted.days)
    since, until = wanted.ends(datetime.now(UTC), by_itself, SPAN_LIMIT)
    found = await runtime.current().results.uptime(identity, row_of(service_id).pk, since, until)
    return answer_of(request, {"service_id": service_id, **shown_uptime(found, since, until)})


@router.get("/percentiles", response_model=Percentiles, responses=NOT_MODIFIED)
@router.head("/percentiles", include_in_schema=False)
async def percentiles(
    request: Request, service_id: str, wanted: Annotated[Span, Query()], identity: _Reader
) -> Response:
    """Percentiles of the response times of a span of at most 400 days; of the last day without `since`."""
    since, until = wanted.ends(datetime.now(UTC), DAY, SPAN_LIMIT)
    found = await runtime.current().results.percentiles(identity, row_of(service_id).pk, since, until)
    times = [None] * 4 if found is None else [round(ms, 3) for ms in found]
    span = {"service_id": service_id, "since": stamp(since), "until": stamp(until)}
    return answer_of(request, span | dict(zip(("p50", "p90", "p95", "p99"), times, strict=True)))


@router.get("/downtime", response_model=Downtimes, responses=NOT_MODIFIED)
@router.head("/downtime", include_in_schema=False)
async def downtime(
    request: Request, service_id: str, wanted: Annotated[Backwards, Query()], identity: _Reader
) -> Response:
    """The downtimes that touch a span, of all times without one."""
    found = await downtimes_of(identity, row_of(service_id).pk, wanted)
    return answer_of(request, page_of(found, wanted, partial(shown_downtime, now=datetime.now(UTC)), Downtime))


async def results_of(identity: Identity, pk: int, wanted: Backwards) -> list[StoredResult]:
    """A page of the results of a service, and one more if there is a page after it."""
    found: list[StoredResult] = await runtime.current().results.page(
        identity, pk, *wanted.bounds, wanted.limit + 1, wanted.place
    )
    return found


async def downtimes_of(identity: Identity, pk: int, wanted: Backwards) -> list[Incident]:
    """The same of its downtimes."""
    _, until = wanted.bounds
    chosen = IncidentFilter(until, wanted.since, [pk], before=wanted.place)
    found: list[Incident] = await runtime.current().results.incidents(identity, chosen, wanted.limit + 1)
    return found


async def _chosen(request: Request, identity: Identity) -> int:
    """Minutes of a window, as the caller wants to see histories."""
    found: Preferences = await runtime.current().visitors.preferences(identity, own_key(request, identity))
    return found.history_granularity


def page_of(
    found: Sequence[Happened], wanted: Backwards, shown: Callable[[Happened], dict[str, Any]], item: type[BaseModel]
) -> dict[str, Any]:
    """A page, with the cursor of the one after it where there is one. Raises InvalidInput for fields no `item` has."""
    names = wanted_fields(wanted.fields, tuple(item.model_fields))
    chosen = found[: wanted.limit]
    documents = [shown(one) for one in chosen]
    return {
        "items": [{name: each[name] for name in names or each} for each in documents],
        "next_cursor": _cursor(chosen[-1]) if len(found) > wanted.limit else None,
    }


def window(bar: DayBar) -> dict[str, Any]:
    """A window with each share rounded for itself: three thirds are 33.3 each, and 99.9 together."""
    samples = bar.ok + bar.degraded + bar.failed
    passing, warning, critical = (
        round(100 * count / samples, 1) if samples else 0.0 for count in (bar.ok, bar.degraded, bar.failed)
    )
    return {
        "timestamp": stamp(bar.start),
        "passing": passing,
        "warning": warning,
        "critical": critical,
        "samples": samples,
    }


def shown_uptime(found: Uptime | None, since: datetime, until: datetime) -> dict[str, Any]:
    """An uptime with its span; None: nothing is known of it."""
    span = {"since": stamp(since), "until": stamp(until)}
    if found is None:
        seconds = (until - since).total_seconds()
        nothing = {"up_seconds": 0.0, "down_seconds": 0.0, "unknown_seconds": seconds}
        return span | {"uptime": None, "coverage": 0.0} | nothing
    return span | {
        "uptime": None if found.uptime is None else round(found.uptime, 6),
        "coverage": round(found.coverage, 6),
        "up_seconds": round(found.up_seconds, 3),
        "down_seconds": round(found.down_seconds, 3),
        "unknown_seconds": round(found.gap_seconds, 3),
    }


def shown_result(result: StoredResult) -> dict[str, Any]:
    """A result as everybody may see it."""
    return {
        "id": result.id,
        "timestamp": stamp(result.checked_at),
        "status_code": int(result.status),
        "status": result.status.name,
        "message": result.message,
        "response_time_ms": result.response_ms,
        "phases": dict(result.phases),
        "metrics": dict(result.metrics),
    }


def shown_downtime(incident: Incident, now: datetime) -> dict[str, Any]:
    """A downtime; one that lasts is as long as it was until now."""
    lasted = (incident.ended_at or now) - incident.started_at
    return {
        "incident_id": incident.number,
        "started_at": stamp(incident.started_at),
        "ended_at": stamp(incident.ended_at),
        "duration_seconds": max(0.0, round(lasted.total_seconds(), 3)),
        "cause": incident.cause,
    }


def _cursor(last: StoredResult | Incident) -> str:
    if isinstance(last, Incident):
        return cursor_of(last.started_at, last.number)
    return cursor_of(last.checked_at, last.id)
