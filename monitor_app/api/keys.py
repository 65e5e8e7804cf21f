"""`/api/keys`: one's own API keys. `/api/wall-tokens`: tokens of wall screens. Each secret is shown once."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.api.links import link_to, shown_once
from monitor_app.api.listing import Listing, page_of
from monitor_app.domain.account import KeyView
from monitor_app.engine.status_object import stamp
from monitor_app.errors import NotFound
from monitor_app.security.permissions import NOT_FOR_KEYS, PERMISSIONS, PROFILE_MANAGE, SETTING_MANAGE, Identity
from monitor_app.security.tokens import parse_key
from monitor_app.state import runtime
from monitor_app.use_cases.key_input import ADDRESSES_LIMIT, DAYS_LIMIT, NAME_LIMIT

CREATED, NO_CONTENT = 201, 204

router = APIRouter(tags=["keys"], responses=PROBLEMS)
_Owner = Annotated[Identity, requires(PROFILE_MANAGE)]
_Admin = Annotated[Identity, requires(SETTING_MANAGE)]
_KeyId = Annotated[str, Path(max_length=40, description="The part of the key between the two underscores.")]
_Name = Annotated[str, Field(min_length=1, max_length=NAME_LIMIT, description="What it is for.")]
# What is none of these is refused by the use case, in words that name those one holds.
_Permission = Annotated[str, Field(max_length=80, json_schema_extra={"enum": sorted({*PERMISSIONS} - NOT_FOR_KEYS)})]
_Days = Annotated[int, Field(strict=True, ge=1, le=DAYS_LIMIT)] | None


class WallToken(BaseModel):
    """The token of a wall screen, without its secret."""

    key_id: str = Field(examples=["a1b2c3d4e5f6"])
    name: str = Field(examples=["Hall"])
    state: Literal["works", "revoked", "expired"] = Field(examples=["works"])
    created_by: str = Field(examples=["ada"])
    created_at: str = Field(examples=["2026-05-17T12:00:00.000Z"])
    expires_at: str | None = Field(description="null: never.", examples=[None])
    used_at: str | None = Field(examples=["2026-05-17T12:00:00.000Z"])
    used_from: str = Field(description="The address it came from last.", examples=["192.0.2.7"])


class Key(WallToken):
    """A key, without its secret."""

    permissions: list[str] = Field(examples=[["board:read"]])
    addresses: list[str] = Field(description="Networks it may be used from; none: everywhere.", examples=[[]])


class Keys(BaseModel):
    """A page of keys, the newest first."""

    items: list[Key]
    total: int = Field(examples=[1])
    page: int = Field(examples=[1])
    pages: int = Field(examples=[1])
    next_cursor: str | None = Field(examples=[None])


class WallTokenPage(BaseModel):
    """A page of wall tokens, the newest first."""

    items: list[WallToken]
    total: int = Field(examples=[1])
    page: int = Field(examples=[1])
    pages: int = Field(examples=[1])
    next_cursor: str | None = Field(examples=[None])


class NewKey(BaseModel):
    """A key to be made. It may do no more than its owner, at each moment of its life."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "backup", "permissions": ["board:read"], "expires_days": 90}]},
    )

    name: _Name
    permissions: Annotated[list[_Permission], Field(min_length=1, max_length=len(PERMISSIONS))]
    expires_days: _Days = Field(None, description="null: it never expires.")
    addresses: Annotated[list[Annotated[str, Field(max_length=50)]], Field(max_length=ADDRESSES_LIMIT)] = Field(
        default=[], description="Networks such as 10.0.0.0/8 that it may be used from; none: everywhere."
    )


class NewWallToken(BaseModel):
    """A wall screen to be let in. It only reads the board."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Hall", "expires_days": 365}]})

    name: _Name
    expires_days: _Days = Field(None, description="null: it never expires.")


class MadeKey(BaseModel):
    """A new key. The key itself is shown this once."""

    key_id: str = Field(examples=["a1b2c3d4e5f6"])
    name: str = Field(examples=["backup"])
    key: str


class MadeWallToken(BaseModel):
    """A new token. Token and link are shown this once."""

    key_id: str = Field(examples=["a1b2c3d4e5f6"])
    name: str = Field(examples=["Hall"])
    token: str
    link: str = Field(description="The page that the screen opens; the secret is behind the #.")


class WantedKeys(Listing):
    """Which keys."""

    state: Literal["works", "revoked", "expired"] | None = None


_KEY_FIELDS: Final = tuple(Key.model_fields)
_TOKEN_FIELDS: Final = tuple(WallToken.model_fields)


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/keys", response_model=Keys, responses=NOT_MODIFIED)
@router.head("/keys", include_in_schema=False)
async def keys(request: Request, wanted: Annotated[WantedKeys, Query()], identity: _Owner) -> Response:
    """One's own keys, page by page. Only with a session: a key cannot look at keys."""
    return _page(request, wanted, await runtime.current().profile.keys(identity), _KEY_FIELDS)


