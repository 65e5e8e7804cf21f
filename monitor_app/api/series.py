"""`/api/services/{id}/series`, `measurements`, `window`, `resting`: a span of one service as screens draw it."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED
from monitor_app.api.spans import SPAN_LIMIT, Span
from monitor_app.api.status import row_of
from monitor_app.domain.series import Point, Window
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.thresholds import KindThreshold, Threshold, parse
from monitor_app.domain.uptime import Span as Band
from monitor_app.engine.status_object import stamp
from monitor_app.errors import LightbulbError
from monitor_app.models.types import from_millis
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.series import Measurements, Series, WindowFacts

router = APIRouter(prefix="/services/{service_id}", tags=["history"])
_Reader = Annotated[Identity, requires(BOARD_READ)]
_Times = list[str]
_Column = list[float | None]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MS_DECIMALS, SHARE_DECIMALS, FIGURE_DIGITS = 3, 6, 7


class ResponseTimes(BaseModel):
    """Response times in ms. A point without figures stands where results are missing: no line goes over it."""

    timestamps: _Times = Field(
        description="The middle of each point; of one that is under way, of what has been of it.",
        examples=[["2026-05-17T12:02:30.000Z"]],
    )
    low: _Column = Field(examples=[[20.1]])
    p5: _Column = Field(examples=[[22.0]])
    p50: _Column = Field(examples=[[34.2]])
    p95: _Column = Field(examples=[[75.5]])
    p99: _Column = Field(examples=[[210.9]])
    high: _Column = Field(examples=[[230.0]])
    mean: _Column = Field(examples=[[40.3]])


class CountedWindows(BaseModel):
    """Windows of equal length, one after the other, until now at the latest."""

    seconds: int = Field(description="How long each is.", examples=[300])
    timestamps: _Times = Field(description="When each begins.", examples=[["2026-05-17T12:00:00.000Z"]])
    ok: list[int] = Field(examples=[[5]])
    degraded: list[int] = Field(examples=[[0]])
    failed: list[int] = Field(examples=[[0]])
    other: list[int] = Field(description="STARTING, STOPPED or UNKNOWN: these do not count.", examples=[[0]])
    error_rate: _Column = Field(description="Share of FAILED, 0 to 1, of those that count.", examples=[[0.0]])
    checks_per_minute: _Column = Field(description="null of a window that has just begun.", examples=[[1.0]])
    availability: _Column = Field(description="Share of the known time in which it was up, 0 to 1.", examples=[[1.0]])
    known: list[float] = Field(description="Share of the window about which something is known.", examples=[[1.0]])


class TimeBand(BaseModel):
    """A time; those that follow each other closely are put together."""

    since: str = Field(examples=["2026-05-17T11:40:00.000Z"])
    until: str = Field(examples=["2026-05-17T11:52:00.000Z"])


class ServiceSeries(BaseModel):
    """A span of one service, as fine as it can be told in some hundred points."""

    service_id: str = Field(examples=["shop"])
    since: str = Field(examples=["2026-05-16T12:00:00.000Z"])
    until: str = Field(examples=["2026-05-17T12:00:00.000Z"])
    source: str = Field(
        description="What it was read from: results, or summaries of 5 minutes, hours or days.", examples=["5 minutes"]
    )
    step_seconds: int = Field(description="Of a point; 0: each result is one.", examples=[300])
    response_ms: ResponseTimes
    windows: CountedWindows
    downtimes: list[TimeBand] = Field(description="When it was down.")
    resting: list[TimeBand] = Field(description="When it was paused or in maintenance.")


class RestingTold(BaseModel):
    """When a service was paused or in maintenance."""

    service_id: str = Field(examples=["shop"])
    since: str = Field(examples=["2026-05-16T12:00:00.000Z"])
    until: str = Field(examples=["2026-05-17T12:00:00.000Z"])
    resting: list[TimeBand]


class MetricColumns(BaseModel):
    """Of each window: the mean, the lowest and the highest."""

    mean: _Column = Field(examples=[[14.2]])
    low: _Column = Field(examples=[[14.0]])
    high: _Column = Field(examples=[[14.5]])


class MetricThreshold(BaseModel):
    """A threshold of the service, or one that its kind judges by: `certificate_days < 14`."""

    metric: str = Field(examples=["response_ms"])
    comparison: str = Field(examples=[">"])
    value: float = Field(examples=[500.0])
    status: str = Field(description="What is beyond it: DEGRADED or FAILED.", examples=["DEGRADED"])
    text: str = Field(examples=["response_ms > 500 for 3 results"])


class ServiceMeasurements(BaseModel):
    """What the results of a span measured, in some hundred windows at most."""

    service_id: str = Field(examples=["shop"])
    since: str = Field(examples=["2026-05-16T12:00:00.000Z"])
    until: str = Field(examples=["2026-05-17T12:00:00.000Z"])
    known_since: str = Field(
        description="From when on: later than `since` where older results are still to be counted, after an update.",
        examples=["2026-05-16T12:00:00.000Z"],
    )
    step_seconds: int = Field(description="Of a window.", examples=[300])
    timestamps: _Times = Field(description="The middle of each window.", examples=[["2026-05-17T12:02:30.000Z"]])
    phases: dict[str, _Column] = Field(
        description="Mean of each phase in ms; null where nothing answered.", examples=[{"dns": [0.6]}]
    )
    metrics: dict[str, MetricColumns]
    metrics_left_out: int = Field(description="How many more there are.", examples=[0])
    status_classes: dict[str, _Column] = Field(
        description="How many answers of each class of status codes, and failures without an answer.",
        examples=[{"2xx": [5], "no answer": [0]}],
    )
    thresholds: list[MetricThreshold]


class FirstError(BaseModel):
    """The first result of a time that was FAILED."""

    timestamp: str = Field(examples=["2026-05-17T12:03:10.000Z"])
    message: str = Field(examples=["503 Service Unavailable"])


class WindowTold(BaseModel):
    """What a short time held. Response times are at most 2.5 % off; null without any."""

    service_id: str = Field(examples=["shop"])
    since: str = Field(examples=["2026-05-17T12:00:00.000Z"])
    until: str = Field(examples=["2026-05-17T12:15:00.000Z"])
    p50: float | None = Field(examples=[34.2])
    p95: float | None = Field(examples=[75.5])
    first_error: FirstError | None = Field(description="null where nothing failed.")
    resting: list[TimeBand] = Field(description="When it was paused or in maintenance.")


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/series", response_model=ServiceSeries, responses=NOT_MODIFIED)
@router.head("/series", include_in_schema=False)
async def series(request: Request, service_id: str, wanted: Annotated[Span, Query()], identity: _Reader) -> Response:
    """Response times, counts and availability of a span of at most 400 days; of the last day without `since`."""
    now, row = datetime.now(UTC), row_of(service_id)
    since, until = wanted.ends(now, DAY, SPAN_LIMIT)
    interval = row.definition.interval_seconds
    found = await runtime.current().series.series(identity, row.pk, interval, since, until, now)
    return answer_of(request, {"service_id": service_id, **shown_span(since, until), **shown_series(found)})


@router.get("/window", response_model=WindowTold, responses=NOT_MODIFIED)
@router.head("/window", include_in_schema=False)
async def window(request: Request, service_id: str, wanted: Annotated[Span, Query()], identity: _Reader) -> Response:
    """What a bar of the history tells beside its counts, of a time of at most an hour; of the last one without
    `since`."""
    now, row = datetime.now(UTC), row_of(service_id)
    since, until = wanted.ends(now, HOUR, HOUR)
    found = await runtime.current().series.window(identity, row.pk, since, until, now)
    return answer_of(request, {"service_id": service_id, **shown_span(since, until), **shown_window(found)})


@router.get("/resting", response_model=RestingTold, responses=NOT_MODIFIED)
@router.head("/resting", include_in_schema=False)
async def resting(request: Request, service_id: str, wanted: Annotated[Span, Query()], identity: _Reader) -> Response:
    """When a service was paused or in maintenance in a span of at most 400 days; in the last day without `since`."""
    now, row = datetime.now(UTC), row_of(service_id)
    since, until = wanted.ends(now, DAY, SPAN_LIMIT)
    found = await runtime.current().series.resting(identity, row.pk, since, until, now)
    return answer_of(request, {"service_id": service_id, **shown_span(since, until), "resting": _bands(found)})


@router.get("/measurements", response_model=ServiceMeasurements, responses=NOT_MODIFIED)
@router.head("/measurements", include_in_schema=False)
async def measurements(
    request: Request, service_id: str, wanted: Annotated[Span, Query()], identity: _Reader
) -> Response:
    """Phases, metrics and status codes of a span of at most 400 days; of the last day without `since`."""
    now, row = datetime.now(UTC), row_of(service_id)
    since, until = wanted.ends(now, DAY, SPAN_LIMIT)
    interval = row.definition.interval_seconds
    found = await runtime.current().series.measurements(identity, row.pk, interval, since, until, now)
    limits = {"thresholds": _thresholds(row.definition)}
    shown = {"service_id": service_id, **shown_span(since, until), **shown_measurements(found), **limits}
    return answer_of(request, shown)


def shown_span(since: datetime, until: datetime) -> dict[str, Any]:
    """The span that is told."""
    return {"since": stamp(since), "until": stamp(until)}


def shown_series(found: Series) -> dict[str, Any]:
    """A span as charts draw it."""
    return {
        "source": found.plan.source,
        "step_seconds": found.plan.step_seconds,
        "response_ms": _response_times(found.points),
        "windows": {"seconds": found.plan.window_seconds, **_windows(found.windows)},
        "downtimes": _bands(found.down),
        "resting": _bands(found.resting),
    }


def shown_window(found: WindowFacts) -> dict[str, Any]:
    """A short time as a tooltip tells it."""
    p50, p95 = _rounded((found.p50, found.p95), MS_DECIMALS)
    first = found.first_failed
    error = None if first is None else {"timestamp": stamp(first.checked_at), "message": first.message}
    return {"p50": p50, "p95": p95, "first_error": error, "resting": _bands(found.resting)}


def shown_measurements(found: Measurements) -> dict[str, Any]:
    """What results measured."""
    measured = found.measured
    return {
        "known_since": stamp(found.since),
        "step_seconds": measured.step_seconds,
        "timestamps": _stamps(measured.timestamps),
        "phases": {name: _rounded(column, MS_DECIMALS) for name, column in measured.phases().items()},
        "metrics": {
            name: {part: _figures(column) for part, column in columns.items()}
            for name, columns in measured.metrics().items()
        },
        "metrics_left_out": measured.metrics_left_out,
        "status_classes": measured.status_classes(),
    }


def _response_times(points: list[Point]) -> dict[str, Any]:
    names = ("low", "p5", "p50", "p95", "p99", "high", "mean")
    columns = {name: _rounded((getattr(point, name) for point in points), MS_DECIMALS) for name in names}
    return {"timestamps": _stamps(point.at_ms for point in points), **columns}


def _windows(windows: list[Window]) -> dict[str, Any]:
    return {
        "timestamps": _stamps(window.start * 1000 for window in windows),
        **{name: [getattr(each, name) for each in windows] for name in ("ok", "degraded", "failed", "other")},
        "error_rate": _rounded((window.error_share for window in windows), SHARE_DECIMALS),
        "checks_per_minute": _rounded((window.checks_per_minute for window in windows), MS_DECIMALS),
        "availability": _rounded((window.availability for window in windows), SHARE_DECIMALS),
        "known": _rounded((window.known for window in windows), SHARE_DECIMALS),
    }


def _bands(bands: list[Band]) -> list[dict[str, Any]]:
    return [{"since": stamp(from_millis(start)), "until": stamp(from_millis(end))} for start, end in bands]


def _thresholds(service: ServiceDefinition) -> list[dict[str, Any]]:
    """Those of its kind, and then its own."""
    found: list[Threshold | KindThreshold] = []
    # What is kept from an earlier version may not be valid any more.
    with suppress(LightbulbError):
        found += runtime.current().registry[service.kind].parse(service.status_config).thresholds
    with suppress(LightbulbError):
        found += parse(service.metric_config)
    names = ("metric", "comparison", "value", "text")
    return [{**{name: getattr(one, name) for name in names}, "status": one.status.name} for one in found]


def _stamps(times_ms: Iterable[int]) -> list[str | None]:
    return [stamp(from_millis(at)) for at in times_ms]


def _rounded(column: Iterable[float | None], decimals: int) -> list[float | None]:
    return [None if value is None else round(value, decimals) for value in column]


def _figures(column: Iterable[float | None]) -> list[float | None]:
    """With the digits that matter, whatever the size."""
    return [None if value is None else float(f"{value:.{FIGURE_DIGITS}g}") for value in column]
