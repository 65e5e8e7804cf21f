"""`/api/reports`: reports over any span and selection, made in the background, as JSON, CSV and PDF."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import PRIVATE, answer_of
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.api.spans import Moment
from monitor_app.domain.objective import DEFAULT_TARGET, TARGET_MAX, TARGET_MIN
from monitor_app.domain.service import ENVIRONMENT_LIMIT, GROUP_LIMIT, TAG_LIMIT
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import MONITOR_READ, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.reports.content import SERVICES_LIMIT, TITLE_LIMIT, Wanted
from monitor_app.use_cases.reports.jobs import Job
from monitor_app.use_cases.selection import Selection

ACCEPTED, NO_CONTENT = 202, 204
BY_ITSELF: Final = timedelta(days=30)
LIMIT_MAX: Final = 200
router = APIRouter(prefix="/reports", tags=["reports"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(MONITOR_READ)]
_Number = Annotated[str, Path(min_length=1, max_length=40, examples=["kG3rT0pZq1vXw2Yb"])]
_File = Literal["report.json", "services.csv", "downtimes.csv", "report.pdf"]
_WHEN: Final = "2026-05-17T12:00:00.000Z"
_TYPES: Final = {"json": "application/json", "csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}
_FILES_DOC: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/csv": {"schema": {"type": "string"}},
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class ReportBody(BaseModel):
    """What a report is to tell. The selection is what all of these lists let through; empty ones let all through."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    title: str = Field("", max_length=TITLE_LIMIT, examples=["Availability in May"])
    since: Moment | None = Field(
        None, description="30 days before `until`, if left out.", examples=["2026-05-01T00:00:00Z"]
    )
    until: Moment | None = Field(None, description="Now, if left out or later.", examples=["2026-06-01T00:00:00Z"])
    target: float = Field(
        DEFAULT_TARGET, ge=TARGET_MIN, le=TARGET_MAX, description="A share of the known time.", examples=[0.999]
    )
    services: list[Annotated[str, Field(max_length=63)]] = Field(
        default_factory=list, max_length=SERVICES_LIMIT, description="By service_id.", examples=[[]]
    )
    groups: list[Annotated[str, Field(max_length=GROUP_LIMIT)]] = Field(
        default_factory=list, max_length=200, description="With all groups in them.", examples=[[]]
    )
    environments: list[Annotated[str, Field(max_length=ENVIRONMENT_LIMIT)]] = Field(
        default_factory=list, max_length=200, examples=[[]]
    )
    tags: list[Annotated[str, Field(max_length=TAG_LIMIT)]] = Field(default_factory=list, max_length=200, examples=[[]])


class ReportOut(BaseModel):
    """A report that was ordered, and how far it is."""

    report_id: str = Field(examples=["kG3rT0pZq1vXw2Yb"])
    title: str = Field(examples=["Availability in May"])
    since: str = Field(examples=[_WHEN])
    until: str = Field(examples=[_WHEN])
    target: float = Field(examples=[0.999])
    services: int = Field(description="How many services it is about.", examples=[12])
    state: str = Field(description="waiting, running, done, failed or cancelled.", examples=["running"])
    progress: float = Field(description="From 0 to 1.", examples=[0.4])
    doing: str = Field(description="What is being done.", examples=["480 of 1200 services"])
    error: str = Field(description="Why it failed.", examples=[""])
    ordered_at: str = Field(examples=[_WHEN])
    gone_at: str = Field(description="Then its files are gone.", examples=[_WHEN])


class WantedContent(BaseModel):
    """Which page of the services and of the downtimes, in which order."""

    model_config = ConfigDict(extra="forbid")

    sort: Literal["worst", "label", "group", "slowest"] = Field(
        "worst", description="worst: what was available least comes first; slowest: by p95."
    )
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    downtimes_page: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class TogetherOut(BaseModel):
    """How several services did together: each known second of each counts the same."""

    services: int = Field(examples=[12])
    availability: float | None = Field(examples=[0.9995])
    sla: str = Field(description="met, missed or unknown.", examples=["met"])
    coverage: float | None = Field(examples=[0.99])


class GroupTogether(TogetherOut):
    """The services of one group."""

    group: str = Field(examples=["Sales"])


class ReportService(BaseModel):
    """A service in a report; up, down, maintenance, paused and unknown seconds are the span together."""

    service_id: str = Field(examples=["shop"])
    label: str = Field(examples=["Shop"])
    group: str = Field(examples=["Sales"])
    availability: float | None = Field(examples=[0.9995])
    target: float = Field(examples=[0.999])
    sla: str = Field(examples=["met"])
    up_seconds: float
    down_seconds: float
    downtimes: int
    longest_downtime_seconds: float
    mean_downtime_seconds: float | None
    maintenance_seconds: float
    paused_seconds: float
    unknown_seconds: float
    coverage: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class ReportDowntime(BaseModel):
    """A downtime in a report; what lasts has no end."""

    service_id: str = Field(examples=["shop"])
    service: str = Field(examples=["Shop"])
    started_at: str = Field(examples=[_WHEN])
    ended_at: str | None
    duration_seconds: float | None
    cause: str = Field(examples=["503"])


