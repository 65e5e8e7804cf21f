"""`/api/channels` and `/api/own-channels`: where notifications go; `/api/channel-kinds`: which ways there are."""

import asyncio
from typing import Annotated, Any, Final
from weakref import WeakKeyDictionary

from fastapi import APIRouter, FastAPI, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of, encoded
from monitor_app.api.described import IDEMPOTENCY_KEY, NOT_MODIFIED, PROBLEMS
from monitor_app.api.kinds import KindField
from monitor_app.domain.alerting.channel import NAME_LIMIT
from monitor_app.domain.alerting.template import BODY_LIMIT, NAMES, TITLE_LIMIT
from monitor_app.engine.status_object import stamp
from monitor_app.plugins.notifier_kinds import Notifier, NotifierRegistry
from monitor_app.security.permissions import CHANNEL_WRITE, MONITOR_READ, PROFILE_MANAGE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.channels import ChannelView

CREATED, NO_CONTENT = 201, 204
KIND_LIMIT: Final = 40
router = APIRouter(prefix="/channels", tags=["channels"], responses=PROBLEMS)
own_router = APIRouter(prefix="/own-channels", tags=["channels"], responses=PROBLEMS)
kind_router = APIRouter(tags=["channels"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(MONITOR_READ)]
_Writer = Annotated[Identity, requires(CHANNEL_WRITE)]
_Owner = Annotated[Identity, requires(PROFILE_MANAGE)]
_Number = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[3])]
_Name = Annotated[str, Field(max_length=NAME_LIMIT, examples=["Operations"])]
_Kind = Annotated[str, Field(max_length=KIND_LIMIT, description="See GET /api/channel-kinds.", examples=["webhook"])]
_CONFIG: Final = {"url": "https://hooks.example.org/lightbulb", "secret": "***"}
_Config = Annotated[
    dict[str, Any],
    Field(
        max_length=50,
        description="The settings of the kind. A secret that was read as `***` stays.",
        examples=[_CONFIG],
    ),
]
_IsDefault = Annotated[
    bool, Field(strict=True, description="Alerts that no escalation policy sends elsewhere go here.")
]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Templates(_Input):
    """Texts in place of the standard ones, with names such as {{cause}}; empty: the standard ones."""

    title: Annotated[str, Field(max_length=TITLE_LIMIT, examples=["{{severity}}: {{service}}"])] = ""
    body: Annotated[str, Field(max_length=BODY_LIMIT, examples=["{{text}}"])] = ""


class OwnChannelBody(_Input):
    """A new channel of one's own."""

    name: _Name
    kind: _Kind
    config: _Config
    templates: Templates = Field(default_factory=Templates)
    enabled: Annotated[bool, Field(strict=True)] = True


class ChannelBody(OwnChannelBody):
    """A new channel."""

    is_default: _IsDefault = True
    owner: Annotated[str, Field(max_length=NAME_LIMIT, description="Whose alone it is; empty: of all.")] = ""


class OwnChannelPatch(_Input):
    """What is to be different; what is left out stays. A config is given whole."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, json_schema_extra={"examples": [{"enabled": False}]}
    )

    name: _Name = ""
    kind: _Kind = ""
    config: _Config = Field(default_factory=dict)
    templates: Templates = Field(default_factory=Templates)
    enabled: Annotated[bool, Field(strict=True)] = True


class ChannelPatch(OwnChannelPatch):
    """The same for any channel."""

    is_default: _IsDefault = True
    owner: Annotated[str, Field(max_length=NAME_LIMIT)] = ""


class TestBody(_Input):
    """Where a test goes. With a channel's number: what is left out, and secrets given as `***`, are those of it."""

    channel_id: Annotated[int | None, Field(ge=1, le=2**31 - 1, examples=[None])] = None
    kind: _Kind = ""
    config: _Config = Field(default_factory=dict)
    templates: Templates = Field(default_factory=Templates)


class PreviewBody(_Input):
    """The texts to look at."""

    templates: Templates = Field(default_factory=Templates)


