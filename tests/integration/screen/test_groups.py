"""The pages of groups: their tree, tags and environments, and one group."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.status import Status
from monitor_app.engine.clock import SystemClock
from monitor_app.state import groups, runtime, tags
from monitor_app.state.board import BoardState
from monitor_app.state.colours import ColourState
from monitor_app.state.group_dialog import DeleteGroup, GroupDialog
from monitor_app.state.group_page import GroupPage
from monitor_app.state.groups import GroupsState
from monitor_app.state.service_map import MapState
from monitor_app.state.tags import TagDialog, TagsState
from monitor_app.state.toast import ToastState
from monitor_app.storage.database import Database
from monitor_app.use_cases.groups import GroupUseCases
from monitor_app.use_cases.tags import TagUseCases
from tests.integration.screen.conftest import Screen
from tests.samples import result

HERE = "/admin/groups"


@pytest.fixture
async def page(screen: Screen, sqlite_url: str) -> AsyncIterator[Screen]:
    """A browser in front of the tree Shop > Europe, and of Data."""
    database, clock, bus = Database(sqlite_url), SystemClock(), Bus()
    arranging = {"groups": GroupUseCases(database, clock, bus), "tags": TagUseCases(database, clock, bus)}
    screen.running = replace(screen.running, **arranging)
    runtime.install(screen.running)
    await screen.add("Web", group="Europe", tags=["db", "public"], environment="production")
    await screen.add("Store", group="Data", tags=["db"], environment="staging")
    await screen.send(GroupDialog.open_new)
    await screen.send(GroupDialog.save, form={"name": "Shop", "description": "sells", "how": "worst"})
    await move(screen, "Europe", "Shop")
    screen.address = HERE
    await screen.send(GroupsState.load)
    yield screen
    await bus.close()
    await database.close()


async def move(screen: Screen, name: str, parent: str) -> None:
    await screen.running.follower.read_now()
    await screen.send(GroupsState.move, name=name, parent=parent)


def shown(screen: Screen) -> list[tuple[str, int, int]]:
    """Name, level and number of services of each row."""
    return [(row["name"], row["depth"], row["total"]) for row in screen.shows(GroupsState, "rows")]


def toast(screen: Screen) -> str:
    text: str = screen.shows(ToastState, "toast").get("text", "")
    return text


async def test_tree_is_shown_with_what_is_true_of_each(page: Screen) -> None:
    assert shown(page) == [("Data", 1, 1), ("Shop", 1, 1), ("Europe", 2, 1)]
    shop = page.shows(GroupsState, "rows")[1]
    assert (shop["status"], shop["counts"], shop["description"], shop["inner"]) == (5, "1 unknown", "sells", 1)
    await page.recorder.record(*(result(pk, status=Status.OK) for pk in (1, 2)))
    await page.running.follower.read_now()
    await page.send(GroupsState.refresh)
    shop = page.shows(GroupsState, "rows")[1]
    assert (shop["status"], shop["share"], shop["up"], shop["counts"]) == (0, "100 %", "1 of 1 up", "1 up")


async def test_folded_groups_hide_what_is_in_them_and_the_search_finds_it(page: Screen) -> None:
    await page.send(GroupsState.fold, name="Shop")
    assert [name for name, *_ in shown(page)] == ["Data", "Shop"]
    page.address = f"{HERE}?search=eur"
    await page.send(GroupsState.load)
    assert [name for name, *_ in shown(page)] == ["Shop", "Europe"]
    assert page.shows(GroupsState, "rows")[0]["open"]
    page.address = f"{HERE}?search=SELLS"
    await page.send(GroupsState.load)
    assert [name for name, *_ in shown(page)] == ["Shop"]


async def test_large_tree_is_folded_at_first_and_shown_in_part(page: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "UNFOLDED_LIMIT", 2)
    monkeypatch.setattr(groups, "SHOWN_LIMIT", 1)
    await page.send(GroupsState.load)
    assert [name for name, *_ in shown(page)] == ["Data"]
    assert (page.shows(GroupsState, "left_out"), page.shows(GroupsState, "total")) == (1, 3)


async def test_group_that_is_dragged_into_itself_stays(page: Screen) -> None:
    await move(page, "Shop", "Europe")
    assert "stays where it is" in toast(page)
    assert "Shop → Europe → Shop" in toast(page)
    assert page.shows(GroupsState, "answered") == 2
    await move(page, "Europe", "")
    assert shown(page)[1] == ("Europe", 1, 1)


async def test_form_tells_what_is_wrong_by_field_and_keeps_the_rest(page: Screen) -> None:
    await page.send(GroupsState.act, action="move", name="Europe")
    assert (page.shows(GroupDialog, "focus"), page.shows(GroupDialog, "parents")) == ("parent", ["Data", "Shop"])
    form = {"name": "Europe", "description": "", "parent": "Shop", "how": "share", "weights": "web: 3\nnonsense"}
    await page.send(GroupDialog.leave, key="weights", form=form)
    assert list(page.shows(GroupDialog, "errors")) == ["weights"]
    await page.send(GroupDialog.save, form=form | {"degraded_below": "a lot"})
    assert list(page.shows(GroupDialog, "errors")) == ["degraded_below", "weights"]
    assert (page.shows(GroupDialog, "is_open"), page.shows(GroupDialog, "refusals")) == (True, 1)
    await page.send(GroupDialog.save, form=form | {"weights": "web: 3", "degraded_below": "90 %"})
    assert not page.shows(GroupDialog, "is_open")
    await page.send(GroupDialog.open_edit, name="Europe")
    values = page.shows(GroupDialog, "values")
    assert (values["how"], values["weights"], values["degraded_below"]) == ("share", "web: 3", "90")
    assert values["failed_below"] == ""
    await page.send(GroupsState.refresh)
    assert "degraded below 90 % OK" in page.shows(GroupsState, "rows")[2]["rule"]


async def test_later_save_does_not_overwrite_an_earlier_one(page: Screen) -> None:
    await page.send(GroupDialog.open_edit, name="Shop")
    await move(page, "Shop", "Data")
    await page.send(GroupDialog.save, form={"name": "Shop", "description": "mine", "parent": "", "how": "worst"})
    assert "changed by somebody else" in page.shows(GroupDialog, "errors")[""]


async def test_deleting_asks_where_the_services_go(page: Screen) -> None:
    await page.send(GroupsState.act, action="delete", name="Europe")
    assert (page.shows(DeleteGroup, "parent"), page.shows(DeleteGroup, "services")) == ("Shop", 1)
    await page.send(DeleteGroup.confirm, form={"services_to": "other", "other": "Nowhere"})
    assert page.shows(DeleteGroup, "errors")[""]
    await page.send(DeleteGroup.confirm, form={"services_to": "other", "other": "Data"})
    assert toast(page) == "Europe is gone; 1 service is in Data now"
    await page.send(GroupsState.load)
    assert shown(page) == [("Data", 1, 2), ("Shop", 1, 0)]
    assert page.shows(GroupsState, "rows")[1]["status"] == -1


async def test_tags_get_colours_and_other_names(page: Screen) -> None:
    page.address = f"{HERE}?tab=tags"
    await page.send(GroupsState.load)
    assert [(row["name"], row["services"]) for row in page.shows(TagsState, "rows")] == [("db", 2), ("public", 1)]
    await page.send(TagsState.paint, sort="tag", name="db", colour="teal")
    assert page.shows(ColourState, "colours") == {"tag": {"db": "teal"}}
    await page.send(TagsState.paint, sort="tag", name="db", colour="#fff")
    assert "keeps its colour" in toast(page)
    assert page.shows(TagsState, "answered") == 2
    assert page.shows(TagsState, "rows")[0]["colour"] == "teal"
    await page.send(TagsState.act, action="rename", sort="tag", name="db")
    await page.send(TagDialog.save, form={"name": "a,b"})
    assert "name" in page.shows(TagDialog, "errors")
    await page.send(TagDialog.save, form={"name": "database"})
    assert toast(page) == "db is database now on 2 services"
    await page.send(TagsState.act, action="remove", sort="tag", name="public")
    await page.send(TagDialog.save, form={})
    await page.send(GroupsState.load)
    rows = [(row["name"], row["colour"]) for row in page.shows(TagsState, "rows")]
    assert rows == [("database", "teal")]


async def test_environments_are_put_in_order(page: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    page.address = f"{HERE}?tab=environments"
    await page.send(GroupsState.load)
    await page.send(TagsState.act, action="down", sort="environment", name="production")
    await page.send(GroupsState.refresh)
    rows = page.shows(TagsState, "rows")
    assert [row["name"] for row in rows] == ["staging", "production"]
    assert [item["action"] for item in rows[0]["menu"]] == ["rename", "down", "remove"]
    monkeypatch.setattr(tags, "SHOWN_LIMIT", 1)
    await page.send(GroupsState.refresh)
    assert (len(page.shows(TagsState, "rows")), page.shows(TagsState, "matched")) == (1, 2)


async def test_page_of_a_group_shows_what_is_below_it_too(page: Screen) -> None:
    await page.recorder.record(result(1, status=Status.FAILED))
    await page.running.follower.read_now()
    page.address = "/group?group=Shop&q=nothing"
    for handler in (GroupPage.load, BoardState.load):
        await page.send(handler)
    group = page.shows(GroupPage, "group")
    assert (group["name"], group["total"], page.shows(GroupPage, "path")) == ("Shop", 1, [])
    assert [row["name"] for row in page.shows(GroupPage, "inner")] == ["Europe"]
    assert [span["title"] for span in page.shows(GroupPage, "uptime")] == ["24 hours", "7 days", "30 days"]
    assert [hint["filter"] for hint in page.shows(BoardState, "hints")] == ["q"]
    page.address = "/group?group=Europe"
    await page.send(GroupPage.load)
    await page.send(BoardState.load)
    assert (page.shows(GroupPage, "path"), page.shows(BoardState, "matched")) == (["Shop"], 1)


async def test_group_that_there_is_not_says_so(page: Screen) -> None:
    page.address = "/group?group=%2F%3Cscript%3E"
    await page.send(GroupPage.load)
    assert not page.shows(GroupPage, "is_known")
    assert page.shows(GroupPage, "name") == "/<script>"


async def test_page_follows_the_group_to_its_new_name(page: Screen) -> None:
    page.address = "/group?group=Shop"
    await page.send(GroupPage.load)
    await page.send(GroupDialog.open_edit, name="Shop")
    await page.send(GroupDialog.save, form={"name": "Store / ü", "description": "", "parent": "", "how": "worst"})
    assert not page.shows(GroupDialog, "is_open")
    page.address = "/group?group=Store%20%2F%20%C3%BC"
    await page.send(GroupPage.load)
    assert page.shows(GroupPage, "is_known")


async def test_map_of_a_group_takes_the_place_of_its_services(page: Screen) -> None:
    lists = len(page.was_sent(BoardState, "snapshot"))
    page.address = "/group?group=Shop&tab=map"
    await page.send(GroupPage.load)
    assert (page.shows(GroupPage, "tab"), page.shows(MapState, "is_loaded")) == ("map", True)
    assert len(page.was_sent(BoardState, "snapshot")) == lists
    page.address = "/group?group=Shop&tab=other"
    await page.send(GroupPage.load)
    assert page.shows(GroupPage, "tab") == "services"
    assert len(page.was_sent(BoardState, "snapshot")) > lists
