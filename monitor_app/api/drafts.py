"""`/api/admin/drafts`: what one has typed into the form of a service and not saved yet, as the screens keep it."""

import json
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.service_models import SERVICE_ID_LIMIT
from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.board import Board
from monitor_app.engine.status_object import stamp
from monitor_app.errors import NotFound, PermissionDenied
from monitor_app.security.permissions import SERVICE_WRITE, Identity
from monitor_app.state import runtime
from monitor_app.state.fields import field_rows, kinds
from monitor_app.state.service_content import DOCUMENT_FIELD, Content, kind_of
from monitor_app.state.service_differences import shown_values
from monitor_app.state.service_document import read_document
from monitor_app.state.service_form import COPY, EDIT, NEW
from monitor_app.use_cases.drafts import Draft, DraftUseCases
from monitor_app.use_cases.service_copy import copy_of
from monitor_app.use_cases.service_input import DEFAULT_KIND

NO_CONTENT: Final = 204
NEW_ID: Final = "new"
# How a draft is named here, and how its subject begins in the table.
_PREFIXES: Final = {"edit.": EDIT, "copy.": COPY}
_VALUES: Final[dict[str, Any]] = {"kind": "http", "label": "Shop", "status_config": {"url": "https://shop.exam"}}
_WHEN: Final = "2026-05-17T12:00:00.000Z"

router = APIRouter(prefix="/admin/drafts", tags=["drafts"])
_Writer = Annotated[Identity, requires(SERVICE_WRITE)]
_DraftId = Annotated[
    str,
    Path(
        max_length=SERVICE_ID_LIMIT + 5,
        description="`new`, `edit.` and the service_id, or `copy.` and the service_id.",
        examples=["edit.shop"],
    ),
]


class DraftBody(BaseModel):
    """What is to be kept."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    values: dict[str, Any] = Field(
        description="As a service is written, but nothing of it has to be right yet. `***` keeps the secret there is.",
        examples=[_VALUES],
    )


class DraftOut(BaseModel):
    """What somebody has typed and not saved; secrets are `***`."""

    draft_id: str = Field(examples=["edit.shop"])
    title: str = Field(examples=["Shop"])
    values: dict[str, Any] = Field(description="As a service is written.", examples=[_VALUES])
    text: str = Field(description="A JSON document that cannot be read yet, in place of the values.", examples=[""])
    is_outdated: bool = Field(description="The service was changed since.", examples=[False])
    updated_at: str = Field(examples=[_WHEN])


class DraftList(BaseModel):
    """One's own drafts, the newest first."""

    items: list[DraftOut]


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("")
async def drafts(identity: _Writer) -> DraftList:
    """One's own drafts of the last 30 days; those of services that are deleted stand here again with them."""
    board = runtime.current().board
    found = [(_id(board, draft.subject), draft) for draft in await _drafts().list_own(identity)]
    return DraftList(items=[_out(board, name, draft) for name, draft in found if name])


@router.get("/{draft_id}")
async def draft(draft_id: _DraftId, identity: _Writer) -> DraftOut:
    """One of them."""
    return await _found(identity, draft_id)


@router.put("/{draft_id}")
async def keep(draft_id: _DraftId, body: DraftBody, identity: _Writer) -> DraftOut:
    """Keep what is typed, in place of what was kept; the form shows it when it is opened next.

    Nothing is checked, but that the kind and the names of all fields are known. 403 for who has no account.
    """
    if identity.account_pk is None:
        raise PermissionDenied("drafts belong to accounts, and this credential has none")
    subject, service = _place(runtime.current().board, draft_id)
    before = await _drafts().find(identity, subject)
    await _drafts().keep(identity, _kept(subject, service, before, body.values))
    return await _found(identity, draft_id)


@router.delete("/{draft_id}", status_code=NO_CONTENT, response_class=Response)
async def remove(draft_id: _DraftId, identity: _Writer) -> None:
    """Throw a draft away."""
    subject, _ = _place(runtime.current().board, draft_id)
    if not await _drafts().remove(identity, subject):
        raise NotFound(f"there is no draft {draft_id}")


def _drafts() -> DraftUseCases:
    found: DraftUseCases = runtime.current().drafts
    return found


async def _found(identity: Identity, draft_id: str) -> DraftOut:
    board = runtime.current().board
    subject, _ = _place(board, draft_id)
    found = await _drafts().find(identity, subject)
    if found is None:
        raise NotFound(f"there is no draft {draft_id}")
    return _out(board, draft_id, found)


def _place(board: Board, draft_id: str) -> tuple[str, ServiceDefinition | None]:
    """The subject that a draft has in the table, and the service that it is about. Raises NotFound."""
    if draft_id == NEW_ID:
        return NEW, None
    for prefix, begin in _PREFIXES.items():
        if draft_id.startswith(prefix):
            row = board.find(draft_id.removeprefix(prefix))
            if row is None:
                raise NotFound(f"there is no service {draft_id.removeprefix(prefix)}")
            return f"{begin}{row.pk}", row.definition
    raise NotFound(f"there is no draft {draft_id}: it must be new, edit.SERVICE_ID or copy.SERVICE_ID")


def _id(board: Board, subject: str) -> str:
    """The other way round; blank for that of a service that is deleted."""
    if subject == NEW:
        return NEW_ID
    for prefix, begin in _PREFIXES.items():
        pk = subject.removeprefix(begin)
        if subject.startswith(begin) and pk.isascii() and pk.isdigit() and (row := board.get(int(pk))) is not None:
            return f"{prefix}{row.definition.service_id}"
    return ""


def _kept(subject: str, service: ServiceDefinition | None, before: Draft | None, values: dict[str, Any]) -> Draft:
    """The draft as the form itself would keep it. Raises InvalidInput."""
    is_edit = service is not None and subject.startswith(EDIT)
    text = json.dumps(values)
    template = copy_of(kinds(), service) if service is not None and not is_edit else service
    present = template.kind if template is not None else before.kind if before is not None else DEFAULT_KIND
    kind = kind_of(read_document(text), present, may_change_kind=not is_edit)
    content = Content(kind, base=template.status_config if template is not None and template.kind == kind else {})
    if before is not None and before.kind == kind:
        content = content.with_config(kind, before.config)
    content = replace(content, common={}).taken({DOCUMENT_FIELD: text}, may_change_kind=not is_edit)
    title = str(content.common.get("label") or (service.label if service is not None else "New service"))
    base, revision = (before.base, before.base_revision) if before is not None else ({}, 0)
    if is_edit and service is not None and not revision:
        base, revision = shown_values(field_rows(kind, service)), service.revision
    return Draft(subject, title, kind, content.common, content.typed, base=base, base_revision=revision)


def _out(board: Board, draft_id: str, draft: Draft) -> DraftOut:
    subject, service = _place(board, draft_id)
    is_edit = service is not None and subject.startswith(EDIT)
    content = Content(draft.kind, draft.common).with_config(draft.kind, draft.config)
    return DraftOut(
        draft_id=draft_id,
        title=draft.title,
        values={} if draft.text else json.loads(content.document),
        text=draft.text,
        is_outdated=is_edit and service is not None and service.revision != draft.base_revision,
        updated_at=stamp(draft.updated_at),
    )