class ChannelOut(BaseModel):
    """A channel. `target` and `config` are empty for who may not change it."""

    channel_id: int = Field(examples=[3])
    name: str = Field(examples=["Operations"])
    kind: str = Field(examples=["webhook"])
    kind_title: str = Field(examples=["Webhook"])
    target: str = Field(examples=["hooks.example.org:443"])
    config: dict[str, Any] = Field(description="Only what differs from the defaults.", examples=[_CONFIG])
    templates: dict[str, str] = Field(examples=[{}])
    enabled: bool = Field(examples=[True])
    is_default: bool = Field(examples=[True])
    owner: str = Field(description="Whose alone it is; empty: of all.", examples=[""])
    is_mine: bool = Field(examples=[False])
    may_change: bool = Field(examples=[True])
    used_by: list[str] = Field(description="The escalation policies that send here.", examples=[["Nights"]])
    trouble: str = Field(description="Why nothing can be sent.", examples=[""])
    last_sent_at: str | None = Field(examples=["2026-05-17T12:00:00.000Z"])
    last_failed_at: str | None = Field(examples=[None])
    last_error: str = Field(examples=[""])


class ChannelList(BaseModel):
    """Channels, by name."""

    items: list[ChannelOut]
    people: list[str] = Field(description="Whose a channel may be.", examples=[["ada"]])
    has_links: bool = Field(description="Whether messages carry a link: with PUBLIC_URL set.", examples=[True])


class ChannelKind(BaseModel):
    """One kind of channel."""

    name: str = Field(examples=["webhook"])
    title: str = Field(examples=["Webhook"])
    description: str = Field(examples=["JSON to an address of yours, signed with HMAC-SHA256."])
    set_up: list[str] = Field(description="What has to be done elsewhere, in Markdown.", examples=[[]])
    public_hosts: list[str] = Field(
        description="Hosts of the provider itself: those of one's own that lead there need no channel:write.",
        examples=[["hooks.slack.com"]],
    )
    fields: list[KindField]
    json_schema: dict[str, Any] = Field(description="The JSON Schema of `config`.", examples=[{}])


class TestFound(BaseModel):
    """What came of a test."""

    is_sent: bool = Field(examples=[True])
    answer: str = Field(description="The provider's own answer, or why it was not taken.", examples=["200: ok"])
    seconds: float = Field(examples=[0.2])
    is_final: bool = Field(description="Trying again is of no use.", examples=[False])
    is_ambiguous: bool = Field(description="The provider may have taken it all the same.", examples=[False])


class PreviewOut(BaseModel):
    """What a message would say."""

    title: str = Field(examples=["Critical: db-main is down"])
    text: str = Field(examples=["Probable cause: connection refused"])
    is_real: bool = Field(description="Of the newest real alert; else of one that is made up.", examples=[False])
    names: dict[str, str] = Field(description="Which names templates may use, and what they stand for.", examples=[{}])


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    for part in (router, own_router, kind_router):
        app.include_router(part)


@router.get("", response_model=ChannelList, responses=NOT_MODIFIED)
async def channels(request: Request, identity: _Reader) -> Response:
    """Those of all and one's own; who may change channels sees those of others, too."""
    use_cases = runtime.current().channels
    found = [shown_channel(view) for view in await use_cases.list_for(identity)]
    has_links = bool(runtime.current().public_url)
    return answer_of(request, {"items": found, "people": await use_cases.people(identity), "has_links": has_links})


@router.get("/{channel_id}", response_model=ChannelOut, responses=NOT_MODIFIED)
async def channel(request: Request, channel_id: _Number, identity: _Reader) -> Response:
    """One channel."""
    return answer_of(request, shown_channel(await runtime.current().channels.get(identity, channel_id)))


@router.post("", response_model=ChannelOut, status_code=CREATED, openapi_extra=IDEMPOTENCY_KEY)
async def create(body: ChannelBody, identity: _Writer) -> dict[str, Any]:
    """Keep a new channel."""
    return shown_channel(await runtime.current().channels.create(identity, body.model_dump()))


@router.post("/test", response_model=TestFound)
async def test(body: TestBody, identity: _Writer) -> dict[str, Any]:
    """Send a test message at once. Nothing has to be saved for it, and nothing is."""
    return await _tried(body, identity)


@router.post("/preview", response_model=PreviewOut)
async def preview(body: PreviewBody, identity: _Reader) -> dict[str, Any]:
    """What a message would say in the words of these templates."""
    found = await runtime.current().channel_trying.preview(identity, body.templates.model_dump())
    rendered = found.rendered
    return {"title": rendered.title, "text": rendered.text, "is_real": found.is_real, "names": dict(NAMES)}


