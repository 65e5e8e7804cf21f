"""`/api/export` and `/api/import`: the whole configuration as a file, and files of other programs."""

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import PRIVATE, is_known, jsonable, tag_of
from monitor_app.api.described import NOT_MODIFIED
from monitor_app.api.service_models import SERVICE_ID_LIMIT
from monitor_app.errors import InvalidInput
from monitor_app.redact import harmless
from monitor_app.security.passphrase import LONGEST
from monitor_app.security.permissions import CONFIG_APPLY, CONFIG_EXPORT, SECRET_EXPORT, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.importers.sources import Importer, read_sent
from monitor_app.use_cases.portable.formats import Format, Table
from monitor_app.use_cases.portable.report import ImportReport, OnConflict, Options

TEXT_LIMIT: Final = 10 << 20
TOLD_LIMIT: Final = 1000
SELECTION_LIMIT: Final = 20_000
MEDIA_TYPES: Final = {"yaml": "application/yaml", "json": "application/json", "csv": "text/csv; charset=utf-8"}
NOT_STORED: Final = "no-store"

router = APIRouter(tags=["export and import"])
_Exporter = Annotated[Identity, requires(CONFIG_EXPORT)]
_SecretExporter = Annotated[Identity, requires(SECRET_EXPORT)]
_Applier = Annotated[Identity, requires(CONFIG_APPLY)]
_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file.",
        "content": {
            # Without a schema: who tests it would read the text, and find an object.
            "application/yaml": {},
            "application/json": {"schema": {"type": "object"}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


class ExportQuery(BaseModel):
    """Which file."""

    model_config = ConfigDict(extra="forbid")

    format: Format = Field(default="yaml", description="What it is written in.", examples=["yaml"])
    table: Table = Field(default="services", description="Which one of the two tables of CSV.", examples=["services"])


class ExportBody(ExportQuery):
    """Which file, and what its secrets are encrypted with."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    passphrase: str = Field(
        min_length=1, max_length=LONGEST, description="At least 12 characters.", examples=["quiet harbour anvil"]
    )


class SelectionBody(ExportQuery):
    """Which services the file is to hold."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    service_ids: list[Annotated[str, Field(max_length=SERVICE_ID_LIMIT)]] = Field(
        max_length=SELECTION_LIMIT, description="One that is not there is left out.", examples=[["shop"]]
    )
    passphrase: str = Field(
        "",
        max_length=LONGEST,
        description="At least 12 characters: with the secrets, encrypted; for who may export them.",
        examples=[""],
    )


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    dry_run: bool = Field(default=False, description="Tell what would be done, and do nothing.", examples=[True])
    partial: bool = Field(default=False, description="Take what is good although something else is wrong.")
    on_conflict: OnConflict = Field(
        default="fail",
        description="What to do with what is there already and is otherwise in the file.",
        examples=["update"],
    )


class ImportBody(_Options):
    """A file that Lightbulb has exported, or one written by hand."""

    text: str = Field(
        max_length=TEXT_LIMIT,
        description="The content of the file.",
        examples=["services:\n  shop:\n    status_config: {url: https://example.org/}\n"],
    )
    format: Format = Field(default="yaml", description="What it is written in.", examples=["yaml"])
    passphrase: str = Field(default="", max_length=LONGEST, description="What its secrets are encrypted with.")


class ImporterBody(_Options):
    """A file of another program: as `text`, or as `base64` when it is a database."""

    text: str = Field(default="", max_length=TEXT_LIMIT, description="The content of a text file.", examples=[""])
    base64: str = Field(default="", max_length=TEXT_LIMIT, description="The content of any file.", examples=[""])
    modules: str = Field(default="", max_length=TEXT_LIMIT, description="blackbox.yml, for blackbox.", examples=[""])
    name: str = Field(default="", max_length=200, description="What messages call the file.", examples=["kuma.db"])


class ImportProblem(BaseModel):
    """What is wrong with a row."""

    line: int | None = Field(description="Its line, where that is known.", examples=[12])
    field: str = Field(description="Which field of which entry.", examples=["shop.status_config"])
    message: str = Field(description="What is allowed.", examples=["must be at most 65535, got 99999"])


class ImportStep(BaseModel):
    """What is added or changed."""

    action: str = Field(description="add or change.", examples=["change"])
    what: str = Field(description="service, relation, group or settings.", examples=["service"])
    name: str = Field(description="Which one.", examples=["shop"])
    fields: dict[str, list[Any]] = Field(
        description="Of a change: each field with its value before and after, secrets masked.",
        examples=[{"label": ["Shop", "Store"]}],
    )


class ImportAnswer(BaseModel):
    """What was done, or in a dry run would be. Nothing is done when something is wrong, unless `partial`."""

    added: int = Field(examples=[2])
    changed: int = Field(examples=[1])
    unchanged: int = Field(examples=[5])
    skipped: int = Field(description="There already, and left as they are.", examples=[0])
    failed: int = Field(description="Services, relations, groups that are wrong.", examples=[0])
    is_written: bool = Field(description="Whether anything was done.", examples=[True])
    change_id: int | None = Field(
        description="What `/api/admin/changes/{change_id}/undo` takes back; null for nothing.",
        examples=[42],
    )
    errors: list[ImportProblem] = Field(description=f"What is wrong with them; the first {TOLD_LIMIT}.")
    steps: list[ImportStep] = Field(description=f"What was done or would be; the first {TOLD_LIMIT}.")


class ImportNote(BaseModel):
    """What of another program's file does not come along, or comes otherwise."""

    line: int | None = Field(description="Its line, where that is known.", examples=[9])
    entry: str = Field(description="What it is about; blank for the whole file.", examples=["endpoint Shop"])
    option: str = Field(description="Which option of it; blank for all of it.", examples=["interval"])
    message: str = Field(description="What became of it, and why.", examples=["1 s became 5 s"])


class ImporterAnswer(ImportAnswer):
    """The same, with all that does not come along."""

    seen: int = Field(description="How many things the file watches.", examples=[8])
    notes: list[ImportNote] = Field(description=f"What does not come along; the first {TOLD_LIMIT}.")


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/export", response_class=Response, responses=_FILE | NOT_MODIFIED)
@router.head("/export", include_in_schema=False)
async def export(request: Request, wanted: Annotated[ExportQuery, Query()], identity: _Exporter) -> Response:
    """Services, relations and groups as a file, secrets masked; for administrators with the security settings."""
    text = await runtime.current().exporting.export(identity, wanted.format, wanted.table)
    tag = tag_of(wanted.format, hashlib.blake2s(text.encode()).hexdigest())
    headers = {"ETag": tag, "Cache-Control": PRIVATE}
    if is_known(request, tag):
        return Response(status_code=304, headers=headers)
    return _file(text, wanted, headers)


@router.post("/export", response_class=Response, responses=_FILE)
async def export_with_secrets(body: ExportBody, identity: _SecretExporter) -> Response:
    """The same with all secrets, each encrypted with a passphrase. It is one line of the audit log."""
    text = await runtime.current().exporting.export(identity, body.format, body.table, body.passphrase)
    return _file(text, body, {"Cache-Control": NOT_STORED})


@router.post("/export/selection", response_class=Response, responses=_FILE)
async def export_selection(body: SelectionBody, identity: _Exporter) -> Response:
    """Some services with the relations among them and their groups; secrets masked, or with a passphrase encrypted."""
    text = await runtime.current().exporting.export(
        identity, body.format, body.table, body.passphrase or None, body.service_ids
    )
    return _file(text, body, {"Cache-Control": NOT_STORED})


@router.post("/import")
async def import_text(body: ImportBody, identity: _Applier) -> ImportAnswer:
    """Bring a file in, all of it or nothing. Answers 200 also when nothing was written: see `is_written`."""
    running = runtime.current()
    with noted_changes() as noted:
        report: ImportReport = await running.importing.import_text(
            identity, body.text, body.format, f"import.{body.format}", _options(body, body.passphrase)
        )
    await running.follower.read_now()
    return ImportAnswer(**_told(report, noted))


@router.post("/import/{importer}")
async def import_from(
    importer: Annotated[Importer, Path(examples=["gatus"])], body: ImporterBody, identity: _Applier
) -> ImporterAnswer:
    """Bring in what another monitor watches: Uptime Kuma, Gatus, or targets of Prometheus' blackbox exporter."""
    running = runtime.current()
    name = harmless(body.name, 200) or importer
    content, modules = _content(body), body.modules.encode() if body.modules else None
    async with running.importing.reading:
        found = await asyncio.to_thread(read_sent, importer, content, name, running.registry, modules)
    with noted_changes() as noted:
        report = await running.importing.take(identity, found.file, _options(body))
    await running.follower.read_now()
    notes = [
        ImportNote(line=note.line, entry=note.subject, option=note.option, message=note.text)
        for note in found.notes[:TOLD_LIMIT]
    ]
    return ImporterAnswer(**_told(report, noted), seen=found.seen, notes=notes)


def _content(body: ImporterBody) -> bytes:
    if bool(body.text) == bool(body.base64):
        raise InvalidInput({"text": "must be given, or base64 instead of it"})
    if body.text:
        return body.text.encode()
    try:
        return base64.b64decode(body.base64, validate=True)
    except (binascii.Error, ValueError) as err:
        raise InvalidInput({"base64": "must be base64"}) from err


def _options(body: _Options, passphrase: str = "") -> Options:
    return Options(body.dry_run, body.partial, body.on_conflict, passphrase)


def _told(report: ImportReport, noted: Sequence[int]) -> dict[str, Any]:
    errors = [
        ImportProblem(line=problem.place.line, field=problem.field, message=problem.text)
        for problem in report.errors[:TOLD_LIMIT]
    ]
    steps = [
        ImportStep(
            action=step.action,
            what=step.what,
            name=step.name,
            fields={name: [jsonable(value) for value in values] for name, values in step.fields.items()},
        )
        for step in report.steps[:TOLD_LIMIT]
    ]
    counts = {name: getattr(report, name) for name in ("added", "changed", "unchanged", "skipped", "failed")}
    change_id = noted[0] if noted else None
    return {**counts, "is_written": report.is_written, "change_id": change_id, "errors": errors, "steps": steps}


def _file(text: str, wanted: ExportQuery, headers: dict[str, str]) -> Response:
    name = f"{wanted.table}.csv" if wanted.format == "csv" else f"lightbulb.{wanted.format}"
    headers |= {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=MEDIA_TYPES[wanted.format], headers=headers)
