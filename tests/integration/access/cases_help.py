"""Handlers of help."""

from typing import Any

from monitor_app.security.permissions import BOARD_READ
from tests.integration.access.cases import case, plain
from tests.integration.access.stage import Tab

plain(BOARD_READ, "HelpState.load")


@case("HelpState.search", BOARD_READ, free="text")
async def searched(tab: Tab) -> dict[str, Any]:
    return {"text": "circuit breaker"}