@router.patch("/{channel_id}", response_model=ChannelOut)
async def change(channel_id: _Number, body: ChannelPatch, identity: _Writer) -> dict[str, Any]:
    """Change what is named."""
    return await _changed(channel_id, body, identity)


@router.delete("/{channel_id}", status_code=NO_CONTENT, response_class=Response)
async def delete(channel_id: _Number, identity: _Writer) -> None:
    """Take a channel away, unless an escalation policy names it."""
    await runtime.current().channels.delete(identity, channel_id)


@own_router.post("", response_model=ChannelOut, status_code=CREATED, openapi_extra=IDEMPOTENCY_KEY)
async def create_own(body: OwnChannelBody, identity: _Owner) -> dict[str, Any]:
    """Keep a new channel of one's own."""
    values = body.model_dump() | {"owner": identity.name}
    return shown_channel(await runtime.current().channels.create(identity, values))


@own_router.post("/test", response_model=TestFound)
async def test_own(body: TestBody, identity: _Owner) -> dict[str, Any]:
    """Send a test message at once, for a channel of one's own."""
    return await _tried(body, identity)


@own_router.patch("/{channel_id}", response_model=ChannelOut)
async def change_own(channel_id: _Number, body: OwnChannelPatch, identity: _Owner) -> dict[str, Any]:
    """Change what is named of a channel of one's own."""
    return await _changed(channel_id, body, identity)


@own_router.delete("/{channel_id}", status_code=NO_CONTENT, response_class=Response)
async def delete_own(channel_id: _Number, identity: _Owner) -> None:
    """Take a channel of one's own away."""
    await runtime.current().channels.delete(identity, channel_id)


@kind_router.get("/channel-kinds", response_model=list[ChannelKind], responses=NOT_MODIFIED)
async def channel_kinds(request: Request, identity: _Reader) -> Response:
    """All kinds, each with the fields and the schema of its `config`."""
    return answer_of(request, await _described())


async def _tried(body: TestBody, identity: Identity) -> dict[str, Any]:
    values = body.model_dump(exclude_unset=True)
    trial = await runtime.current().channel_trying.test(identity, values, values.pop("channel_id", None))
    return {
        "is_sent": trial.is_sent,
        "answer": trial.answer,
        "seconds": round(trial.seconds, 3),
        "is_final": trial.is_final,
        "is_ambiguous": trial.is_ambiguous,
    }


async def _changed(channel_id: int, body: OwnChannelPatch, identity: Identity) -> dict[str, Any]:
    values = body.model_dump(exclude_unset=True)
    return shown_channel(await runtime.current().channels.update(identity, channel_id, values))


def shown_channel(view: ChannelView) -> dict[str, Any]:
    """A channel as the API tells it."""
    channel = view.channel
    return {
        "channel_id": channel.pk,
        "name": channel.name,
        "kind": channel.kind,
        "kind_title": view.kind_title,
        "target": view.target,
        "config": dict(view.config),
        "templates": dict(channel.templates),
        "enabled": channel.enabled,
        "is_default": channel.is_default,
        "owner": view.owner,
        "is_mine": view.is_mine,
        "may_change": view.may_change,
        "used_by": list(view.used_by),
        "trouble": view.trouble,
        "last_sent_at": stamp(channel.last_sent_at),
        "last_failed_at": stamp(channel.last_failed_at),
        "last_error": channel.last_error,
    }


_known: WeakKeyDictionary[NotifierRegistry, bytes] = WeakKeyDictionary()


async def _described() -> bytes:
    """All kinds as JSON. The first time they are imported, which takes a moment."""
    registry: NotifierRegistry = runtime.current().channels.registry
    if registry not in _known:
        _known[registry] = encoded(await asyncio.to_thread(lambda: [_shown(each) for each in _in_order(registry)]))
    return _known[registry]


def _in_order(registry: NotifierRegistry) -> list[Notifier]:
    return sorted(registry, key=lambda each: (each.config_model.menu_rank, each.name))


def _shown(kind: Notifier) -> dict[str, Any]:
    model = kind.config_model
    return ChannelKind(
        name=kind.name,
        title=kind.title,
        description=model.kind_description,
        set_up=list(model.set_up),
        public_hosts=list(model.public_hosts),
        fields=[KindField.model_validate(field, from_attributes=True) for field in kind.fields],
        json_schema=kind.json_schema,
    ).model_dump(mode="json")
