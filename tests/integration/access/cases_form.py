"""Handlers of the form of a service."""

from typing import Any

from monitor_app.security.permissions import SERVICE_WRITE
from monitor_app.state.services import ServiceDialog
from tests.integration.access.cases import case, plain
from tests.integration.access.stage import Tab

plain(SERVICE_WRITE, "ServiceDialog.here")


def _typed(tab: Tab) -> dict[str, Any]:
    return {"label": tab.stage.new_name("Kept"), "config.url": "http://127.0.0.1:1/"}


@case("ServiceDialog.open_edit", SERVICE_WRITE)
@case("ServiceDialog.duplicate", SERVICE_WRITE)
async def service(tab: Tab) -> dict[str, Any]:
    return {"pk": await tab.stage.add(tab.identity)}


@case("ServiceDialog.reopen", SERVICE_WRITE)
async def lost(tab: Tab) -> dict[str, Any]:
    return {"subject": f"service.{await tab.stage.add(tab.identity)}"}


@case("ServiceDialog.understand", SERVICE_WRITE)
async def pasted(tab: Tab) -> dict[str, Any]:
    await tab.send(ServiceDialog.open_new)
    return {"text": "redis://127.0.0.1:1", "form": _typed(tab)}


@case("ServiceDialog.show_view", SERVICE_WRITE)
async def other_view(tab: Tab) -> dict[str, Any]:
    await tab.send(ServiceDialog.open_new)
    return {"view": "json", "form": _typed(tab)}


@case("ServiceDialog.check_document", SERVICE_WRITE)
async def document(tab: Tab) -> dict[str, Any]:
    await tab.send(ServiceDialog.open_new)
    await tab.send(ServiceDialog.show_view, view="json", form=_typed(tab))
    return {"form": {"form.document": "{"}}


@case("ServiceDialog.look", SERVICE_WRITE)
async def looked_at(tab: Tab) -> dict[str, Any]:
    await tab.send(ServiceDialog.open_new)
    return {"form": _typed(tab)}


@case("ServiceDialog.keep", SERVICE_WRITE, changes=True, own="draft")
async def typed(tab: Tab) -> dict[str, Any]:
    await tab.send(ServiceDialog.open_new)
    return {"form": _typed(tab), "number": 1}


@case("ServiceDialog.discard", SERVICE_WRITE, changes=True, own="draft")
async def kept(tab: Tab) -> dict[str, Any]:
    await tab.send(ServiceDialog.open_new)
    await tab.send(ServiceDialog.keep, form=_typed(tab), number=1)
    return {"is_closing": True}


@case("ServiceDialog.decide", SERVICE_WRITE)
async def decided(tab: Tab) -> dict[str, Any]:
    await tab.send(ServiceDialog.open_new)
    return {"key": "label", "side": "theirs"}
