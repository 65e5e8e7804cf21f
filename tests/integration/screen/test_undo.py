"""Undo, deleting, what was deleted and earlier versions, as a browser meets them."""

import sqlite3
from contextlib import closing

from monitor_app.security.permissions import SYSTEM
from monitor_app.state.admin_services.transfer import ImportDialog
from monitor_app.state.delete_dialog import DeleteDialog
from monitor_app.state.deleted import DeletedDialog
from monitor_app.state.details import DetailsState
from monitor_app.state.services import RowActions
from monitor_app.state.toast import ToastState
from monitor_app.state.undo import UndoState
from monitor_app.state.versions import VersionsDialog
from monitor_app.use_cases.drafts import Draft
from tests.integration.screen.conftest import Screen


def said(screen: Screen) -> tuple[str, str]:
    """What the toast says, and its button."""
    toast = screen.shows(ToastState, "toast")
    return toast["text"], toast["action"]


async def test_many_are_deleted_with_one_question_and_undone(screen: Screen) -> None:
    pks = await screen.add("Web shop", "Blog")
    await screen.send(DetailsState.open, pk=pks[0])
    await screen.send(DeleteDialog.ask, pks=pks)
    assert screen.shows(DeleteDialog, "title") == "Delete 2 services?"
    assert screen.shows(DeleteDialog, "names") == "Web shop, Blog"
    await screen.send(DeleteDialog.delete)
    assert said(screen) == ("2 services are deleted", "Undo")
    assert screen.shows(DetailsState, "open_id") == 0
    await screen.send(UndoState.undo)
    assert said(screen) == ("Undone: deleting 2 services", "Redo")
    await screen.send(ToastState.undo, toast_id=screen.shows(ToastState, "toast")["id"])
    assert said(screen) == ("Done again: deleting 2 services", "Undo")
    assert await screen.running.services.list_all(SYSTEM) == []


async def test_question_tells_who_would_lose_what(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop", group="Lonely")
    await screen.add("Blog", group="Many")
    draft = Draft(f"service.{pk}", "Shop", "http", {"label": "Shop"}, {})
    identity = screen.running.access.of_key(screen.person.key, "192.0.2.1")
    await screen.running.drafts.keep(identity, draft)
    await screen.send(DeleteDialog.ask, pks=[pk])
    facts = {fact["what"]: fact["names"] for fact in screen.shows(DeleteDialog, "facts")}
    assert facts == {
        "Unsaved changes are typed by": "you",
        "Made by": "system",
        "Groups that nothing is left in": "Lonely",
    }


async def test_what_cannot_be_undone_is_told(screen: Screen) -> None:
    await screen.send(UndoState.redo)
    assert said(screen) == ("Not done again: there is nothing to redo", "")
    (pk,) = await screen.add("Web shop")
    await screen.send(RowActions.act, action="pause", pk=pk)
    await screen.running.services.resume(SYSTEM, ["web-shop"])
    await screen.send(UndoState.undo)
    text = "Not undone: pausing Web shop (Web shop was changed by system: enabled is yes now, not no"
    assert said(screen)[0].startswith(text)
    assert said(screen)[1] == "", "there is nothing before it"


async def test_what_cannot_be_undone_does_not_stand_in_the_way(screen: Screen) -> None:
    first, second = await screen.add("Blog", "Web shop")
    await screen.send(RowActions.act, action="pause", pk=first)
    await screen.send(RowActions.act, action="pause", pk=second)
    await screen.running.services.resume(SYSTEM, ["web-shop"])
    await screen.send(UndoState.undo)
    assert said(screen)[0].endswith("). Before that: pausing Blog")
    assert said(screen)[1] == "Undo that"
    await screen.send(ToastState.undo, toast_id=screen.shows(ToastState, "toast")["id"])
    assert said(screen) == ("Undone: pausing Blog", "Redo")
    await screen.send(UndoState.undo)
    assert said(screen) == ("Not undone: there is nothing else to undo", "")
    await screen.send(UndoState.undo)
    assert said(screen)[0].startswith("Not undone: pausing Web shop"), "it has its turn again"

    await screen.running.services.pause(SYSTEM, ["blog"])
    await screen.send(UndoState.redo)
    assert said(screen)[0].startswith("Not done again: pausing Blog (Blog was changed by system: enabled is no now")


async def test_import_is_undone_from_its_toast(screen: Screen) -> None:
    (pk,) = await screen.add("Blog")
    await screen.send(RowActions.act, action="pause", pk=pk)  # as the file does, and the API tells by which change
    with closing(sqlite3.connect(screen.file)) as conn:
        ((change,),) = conn.execute("SELECT max(pk) FROM change").fetchall()
    await screen.send(ImportDialog.done, brought={"added": 0, "changed": 1, "change_id": change, "settings": True})
    assert said(screen)[0].startswith("Imported: 0 added, 1 changed. Undo leaves the security settings")
    await screen.send(ToastState.undo, toast_id=screen.shows(ToastState, "toast")["id"])
    assert said(screen) == ("Undone: pausing Blog", "Redo")
    for brought in ({"added": -1, "change_id": True}, {"change_id": 10**20}, {}):
        await screen.send(ImportDialog.done, brought=brought)
        assert said(screen) == ("Imported: 0 added, 0 changed", "")
    await screen.send(ImportDialog.done, brought={"added": 1, "change_id": 1})
    await screen.send(ToastState.undo, toast_id=screen.shows(ToastState, "toast")["id"])
    assert "was made by system" in said(screen)[0]


async def test_deleted_service_comes_back_under_a_new_id(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop")
    await screen.running.services.delete(SYSTEM, ["web-shop"])
    await screen.add("Web shop")
    await screen.send(DeletedDialog.open)
    (row,) = screen.shows(DeletedDialog, "rows")
    assert (row["pk"], row["sid"], row["is_taken"]) == (pk, "web-shop", True)
    await screen.send(DeletedDialog.find, text="blog")
    assert screen.shows(DeletedDialog, "rows") == []
    await screen.send(DeletedDialog.find, text="SHOP")
    await screen.send(DeletedDialog.restore, pk=pk)
    assert said(screen) == ("Web shop is back as web-shop-2, because web-shop is another service by now", "Undo")
    assert screen.shows(DeletedDialog, "rows") == []


async def test_earlier_version_is_looked_at_and_taken_back(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop")
    services = screen.running.services
    await services.update(SYSTEM, "web-shop", {"label": "Store", "interval_seconds": 30}, expected_revision=None)
    await screen.running.follower.read_now()
    await screen.send(VersionsDialog.open, pk=pk)
    versions = screen.shows(VersionsDialog, "versions")
    assert [(one["action"], one["summary"]) for one in versions] == [
        ("changed", "Name: Web shop → Store, Interval, seconds: 60 → 30"),
        ("added", ""),
    ]
    await screen.send(VersionsDialog.choose, change_pk=versions[1]["pk"])
    assert [row["after"] for row in screen.shows(VersionsDialog, "differs")] == ["Web shop", "60"]
    await screen.send(VersionsDialog.roll_back)
    assert said(screen)[0] == "Web shop is as it was"
    assert (await services.get(SYSTEM, "web-shop")).interval_seconds == 60
