"""`/api/admin/services`: services as they are set up, to read and to change."""

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Path, Query, Request
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer, answer_of, expected_revision, jsonable, tag_of_revision
from monitor_app.api.described import IDEMPOTENCY_KEY, IF_MATCH, NOT_MODIFIED
from monitor_app.api.listing import page_of
from monitor_app.api.service_lists import DefinitionListing
from monitor_app.api.service_models import (
    SERVICE_ID_LIMIT,
    BulkAnswer,
    BulkBody,
    BulkError,
    DeletedService,
    Deletion,
    RelationThatGoes,
    RestoreBody,
    RestoredServices,
    ServiceBody,
    ServiceOut,
    ServicePage,
    ServicePatch,
)
from monitor_app.domain.relation import Relation
from monitor_app.engine.board import Board, BoardRow
from monitor_app.engine.status_object import shown_hold, stamp
from monitor_app.errors import InvalidInput, NotFound
from monitor_app.plugins.sealing import masked
from monitor_app.security.permissions import SERVICE_DELETE, SERVICE_WRITE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.drift import drifted
from monitor_app.use_cases.service_bulk import BulkChange, BulkOutcome
from monitor_app.use_cases.services import shown_related
from monitor_app.use_cases.source_fields import read_only

PATH = "/admin/services"
FIELDS = tuple(ServiceOut.model_fields)

router = APIRouter(prefix=PATH, tags=["services"])
_Writer = Annotated[Identity, requires(SERVICE_WRITE)]
_ServiceId = Annotated[str, Path(max_length=SERVICE_ID_LIMIT, examples=["shop"])]


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=ServicePage, responses=NOT_MODIFIED)
@router.head("", include_in_schema=False)
async def services(request: Request, wanted: Annotated[DefinitionListing, Query()], identity: _Writer) -> Response:
    """A page of services, secrets masked."""
    board = runtime.current().board
    page = page_of(wanted.rows(board), wanted, _service_id, lambda row: shown(board, row), FIELDS)
    return answer_of(request, page)


@router.post("", response_model=ServiceOut, status_code=201, openapi_extra=IDEMPOTENCY_KEY)
async def create(request: Request, body: ServiceBody, identity: _Writer) -> Response:
    """Add a service. It is checked at once. With an Idempotency-Key it is added once, however often this is sent."""
    made = await runtime.current().services.create(identity, body.model_dump(exclude_unset=True))
    return await shown_as_changed(request, made.pk, 201)


@router.post("/bulk", response_model=BulkAnswer, openapi_extra=IDEMPOTENCY_KEY)
async def bulk(body: BulkBody, identity: _Writer) -> BulkAnswer:
    """Change up to 1000 services: tag, group, environment, interval, pause, resume, maintenance, delete and so on.

    Those that can be changed are.
    """
    if body.action == "interval" and "interval_seconds" not in body.model_fields_set:
        raise InvalidInput({"interval_seconds": "is required"})
    running = runtime.current()
    wanted = body.model_dump(exclude={"service_ids", "purge"}) | {"is_purged": body.purge}
    outcome: BulkOutcome = await running.service_bulk.change(identity, body.service_ids, BulkChange(**wanted))
    await running.follower.read_now()
    errors = [BulkError(item_id=name, error_message=text) for name, text in outcome.errors.items()]
    return BulkAnswer(success_count=outcome.success_count, failed_count=len(errors), errors=errors)


@router.post("/restore", response_model=RestoredServices)
async def restore(body: RestoreBody, identity: Annotated[Identity, requires(SERVICE_DELETE)]) -> RestoredServices:
    """Take deletions back, all of them or none: within 30 days, and not of a purged service.

    History and relations are there again; relations that would close a circle come back disabled. Where another service
    has taken an id meanwhile, it comes back under a new one, which `renamed` tells; with `keep_ids` that is 409.
    """
    running = runtime.current()
    restored = await running.services.restore_by_id(identity, body.service_ids, is_renamed=not body.keep_ids)
    await running.follower.read_now()
    names = {name: service.service_id for name, service in restored.items()}
    renamed = {old: new for old, new in names.items() if old != new}
    return RestoredServices(service_ids=sorted(names.values()), renamed=renamed)


@router.get("/{service_id}", response_model=ServiceOut, responses=NOT_MODIFIED)
@router.head("/{service_id}", include_in_schema=False)
async def service(request: Request, service_id: _ServiceId, identity: _Writer) -> Response:
    """One service, secrets masked. Its ETag goes into If-Match of a change."""
    row = runtime.current().board.find(service_id)
    if row is None:
        raise NotFound(f"there is no service {service_id}")
    return _one(request, row)


