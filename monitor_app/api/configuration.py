"""`/api/configuration`: plan and apply a configuration file, and what has drifted from the files that were applied."""

import asyncio
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, ConfigDict, Field

from monitor_app.api.access import requires
from monitor_app.api.described import PROBLEMS
from monitor_app.security.permissions import CONFIG_APPLY, SERVICE_WRITE, Identity
from monitor_app.security.placed import FILE
from monitor_app.state import runtime
from monitor_app.use_cases.configuration.document import Document
from monitor_app.use_cases.configuration.drafting import Options
from monitor_app.use_cases.configuration.drift_list import Drifted
from monitor_app.use_cases.configuration.plan import Plan
from monitor_app.use_cases.configuration.reading import read_document

PREFIX: Final = "/configuration"
DRIFT_LIMIT: Final = 1000
EXAMPLE: Final = "services:\n  web:\n    group: Shop\n    status_config: {url: https://shop.example.org}\n"

router = APIRouter(prefix=PREFIX, tags=["configuration"], responses=PROBLEMS)
_Noun = Literal["service", "relation", "group"]


class ConfigurationText(BaseModel):
    """A configuration file, as docs/configuration.md describes it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": EXAMPLE, "format": "yaml", "name": "shop.yaml"}]}
    )

    text: Annotated[str, Field(max_length=FILE.size_bytes)] = Field(
        description="The whole file. `${...}` is refused: the variables of the server are not those of its clients."
    )
    format: Literal["yaml", "json"] = "yaml"
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")] = Field(
        "api", description="What its objects are marked by, such as the name of the file."
    )
    prune: Annotated[bool, Field(strict=True)] = Field(
        False, description="Remove what a file of this name made and does not have any more."
    )
    adopt: Annotated[bool, Field(strict=True)] = Field(
        False, description="Take over objects that people or other files made."
    )


class FieldObject(BaseModel):
    """One field of an object, before and after. Of a secret only that it changes."""

    name: str = Field(examples=["status_config.deadline_seconds"])
    before: Any = Field(examples=[5])
    after: Any = Field(examples=[10])
    secret: bool = Field(examples=[False])
    drifted: bool = Field(description="Somebody changed it elsewhere since the file was applied.", examples=[False])


class ChangeObject(BaseModel):
    """What happens to one object."""

    action: Literal["add", "change", "adopt", "remove"] = Field(examples=["change"])
    type: _Noun = Field(examples=["service"])
    name: str = Field(examples=["web"])
    file: str = Field(examples=["shop.yaml"])
    line: int | None = Field(examples=[2])
    note: str = Field(examples=[""])
    fields: list[FieldObject]


class PlanObject(BaseModel):
    """All that happens together, or nothing of it."""

    applied: bool = Field(description="Whether it was done; a plan only says what would be.", examples=[True])
    changes: list[ChangeObject]
    add: int = Field(examples=[0])
    change: int = Field(examples=[1])
    adopt: int = Field(examples=[0])
    remove: int = Field(examples=[0])
    unchanged: int = Field(examples=[12])
    kept: list[str] = Field(description="In no file any more, but kept without `prune`.", examples=[["service old"]])
    warning: str = Field(examples=[""])


class DriftObject(BaseModel):
    """An object that is not as its file says."""

    type: _Noun = Field(examples=["service"])
    name: str = Field(examples=["web"])
    managed_by: str = Field(examples=["shop.yaml"])
    fields: list[str] = Field(examples=[["label", "status_config.url"]])


class DriftList(BaseModel):
    """What has drifted, at most a thousand objects of it."""

    items: list[DriftObject]
    total: int = Field(examples=[1])


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.post("/plan", response_model=PlanObject)
async def plan(given: ConfigurationText, identity: Annotated[Identity, requires(CONFIG_APPLY)]) -> dict[str, Any]:
    """What `apply` would do: added, changed field by field, removed. 422 names line and field of all that is wrong."""
    found: Plan = await runtime.current().configuration.plan(identity, [await _document(given)], _options(given))
    return {**found.document(), "applied": False}


@router.post("/apply", response_model=PlanObject)
async def apply(given: ConfigurationText, identity: Annotated[Identity, requires(CONFIG_APPLY)]) -> dict[str, Any]:
    """Make everything as the file says, in one transaction. What is so already is left alone."""
    running = runtime.current()
    done: Plan = await running.configuration.apply(identity, [await _document(given)], _options(given))
    await running.follower.read_now()
    return {**done.document(), "applied": True}


@router.get("/drift", response_model=DriftList)
async def drift(identity: Annotated[Identity, requires(SERVICE_WRITE)]) -> dict[str, Any]:
    """What was made by files and has been changed elsewhere since. The next apply puts it back."""
    found: list[Drifted] = await runtime.current().configuration.drift(identity)
    shown = [
        {"type": each.noun, "name": each.name, "managed_by": each.managed_by, "fields": list(each.fields)}
        for each in found[:DRIFT_LIMIT]
    ]
    return {"items": shown, "total": len(found)}


async def _document(given: ConfigurationText) -> Document:
    # Without a substitution: nothing of the server's variables and files comes into it.
    return await asyncio.to_thread(read_document, given.text, given.format, given.name)


def _options(given: ConfigurationText) -> Options:
    return Options(prune=given.prune, adopt=given.adopt)
