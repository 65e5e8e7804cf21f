"""`/api/status`: what is true of all services now, in one small answer that costs little, and of one of them."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer, answer_of, tag_of_content
from monitor_app.api.described import NOT_MODIFIED
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board, BoardRow
from monitor_app.engine.status_object import encoded_object
from monitor_app.errors import InvalidInput, NotFound
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.state import runtime

router = APIRouter(tags=["status"])
_Reader = Annotated[Identity, requires(BOARD_READ)]
_Names = Annotated[str, Field(max_length=8000)]


class BreakerOfService(BaseModel):
    """The circuit breaker of a service."""

    phase: str = Field(description="closed, open or half_open.", examples=["closed"])
    until: str | None = Field(description="When an open one lets a check through again.", examples=[None])
    who: str = Field(description="Who opened it; empty when it did so by itself.", examples=[""])
    reason: str = Field(description="Why.", examples=[""])


class HoldOfService(BaseModel):
    """Why a service is paused, or in maintenance."""

    who: str = Field(description="Who said so.", examples=["ada"])
    reason: str = Field(description="Why; may be empty.", examples=["a new disk"])
    at: str = Field(description="Since when.", examples=["2026-05-17T12:00:00.000Z"])
    until: str | None = Field(
        description="When it ends by itself; null: when somebody says so.", examples=["2026-05-17T14:00:00.000Z"]
    )


class StatusDetails(BaseModel):
    """What helps to understand a status."""

    label: str = Field(examples=["Shop"])
    service_type: str = Field(examples=["website"])
    kind: str = Field(examples=["http"])
    group: str = Field(examples=["Sales"])
    environment: str = Field(examples=["production"])
    tags: list[str] = Field(examples=[["public"]])
    target: str = Field(description="What is watched, without secrets.", examples=["https://shop.example.org/"])
    enabled: bool = Field(examples=[True])
    interval_seconds: int = Field(examples=[60])
    since: str | None = Field(description="When it took the status.", examples=["2026-05-17T09:12:44.000Z"])
    pending: str | None = Field(description="The status that is not confirmed yet.", examples=[None])
    breaker: BreakerOfService
    pause: HoldOfService | None = Field(description="Only while it is paused.", examples=[None])
    maintenance: HoldOfService | None = Field(description="Only while it lasts.", examples=[None])


class StatusObject(BaseModel):
    """What is true of one service, the same here and in all streams. What is not known is null."""

    model_config = ConfigDict(title="StatusObject")

    service_id: str = Field(examples=["shop"])
    status_code: int = Field(ge=0, le=5, description="0 OK to 5 UNKNOWN, in the order of `status`.", examples=[0])
    status: str = Field(description="OK, DEGRADED, FAILED, STARTING, STOPPED or UNKNOWN.", examples=["OK"])
    message: str = Field(description="What the last check found, in words.", examples=["200 OK"])
    timestamp: str | None = Field(
        description="When the newest of all this became true.", examples=["2026-05-17T12:00:00.120Z"]
    )
    last_check: str | None = Field(description="When the last check started.", examples=["2026-05-17T12:00:00.120Z"])
    response_time_ms: float | None = Field(examples=[34.2])
    cpu_usage: float | None = Field(description="Percent of one core.", examples=[None])
    memory_usage: float | None = Field(description="Bytes.", examples=[None])
    metrics: dict[str, float] = Field(description="What the last check measured.", examples=[{"status_code": 200}])
    details: StatusDetails


class Wanted(BaseModel):
    """Which services; several names have commas between them. What is left out lets everything through."""

    model_config = ConfigDict(extra="forbid")

    service_id: _Names = Field("", description="Only these.", examples=["shop,blog"])
    group: _Names = Field("", description="Only services of these groups, and of all groups in them.", examples=[""])
    environment: _Names = Field("", description="Only services of these environments.", examples=[""])
    tag: _Names = Field("", description="Only services with one of these tags.", examples=[""])
    status: Annotated[str, Field(max_length=100)] = Field("", description="Such as FAILED,DEGRADED.", examples=[""])

    def statuses(self) -> frozenset[Status]:
        """Those of `status`. Raises InvalidInput for one that does not exist."""
        names = [name.upper() for name in listed(self.status)]
        if any(name not in Status.__members__ for name in names):
            raise InvalidInput({"status": f"must be of {', '.join(Status.__members__)}, with commas between"})
        return frozenset(Status[name] for name in names)

    def of(self, board: Board) -> Iterable[BoardRow]:
        """The rows that are wanted, in the order in which the services were added."""
        ids, tags, statuses = frozenset(listed(self.service_id)), frozenset(listed(self.tag)), self.statuses()
        groups = board.group_tree().below_all(names_of(self.group))
        environments = names_of(self.environment)
        return (
            row
            for row in board
            if (not ids or row.definition.service_id in ids)
            and (not groups or row.definition.group in groups)
            and (not environments or row.definition.environment in environments)
            and (not tags or not tags.isdisjoint(row.definition.tags))
            and (not statuses or row.status in statuses)
        )


class WholeAnswer:
    """The answer about all services, joined and tagged once for each state of the board."""

    def __init__(self) -> None:
        self._of: tuple[Board, int] | None = None
        self._body, self._tag = b"[]", ""

    def of(self, board: Board) -> tuple[bytes, str]:
        """The body and its ETag."""
        if self._of is None or self._of[0] is not board or self._of[1] != board.result_version:
            self._body = _joined(board)
            self._tag = tag_of_content(self._body)
            self._of = board, board.result_version
        return self._body, self._tag


_whole = WholeAnswer()


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/status", response_model=list[StatusObject], responses=NOT_MODIFIED)
@router.head("/status", include_in_schema=False)
async def all_statuses(request: Request, wanted: Annotated[Wanted, Query()], identity: _Reader) -> Response:
    """The status objects of all services, or of those that the filters let through, as one JSON list.

    Made for asking again and again: with If-None-Match it is 304 as long as nothing changed.
    """
    board = runtime.current().board
    if wanted == Wanted():
        return answer(request, *_whole.of(board))
    return answer_of(request, _joined(wanted.of(board)))


@router.get("/status/{service_id}", response_model=StatusObject, responses=NOT_MODIFIED)
@router.head("/status/{service_id}", include_in_schema=False)
async def one_status(request: Request, service_id: str, identity: _Reader) -> Response:
    """The status object of one service."""
    return answer_of(request, encoded_object(row_of(service_id)).encode())


def row_of(service_id: str) -> BoardRow:
    """A service on the board. Raises NotFound."""
    row = runtime.current().board.find(service_id)
    if row is None:
        raise NotFound("there is no such service")
    return row


def _joined(rows: Iterable[BoardRow]) -> bytes:
    return f"[{','.join(map(encoded_object, rows))}]".encode()


def names_of(text: str) -> frozenset[str]:
    """The same for groups and environments, whose names may hold commas themselves."""
    return frozenset([*listed(text), text.strip()]) - {""}


def listed(text: str) -> list[str]:
    """The names of a text that has commas between them."""
    return [name for part in text.split(",") if (name := part.strip())]
