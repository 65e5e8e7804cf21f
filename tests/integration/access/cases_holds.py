"""Handlers of the dialog that pauses services and puts them into maintenance."""

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor_app.security.permissions import BOARD_READ, SERVICE_WRITE, SYSTEM
from monitor_app.state.holds import MAINTENANCE, PAUSE, HoldDialog
from tests.integration.access.cases import case, plain
from tests.integration.access.stage import Tab

plain(BOARD_READ, "HoldDialog.close")


@case("HoldDialog.open", SERVICE_WRITE)
async def service(tab: Tab) -> dict[str, Any]:
    return {"pks": [await tab.stage.add(tab.identity)], "what": PAUSE}


@case("HoldDialog.save", SERVICE_WRITE, changes=True)
async def question(tab: Tab) -> dict[str, Any]:
    await tab.send(HoldDialog.open, **await service(tab))
    return {"form": {"reason": "new disks", "choice": "60", "at": ""}}


@case("HoldDialog.end", SERVICE_WRITE, changes=True)
async def maintenance(tab: Tab) -> dict[str, Any]:
    pk = await tab.stage.add(tab.identity)
    until = datetime.now(UTC) + timedelta(hours=1)
    await tab.stage.running.holds.begin_maintenance(SYSTEM, [tab.stage.service_id(pk)], "", until)
    return {"pks": pk, "what": MAINTENANCE}
