"""Adding, editing, pausing and deleting from the board."""

import asyncio
from typing import Any

import pytest

from monitor_app.security.permissions import SYSTEM
from monitor_app.state.services import RowActions, ServiceDialog
from monitor_app.state.toast import ToastState
from tests.integration.screen.conftest import Screen
from tests.servers.http import Exchange, HttpServer, reply


def form(**fields: Any) -> dict[str, Any]:
    return {"config.url": "http://127.0.0.1:1/", "label": "", "interval_seconds": ""} | fields


async def on_the_board(screen: Screen) -> dict[str, Any]:
    await screen.running.follower.read_now()
    return {row.definition.service_id: row.definition for row in screen.running.board}


async def test_new_service_is_saved_with_what_was_typed(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    typed = form(label="Web shop", group="Shop", tags="public, critical", interval_seconds="30")
    await screen.send(ServiceDialog.save, form=typed | {"config.headers": "X-Site: north", "config.verify_tls": False})

    saved = (await on_the_board(screen))["web-shop"]
    assert (saved.label, saved.group, saved.tags, saved.interval_seconds) == (
        "Web shop",
        "Shop",
        ("public", "critical"),
        30,
    )
    assert saved.status_config["headers"] == {"X-Site": "north"}
    assert saved.status_config["verify_tls"] is False
    assert screen.shows(ServiceDialog, "is_open") is False
    assert screen.shows(ToastState, "toast")["text"] == "Web shop is watched now"


async def test_every_wrong_field_gets_its_message_and_nothing_is_saved(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    await screen.send(
        ServiceDialog.save,
        form=form(label="x" * 300, interval_seconds="0", service_id="NOT ok") | {"config.url": "gopher://x"},
    )

    errors = screen.shows(ServiceDialog, "errors")
    assert errors.keys() == {"label", "interval_seconds", "service_id", "config.url"}
    assert "at most 120" in errors["label"]
    assert "5 to 86400" in errors["interval_seconds"]
    assert screen.shows(ServiceDialog, "is_open") is True
    assert screen.shows(ServiceDialog, "refusals") == 1
    assert await on_the_board(screen) == {}


async def test_taken_id_is_told_at_its_field(screen: Screen) -> None:
    await screen.add("Web shop")
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.save, form=form(service_id="web-shop"))
    assert "taken" in screen.shows(ServiceDialog, "errors")["service_id"]


async def test_leaving_a_field_tells_about_that_field_only(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.leave, key="label", form=form(label="x" * 300) | {"config.url": ""})
    assert screen.shows(ServiceDialog, "errors").keys() == {"label"}
    await screen.send(ServiceDialog.leave, key="label", form=form(label="fine"))
    assert screen.shows(ServiceDialog, "errors") == {}


async def test_test_now_runs_the_real_probe(screen: Screen, server: HttpServer) -> None:
    server.on("/health", reply(503))
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.test, form=form() | {"config.url": server.url("/health")})

    found = screen.shows(ServiceDialog, "found")
    assert found["word"] == "Down"
    assert "503" in found["message"]
    assert found["phases"][0]["name"] in ("connect", "DNS")
    assert await on_the_board(screen) == {}


@pytest.mark.parametrize("is_opened_again", [False, True])
async def test_answer_that_nobody_asks_for_any_more_is_dropped(
    screen: Screen, server: HttpServer, is_opened_again: bool
) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def slow(exchange: Exchange) -> None:
        asked.set()
        await may_answer.wait()
        await reply(200)(exchange)

    server.on("/slow", slow)
    await screen.send(ServiceDialog.open_new)
    testing = asyncio.create_task(screen.send(ServiceDialog.test, form=form() | {"config.url": server.url("/slow")}))
    async with asyncio.timeout(60):
        await asked.wait()
        # The tab can do other things while a test runs.
        await screen.send(ServiceDialog.close)
        if is_opened_again:
            await screen.send(ServiceDialog.open_new)
        may_answer.set()
        await testing

    assert screen.shows(ServiceDialog, "found") == {}
    assert not is_opened_again or screen.shows(ServiceDialog, "is_testing") is False


async def test_edit_shows_what_is_set_and_keeps_the_rest(screen: Screen) -> None:
    config = {"url": "http://127.0.0.1:1/a", "method": "HEAD"}
    (pk,) = await screen.add("Web shop", status_config=config, group="Shop")

    await screen.send(RowActions.act, action="edit", pk=pk)

    fields = {row["key"]: row for row in screen.shows(ServiceDialog, "fields")}
    assert fields["config.url"]["value"] == "http://127.0.0.1:1/a"
    assert {row["key"]: row for row in screen.shows(ServiceDialog, "board_fields")}["group"]["value"] == "Shop"
    assert screen.shows(ServiceDialog, "rare_set") >= 1
    await screen.send(
        ServiceDialog.save, form=form(label="Shop front") | {"config.method": "HEAD", "service_id": "web-shop"}
    )
    after = (await on_the_board(screen))["web-shop"]
    assert (after.pk, after.label, after.status_config["method"]) == (pk, "Shop front", "HEAD")