class ReportContent(BaseModel):
    """What a report says, page by page; the whole of it is in its files."""

    title: str
    since: str = Field(examples=[_WHEN])
    until: str = Field(examples=[_WHEN])
    made_at: str = Field(examples=[_WHEN])
    made_by: str
    target: float
    total: TogetherOut
    groups: list[GroupTogether] = Field(description="The first 200, those that did worst first.")
    groups_total: int
    services: list[ReportService]
    page: int
    pages: int
    downtimes: list[ReportDowntime]
    downtimes_total: int
    downtimes_page: int
    downtimes_pages: int
    has_more_downtimes: bool = Field(description="Older ones are left out.")


class ReportList(BaseModel):
    """One's own reports, the newest first."""

    items: list[ReportOut]


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=ReportList)
async def reports(identity: _Reader) -> dict[str, Any]:
    """The reports that the caller has ordered in the last hour."""
    return {"items": [_shown(job) for job in runtime.current().reports.list_own(identity)]}


@router.post("", response_model=ReportOut, status_code=ACCEPTED)
async def order(body: ReportBody, identity: _Reader) -> dict[str, Any]:
    """Order a report. It is made in the background: ask for it again until it is done."""
    now = datetime.now(UTC)
    until = min(body.until or now, now)
    since = body.since or until - BY_ITSELF
    chosen = (body.services, body.groups, body.environments, body.tags)
    wanted = Wanted(body.title, since, until, Selection(*(tuple(names) for names in chosen)), body.target)
    return _shown(await runtime.current().reports.start(identity, wanted))


@router.get("/{report_id}", response_model=ReportOut)
async def report(report_id: _Number, identity: _Reader) -> dict[str, Any]:
    """How far a report is."""
    return _shown(runtime.current().reports.get(identity, report_id))


@router.delete("/{report_id}", status_code=NO_CONTENT, response_class=Response)
async def remove(report_id: _Number, identity: _Reader) -> None:
    """Cancel a report that is under way, which then says so; take one away that is not."""
    runtime.current().reports.remove(identity, report_id)


@router.get("/{report_id}/content", response_model=ReportContent, responses=NOT_MODIFIED)
async def content(
    request: Request, report_id: _Number, wanted: Annotated[WantedContent, Query()], identity: _Reader
) -> Response:
    """What a report says that is done, page by page."""
    told = await runtime.current().reports.content(identity, report_id)
    groups, downtimes = told["groups"], told["downtimes"]
    told["services"].sort(key=_ORDERS[wanted.sort])
    shown = {
        "groups": sorted(groups, key=_worst)[:LIMIT_MAX],
        "groups_total": len(groups),
        "services": _part(told["services"], wanted.page, wanted.limit),
        "page": wanted.page,
        "pages": _pages(told["services"], wanted.limit),
        "downtimes": _part(downtimes, wanted.downtimes_page, wanted.limit),
        "downtimes_total": len(downtimes),
        "downtimes_page": wanted.downtimes_page,
        "downtimes_pages": _pages(downtimes, wanted.limit),
    }
    return answer_of(request, told | shown)


@router.get("/{report_id}/{name}", response_class=Response, responses=_FILES_DOC)
async def file(report_id: _Number, name: _File, identity: _Reader) -> Response:
    """A file of a report that is done: everything as JSON, its tables as CSV, or all of it as PDF."""
    reports = runtime.current().reports
    content = await reports.read(identity, report_id, name)
    what, _, form = name.rpartition(".")
    kept_as = f"lightbulb-{what}-{_days(reports.get(identity, report_id).wanted)}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{kept_as}"', "Cache-Control": PRIVATE}
    return Response(content, headers=headers, media_type=_TYPES[form])


def _days(wanted: Wanted) -> str:
    """The first and the last day that something of is told, so that reports lie apart in a folder."""
    last = max(wanted.since, wanted.until - timedelta(microseconds=1))
    return f"{wanted.since.astimezone(UTC):%Y-%m-%d}-{last.astimezone(UTC):%Y-%m-%d}"


def _worst(one: dict[str, Any]) -> tuple[float, str]:
    """What nobody knows comes last."""
    share = one["availability"]
    return 2.0 if share is None else share, (one.get("label") or one["group"]).casefold()


_ORDERS: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    "worst": _worst,
    "label": lambda one: one["label"].casefold(),
    "group": lambda one: (one["group"].casefold(), one["label"].casefold()),
    "slowest": lambda one: (-(one["p95_ms"] or 0.0), one["label"].casefold()),
}


def _part(every: Sequence[Any], page: int, limit: int) -> Sequence[Any]:
    return every[(page - 1) * limit : page * limit]


def _pages(every: Sequence[Any], limit: int) -> int:
    return max(1, -(-len(every) // limit))


def _shown(job: Job) -> dict[str, Any]:
    wanted = job.wanted
    return {
        "report_id": job.number,
        "title": wanted.title,
        "since": stamp(wanted.since),
        "until": stamp(wanted.until),
        "target": wanted.target,
        "services": job.services,
        "state": job.state,
        "progress": round(job.progress, 3),
        "doing": job.doing,
        "error": job.error,
        "ordered_at": stamp(job.made_at),
        "gone_at": stamp(job.gone_at),
    }
