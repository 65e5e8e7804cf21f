"""`/api/preferences`: how one wants to see the screens, and histories by default."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, ConfigDict, Field

from monitor_app.api.access import requires
from monitor_app.domain.account import Preferences
from monitor_app.security.permissions import PROFILE_MANAGE, Identity
from monitor_app.state import runtime

router = APIRouter(prefix="/preferences", tags=["preferences"])
_Owner = Annotated[Identity, requires(PROFILE_MANAGE)]
_Text = Annotated[str, Field(max_length=100)]


class PreferencesOut(BaseModel):
    """One's own preferences. Empty texts leave the choice to the browser."""

    time_zone: str = Field(examples=["Europe/Berlin"])
    date_language: str = Field(examples=["en-GB"])
    theme: str = Field(examples=["system"])
    default_page: str = Field(examples=["/"])
    history_granularity: int = Field(description="Minutes of a window: 5, 15, 30 or 60.", examples=[15])


class PreferencesPatch(BaseModel):
    """What is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"history_granularity": 30}]})

    time_zone: _Text | None = None
    date_language: _Text | None = None
    theme: _Text | None = None
    default_page: _Text | None = None
    history_granularity: Annotated[int, Field(strict=True, ge=1, le=1440)] | None = None


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("")
async def preferences(identity: _Owner) -> PreferencesOut:
    """One's own. For sessions: a key has none, and takes its owner's."""
    return _out((await runtime.current().profile.get(identity)).preferences)


@router.patch("")
async def change(body: PreferencesPatch, identity: _Owner) -> PreferencesOut:
    """Change what is named."""
    values = body.model_dump(exclude_none=True)
    profile = runtime.current().profile
    if not values:
        return _out((await profile.get(identity)).preferences)
    return _out(await profile.set_preferences(identity, values))


def _out(found: Preferences) -> PreferencesOut:
    return PreferencesOut(**asdict(found))
