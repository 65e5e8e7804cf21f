"""The list of relations: filters and order in the address, switches, many at once, suggestions."""

from typing import Any

import pytest

from monitor_app.security.permissions import EDITOR, SYSTEM
from monitor_app.state.relation_dialog import RelationDialog
from monitor_app.state.relation_suggestions import SuggestionState
from monitor_app.state.relations import RelationsState
from monitor_app.state.toast import ToastState
from tests.integration.screen.conftest import Screen


@pytest.fixture
async def three(screen: Screen) -> Screen:
    """An editor before a list of three relations."""
    await screen.add("web", "api", "auth", "db")
    for source, target, more in (
        ("web", "api", {"note": "all its pages"}),
        ("api", "db", {"relation_type": "data-flow"}),
        ("db", "web", {"enabled": False}),
    ):
        ends = {"source_service_id": source, "target_service_id": target}
        await screen.running.relations.create(SYSTEM, ends | more)
    await screen.running.follower.read_now()
    screen.person = await screen.people.log_in("ed", EDITOR)
    return screen


async def listed(screen: Screen, query: str = "") -> list[str]:
    screen.address = f"/admin/relations{query}"
    await screen.send(RelationsState.load)
    return rows(screen)


def rows(screen: Screen) -> list[str]:
    return [f"{row['source']['sid']} {row['target']['sid']}" for row in screen.shows(RelationsState, "rows")]


def toast(screen: Screen) -> str:
    text: str = screen.shows(ToastState, "toast")["text"]
    return text


async def test_list_is_what_the_address_says(three: Screen) -> None:
    for query, expected in {
        "": ["api db", "db web", "web api"],
        "?sort=-source": ["web api", "db web", "api db"],
        "?sort=target": ["web api", "api db", "db web"],
        "?sort=enabled": ["api db", "web api", "db web"],
        "?sort=by": ["api db", "db web", "web api"],
        "?sort=type": ["db web", "web api", "api db"],
        "?sort=-since&page=7": ["db web", "api db", "web api"],
        "?sort=rm": ["api db", "db web", "web api"],
        "?search=PAGES": ["web api"],
        "?search=web%20db": ["db web"],
        "?type=data-flow": ["api db"],
        "?type=love&enabled=maybe&page=x": ["api db", "db web", "web api"],
        "?enabled=off": ["db web"],
        "?service=web": ["db web", "web api"],
    }.items():
        assert await listed(three, query) == expected, query
    assert three.shows(RelationsState, "total") == 3


async def test_filters_that_find_nothing_say_which_to_drop(three: Screen) -> None:
    assert await listed(three, "?search=pages&enabled=off&service=nobody&type=dependency") == []
    hints = three.shows(RelationsState, "hints")
    assert [(hint["filter"], hint["count"]) for hint in hints] == [
        ("search", 0),
        ("type", 0),
        ("enabled", 0),
        ("service", 0),
    ]
    assert await listed(three, "?search=pages&enabled=off") == []
    assert three.shows(RelationsState, "hints")[0]["text"] == "Drop the search “pages”"


async def test_row_tells_all_that_it_is(three: Screen) -> None:
    await listed(three, "?search=pages")
    (row,) = three.shows(RelationsState, "rows")
    assert (row["title"], row["line"], row["sentence"]) == ("Dependency", "solid", "web needs api to work")
    assert (row["note"], row["enabled"], row["by"], row["drift"]) == ("all its pages", True, "", "")
    assert row["source"]["status"] == 5


async def test_switch_is_done_and_one_that_would_close_a_circle_is_shown_with_it(three: Screen) -> None:
    await listed(three)
    await three.send(RelationsState.switch, relation_id=1, enabled=False)
    assert toast(three) == "web needs api to work: disabled"
    await three.send(RelationsState.switch, relation_id=1, enabled=True)
    answered = three.shows(RelationsState, "answered")
    await three.send(RelationsState.switch, relation_id=3, enabled=True)
    assert toast(three).startswith("db -> web must not close a circle: db -> web -> api -> db; cut")
    assert three.shows(RelationsState, "answered") > answered
    assert three.shows(RelationDialog, "is_open") is True
    assert three.shows(RelationDialog, "enabled") is True
    assert three.shows(RelationDialog, "circle")["text"] == "db -> web -> api -> db"
    await three.send(RelationDialog.cut, relation_id=2, how="disable")
    await three.send(RelationDialog.save, form={"note": ""})
    relations = await three.running.relations.list_all(SYSTEM)
    assert [view.relation.enabled for view in relations] == [True, False, True]