@router.post("/keys", status_code=CREATED, response_model=MadeKey)
async def make_key(given: NewKey, identity: _Owner) -> Response:
    """A key for a program. Only with a session: a key cannot make keys."""
    text = await runtime.current().profile.make_key(
        identity, given.name, given.permissions, given.expires_days, given.addresses
    )
    key_id = _key_id(text)
    return shown_once({"key_id": key_id, "name": given.name, "key": text}, f"/api/keys/{key_id}")


@router.get("/keys/{key_id}", response_model=Key, responses=NOT_MODIFIED)
@router.head("/keys/{key_id}", include_in_schema=False)
async def key(request: Request, key_id: _KeyId, identity: _Owner) -> Response:
    """One of one's own keys."""
    found = _found(await runtime.current().profile.keys(identity), key_id)
    return answer_of(request, _shown(found, _KEY_FIELDS))


@router.delete("/keys/{key_id}", status_code=NO_CONTENT)
async def revoke_key(key_id: _KeyId, identity: _Owner) -> None:
    """It is of no use from now on."""
    profile = runtime.current().profile
    await profile.revoke_key(identity, _found(await profile.keys(identity), key_id).pk)


@router.get("/wall-tokens", response_model=WallTokenPage, responses=NOT_MODIFIED)
@router.head("/wall-tokens", include_in_schema=False)
async def wall_tokens(request: Request, wanted: Annotated[WantedKeys, Query()], identity: _Admin) -> Response:
    """The tokens of all wall screens, page by page."""
    return _page(request, wanted, await runtime.current().wall_tokens.list_all(identity), _TOKEN_FIELDS)


@router.post("/wall-tokens", status_code=CREATED, response_model=MadeWallToken)
async def make_wall_token(request: Request, given: NewWallToken, identity: _Admin) -> Response:
    """A token for a screen that only shows the board."""
    text = await runtime.current().wall_tokens.make(identity, given.name, given.expires_days)
    key_id = _key_id(text)
    content = {"key_id": key_id, "name": given.name, "token": text, "link": link_to(request, "/wall", text)}
    return shown_once(content, f"/api/wall-tokens/{key_id}")


@router.get("/wall-tokens/{key_id}", response_model=WallToken, responses=NOT_MODIFIED)
@router.head("/wall-tokens/{key_id}", include_in_schema=False)
async def wall_token(request: Request, key_id: _KeyId, identity: _Admin) -> Response:
    """The token of one wall screen."""
    found = _found(await runtime.current().wall_tokens.list_all(identity), key_id)
    return answer_of(request, _shown(found, _TOKEN_FIELDS))


@router.delete("/wall-tokens/{key_id}", status_code=NO_CONTENT)
async def revoke_wall_token(key_id: _KeyId, identity: _Admin) -> None:
    """Ends the screens that were opened with it."""
    tokens = runtime.current().wall_tokens
    await tokens.revoke(identity, _found(await tokens.list_all(identity), key_id).pk)


def _page(request: Request, wanted: WantedKeys, known: list[KeyView], fields: tuple[str, ...]) -> Response:
    found = [one for one in known if wanted.state in (None, one.state)]
    return answer_of(request, page_of(found, wanted, lambda one: one.key_id, lambda one: _shown(one, fields), fields))


def _key_id(text: str) -> str:
    parts = parse_key(text)
    assert parts is not None
    return parts[0]


def _found(known: list[KeyView], key_id: str) -> KeyView:
    """Raises NotFound, also for what somebody else has."""
    for one in known:
        if one.key_id == key_id:
            return one
    raise NotFound("there is no such key")


def _shown(view: KeyView, fields: tuple[str, ...]) -> dict[str, Any]:
    document = {
        "key_id": view.key_id,
        "name": view.name,
        "state": view.state,
        "created_by": view.created_by,
        "created_at": stamp(view.created_at),
        "expires_at": stamp(view.expires_at),
        "used_at": stamp(view.used_at),
        "used_from": view.used_from,
        "permissions": list(view.permissions),
        "addresses": list(view.addresses),
    }
    return {name: document[name] for name in fields}