@router.put("/{service_id}", response_model=ServiceOut, openapi_extra=IF_MATCH)
async def replace(request: Request, service_id: _ServiceId, body: ServiceBody, identity: _Writer) -> Response:
    """Set a service up anew: what is left out gets its default. A secret that is given as `***` stays."""
    values = body.model_dump(exclude_unset=True)
    changed = await runtime.current().services.update(
        identity, service_id, values, expected_revision=expected_revision(request), manner="replace"
    )
    return await shown_as_changed(request, changed.pk)


@router.patch("/{service_id}", response_model=ServiceOut, openapi_extra=IF_MATCH)
async def change(request: Request, service_id: _ServiceId, body: ServicePatch, identity: _Writer) -> Response:
    """Change what is named; of the two configs each key for itself, where null takes one away."""
    values = body.model_dump(exclude_unset=True)
    changed = await runtime.current().services.update(
        identity, service_id, values, expected_revision=expected_revision(request), manner="merge"
    )
    return await shown_as_changed(request, changed.pk)


@router.post("/{service_id}/duplicate", response_model=ServiceOut, status_code=201, openapi_extra=IDEMPOTENCY_KEY)
async def duplicate(request: Request, service_id: _ServiceId, body: ServicePatch, identity: _Writer) -> Response:
    """Add a copy of a service. What is named is otherwise in it, as with PATCH; relations do not come along.

    Its secrets come along where they go to the same server; for another one they have to be given anew.
    """
    values = body.model_dump(exclude_unset=True)
    made = await runtime.current().services.duplicate(identity, service_id, values)
    return await shown_as_changed(request, made.pk, 201)


@router.delete("/{service_id}", response_model=DeletedService, openapi_extra=IF_MATCH)
async def delete(
    request: Request,
    service_id: _ServiceId,
    wanted: Annotated[Deletion, Query()],
    identity: Annotated[Identity, requires(SERVICE_DELETE)],
) -> DeletedService:
    """Delete a service. 409 with its `relations` when there are any and `cascade` is not said."""
    running = runtime.current()
    removed = await running.services.remove(
        identity,
        [service_id],
        cascade=wanted.cascade,
        is_purged=wanted.purge,
        expected_revision=expected_revision(request),
    )
    await running.follower.read_now()
    gone = [RelationThatGoes(**shown_related(relation)) for relation in removed.relations]
    return DeletedService(service_id=service_id, is_purged=wanted.purge, relations=gone)


def shown(board: Board, row: BoardRow) -> dict[str, Any]:
    """A service as the API gives it."""
    definition = row.definition
    return {
        "service_id": definition.service_id,
        "label": definition.label,
        "service_type": definition.service_type,
        "kind": definition.kind,
        "group": definition.group,
        "environment": definition.environment,
        "tags": list(definition.tags),
        "status_config": masked(definition.status_config),
        "metric_config": dict(definition.metric_config),
        "interval_seconds": definition.interval_seconds,
        "enabled": definition.enabled,
        "pause": shown_hold(None if definition.enabled else definition.pause),
        "maintenance": shown_hold(row.maintenance),
        "owner": definition.owner,
        "managed_by": definition.managed_by,
        "drift": list(drifted(definition)),
        "source": definition.source,
        "read_only": list(read_only(definition)),
        "source_facts": dict(definition.source_facts or {}),
        "gone_at": stamp(definition.gone_at),
        "created_at": stamp(definition.created_at),
        "updated_at": stamp(definition.updated_at),
        "relations": relations_of(board, row.pk),
    }


def relations_of(board: Board, pk: int) -> dict[str, list[dict[str, Any]]]:
    """Those of one service; whose other end is deleted is left out."""
    book = board.relations
    return {
        "incoming": [_relation(one, row) for one in book.incoming(pk) if (row := board.get(one.source_pk))],
        "outgoing": [_relation(one, row) for one in book.outgoing(pk) if (row := board.get(one.target_pk))],
    }


def _relation(relation: Relation, other: BoardRow) -> dict[str, Any]:
    return {
        "relation_id": relation.pk,
        "service_id": other.definition.service_id,
        "label": other.definition.label,
        "relation_type": relation.relation_type,
        "enabled": relation.enabled,
    }


async def shown_as_changed(request: Request, pk: int, status: int = 200) -> Response:
    """What was just changed, as lists show it from now on."""
    running = runtime.current()
    await running.follower.read_now()
    row = running.board.get(pk)
    if row is None:
        raise NotFound("the service was deleted meanwhile")
    headers = {"Location": f"/api{PATH}/{row.definition.service_id}"} if status == 201 else {}
    return _one(request, row, status, **headers)


def _one(request: Request, row: BoardRow, status: int = 200, **headers: str) -> Response:
    document = shown(runtime.current().board, row)
    tag = tag_of_revision(row.definition.revision, document["relations"])
    return answer(request, jsonable(document), tag, status, **headers)


def _service_id(row: BoardRow) -> str:
    return row.definition.service_id
