"""What is typed into the form of a service is never lost, and two people who change one service lose nothing either."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Any

from monitor_app.plugins.registry import KindRegistry
from monitor_app.redact import MASK
from monitor_app.security.permissions import EDITOR, SYSTEM
from monitor_app.security.vault import Vault, new_key
from monitor_app.state import runtime
from monitor_app.state.services import ServiceDialog
from monitor_app.state.toast import ToastState
from monitor_app.use_cases.drafts import DraftUseCases
from tests.integration.screen.conftest import Screen

PARTS = ("fields", "board_fields", "option_fields", "rare_fields", "judging_fields")
URL = "http://127.0.0.1:1/"


def shown(screen: Screen) -> dict[str, Any]:
    rows = [row for name in PARTS for row in screen.shows(ServiceDialog, name)]
    return {row["key"]: row["is_on"] if row["type"] == "switch" else row["value"] for row in rows}


def choices(screen: Screen) -> dict[str, str]:
    return {row["key"]: row["choice"] for row in screen.shows(ServiceDialog, "differences")}


async def saved(screen: Screen, service_id: str) -> Any:
    await screen.running.follower.read_now()
    row = screen.running.board.find(service_id)
    return row.definition if row is not None else None


async def restart(screen: Screen) -> None:
    """The server forgets what it had in memory; so does the browser when it is told the new state."""
    assert screen.processor is not None
    screen.tokens.clear()
    screen.vars.clear()


async def as_another(screen: Screen, name: str) -> None:
    screen.person = await screen.people.log_in(name, EDITOR)
    screen.vars.clear()


async def test_draft_survives_a_restart_and_is_thrown_away_on_request(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.choose_kind, kind="tcp", form=shown(screen))
    typed = shown(screen) | {"label": "Half", "config.host": "db.example.org", "config.send": "PING"}
    await screen.send(ServiceDialog.keep, form=typed, number=7)
    assert screen.shows(ServiceDialog, "kept") == 7
    await screen.send(ServiceDialog.close)
    assert screen.shows(ToastState, "toast")["text"] == "What you typed is kept as a draft"

    await restart(screen)
    await screen.send(ServiceDialog.open_new)
    assert shown(screen) == typed
    assert screen.shows(ServiceDialog, "kind") == "tcp"
    assert screen.shows(ServiceDialog, "note") == "Your draft from less than a minute ago is restored."

    await screen.send(ServiceDialog.discard)
    assert shown(screen)["label"] == ""
    await screen.send(ServiceDialog.close)
    await screen.send(ServiceDialog.open_new)
    assert (screen.shows(ServiceDialog, "note"), screen.shows(ServiceDialog, "kind")) == ("", "http")


async def test_form_goes_on_when_the_server_was_restarted_under_it(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop")
    await screen.send(ServiceDialog.open_edit, pk=pk)
    typed = shown(screen) | {"label": "Shop front", "form.subject": f"service.{pk}"}
    await restart(screen)
    await screen.send(ServiceDialog.keep, form=typed, number=1)
    assert screen.shows(ServiceDialog, "is_open") is True
    await restart(screen)
    await screen.send(ServiceDialog.save, form=typed)
    assert (await saved(screen, "web-shop")).label == "Shop front"
    await screen.send(ServiceDialog.open_edit, pk=pk)
    assert screen.shows(ServiceDialog, "note") == "", "what is saved is no draft any more"


async def test_form_that_nobody_typed_into_leaves_no_draft(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop")
    await screen.send(ServiceDialog.open_edit, pk=pk)
    form = shown(screen)
    await screen.send(ServiceDialog.keep, form=form | {"label": "Other"}, number=1)
    await screen.send(ServiceDialog.keep, form=form, number=2)
    await screen.send(ServiceDialog.close)
    assert screen.shows(ToastState, "toast") == {}
    await screen.send(ServiceDialog.open_edit, pk=pk)
    assert screen.shows(ServiceDialog, "note") == ""


async def test_drafts_are_nobody_elses(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.keep, form=shown(screen) | {"label": "Mine"}, number=1)
    await as_another(screen, "bo")
    await screen.send(ServiceDialog.open_new)
    assert shown(screen)["label"] == ""


async def test_secret_of_a_draft_is_sealed_and_comes_back_as_a_mask_that_means_it(screen: Screen) -> None:
    registry = KindRegistry(sealer=Vault([new_key()]))
    running = screen.running
    drafts = DraftUseCases(running.drafts._database, registry, running.drafts._clock)
    runtime.install(replace(running, registry=registry, drafts=drafts))
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.choose_kind, kind="database", form={})
    typed = shown(screen) | {
        "label": "Main",
        "config.engine": "redis",
        "config.host": "127.0.0.1",
        "config.user": "ann",
        "config.password": "s3cret-typed",
    }
    await screen.send(ServiceDialog.keep, form=typed, number=1)
    with closing(sqlite3.connect(screen.file)) as conn:
        assert "s3cret" not in str(conn.execute("SELECT * FROM draft").fetchall())

    await restart(screen)
    await screen.send(ServiceDialog.open_new)
    form = shown(screen)
    assert form["config.password"] == MASK
    elsewhere = form | {"config.host": "192.0.2.9"}
    await screen.send(ServiceDialog.save, form=elsewhere)
    assert "given anew" in screen.shows(ServiceDialog, "errors")["config.password"]
    await screen.send(ServiceDialog.save, form=form)
    service = await saved(screen, "main")
    assert service.status_config["password"] == "s3cret-typed"
    assert not any("s3cret" in str(value) for value in screen.seen)


async def test_unfinished_document_is_kept_without_its_secrets(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.show_view, view="json", form=shown(screen) | {"label": "Shop"})
    half = '{"kind": "http", "label": "Shop", "status_config": {"token": "s3cret-typed", "url"'
    await screen.send(ServiceDialog.check_document, form={"form.document": half})
    assert screen.shows(ServiceDialog, "document_errors")[0]["line"] == 1
    await screen.send(ServiceDialog.show_view, view="form", form={"form.document": half})
    assert screen.shows(ServiceDialog, "view") == "json", "nothing that was written is thrown away"
    await screen.send(ServiceDialog.keep, form={"form.document": half}, number=1)
    await restart(screen)
    await screen.send(ServiceDialog.open_new)
    assert screen.shows(ServiceDialog, "view") == "json"
    assert screen.shows(ServiceDialog, "document") == half.replace("s3cret-typed", MASK)


async def test_wrong_document_is_told_by_line_and_field(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.show_view, view="json", form=shown(screen))
    text = '{\n "interval_seconds": 1,\n "colour": "red",\n "status_config": {\n  "url": "gopher://x"\n }\n}'
    await screen.send(ServiceDialog.save, form={"form.document": text})
    found = [(error["line"], error["field"]) for error in screen.shows(ServiceDialog, "document_errors")]
    assert found == [(2, "interval_seconds"), (3, "colour"), (5, "url")]
    assert screen.shows(ServiceDialog, "refusals") == 1


async def test_later_save_shows_the_differences_and_overwrites_nothing(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop", group="Shop", tags=["public"])
    await screen.send(ServiceDialog.open_edit, pk=pk)
    before = shown(screen)
    theirs = {"label": "Their shop", "group": "Their group", "interval_seconds": 30}
    await screen.running.services.update(SYSTEM, "web-shop", theirs, expected_revision=None)
    mine = before | {"label": "My shop", "tags": "public, mine"}

    await screen.send(ServiceDialog.save, form=mine)
    assert screen.shows(ServiceDialog, "is_open") is True
    assert choices(screen) == {"label": "", "group": "theirs", "interval_seconds": "theirs"}
    (row,) = [row for row in screen.shows(ServiceDialog, "differences") if row["key"] == "label"]
    assert (row["before"], row["theirs"], row["yours"]) == ("Web shop", "Their shop", "My shop")
    assert (await saved(screen, "web-shop")).label == "Their shop"

    await screen.send(ServiceDialog.save, form=mine)
    assert "must be chosen for Name" in screen.shows(ServiceDialog, "errors")[""]
    await screen.send(ServiceDialog.decide, key="label", side="mine")
    await screen.send(ServiceDialog.decide, key="group", side="mine")
    await screen.send(ServiceDialog.save, form=mine)
    service = await saved(screen, "web-shop")
    assert (service.label, service.group, service.tags, service.interval_seconds) == (
        "My shop",
        "Shop",
        ("public", "mine"),
        30,
    )


async def test_differences_come_up_again_from_a_draft(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop")
    await screen.send(ServiceDialog.open_edit, pk=pk)
    mine = shown(screen) | {"label": "My shop"}
    await screen.send(ServiceDialog.keep, form=mine, number=1)
    await screen.running.services.update(SYSTEM, "web-shop", {"label": "Theirs"}, expected_revision=None)
    await screen.running.follower.read_now()
    await restart(screen)
    await screen.send(ServiceDialog.open_edit, pk=pk)
    assert shown(screen)["label"] == "My shop"
    await screen.send(ServiceDialog.save, form=shown(screen))
    assert choices(screen) == {"label": ""}
    await screen.send(ServiceDialog.decide, key="label", side="theirs")
    await screen.send(ServiceDialog.save, form=shown(screen))
    assert (await saved(screen, "web-shop")).label == "Theirs"


async def test_secret_that_somebody_else_changed_stays_theirs(screen: Screen) -> None:
    config = {"url": URL, "auth": "bearer", "token": "their-old"}
    (pk,) = await screen.add("Web shop", status_config=config)
    await screen.send(ServiceDialog.open_edit, pk=pk)
    mine = shown(screen) | {"label": "My shop"}
    changed = {"status_config": config | {"token": "their-new"}}
    await screen.running.services.update(SYSTEM, "web-shop", changed, expected_revision=None)
    await screen.send(ServiceDialog.save, form=mine)
    assert choices(screen) == {"config.token": "theirs"}
    await screen.send(ServiceDialog.save, form=mine)
    service = await saved(screen, "web-shop")
    assert (service.label, service.status_config["token"]) == ("My shop", "their-new")


async def test_two_people_see_each_other_and_that_one_has_saved(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop")
    ada = screen.person
    await screen.send(ServiceDialog.open_edit, pk=pk)
    await screen.send(ServiceDialog.here)
    assert screen.shows(ServiceDialog, "editors") == []
    await as_another(screen, "bo")
    await screen.send(ServiceDialog.open_edit, pk=pk)
    await screen.send(ServiceDialog.here)
    assert screen.shows(ServiceDialog, "editors") == ["ada"]
    await screen.send(ServiceDialog.save, form=shown(screen) | {"label": "By bo"})
    screen.person = ada
    screen.vars.clear()
    await screen.send(ServiceDialog.here)
    assert screen.shows(ServiceDialog, "editors") == []
    assert screen.shows(ServiceDialog, "newer") == "bo saved this service while you were editing it"


async def test_duplicate_takes_the_secret_along_where_it_was_meant_for(screen: Screen) -> None:
    config = {"url": URL, "auth": "bearer", "token": "s3cret-typed"}
    (pk,) = await screen.add("Web shop", status_config=config, group="Shop")
    await screen.send(ServiceDialog.duplicate, pk=pk)
    form = shown(screen)
    assert (form["label"], form["service_id"], form["group"], form["config.token"]) == (
        "Web shop copy",
        "",
        "Shop",
        MASK,
    )
    await screen.send(ServiceDialog.save, form=form | {"config.url": "http://192.0.2.9/"})
    assert "given anew" in screen.shows(ServiceDialog, "errors")["config.token"]
    await screen.send(ServiceDialog.save, form=form | {"config.url": f"{URL}other"})
    copy = await saved(screen, "web-shop-copy")
    assert (copy.group, copy.status_config["token"]) == ("Shop", "s3cret-typed")
    assert (await saved(screen, "web-shop")).label == "Web shop"


async def test_duplicate_of_what_reports_itself_gets_an_address_of_its_own(screen: Screen) -> None:
    (pk,) = await screen.add("Backup", kind="push", status_config={"period_seconds": 3600})
    await screen.send(ServiceDialog.duplicate, pk=pk)
    await screen.send(ServiceDialog.save, form=shown(screen))
    first, second = await saved(screen, "backup"), await saved(screen, "backup-copy")
    assert first.status_config["token"] != second.status_config["token"]


async def test_pasted_address_changes_the_kind_and_there_is_a_way_back(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    pasted = "redis://ann:s3cret-typed@10.0.0.9"
    form = shown(screen) | {"label": "Cache", "tags": "fast", "config.url": pasted}
    await screen.send(ServiceDialog.understand, text=pasted, form=form)
    assert screen.shows(ServiceDialog, "kind") == "database"
    now = shown(screen)
    assert (now["label"], now["tags"], now["service_type"]) == ("Cache", "fast", "database")
    assert (now["config.engine"], now["config.host"], now["config.password"]) == ("redis", "10.0.0.9", MASK)
    hint = screen.shows(ServiceDialog, "hint")
    assert hint == {"text": "Database, because of what you pasted.", "kind": "http", "back": "HTTP"}

    await screen.send(ServiceDialog.choose_kind, kind=hint["kind"], form=now | {"group": "Shop"})
    back = shown(screen)
    assert (back["config.url"], back["group"], back["service_type"]) == (pasted, "Shop", "website")
    assert screen.shows(ServiceDialog, "hint") == {}
    await screen.send(ServiceDialog.understand, text="10.0.0.9:5432", form=back | {"config.url": "10.0.0.9:5432"})
    assert screen.shows(ServiceDialog, "kind") == "http", "what somebody chose stays"
    assert shown(screen)["config.url"] == "https://10.0.0.9:5432"


async def test_pasted_host_with_port_is_taken_apart_in_the_kind_that_was_chosen(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.choose_kind, kind="tcp", form=shown(screen))
    form = shown(screen) | {"config.host": "db-main:22"}
    await screen.send(ServiceDialog.understand, text="db-main:22", form=form)
    now = shown(screen)
    assert (screen.shows(ServiceDialog, "kind"), now["config.host"], now["config.port"]) == ("tcp", "db-main", "22")


async def test_preview_shows_the_row_and_how_much_is_wrong(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.look, form=shown(screen) | {"config.url": URL, "tags": "a, b", "group": "Shop"})
    card = screen.shows(ServiceDialog, "card")
    assert (card["label"], card["target"], card["tags"], card["wrong"]) == (URL, URL, ["a", "b"], 0)
    await screen.send(ServiceDialog.look, form=shown(screen) | {"interval_seconds": "x"})
    assert screen.shows(ServiceDialog, "card")["wrong"] == 2
