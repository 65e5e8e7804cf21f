"""`/api/settings`: what administrators decide about access and about where checks may connect to."""

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer, expected_version
from monitor_app.api.described import IF_MATCH, NOT_MODIFIED, PROBLEMS
from monitor_app.domain.security_settings import ENTRIES_LIMIT, NUMBERS, SecuritySettings
from monitor_app.security.permissions import SETTING_MANAGE, Identity
from monitor_app.state import runtime

router = APIRouter(prefix="/settings", tags=["settings"], responses=PROBLEMS)
_Admin = Annotated[Identity, requires(SETTING_MANAGE)]
_Flag = Annotated[bool, Field(strict=True)]
_Rules = Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=ENTRIES_LIMIT)]


def _number(name: str, text: str) -> Any:
    least, most = NUMBERS[name]
    return Field(strict=True, ge=least, le=most, description=text)


class SettingsObject(BaseModel):
    """All of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [SecuritySettings().to_dict()]})

    is_board_public: _Flag = Field(description="Whether everybody may see the board, without an account.")
    idle_minutes: Annotated[int, _number("idle_minutes", "A session that lies unused so long ends.")]
    absolute_hours: Annotated[int, _number("absolute_hours", "A session lasts so long at most.")]
    kept_idle_days: Annotated[int, _number("kept_idle_days", "The same with `keep me logged in`: unused.")]
    kept_absolute_days: Annotated[int, _number("kept_absolute_days", "The same with `keep me logged in`: at most.")]
    outbound_private: _Flag = Field(description="Whether checks may connect to private and loopback addresses.")
    outbound_allow: _Rules = Field(description="Networks and host names that checks may always connect to.")
    outbound_deny: _Rules = Field(description="Networks and host names that checks may never connect to.")


class SettingsChange(SettingsObject):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"idle_minutes": 60}]})

    is_board_public: _Flag = False
    idle_minutes: Annotated[int, _number("idle_minutes", "Minutes.")] = 720
    absolute_hours: Annotated[int, _number("absolute_hours", "Hours.")] = 24
    kept_idle_days: Annotated[int, _number("kept_idle_days", "Days.")] = 30
    kept_absolute_days: Annotated[int, _number("kept_absolute_days", "Days.")] = 90
    outbound_private: _Flag = True
    outbound_allow: _Rules = []
    outbound_deny: _Rules = []


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=SettingsObject, responses=NOT_MODIFIED)
@router.head("", include_in_schema=False)
async def settings(request: Request, identity: _Admin) -> Response:
    """The security settings as they count now."""
    return _answer(request, await runtime.current().security_settings.get(identity))


@router.patch("", response_model=SettingsObject, openapi_extra=IF_MATCH)
async def change_settings(request: Request, given: SettingsChange, identity: _Admin) -> Response:
    """Change some. They count at once, for sessions that are open, too. With If-Match only as they were read."""
    values, expected = given.model_dump(exclude_unset=True), expected_version(request)
    changed = await runtime.current().security_settings.change(identity, values, expected_version=expected)
    return _answer(request, changed)


def _answer(request: Request, found: SecuritySettings) -> Response:
    return answer(request, found.to_dict(), f'"{found.version}"')
