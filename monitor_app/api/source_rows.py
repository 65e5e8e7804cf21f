"""`/api/sources/services`: the services of sources as their page shows them: status, checks, the last 24 hours."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.api.history import DAY_BARS_SECONDS
from monitor_app.api.service_models import SERVICE_ID_LIMIT
from monitor_app.api.source_services import current_status
from monitor_app.api.sources import SourceOut, shown_source
from monitor_app.api.status import listed, row_of
from monitor_app.domain.source import Observation
from monitor_app.engine.board import BoardRow, Sort
from monitor_app.engine.status_object import stamp
from monitor_app.errors import NotFound
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.state import runtime
from monitor_app.state.rows.wire import wire_day

LIMIT_MAX: Final = 500
_TAGS_LIMIT: Final = 200
router = APIRouter(prefix="/sources/services", tags=["sources"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(BOARD_READ)]
_ServiceId = Annotated[str, Path(max_length=SERVICE_ID_LIMIT, examples=["shop-1"])]
_Names = Annotated[str, Field(max_length=1000)]


class CheckOut(BaseModel):
    """One check that the source makes."""

    name: str = Field(examples=["Service 'shop' check"])
    status: str = Field(examples=["OK"])
    word: str = Field(description="In the source's own word.", examples=["passing"])
    type: str = Field(examples=["http"])
    is_of_node: bool = Field(description="Whether it is of the machine.", examples=[False])
    output: str = Field(description="Only where one service is asked for.", examples=["HTTP GET ...: 200 OK"])


class SourceRow(BaseModel):
    """One service of a source."""

    service_id: str = Field(examples=["shop-1"])
    label: str = Field(examples=["shop (shop-1)"])
    current_status: str = Field(examples=["passing"])
    status_code: int = Field(examples=[0])
    message: str = Field(examples=["all 2 checks are passing"])
    url: str = Field(examples=["http://10.0.0.5:8080/"])
    tags: list[str] = Field(examples=[["public"]])
    node: str = Field(examples=["rack-1"])
    datacentre: str = Field(examples=["dc1"])
    address: str = Field(examples=["10.0.0.5:8080"])
    source_slug: str = Field(examples=["main"])
    since: str | None = Field(examples=["2026-05-17T09:12:44.000Z"])
    last_check: str | None = Field(examples=["2026-05-17T12:00:00.120Z"])
    gone_at: str | None = Field(examples=[None])
    checks: list[CheckOut]
    day: list[Any] | None = Field(
        description="The newest 5-minute window since 1970, and the counts of the 288 up to it in runs.",
        examples=[[5934240, "*270,5*18"]],
    )


class SourceFacets(BaseModel):
    """What can be filtered by, and how many services have it."""

    datacentres: dict[str, int] = Field(examples=[{"dc1": 40}])
    tags: dict[str, int] = Field(examples=[{"public": 12}])
    statuses: dict[str, int] = Field(examples=[{"passing": 39, "critical": 1}])


class SourceRows(BaseModel):
    """A page of services, what is down first, with the connections that tell of them."""

    sources: list[SourceOut]
    items: list[SourceRow]
    facets: SourceFacets
    total: int = Field(description="Without any filter.", examples=[40])
    matched: int = Field(examples=[40])
    page: int = Field(examples=[1])
    pages: int = Field(examples=[1])


class WantedRows(BaseModel):
    """Which of them."""

    model_config = ConfigDict(extra="forbid")

    source: Annotated[str, Field(max_length=40)] = Field("consul", description="The kind.", examples=["consul"])
    datacentre: _Names = Field("", description="Several have commas between them.", examples=[""])
    tag: _Names = Field("", description="One of these.", examples=[""])
    status: _Names = Field("", description="In the source's words.", examples=["critical,warning"])
    search: Annotated[str, Field(max_length=200)] = Field("", examples=["shop"])
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_MAX
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=SourceRows, responses=NOT_MODIFIED)
async def rows(request: Request, wanted: Annotated[WantedRows, Query()], identity: _Reader) -> Response:
    """A page of the services of a kind of source."""
    running = runtime.current()
    with suppress(TimeoutError):
        async with asyncio.timeout(DAY_BARS_SECONDS):
            await running.follower.wait_for_day_bars()
    views = await running.sources.list_all(identity, wanted.source)
    there = [row for row in running.board.in_order(Sort.URGENCY) if row.definition.source == wanted.source]
    chosen = _chosen(there, wanted)
    start = (wanted.page - 1) * wanted.limit
    shown = chosen[start : start + wanted.limit]
    observed = await running.sources.observations(identity, [row.pk for row in shown])
    slugs = {view.source.pk: view.source.slug for view in views}
    return answer_of(
        request,
        {
            "sources": [shown_source(view) for view in views],
            "items": [_row(row, observed.get(row.pk), slugs) for row in shown],
            "facets": _facets(there),
            "total": len(there),
            "matched": len(chosen),
            "page": wanted.page,
            "pages": max(1, -(-len(chosen) // wanted.limit)),
        },
    )


@router.get("/{service_id}", response_model=list[CheckOut], responses=NOT_MODIFIED)
async def checks(request: Request, service_id: _ServiceId, identity: _Reader) -> Response:
    """Each check of one service with its output."""
    row = row_of(service_id)
    if not row.definition.source:
        raise NotFound("no source tells of this service")
    observed = await runtime.current().sources.observations(identity, [row.pk])
    return answer_of(request, [dict(check) for check in _checks(observed.get(row.pk))])


def _chosen(there: Sequence[BoardRow], wanted: WantedRows) -> list[BoardRow]:
    places, tags = frozenset(listed(wanted.datacentre)), frozenset(listed(wanted.tag))
    statuses, words = frozenset(listed(wanted.status)), wanted.search.casefold().split()
    return [
        row
        for row in there
        if (not places or _told(row).get("datacentre") in places)
        and (not tags or not tags.isdisjoint(_told(row).get("tags", ())))
        and (not statuses or current_status(row) in statuses)
        and all(word in row.search_text for word in words)
    ]


def _facets(there: Sequence[BoardRow]) -> dict[str, dict[str, int]]:
    tags = Counter(tag for row in there for tag in _told(row).get("tags", ()))
    return {
        "datacentres": dict(sorted(Counter(str(_told(row).get("datacentre", "")) for row in there).items())),
        "tags": dict(sorted(tags.most_common(_TAGS_LIMIT))),
        "statuses": dict(Counter(map(current_status, there))),
    }


def _row(row: BoardRow, observed: Observation | None, slugs: Mapping[int, str]) -> dict[str, Any]:
    definition, told = row.definition, _told(row)
    return {
        "service_id": definition.service_id,
        "label": definition.label,
        "current_status": current_status(row),
        "status_code": int(row.status),
        "message": row.message,
        "url": told.get("url", ""),
        "tags": list(told.get("tags", ())),
        "node": told.get("node", ""),
        "datacentre": told.get("datacentre", ""),
        "address": row.target if not told.get("url") else f"{told.get('address', '')}:{told.get('port', 0)}",
        "source_slug": slugs.get(definition.source_pk or 0, ""),
        "since": stamp(row.since),
        "last_check": stamp(row.checked_at),
        "gone_at": stamp(definition.gone_at),
        "checks": [{**check, "output": ""} for check in _checks(observed)],
        "day": wire_day(row.day),
    }


def _checks(observed: Observation | None) -> Sequence[Mapping[str, Any]]:
    return () if observed is None else observed.checks


def _told(row: BoardRow) -> Mapping[str, Any]:
    return row.definition.source_facts or {}
