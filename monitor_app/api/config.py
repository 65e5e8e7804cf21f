"""`/api/config`: whether screens are live or fetched anew now and then, and how long a window of a history is."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from monitor_app.api.access import requires
from monitor_app.api.own_key import OwnCookie, own_key
from monitor_app.domain.account import HISTORY_GRANULARITIES, REFRESH_SECONDS, Preferences
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.state import runtime

router = APIRouter(prefix="/config", tags=["preferences"])
_Reader = Annotated[Identity, requires(BOARD_READ)]


def _in(allowed: tuple[int, ...]) -> AfterValidator:
    def judge(number: int) -> int:
        if number not in allowed:
            raise ValueError(f"must be one of {', '.join(map(str, allowed))}")
        return number

    return AfterValidator(judge)


def _as_it_is(allowed: tuple[int, ...]) -> AfterValidator:
    """A list of choices may be sent back as it was read."""

    def judge(given: list[int]) -> list[int]:
        if given != list(allowed):
            raise ValueError(f"cannot be changed: it is {', '.join(map(str, allowed))}")
        return given

    return AfterValidator(judge)


def _number(allowed: tuple[int, ...], text: str) -> Any:
    return Field(strict=True, description=text, json_schema_extra={"enum": list(allowed)})


def _options(allowed: tuple[int, ...]) -> Any:
    text = "What can be chosen; as it is."
    return Field(max_length=len(allowed), description=text, json_schema_extra={"enum": [list(allowed)]})


_Strict = Annotated[int, Field(strict=True)]


class AutoRefresh(BaseModel):
    """Off: screens are live."""

    enabled: bool = Field(examples=[False])
    interval: int = Field(description="Seconds from one refresh to the next.", examples=[60])
    options: list[int] = Field(description="What the interval can be.", examples=[list(REFRESH_SECONDS)])


class Display(BaseModel):
    """What histories look like."""

    historyGranularity: int = Field(description="Minutes of a window.", examples=[15])  # noqa: N815 - as clients know it
    granularityOptions: list[int] = Field(  # noqa: N815
        description="What the granularity can be.", examples=[list(HISTORY_GRANULARITIES)]
    )


class Config(BaseModel):
    """What holds for who asks."""

    autoRefresh: AutoRefresh  # noqa: N815
    display: Display


class ChangedConfig(Config):
    """What holds from now on."""

    status: Literal["success"]


class _Change(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AutoRefreshChange(_Change):
    """What is left out stays."""

    enabled: Annotated[bool, Field(strict=True, description="Screens are fetched anew instead of live.")] = False
    interval: Annotated[
        int, _number(REFRESH_SECONDS, "Seconds from one refresh to the next."), _in(REFRESH_SECONDS)
    ] = 60
    options: Annotated[list[_Strict], _options(REFRESH_SECONDS), _as_it_is(REFRESH_SECONDS)] = list(REFRESH_SECONDS)


class DisplayChange(_Change):
    """What is left out stays."""

    historyGranularity: Annotated[  # noqa: N815
        int, _number(HISTORY_GRANULARITIES, "Minutes of a window."), _in(HISTORY_GRANULARITIES)
    ] = 15
    granularityOptions: Annotated[  # noqa: N815
        list[_Strict], _options(HISTORY_GRANULARITIES), _as_it_is(HISTORY_GRANULARITIES)
    ] = list(HISTORY_GRANULARITIES)


class ConfigChange(_Change):
    """Any subset of the keys."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"autoRefresh": {"enabled": True, "interval": 120}}]}
    )

    autoRefresh: AutoRefreshChange = AutoRefreshChange()  # noqa: N815
    display: DisplayChange = DisplayChange()


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("")
async def config(request: Request, identity: _Reader) -> Config:
    """One's own: of the account, the wall screen, the key, or the browser without an account."""
    found = await runtime.current().visitors.preferences(identity, own_key(request, identity))
    return Config(**_shown(found))


@router.post("")
async def change(body: ConfigChange, request: Request, response: Response, identity: _Reader) -> ChangedConfig:
    """Change what is named; what is not in the lists is refused and changes nothing. A key changes nobody else's."""
    values, visitors = _named(body), runtime.current().visitors
    own = OwnCookie(request, identity)
    if not values:
        return ChangedConfig(status="success", **_shown(await visitors.preferences(identity, own.key)))
    changed: Preferences = await visitors.change(identity, own.key, values)
    own.give(response)
    return ChangedConfig(status="success", **_shown(changed))


def _named(body: ConfigChange) -> dict[str, Any]:
    """By the names of Preferences, what the body names."""
    refresh, display = body.autoRefresh, body.display
    given: dict[str, tuple[bool, JsonValue]] = {
        "auto_refresh": ("enabled" in refresh.model_fields_set, refresh.enabled),
        "refresh_seconds": ("interval" in refresh.model_fields_set, refresh.interval),
        "history_granularity": ("historyGranularity" in display.model_fields_set, display.historyGranularity),
    }
    return {name: value for name, (is_named, value) in given.items() if is_named}


def _shown(found: Preferences) -> dict[str, Any]:
    return {
        "autoRefresh": {
            "enabled": found.auto_refresh,
            "interval": found.refresh_seconds,
            "options": list(REFRESH_SECONDS),
        },
        "display": {
            "historyGranularity": found.history_granularity,
            "granularityOptions": list(HISTORY_GRANULARITIES),
        },
    }
