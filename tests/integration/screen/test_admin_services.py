"""The table of all services: the list that the address asks for, what is chosen, and what is done with it."""

from dataclasses import replace
from typing import Any

import pytest

from monitor_app.engine.board import BoardQuery, DefinitionSort, Sort
from monitor_app.engine.clock import SystemClock
from monitor_app.engine.facets import Facets
from monitor_app.security.permissions import EDITOR, SYSTEM, VIEWER
from monitor_app.state import runtime
from monitor_app.state.admin_services import actions, bulk, selection
from monitor_app.state.admin_services.actions import ServiceActions
from monitor_app.state.admin_services.address import hints, query_of
from monitor_app.state.admin_services.bulk import ServiceBulkState
from monitor_app.state.admin_services.selection import ServiceSelection
from monitor_app.state.admin_services.table import AdminServices
from monitor_app.state.admin_services.transfer import ExportDialog, ImportDialog
from monitor_app.state.delete_dialog import DeleteDialog
from monitor_app.state.holds import HoldDialog
from monitor_app.state.saved_views import SavedViewsState
from monitor_app.state.toast import ToastState
from monitor_app.state.versions import VersionsDialog
from monitor_app.use_cases.saved_views import SavedViews
from tests.integration.screen.conftest import Screen

PAGE = "/admin/services"


@pytest.fixture
async def table(screen: Screen) -> Screen:
    """An administrator's browser before six services."""
    database = screen.people._changes.database
    screen.running = replace(screen.running, saved_views=SavedViews(database, SystemClock()))
    runtime.install(screen.running)
    await screen.add("Api", "Web", group="Shop", tags=["web"])
    await screen.add("Cache", "Db", group="Core, old", tags=["db", "web"])
    await screen.add("Mail", "Zoo", interval_seconds=300)
    screen.address = PAGE
    return screen


def names(screen: Screen) -> list[str]:
    """The labels of the last snapshot that had rows."""
    sent = [one for one in screen.was_sent(AdminServices, "snapshot") if one]
    return [row["label"] for row in sent[-1]["rows"]]


def pks(screen: Screen, *labels: str) -> list[int]:
    return [row.pk for row in screen.running.board if row.definition.label in labels]


async def load(screen: Screen, query: str = "") -> list[str]:
    screen.address = f"{PAGE}?{query}" if query else PAGE
    await screen.send(AdminServices.load)
    return names(screen)


async def test_filters_order_and_page_come_from_the_address(table: Screen) -> None:
    assert await load(table) == ["Api", "Cache", "Db", "Mail", "Web", "Zoo"]
    assert await load(table, "group=Core%252C+old&sort=-label") == ["Db", "Cache"]
    assert await load(table, "tag=db,web&q=a") == ["Api", "Cache"]
    assert await load(table, "sort=-interval&size=25&status=unknown")
    assert names(table)[:2] == ["Mail", "Zoo"]
    assert table.shows(AdminServices, "page_size") == 25
    assert table.shows(AdminServices, "snapshot") == {}, "rows are sent once"
    assert {"value": "Shop", "text": "Shop", "count": 2} in table.shows(AdminServices, "choices")["group"]
    facts = table.shows(AdminServices, "facts")
    assert len(facts) == 6
    assert {one["owner"] for one in facts.values()} == {"system"}
    assert {one["kind"] for one in facts.values()} == {"HTTP"}


async def test_empty_list_says_which_filter_to_drop(table: Screen) -> None:
    assert await load(table, "group=Shop&tag=db") == []
    told = [(hint["filter"], hint["count"]) for hint in table.shows(AdminServices, "hints")]
    assert told == [("group", 2), ("tag", 2)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, BoardQuery(sort=Sort.LABEL)),
        ({"sort": "-owner"}, BoardQuery(sort=DefinitionSort.OWNER, descending=True)),
        ({"sort": "colour", "page": "-1", "size": "7", "status": "blue"}, BoardQuery(sort=Sort.LABEL)),
        ({"enabled": "no", "size": "200"}, BoardQuery(facets=Facets(enabled=False), sort=Sort.LABEL, page_size=200)),
        (
            {"kind": "http,,tcp", "owner": "50%25"},
            BoardQuery(facets=Facets(kinds=frozenset({"http", "tcp"}), owners=frozenset({"50%"})), sort=Sort.LABEL),
        ),
    ],
    ids=range(5),
)
def test_an_address_is_understood_as_far_as_it_makes_sense(query: dict[str, str], found: BoardQuery) -> None:
    assert query_of(query) == found


