"""`/api/preferences`: how one wants to see the screens, and histories by default; the whole of it, see config.py."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from monitor_app.api.access import requires
from monitor_app.api.own_key import OwnCookie, own_key
from monitor_app.domain.account import Preferences
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.state import runtime

router = APIRouter(prefix="/preferences", tags=["preferences"])
_Reader = Annotated[Identity, requires(BOARD_READ)]
_Text = Annotated[str, Field(max_length=100)]


class PreferencesOut(BaseModel):
    """One's own preferences. Empty texts leave the choice to the browser."""

    time_zone: str = Field(examples=["Europe/Berlin"])
    date_language: str = Field(examples=["en-GB"])
    theme: str = Field(examples=["system"])
    default_page: str = Field(examples=["/"])
    history_granularity: int = Field(description="Minutes of a window: 5, 15, 30 or 60.", examples=[15])
    auto_refresh: bool = Field(description="Screens are fetched anew now and then instead of live.", examples=[False])
    refresh_seconds: int = Field(description="How often: 30, 60, 120, 300 or 600.", examples=[60])
    density: str = Field(description="comfortable or compact.", examples=["comfortable"])
    tour_seen: bool = Field(description="The tour of the board was taken or skipped.", examples=[False])


class PreferencesPatch(BaseModel):
    """What is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"history_granularity": 30}]})

    time_zone: _Text | None = None
    date_language: _Text | None = None
    theme: _Text | None = None
    default_page: _Text | None = None
    history_granularity: Annotated[int, Field(strict=True, ge=1, le=1440)] | None = None
    auto_refresh: Annotated[bool, Field(strict=True)] | None = None
    refresh_seconds: Annotated[int, Field(strict=True, ge=1, le=86_400)] | None = None
    density: _Text | None = None
    tour_seen: Annotated[bool, Field(strict=True)] | None = None


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("")
async def preferences(request: Request, identity: _Reader) -> PreferencesOut:
    """One's own: of the account, the wall screen, or the browser without an account. A key without any takes its
    owner's."""
    return _out(await runtime.current().visitors.preferences(identity, own_key(request, identity)))


@router.patch("")
async def change(body: PreferencesPatch, request: Request, response: Response, identity: _Reader) -> PreferencesOut:
    """Change what is named. A key changes its own and never its owner's."""
    values, visitors = body.model_dump(exclude_none=True), runtime.current().visitors
    own = OwnCookie(request, identity)
    if not values:
        return _out(await visitors.preferences(identity, own.key))
    changed: Preferences = await visitors.change(identity, own.key, values)
    own.give(response)
    return _out(changed)


def _out(found: Preferences) -> PreferencesOut:
    return PreferencesOut(**asdict(found))
