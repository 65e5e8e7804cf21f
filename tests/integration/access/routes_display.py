"""Routes of how everybody wants to see the screens."""

from collections.abc import Callable
from typing import Final

from monitor_app.security.permissions import BOARD_READ
from tests.integration.access.routes import Call, Caller, Prepare, Row, never, plain
from tests.integration.access.stage import Stage


async def preferences(stage: Stage, caller: Caller) -> Call:
    return Call({"history_granularity": 30, "theme": "dark"})


async def config(stage: Stage, caller: Caller) -> Call:
    return Call({"autoRefresh": {"enabled": True, "interval": 120}})


def with_account(caller: Caller) -> bool:
    """Whose account it is that changes; screens and programs have what is theirs alone."""
    return caller.has_account


def without_account(caller: Caller) -> bool:
    """The others."""
    return not caller.has_account


def row(method: str, path: str, prepare: Prepare, changes: Callable[[Caller], bool] = never) -> Row:
    """All fields may be left out."""
    is_own = never if changes is never else without_account
    return Row(method, path, BOARD_READ, prepare, changes, is_forgiving=method != "GET", is_own=is_own)


ROUTES: Final = (
    row("GET", "/api/config", plain),
    row("POST", "/api/config", config, with_account),
    row("GET", "/api/preferences", plain),
    row("PATCH", "/api/preferences", preferences, with_account),
)