async def test_hints_count_what_each_filter_hides(table: Screen) -> None:
    board = table.running.board
    query = query_of({"q": "zoo", "type": "website", "environment": "prod"})
    assert [hint["filter"] for hint in hints(board, query)] == ["environment", "q", "type"]


async def test_selection_outlives_pages_and_filters(table: Screen) -> None:
    await load(table)
    await table.send(ServiceSelection.pick, pks=pks(table, "Api", "Db"), is_on=True)
    assert table.shows(ServiceSelection, "count") == 2
    await load(table, "q=mail")
    assert (table.shows(ServiceSelection, "count"), table.shows(ServiceSelection, "picked")) == (2, [])
    await table.send(ServiceSelection.pick_matching)
    assert table.shows(ServiceSelection, "picked") == pks(table, "Mail")
    await table.send(ServiceSelection.pick, pks=pks(table, "Db"), is_on=False)
    await load(table)
    assert table.shows(ServiceSelection, "picked") == pks(table, "Api", "Mail")
    await table.send(ServiceSelection.clear)
    assert (table.shows(ServiceSelection, "count"), table.shows(ServiceSelection, "picked")) == (0, [])


async def test_deleted_services_are_selected_no_more(table: Screen) -> None:
    await load(table)
    await table.send(ServiceSelection.pick_matching)
    await table.running.services.delete(SYSTEM, ["zoo"])
    await table.running.follower.read_now()
    await load(table)
    assert table.shows(ServiceSelection, "count") == 5


