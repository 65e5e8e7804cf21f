"""`/api/fleet`: all services over weeks, day by day; which are slow, flaky or changed; error budgets of groups."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.api.objectives import shown_uptime
from monitor_app.api.status import listed, names_of
from monitor_app.domain.fleet import NOTHING, WHOLE, flakiest, most_changed, slowest
from monitor_app.domain.objective import DEFAULT_TARGET, TARGET_MAX, TARGET_MIN
from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import MONITOR_READ, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.fleet import FleetLine, FleetUseCases, GroupBudget
from monitor_app.use_cases.selection import Present, Selection

MS_DECIMALS: Final = 3
TOP: Final = 10
LIMIT_MAX: Final = 200
router = APIRouter(prefix="/fleet", tags=["reports"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(MONITOR_READ)]
_Names = Annotated[str, Field(max_length=1000)]
Sort = Literal["label", "group", "worst", "slowest", "flakiest", "changed"]
Row = tuple[ServiceDefinition, FleetLine]


class FleetService(BaseModel):
    """A service over the days. Means and changes are of the last 7 days and of the 7 before them."""

    service_id: str = Field(examples=["shop"])
    label: str = Field(examples=["Shop"])
    group: str = Field(examples=["Sales"])
    availability: float | None = Field(description="A share of the known time.", examples=[0.9995])
    coverage: float | None = Field(description="How much of the days is known.", examples=[0.99])
    down_seconds: float = Field(examples=[120.0])
    downtimes: int = Field(examples=[2])
    status_changes: int = Field(examples=[6])
    mean_ms: float | None = Field(description="The mean response time of the last 7 days.", examples=[112.5])
    mean_ms_before: float | None = Field(examples=[98.2])
    availability_week: float | None = Field(examples=[1.0])
    availability_week_before: float | None = Field(examples=[0.998])
    change: float = Field(
        description="How much the last 7 days differ: 1 for twice or half the time, or 10 % of availability.",
        examples=[0.2],
    )


class FleetRow(FleetService):
    """The same with its days."""

    days: list[float | None] = Field(description="The availability of each day; null: nothing is known.")


class GroupOut(BaseModel):
    """The error budget of a group and the groups in it over the days; seconds are of the mean service."""

    group: str = Field(examples=["Sales"])
    services: int = Field(examples=[12])
    target: float = Field(examples=[0.999])
    is_own_target: bool = Field(description="false: the group has no objective.", examples=[True])
    availability: float | None = Field(examples=[0.9995])
    coverage: float | None = Field(examples=[0.99])
    allowed_seconds: float = Field(examples=[7776.0])
    spent_seconds: float = Field(examples=[3888.0])
    left_seconds: float = Field(examples=[3888.0])
    left: float | None = Field(description="As a share of the budget; below 0: overspent.", examples=[0.5])
    burn_rate: float | None = Field(examples=[0.5])


class FleetOut(BaseModel):
    """The overview; rankings and the page are of the services that the filters let through."""

    since: str = Field(description="The beginning of the first day (UTC).", examples=["2026-02-17T00:00:00.000Z"])
    made_at: str = Field(description="At most two minutes ago.", examples=["2026-05-17T12:00:00.000Z"])
    dates: list[str] = Field(examples=[["2026-02-17"]])
    items: list[FleetRow]
    total: int
    page: int
    pages: int
    slowest: list[FleetService]
    flakiest: list[FleetService]
    changed: list[FleetService]
    groups: list[GroupOut] = Field(description="All groups, whatever the filters.")


def _number(value: Any) -> Any:
    """The parameters of an address are texts; what is not a number is refused as it is."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 4 else value


class WantedFleet(BaseModel):
    """Which services, in which order; several names have commas between them."""

    model_config = ConfigDict(extra="forbid")

    days: Annotated[Literal[30, 60, 90], BeforeValidator(_number)] = 90
    group: _Names = Field("", description="Only of these groups, and of all groups in them.", examples=[""])
    environment: _Names = Field("", description="Only of these environments.", examples=[""])
    tag: _Names = Field("", description="Only with one of these tags.", examples=[""])
    search: Annotated[str, Field(max_length=200)] = Field(
        "", description="Only with this in its name, its id or its group.", examples=[""]
    )
    sort: Sort = Field("worst", description="worst: what was down longest comes first.")
    target: Annotated[float, Field(ge=TARGET_MIN, le=TARGET_MAX)] = Field(
        DEFAULT_TARGET, description="Of groups without an objective."
    )
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1


