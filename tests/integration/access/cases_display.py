"""Handlers of how a tab shows things, and of what it tells."""

from typing import Any

from monitor_app.security.permissions import BOARD_READ
from tests.integration.access.cases import case, plain
from tests.integration.access.stage import Tab

plain(BOARD_READ, "DisplayState.refreshed", "DisplayState.look_again", "AlarmState.listen")


@case("DisplayState.take", BOARD_READ, free="values")
async def chosen(tab: Tab) -> dict[str, Any]:
    return {"values": {"auto_refresh": True, "refresh_seconds": 120}}
