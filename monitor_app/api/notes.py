"""`/api/services/{id}/notes` and `.../timeline`: what people wrote about a service, and what happened to it."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED
from monitor_app.api.listing import wanted_fields
from monitor_app.api.spans import Backwards, Moment, cursor_of
from monitor_app.api.status import listed, row_of
from monitor_app.api.versions import Difference
from monitor_app.domain.note import TEXT_LIMIT, Note
from monitor_app.engine.status_object import stamp
from monitor_app.errors import NotFound
from monitor_app.security.permissions import BOARD_READ, MONITOR_READ, NOTE_WRITE, Identity
from monitor_app.state import runtime
from monitor_app.storage.history import Place
from monitor_app.use_cases.timeline import Alert, Edit, Entry, ServiceEvent

CREATED, NO_CONTENT = 201, 204
router = APIRouter(prefix="/services/{service_id}", tags=["history"])
_Reader = Annotated[Identity, requires(BOARD_READ)]
_Insider = Annotated[Identity, requires(MONITOR_READ)]
_Writer = Annotated[Identity, requires(NOTE_WRITE)]
_NoteId = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[7])]
_WHEN: Final = "2026-05-17T11:40:00.000Z"


class NoteOut(BaseModel):
    """What somebody wrote: plain text of one or more lines."""

    note_id: int = Field(examples=[7])
    at: str = Field(description="The moment it speaks of.", examples=[_WHEN])
    who: str = Field(examples=["ada"])
    text: str = Field(examples=["A cable was cut; the new one lies since noon."])
    incident_id: int | None = Field(description="The downtime that it is about.", examples=[17])
    created_at: str = Field(examples=[_WHEN])
    updated_at: str = Field(examples=[_WHEN])


class NoteList(BaseModel):
    """A page of notes, the newest first."""

    items: list[NoteOut]
    next_cursor: str | None = Field(description="For the page after this; null at the end.", examples=[None])


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NoteBody(_Input):
    """A new note. Without `at` it speaks of now, or of the end of the downtime that it is about."""

    text: str = Field(min_length=1, max_length=TEXT_LIMIT, examples=["A cable was cut."])
    at: Moment | None = Field(None, description="Not in the future.", examples=[_WHEN])
    incident_id: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = Field(None, examples=[17])


class NotePatch(_Input):
    """What is left out stays."""

    text: str | None = Field(None, min_length=1, max_length=TEXT_LIMIT, examples=["Two cables were cut."])
    at: Moment | None = Field(None, examples=[_WHEN])


class Happened(BaseModel):
    """One thing that happened. What is of no use for its sort is null or empty."""

    at: str = Field(examples=[_WHEN])
    sort: str = Field(description="status, breaker, alert, edit or note.", examples=["status"])
    event: str = Field(
        description="status_changed, breaker_opened, ...; of an alert or edit its state or action; note.",
        examples=["status_changed"],
    )
    who: str = Field(description="Empty for Lightbulb itself.", examples=[""])
    text: str = Field(
        description="The reason, the note, or of a changed relation its ends.", examples=["503 Service Unavailable"]
    )
    before: str | None = Field(description="The status before.", examples=["OK"])
    after: str | None = Field(description="The status after.", examples=["FAILED"])
    changed: list[Difference] = Field(description="What an edit changed, for those who may edit.")
    note_id: int | None = Field(examples=[None])
    incident_id: int | None = Field(description="The downtime that a note is about.", examples=[None])
    alert_id: int | None = Field(examples=[None])


class TimelinePage(BaseModel):
    """A page of what happened, the newest first."""

    items: list[Happened]
    next_cursor: str | None = Field(description="For the page after this; null at the end.", examples=[None])


class TimelineQuery(Backwards):
    """From when back, and which sorts: all, or some with commas between them."""

    sorts: Annotated[str, Field(max_length=100)] = Field(
        "", description="Of status, breaker, alert, edit, note; empty: all.", examples=["status,note"]
    )


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/timeline", response_model=TimelinePage, responses=NOT_MODIFIED)
@router.head("/timeline", include_in_schema=False)
async def timeline(
    request: Request, service_id: str, wanted: Annotated[TimelineQuery, Query()], identity: _Reader
) -> Response:
    """What happened to a service: its status, its circuit breaker; for those with an account alerts, edits, notes."""
    found = await _page(identity, service_id, wanted, listed(wanted.sorts))
    return answer_of(request, _shown_page([_happened(one) for one in found[: wanted.limit]], Happened, found, wanted))


@router.get("/notes", response_model=NoteList, responses=NOT_MODIFIED)
@router.head("/notes", include_in_schema=False)
async def notes(
    request: Request, service_id: str, wanted: Annotated[Backwards, Query()], identity: _Insider
) -> Response:
    """What people wrote about a service, and about its downtimes."""
    found = await _page(identity, service_id, wanted, ["note"])
    shown = [_note(one.happening.what) for one in found[: wanted.limit] if isinstance(one.happening.what, Note)]
    return answer_of(request, _shown_page([note.model_dump() for note in shown], NoteOut, found, wanted))


@router.post("/notes", status_code=CREATED)
async def add(service_id: str, body: NoteBody, identity: _Writer) -> NoteOut:
    """Write a note about a service, or about one of its downtimes."""
    values = {"text": body.text, "at": body.at, "downtime_id": body.incident_id}
    return _note(await runtime.current().notes.add(identity, row_of(service_id).pk, values))


@router.patch("/notes/{note_id}")
async def change(service_id: str, note_id: _NoteId, body: NotePatch, identity: _Writer) -> NoteOut:
    """Change what a note says; for who wrote it, and for administrators."""
    await _must_be_of(service_id, note_id, identity)
    return _note(await runtime.current().notes.change(identity, note_id, body.model_dump(exclude_none=True)))


@router.delete("/notes/{note_id}", status_code=NO_CONTENT, response_class=Response)
async def remove(service_id: str, note_id: _NoteId, identity: _Writer) -> None:
    """Take a note away; for who wrote it, and for administrators."""
    await _must_be_of(service_id, note_id, identity)
    await runtime.current().notes.remove(identity, note_id)


async def _page(identity: Identity, service_id: str, wanted: Backwards, sorts: list[str]) -> list[Entry]:
    """A page, and one more where there is a page after it; only what lies in the span."""
    since, until = wanted.bounds
    place = wanted.place or Place(until, 0)
    found: list[Entry] = await runtime.current().timeline.page(
        identity, row_of(service_id).pk, wanted.limit + 1, place, sorts
    )
    return [one for one in found if one.happening.at >= since]


async def _must_be_of(service_id: str, note_id: int, identity: Identity) -> None:
    note: Note = await runtime.current().notes.get(identity, note_id)
    if note.service_pk != row_of(service_id).pk:
        raise NotFound("there is no such note any more")


def _shown_page(
    documents: list[dict[str, Any]], item: type[BaseModel], found: list[Entry], wanted: Backwards
) -> dict[str, Any]:
    """Raises InvalidInput for fields that no `item` has."""
    names = wanted_fields(wanted.fields, tuple(item.model_fields))
    items = [{name: each[name] for name in names or each} for each in documents]
    return {"items": items, "next_cursor": _cursor(found, wanted)}


def _cursor(found: list[Entry], wanted: Backwards) -> str | None:
    if len(found) <= wanted.limit:
        return None
    last = found[wanted.limit - 1].happening
    return cursor_of(last.at, last.number)


def _note(note: Note) -> NoteOut:
    return NoteOut(
        note_id=note.pk,
        at=_time(note.at),
        who=note.who,
        text=note.text,
        incident_id=note.downtime_id,
        created_at=_time(note.created_at),
        updated_at=_time(note.updated_at),
    )


def _happened(entry: Entry) -> dict[str, Any]:
    happening, what = entry.happening, entry.happening.what
    told: dict[str, Any] = {"before": None, "after": None, "changed": [], "note_id": None, "incident_id": None}
    told["alert_id"] = None
    match what:
        case ServiceEvent():
            told |= {"event": what.kind, "who": what.who, "text": what.reason}
            told |= {name: status.name for name in ("before", "after") if (status := getattr(what, name)) is not None}
        case Alert():
            told |= {"event": what.state, "who": what.acknowledged_by, "text": f"{what.rule_name}: {what.cause}"}
            told["alert_id"] = what.pk
        case Edit():
            told |= {"event": what.change.action, "who": what.change.who, "text": _relation(what)}
            told["changed"] = [
                {"name": one.name, "before": one.before, "after": one.after, "is_secret": one.is_secret}
                for one in entry.changed
            ]
        case Note():
            told |= {"event": "note", "who": what.who, "text": what.text}
            told |= {"note_id": what.pk, "incident_id": what.downtime_id}
    return {"at": stamp(happening.at), "sort": happening.sort, **told}


def _relation(edit: Edit) -> str:
    """Of a relation its ends; "" for an edit of the service itself."""
    rows = [runtime.current().board.get(pk) for pk in edit.ends or ()]
    return " -> ".join("one that is gone" if row is None else row.definition.service_id for row in rows)


def _time(moment: datetime) -> str:
    return stamp(moment) or ""