_ORDERS: Final[dict[str, Callable[[Row], Any]]] = {
    "label": lambda row: row[0].label.casefold(),
    "group": lambda row: (row[0].group.casefold(), row[0].label.casefold()),
    "worst": lambda row: (-row[1].uptime.down_seconds, row[0].label.casefold()),
    "slowest": lambda row: (-(row[1].mean_ms or 0.0), row[0].label.casefold()),
    "flakiest": lambda row: (*(-number for number in row[1].restlessness), row[0].label.casefold()),
    "changed": lambda row: (-row[1].change, row[0].label.casefold()),
}


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=FleetOut, responses=NOT_MODIFIED)
async def fleet(request: Request, wanted: Annotated[WantedFleet, Query()], identity: _Reader) -> Response:
    """Availability of services day by day, what stands out among them, and error budgets of groups."""
    running = runtime.current()
    return await fleet_page(request, wanted, identity, running.fleet, running.present)


async def fleet_page(
    request: Request, wanted: WantedFleet, identity: Identity, overview: FleetUseCases, present: Present
) -> Response:
    """The answer."""
    picture = await overview.picture(identity, wanted.days)
    selection = Selection(
        groups=tuple(names_of(wanted.group)),
        environments=tuple(names_of(wanted.environment)),
        tags=tuple(listed(wanted.tag)),
    )
    word = wanted.search.casefold().strip()
    chosen = [one for one in present.chosen(selection) if not word or word in _searched(one)]
    rows = [(one, picture.lines[one.pk]) for one in chosen if one.pk in picture.lines]
    rows.sort(key=_ORDERS[wanted.sort])
    by_pk = {service.pk: service for service, _ in rows}
    lines = [line for _, line in rows]
    tops = {"slowest": slowest(lines, TOP), "flakiest": flakiest(lines, TOP), "changed": most_changed(lines, TOP)}
    budgets = await overview.group_budgets(identity, picture, wanted.target)
    start = (wanted.page - 1) * wanted.limit
    return answer_of(
        request,
        {
            "since": stamp(picture.since),
            "made_at": stamp(picture.made_at),
            "dates": [f"{picture.since + timedelta(days=number):%Y-%m-%d}" for number in range(picture.days)],
            "items": [{**_shown(*row), "days": shown_days(row[1].days)} for row in rows[start : start + wanted.limit]],
            "total": len(rows),
            "page": wanted.page,
            "pages": max(1, -(-len(rows) // wanted.limit)),
            **{name: [_shown(by_pk[line.pk], line) for line in found] for name, found in tops.items()},
            "groups": [_group(one) for one in budgets],
        },
    )


def _searched(service: ServiceDefinition) -> str:
    return "\n".join((service.label, service.service_id, service.group)).casefold()


def shown_days(days: Sequence[int]) -> list[float | None]:
    """The days of a line as shares."""
    return [None if share == NOTHING else share / WHOLE for share in days]


def _shown(service: ServiceDefinition, line: FleetLine) -> dict[str, Any]:
    return {
        "service_id": service.service_id,
        "label": service.label,
        "group": service.group,
        **shown_uptime(line.uptime),
        "down_seconds": round(line.uptime.down_seconds, 1),
        "downtimes": line.downtimes,
        "status_changes": line.status_changes,
        "mean_ms": _ms(line.mean_ms),
        "mean_ms_before": _ms(line.mean_ms_before),
        "availability_week": line.availability,
        "availability_week_before": line.availability_before,
        "change": round(line.change, 3),
    }


def _group(one: GroupBudget) -> dict[str, Any]:
    return {
        "group": one.group,
        "services": one.services,
        "target": one.target,
        "is_own_target": one.is_own,
        **shown_uptime(one.uptime),
        "allowed_seconds": round(one.budget.allowed_seconds, 1),
        "spent_seconds": round(one.budget.spent_seconds, 1),
        "left_seconds": round(one.budget.left_seconds, 1),
        "left": one.budget.left_share,
        "burn_rate": one.burn,
    }


def _ms(value: float | None) -> float | None:
    return None if value is None else round(value, MS_DECIMALS)
