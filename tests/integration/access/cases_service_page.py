"""Handlers of the page of one service, below its charts."""

from typing import Any

from monitor_app.security.permissions import BOARD_READ, NOTE_WRITE
from monitor_app.state.service_notes import NoteDialog
from monitor_app.state.service_results import ResultsState
from tests.integration.access.cases import case, plain
from tests.integration.access.happened import add_downtime, add_note, add_result
from tests.integration.access.stage import Tab

plain(BOARD_READ, "TimelineState.load", "TimelineState.refresh", "TimelineState.older", "TimelineState.newer")
plain(BOARD_READ, "ResultsState.load", "ResultsState.refresh", "ResultsState.older", "ResultsState.newer")
plain(BOARD_READ, "DowntimesState.load", "DowntimesState.refresh", "DowntimesState.older", "DowntimesState.newer")
plain(BOARD_READ, "KnownState.load", "ResultsState.close", "NoteDialog.close")
plain(NOTE_WRITE, "NoteDialog.write")


async def on_page(tab: Tab) -> int:
    """The tab shows the page of a new service; its number."""
    pk = await tab.stage.add(tab.identity)
    tab.address = f"/services/{tab.stage.service_id(pk)}"
    return pk


@case("TimelineState.choose", BOARD_READ)
async def sort_of_entries(tab: Tab) -> dict[str, Any]:
    await on_page(tab)
    return {"sort": "note"}


@case("ResultsState.open", BOARD_READ)
async def result_in_full(tab: Tab) -> dict[str, Any]:
    number = await add_result(tab.stage, await on_page(tab))
    await tab.send(ResultsState.load)
    return {"result_id": number}


@case("NoteDialog.write_about", NOTE_WRITE)
async def downtime_to_write_about(tab: Tab) -> dict[str, Any]:
    return {"downtime_id": await add_downtime(tab.stage, await on_page(tab))}


@case("NoteDialog.edit", NOTE_WRITE)
async def note_to_edit(tab: Tab) -> dict[str, Any]:
    return {"pk": await add_note(tab.stage, await on_page(tab), tab.identity)}


@case("NoteDialog.ask", NOTE_WRITE)
async def note_to_ask_about(tab: Tab) -> dict[str, Any]:
    return {"pk": await add_note(tab.stage, await on_page(tab), tab.identity)}


@case("NoteDialog.save", NOTE_WRITE, changes=True)
async def typed_note(tab: Tab) -> dict[str, Any]:
    await on_page(tab)
    await tab.send(NoteDialog.write)
    return {"form": {"text": tab.stage.new_name("note")}}


@case("NoteDialog.remove", NOTE_WRITE, changes=True)
async def note_to_remove(tab: Tab) -> dict[str, Any]:
    return {"pk": await add_note(tab.stage, await on_page(tab), tab.identity)}
