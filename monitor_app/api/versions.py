"""`/api/admin/services/deleted` and `.../versions`: what was deleted lately, and how a service was before."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.admin_services import PATH, shown_as_changed
from monitor_app.api.answers import expected_revision
from monitor_app.api.changes import ID_LIMIT
from monitor_app.api.described import IF_MATCH, PROBLEMS
from monitor_app.api.service_models import SERVICE_ID_LIMIT, ServiceOut
from monitor_app.security.permissions import SERVICE_DELETE, SERVICE_WRITE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.configuration.plan import FieldChange
from monitor_app.use_cases.deleted_services import Deleted
from monitor_app.use_cases.versions import History, Version

router = APIRouter(prefix=PATH, tags=["services"], responses=PROBLEMS)
_Writer = Annotated[Identity, requires(SERVICE_WRITE)]
_ServiceId = Annotated[str, Path(max_length=SERVICE_ID_LIMIT, examples=["shop"])]


class DeletedOut(BaseModel):
    """A service that can come back, by `POST /api/admin/services/restore`, until `gone_at`."""

    service_id: str = Field(examples=["shop"])
    label: str = Field(examples=["Shop"])
    kind: str = Field(examples=["http"])
    group: str = Field(examples=["Sales"])
    owner: str = Field(examples=["anna"])
    deleted_at: datetime = Field(examples=["2026-05-17T12:00:00Z"])
    deleted_by: str = Field(examples=["anna"])
    gone_at: datetime = Field(examples=["2026-06-16T12:00:00Z"])
    is_id_taken: bool = Field(description="It comes back under a new id.", examples=[False])


class DeletedList(BaseModel):
    """The last 500, the newest first."""

    items: list[DeletedOut]


class Difference(BaseModel):
    """One field; of a secret only that it is another one."""

    name: str = Field(examples=["status_config.url"])
    before: Any = Field(examples=["https://example.org"])
    after: Any = Field(examples=["https://example.com"])
    is_secret: bool = Field(examples=[False])


class VersionOut(BaseModel):
    """A service as a change left it. `changed` is what that did; `differences` what going back to it would change."""

    change_id: int = Field(examples=[42])
    at: datetime = Field(examples=["2026-05-17T12:00:00Z"])
    who: str = Field(examples=["anna"])
    action: str = Field(examples=["service.update"])
    changed: list[Difference]
    differences: list[Difference]
    is_deletion: bool = Field(description="There is nothing to go back to.", examples=[False])


class VersionList(BaseModel):
    """The last 200 of the last 90 days, the newest first."""

    items: list[VersionOut]


def add_routes(app: FastAPI) -> None:
    """Add these routes; before those that take any word for a service_id."""
    app.include_router(router)


@router.get("/deleted", response_model=DeletedList)
async def deleted(identity: Annotated[Identity, requires(SERVICE_DELETE)]) -> DeletedList:
    """What was deleted in the last 30 days and the caller may bring back."""
    found: list[Deleted] = await runtime.current().deleted_services.list_deleted(identity)
    return DeletedList(items=[_deleted(one) for one in found])


@router.get("/{service_id}/versions", response_model=VersionList)
async def versions(service_id: _ServiceId, identity: _Writer) -> VersionList:
    """Who changed a service, when, and what; secrets masked."""
    history: History = await runtime.current().versions.versions(identity, service_id)
    return VersionList(items=[_version(one) for one in history.versions])


@router.post("/{service_id}/versions/{change_id}/rollback", response_model=ServiceOut, openapi_extra=IF_MATCH)
async def roll_back(
    request: Request,
    service_id: _ServiceId,
    change_id: Annotated[int, Path(ge=1, le=ID_LIMIT, examples=[42])],
    identity: _Writer,
) -> Response:
    """Make a service as that change left it, with the secrets it had. Whether it is paused stays as it is.

    409 when its id is taken by now, a member does not exist any more, or a circle would be closed.
    """
    revision = expected_revision(request)
    service = await runtime.current().versions.roll_back(identity, service_id, change_id, revision)
    await runtime.current().follower.read_now()
    return await shown_as_changed(request, service.pk)


def _deleted(one: Deleted) -> DeletedOut:
    row = one.row
    return DeletedOut(
        service_id=row.service_id,
        label=row.label,
        kind=row.kind,
        group=row.group,
        owner=row.owner,
        deleted_at=row.deleted_at,
        deleted_by=row.deleted_by,
        gone_at=one.gone_at,
        is_id_taken=one.is_taken,
    )


def _version(one: Version) -> VersionOut:
    return VersionOut(
        change_id=one.change.pk,
        at=one.change.at,
        who=one.change.who,
        action=one.change.action,
        changed=[_difference(each) for each in one.did],
        differences=[_difference(each) for each in one.differs],
        is_deletion=not one.is_there,
    )


def _difference(each: FieldChange) -> Difference:
    return Difference(name=each.name, before=each.before, after=each.after, is_secret=each.is_secret)
