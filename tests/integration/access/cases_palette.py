"""Handlers of the command palette and of checks that are ordered on the screen."""

from typing import Any

from monitor_app.security.permissions import BOARD_READ, CHECK_RUN
from tests.integration.access.cases import case
from tests.integration.access.stage import Tab


@case("PaletteState.search", BOARD_READ)
async def question(tab: Tab) -> dict[str, Any]:
    pk = await tab.stage.add(tab.identity)
    recent = [tab.stage.service_id(pk)]
    return {"asked": {"number": 1, "text": "a", "command": "edit", "recent": recent, "here": pk}}


@case("PaletteState.run", BOARD_READ)
async def nothing_known(tab: Tab) -> dict[str, Any]:
    """What a command takes is a matter of its own: tests/integration/screen/test_palette.py."""
    return {"name": "nothing", "pk": await tab.stage.add(tab.identity)}


@case("CheckNow.run", CHECK_RUN, changes=True)
async def service(tab: Tab) -> dict[str, Any]:
    return {"pk": await tab.stage.add(tab.identity)}