async def test_many_are_changed_all_or_none(three: Screen) -> None:
    await listed(three)
    await three.send(RelationsState.bulk, action="disable", relation_ids=[1, 2, 3])
    assert toast(three) == "2 relations are disabled"
    await three.send(RelationsState.bulk, action="enable", relation_ids=[1, 2, 3])
    assert toast(three).startswith("None of the 3 is enabled: db -> web must not close a circle")
    assert three.shows(RelationDialog, "is_open") is False
    await three.send(RelationsState.bulk, action="delete", relation_ids=[1, 2, 99])
    assert toast(three) == "there is no relation 99"
    await three.send(RelationsState.act, action="delete", relation_id=1)
    assert toast(three) == "web needs api to work: deleted"
    await three.send(RelationsState.bulk, action="delete", relation_ids=[2, 3])
    assert await listed(three) == []


async def test_menu_opens_the_dialog_and_the_filter_finds_services(three: Screen) -> None:
    await three.send(RelationsState.act, action="edit", relation_id=2)
    assert three.shows(RelationDialog, "title") == "Edit relation"
    await three.send(RelationsState.ask, field="service", text="au")
    assert [one["sid"] for one in three.shows(RelationsState, "answers")["options"]] == ["auth"]


async def test_payloads_that_make_no_sense_change_nothing(three: Screen) -> None:
    for handler, payload in (
        (RelationsState.switch, {"relation_id": "1", "enabled": False}),
        (RelationsState.switch, {"relation_id": 1, "enabled": "no"}),
        (RelationsState.act, {"action": ["delete"], "relation_id": 1}),
        (RelationsState.act, {"action": "edit", "relation_id": {}}),
        (RelationsState.bulk, {"action": "delete", "relation_ids": "1"}),
        (RelationsState.bulk, {"action": "delete", "relation_ids": [[1], None]}),
        (RelationsState.bulk, {"action": "delete", "relation_ids": []}),
        (RelationsState.ask, {"field": "x", "text": None}),
        (SuggestionState.accept, {"keys": "web api"}),
        (SuggestionState.accept, {"keys": [["web", "db"]]}),
        (SuggestionState.dismiss, {"keys": [5]}),
        (SuggestionState.dismiss, {"keys": []}),
    ):
        await three.send(handler, **payload)
    assert len(await listed(three)) == 3
    assert three.shows(RelationsState, "matched") == 3


async def suggested(screen: Screen) -> list[dict[str, Any]]:
    await screen.send(SuggestionState.load)
    items: list[dict[str, Any]] = screen.shows(SuggestionState, "items")
    return items


async def test_suggestions_wait_to_be_accepted_or_dismissed(screen: Screen) -> None:
    await screen.add("app", "till", "kiosk", service_type="application", group="Shop")
    await screen.add("db", service_type="database", group="Shop")
    items = await suggested(screen)
    assert [item["key"] for item in items] == ["app db", "kiosk db", "till db"]
    assert items[0]["sentence"] == "app needs db to work"
    assert items[0]["why"] == ["both are looked at on 127.0.0.1", "both are in the group Shop"]
    assert await listed(screen) == []
    await screen.send(SuggestionState.accept, keys=["app db", "till db"])
    assert toast(screen) == "2 relations are added"
    assert await listed(screen) == ["app db", "till db"]
    await suggested(screen)
    await screen.send(SuggestionState.dismiss, keys=["kiosk db"])
    assert (await suggested(screen), screen.shows(SuggestionState, "dismissed")) == ([], 1)
    await screen.send(SuggestionState.bring_back)
    assert len(await suggested(screen)) == 1
    await screen.send(SuggestionState.accept, keys=["kiosk db", "app db"])
    assert toast(screen).startswith("1 relation is added; 1 not: target_service_id: is related to app")