async def test_edit_of_what_was_paused_meanwhile_is_saved_and_stays_paused(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop")
    await screen.send(RowActions.act, action="edit", pk=pk)
    await screen.running.services.pause(SYSTEM, ["web-shop"])

    await screen.send(ServiceDialog.save, form=form(label="Mine"))

    saved = (await on_the_board(screen))["web-shop"]
    assert (saved.label, saved.enabled) == ("Mine", False)


async def test_pause_and_resume(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop")
    await screen.send(RowActions.act, action="pause", pk=pk)
    assert (await on_the_board(screen))["web-shop"].enabled is False
    await screen.send(RowActions.act, action="resume", pk=pk)
    assert (await on_the_board(screen))["web-shop"].enabled is True


async def test_payloads_that_make_no_sense_change_nothing(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop")
    before = await on_the_board(screen)
    await screen.send(RowActions.act, action="explode", pk=pk)
    await screen.send(RowActions.act, action="delete", pk="1; drop table")
    await screen.send(RowActions.act, action=["pause"], pk=[pk])
    await screen.send(ToastState.undo, toast_id={"$ne": ""})
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.save, form="text")
    await screen.send(ServiceDialog.choose_kind, kind="../../etc")
    odd = {"config.url": {"$ne": 1}, "label": ["x"], "enabled": False, "owner": "me"}
    await screen.send(ServiceDialog.save, form=odd)
    assert await on_the_board(screen) == before


async def test_secrets_do_not_come_back_to_the_browser_and_stay_when_the_mask_is_saved(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.save, form=form(label="Shop") | {"config.headers": "Authorization: canary-1\nX: y"})
    service = (await on_the_board(screen))["shop"]
    await screen.send(RowActions.act, action="edit", pk=service.pk)

    rows = {row["name"]: row for row in screen.shows(ServiceDialog, "rare_fields")}
    assert rows["headers"]["value"] == "Authorization: ***\nX: y"
    typed = form(label="Shop 2", service_id="shop") | {"config.headers": "Authorization: ***\nX: z"}
    await screen.send(ServiceDialog.save, form=typed)
    saved = (await on_the_board(screen))["shop"]
    assert saved.label == "Shop 2"
    assert saved.status_config["headers"] == {"Authorization": "canary-1", "X": "z"}


async def test_a_mask_is_no_secret_where_none_was_set(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.save, form=form(label="Shop") | {"config.headers": "Authorization: ***"})
    assert "must be given anew" in screen.shows(ServiceDialog, "errors")["config.headers"]
    assert await on_the_board(screen) == {}


async def test_thresholds_are_typed_one_a_line_and_come_back_so(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    typed = form(label="Shop", metric_config="response_ms > 500 for 3 results\nstatus_code != 200")
    await screen.send(ServiceDialog.save, form=typed)
    saved = (await on_the_board(screen))["shop"]
    assert saved.metric_config["thresholds"][0] == {
        "metric": "response_ms",
        "comparison": ">",
        "value": 500.0,
        "results": 3,
    }
    await screen.send(RowActions.act, action="edit", pk=saved.pk)
    rows = {row["name"]: row for row in screen.shows(ServiceDialog, "judging_fields")}
    assert rows["metric_config"]["value"] == "response_ms > 500 for 3 results\nstatus_code != 200"


async def test_threshold_that_cannot_be_read_is_told_at_its_field(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.save, form=form(label="Shop", metric_config="slow please"))
    assert "line 1" in screen.shows(ServiceDialog, "errors")["metric_config"]
    assert await on_the_board(screen) == {}


async def test_kinds_stand_in_an_order_that_people_find(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    titles = [kind["title"] for kind in screen.shows(ServiceDialog, "kinds")]
    assert titles[0] == "HTTP"
    assert titles[1:] == sorted(titles[1:], key=str.casefold)
    assert "TCP port" in titles


async def test_what_belongs_together_stands_together(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.choose_kind, kind="tcp")
    fields = [(row["name"], row["width"]) for row in screen.shows(ServiceDialog, "fields")]
    assert fields == [("host", "most"), ("port", "least")]
    options = [(row["name"], row["width"]) for row in screen.shows(ServiceDialog, "option_fields")]
    assert options == [("interval_seconds", "alone"), ("send", "full"), ("expect", "full")]
    judging = [(row["name"], row["width"]) for row in screen.shows(ServiceDialog, "judging_fields")]
    assert judging == [
        ("metric_config", "full"),
        ("failures_to_fail", "half"),
        ("successes_to_recover", "half"),
        ("starting_seconds", "half"),
        ("deadline_seconds", "half"),
        ("breaker_failures", "half"),
        ("breaker_seconds", "half"),
    ]
    assert "port" in screen.shows(ServiceDialog, "description")
    await screen.send(ServiceDialog.choose_kind, kind="push")
    fields = [(row["name"], row["width"]) for row in screen.shows(ServiceDialog, "fields")]
    assert fields == [("period_seconds", "alone"), ("cron", "full"), ("grace_seconds", "alone")]


async def test_interval_left_blank_is_the_one_of_the_kind(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.choose_kind, kind="tls_certificate")
    rows = {row["name"]: row for row in screen.shows(ServiceDialog, "option_fields")}
    assert rows["interval_seconds"]["placeholder"] == "3600"


async def test_fields_of_one_choice_name_it(screen: Screen) -> None:
    await screen.send(ServiceDialog.open_new)
    rows = {row["name"]: row for row in screen.shows(ServiceDialog, "rare_fields")}
    assert rows["token"]["when"] == "config.auth=bearer"
    assert rows["method"]["when"] == ""


async def test_service_that_is_there_keeps_its_kind(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop")
    await screen.send(RowActions.act, action="edit", pk=pk)
    assert screen.shows(ServiceDialog, "is_new") is False
    await screen.send(ServiceDialog.choose_kind, kind="tcp")
    assert screen.shows(ServiceDialog, "kind") == "http"