async def test_nonsense_is_not_selected(table: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    await load(table)
    for given in (None, "1", [True], [99], [1.5], list(range(2000))):
        await table.send(ServiceSelection.pick, pks=given, is_on=True)
    await table.send(ServiceSelection.pick, pks=pks(table, "Api"), is_on=1)
    assert table.shows(ServiceSelection, "count") == 0
    monkeypatch.setattr(selection, "SELECTION_LIMIT", 3)
    await table.send(ServiceSelection.pick_matching)
    assert table.shows(ServiceSelection, "count") == 0
    assert "At most 3" in table.shows(ToastState, "toast")["text"]


async def change(screen: Screen, action: str, **values: Any) -> None:
    await screen.send(ServiceBulkState.run, action=action, values=values)


async def test_change_of_many_goes_on_in_pieces(table: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PIECE", 4)
    await load(table)
    await table.send(ServiceSelection.pick_matching)
    await change(table, "group", group=" Moved ")
    assert table.was_sent(ServiceBulkState, "done")[-3:] == [0, 4, 6]
    assert {row.definition.group for row in table.running.board} == {"Moved"}
    assert table.shows(ToastState, "toast")["text"] == "6 services are moved"
    assert table.shows(ServiceBulkState, "is_running") is False


@pytest.mark.parametrize(
    ("action", "values", "refusal"),
    [
        ("tag", {"tags_add": "no good!" * 9, "tags_remove": ""}, ""),
        ("tag", {"tags_add": " , ", "tags_remove": ""}, "name a tag"),
        ("interval", {"interval_seconds": "soon"}, "such as 60"),
    ],
    ids=["tags", "no tags", "interval"],
)
async def test_wrong_values_are_told_before_anything_changes(
    table: Screen, action: str, values: dict[str, str], refusal: str
) -> None:
    await table.send(ServiceSelection.pick, pks=pks(table, "Api"), is_on=True)
    before = table.running.board.definition_version
    await change(table, action, **values)
    told = table.shows(ServiceBulkState, "refusal") or table.shows(ToastState, "toast")["text"]
    assert refusal in told
    assert table.running.board.definition_version == before


async def test_each_that_cannot_be_changed_says_why(table: Screen) -> None:
    await table.running.services.update(
        SYSTEM, "api", {"tags": [f"t{number}" for number in range(20)]}, expected_revision=None
    )
    await table.running.follower.read_now()
    await table.send(ServiceSelection.pick, pks=pks(table, "Api", "Web"), is_on=True)
    await change(table, "tag", tags_add="new", tags_remove="")
    errors = table.shows(ServiceBulkState, "errors")
    assert [(one["sid"], one["label"]) for one in errors] == [("api", "Api")]
    assert "at most 20 tags" in errors[0]["reason"]
    assert table.shows(ToastState, "toast")["text"] == "1 service is tagged, 1 could not be"
    await table.send(ServiceBulkState.close)
    assert (table.shows(ServiceBulkState, "failed"), table.shows(ServiceBulkState, "errors")) == (0, [])


async def test_unknown_actions_do_nothing(table: Screen) -> None:
    await table.send(ServiceSelection.pick_matching)
    before = table.running.board.definition_version
    for action in ("delete", "purge", None, 7):
        await table.send(ServiceBulkState.run, action=action, values={})
    assert table.running.board.definition_version == before
    assert table.shows(ServiceBulkState, "is_running") is False


async def test_switch_pauses_and_resumes_one(table: Screen) -> None:
    (pk,) = pks(table, "Mail")
    await table.send(AdminServices.switch, pk=pk, is_on=False)
    assert table.running.board.get(pk).definition.enabled is False  # type: ignore[union-attr]
    assert table.shows(ToastState, "toast")["text"] == "Mail is paused"
    await table.send(AdminServices.switch, pk=pk, is_on=True)
    assert table.running.board.get(pk).definition.enabled is True  # type: ignore[union-attr]
    await table.send(AdminServices.switch, pk=pk, is_on="yes")
    assert table.running.board.get(pk).definition.enabled is True  # type: ignore[union-attr]


async def test_change_of_many_is_taken_back_as_one(table: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PIECE", 4)
    await table.send(ServiceSelection.pick_matching)
    await change(table, "disable")
    assert not any(row.definition.enabled for row in table.running.board)
    await table.send(ToastState.undo, toast_id=table.shows(ToastState, "toast")["id"])
    assert all(row.definition.enabled for row in table.running.board)


async def test_menu_leads_to_the_dialogs(table: Screen) -> None:
    (pk,) = pks(table, "Mail")
    await table.send(ServiceActions.act, action="delete", pk=pk)
    assert table.shows(DeleteDialog, "is_open") is True
    await table.send(ServiceActions.act, action="history", pk=pk)
    assert table.shows(VersionsDialog, "is_open") is True
    await table.send(ServiceActions.act, action="maintenance", pk=pk)
    assert (table.shows(HoldDialog, "is_open"), table.shows(HoldDialog, "title")) == (True, "Maintenance of Mail")
    await table.send(ServiceActions.act, action="purge", pk=pk)
    await table.send(ServiceActions.act, action="delete", pk=True)
    await table.send(ServiceActions.act_on_chosen, action="delete")  # nothing is chosen
    assert len(table.running.board) == 6


async def test_very_many_are_deleted_after_a_question(table: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MANY_LIMIT", 3)
    monkeypatch.setattr(bulk, "PIECE", 4)
    await table.send(ServiceActions.delete)
    await table.send(ServiceSelection.pick_matching)
    await table.send(ServiceActions.act_on_chosen, action="delete")
    assert (table.shows(ServiceActions, "is_asking"), table.shows(ServiceActions, "count")) == (True, 6)
    await table.send(ServiceActions.delete)
    assert len(table.running.board) == 0
    assert table.shows(ToastState, "toast")["text"] == "6 services are deleted"


async def test_pieces_that_can_be_undone_are(table: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PIECE", 2)
    await table.send(ServiceSelection.pick_matching)
    await change(table, "group", group="New")
    await table.running.services.update(SYSTEM, "mail", {"group": "Post"}, expected_revision=None)
    await table.send(ToastState.undo, toast_id=table.shows(ToastState, "toast")["id"])
    text = table.shows(ToastState, "toast")["text"]
    assert text.startswith("Undone: changing 4 services. 1 of 3 parts not: Mail was changed by system: group is Post")
    await table.running.follower.read_now()
    groups = {row.definition.label: row.definition.group for row in table.running.board}
    assert (groups["Api"], groups["Cache"], groups["Mail"]) == ("Shop", "Core, old", "Post")


async def test_refused_switch_brings_the_row_back(table: Screen) -> None:
    await load(table)
    (pk,) = pks(table, "Mail")
    table.take_away("service")
    sent = len(table.was_sent(AdminServices, "snapshot"))
    await table.send(AdminServices.switch, pk=pk, is_on=False)
    table.give_back("service")
    await table.send(ServiceSelection.clear)  # comes after what followed
    assert len(table.was_sent(AdminServices, "snapshot")) > sent, "the browser shows it as it is"
    assert table.running.board.get(pk).definition.enabled is True  # type: ignore[union-attr]


async def test_viewer_gets_no_row_and_changes_nothing(table: Screen) -> None:
    table.person = await table.people.log_in("vera", VIEWER)
    before = table.running.board.definition_version
    await table.send(AdminServices.load)
    await table.send(ServiceSelection.pick_matching)
    await change(table, "disable")
    await table.send(AdminServices.switch, pk=1, is_on=False)
    await table.send(ServiceActions.act, action="delete", pk=1)
    await table.send(ExportDialog.open, scope="all")
    await table.send(ImportDialog.open)
    assert table.was_sent(AdminServices, "snapshot") == []
    assert table.running.board.definition_version == before
    assert not any(table.shows(state, "is_open") for state in (ExportDialog, ImportDialog))


async def test_export_names_what_it_will_hold(table: Screen) -> None:
    await table.send(ServiceSelection.pick, pks=pks(table, "Zoo", "Api"), is_on=True)
    await table.send(ExportDialog.open, scope="picked")
    assert table.shows(ExportDialog, "service_ids") == ["api", "zoo"]
    table.address = f"{PAGE}?tag=db"
    await table.send(ExportDialog.open, scope="matching")
    assert table.shows(ExportDialog, "service_ids") == ["cache", "db"]
    await table.send(ExportDialog.open, scope="all")
    assert (table.shows(ExportDialog, "service_ids"), table.shows(ExportDialog, "count")) == ([], 6)
    await table.send(ExportDialog.close)
    await table.send(ExportDialog.open, scope="others")
    assert table.shows(ExportDialog, "is_open") is False


async def test_views_are_kept_changed_and_removed(table: Screen) -> None:
    await table.send(SavedViewsState.load, page="services")
    await table.send(SavedViewsState.save_as, form={"name": "Down", "query": "status=failed", "is_shared": True})
    (view,) = table.shows(SavedViewsState, "views")
    assert (view["name"], view["is_own"], view["is_shared"]) == ("Down", True, True)
    assert table.shows(SavedViewsState, "kept") == view["pk"]
    await table.send(SavedViewsState.save_as, form={"name": "Down", "query": "", "is_shared": False})
    assert "there is a view Down" in table.shows(SavedViewsState, "error")
    await table.send(SavedViewsState.change, pk=view["pk"], values={"is_default": True})
    assert table.shows(ToastState, "toast")["text"] == "You start with Down from now on"
    await table.send(SavedViewsState.change, pk=view["pk"], values={"owner": "vera"})
    table.person = await table.people.log_in("ed", EDITOR)
    await table.send(SavedViewsState.load, page="services")
    assert [view["is_own"] for view in table.shows(SavedViewsState, "views")] == [False]
    await table.send(SavedViewsState.remove, pk=view["pk"])
    assert "only they and administrators" in table.toasts[-1]
    await table.send(SavedViewsState.load, page="users")
    assert table.shows(SavedViewsState, "page") == "services"
