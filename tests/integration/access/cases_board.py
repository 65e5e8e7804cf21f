"""Handlers of the board and its dialogs."""

from typing import Any

from monitor_app.security.permissions import (
    BOARD_READ,
    BREAKER_OPERATE,
    CHECK_RUN,
    DEMO_MANAGE,
    SERVICE_WRITE,
    SYSTEM,
)
from monitor_app.state.breaker import BreakerDialog
from monitor_app.state.demo import DemoState
from monitor_app.state.paste import PasteState
from monitor_app.state.push import PushDialog
from monitor_app.state.services import RowActions, ServiceDialog
from monitor_app.use_cases.visitors import key_of
from tests.integration.access.cases import case, plain
from tests.integration.access.stage import Tab

plain(BOARD_READ, "BoardState.load", "DetailsState.close", "DetailsState.refresh", "DetailsState.restore")
plain(BOARD_READ, "SinceLooked.dismiss")
plain(BOARD_READ, "BreakerDialog.close", "PasteState.close", "PasteState.explain", "PushDialog.close")
plain(BOARD_READ, "PushDialog.keep", "ServiceDialog.close")
plain(BOARD_READ, "ServicePage.load", "ServicePage.load_past", "ServicePage.refresh")
plain(SERVICE_WRITE, "PasteState.open", "PasteState.run", "PushDialog.ask", "ServiceDialog.open_new")


@case("SinceLooked.load", BOARD_READ, changes=True, own="account")
@case("SinceLooked.look", BOARD_READ, changes=True, own="account")
async def look(tab: Tab) -> dict[str, Any]:
    if tab.identity.via == "wall":  # looks are kept of who has chosen something
        key = key_of(tab.identity, tab.session_key, "")
        await tab.stage.running.visitors.change(tab.identity, key, {"auto_refresh": False})
    return {}


@case("DetailsState.open", BOARD_READ)
@case("BreakerDialog.ask", BREAKER_OPERATE)
async def service(tab: Tab) -> dict[str, Any]:
    return {"pk": await tab.stage.add(tab.identity)}


@case("BreakerDialog.save", BREAKER_OPERATE, changes=True)
async def reason(tab: Tab) -> dict[str, Any]:
    await tab.send(BreakerDialog.ask, pk=await tab.stage.add(tab.identity))
    return {"form": {"reason": "new disks", "minutes": "5"}}


@case("BreakerDialog.close_breaker", BREAKER_OPERATE, changes=True)
async def open_breaker(tab: Tab) -> dict[str, Any]:
    pk = await tab.stage.add(tab.identity)
    await tab.stage.running.breaker.open(SYSTEM, tab.stage.service_id(pk), "new disks", None)
    return {"pk": pk}


@case("DemoState.load", DEMO_MANAGE, changes=True, is_slow=True)
async def no_demo(tab: Tab) -> dict[str, Any]:
    await tab.stage.running.demo.remove(SYSTEM)
    return {}


@case("DemoState.remove", DEMO_MANAGE, changes=True, is_slow=True)
async def demo(tab: Tab) -> dict[str, Any]:
    await tab.send(DemoState.load)
    return {}


@case("PasteState.take", SERVICE_WRITE)
async def list_of_addresses(tab: Tab) -> dict[str, Any]:
    return {"piece": f"http://127.0.0.1:1/{tab.stage.new_name('pasted')}\n", "index": 0, "count": 1}


@case("PasteState.save", SERVICE_WRITE, changes=True)
async def tested_list(tab: Tab) -> dict[str, Any]:
    await tab.send(PasteState.take, **await list_of_addresses(tab))
    return {}


async def _push_service(tab: Tab) -> int:
    return await tab.stage.add(tab.identity, kind="push", status_config={"period_seconds": 300})


@case("PushDialog.show", SERVICE_WRITE)
async def push_service(tab: Tab) -> dict[str, Any]:
    return {"pk": await _push_service(tab)}


@case("PushDialog.renew", SERVICE_WRITE, changes=True)
async def question(tab: Tab) -> dict[str, Any]:
    await tab.send(PushDialog.show, pk=await _push_service(tab))
    await tab.send(PushDialog.ask)
    return {}


@case("RowActions.act", SERVICE_WRITE)
async def edit(tab: Tab) -> dict[str, Any]:
    return {"action": "edit", "pk": await tab.stage.add(tab.identity)}


@case("RowActions.act", SERVICE_WRITE)
async def delete(tab: Tab) -> dict[str, Any]:
    return await edit(tab) | {"action": "delete"}


@case("RowActions.act", SERVICE_WRITE, changes=True)
async def pause(tab: Tab) -> dict[str, Any]:
    return await edit(tab) | {"action": "pause"}


@case("RowActions.act", SERVICE_WRITE, changes=True)
async def resume(tab: Tab) -> dict[str, Any]:
    payload = await pause(tab)
    await tab.send(RowActions.act, **payload)
    return payload | {"action": "resume"}


@case("ServiceDialog.choose_kind", SERVICE_WRITE)
async def new(tab: Tab) -> dict[str, Any]:
    await tab.send(ServiceDialog.open_new)
    return {"kind": "tcp"}


def _typed(tab: Tab) -> dict[str, Any]:
    return {
        "label": tab.stage.new_name("Typed"),
        "config.url": "http://127.0.0.1:1/",
        "interval_seconds": "60",
        "config.deadline_seconds": "0.3",
    }


@case("ServiceDialog.leave", SERVICE_WRITE)
async def typed(tab: Tab) -> dict[str, Any]:
    await tab.send(ServiceDialog.open_new)
    return {"key": "label", "form": _typed(tab)}


@case("ServiceDialog.test", CHECK_RUN)
@case("ServiceDialog.save", SERVICE_WRITE, changes=True)
async def filled(tab: Tab) -> dict[str, Any]:
    await tab.send(ServiceDialog.open_new)
    return {"form": _typed(tab)}


@case("ServiceDialog.save", SERVICE_WRITE, changes=True)
async def changed(tab: Tab) -> dict[str, Any]:
    await tab.send(RowActions.act, **await edit(tab))
    return {"form": _typed(tab)}
