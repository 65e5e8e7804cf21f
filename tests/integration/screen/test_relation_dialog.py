"""The dialog of relations: several at once, a circle that is refused while one chooses, two people at once."""

from typing import Any

import pytest

from monitor_app.security.permissions import EDITOR, SYSTEM
from monitor_app.state.details import DetailsState
from monitor_app.state.relation_dialog import RelationDialog
from monitor_app.state.toast import ToastState
from tests.integration.screen.conftest import Screen


@pytest.fixture
async def four(screen: Screen) -> Screen:
    """An editor, and four services without relations."""
    await screen.add("web", "api", "auth", "db")
    screen.person = await screen.people.log_in("ed", EDITOR)
    return screen


async def relate(screen: Screen, source: str, target: str, **more: Any) -> int:
    ends = {"source_service_id": source, "target_service_id": target}
    view = await screen.running.relations.create(SYSTEM, ends | more)
    await screen.running.follower.read_now()
    number: int = view.relation.pk
    return number


async def stored(screen: Screen) -> list[str]:
    views = await screen.running.relations.list_all(SYSTEM)
    marks = {"dependency": "->", "communication": "~>", "data-flow": "=>"}
    return [
        f"{one.source_service_id} {marks[one.relation.relation_type]} {one.target_service_id}"
        f"{'' if one.relation.enabled else ' off'}"
        for one in views
    ]


def picks(screen: Screen) -> list[tuple[str, str]]:
    return [(one["sid"], one["mark"]) for one in screen.shows(RelationDialog, "picks")]


async def choose(screen: Screen, anchor: str, *others: str) -> None:
    await screen.send(RelationDialog.open_new, source=anchor, target="")
    for other in others:
        await screen.send(RelationDialog.pick, field="picks", service=other)


async def test_several_are_added_at_once(four: Screen) -> None:
    await choose(four, "web", "api", "auth", "db")
    await four.send(RelationDialog.pick, field="picks", service="auth")
    assert picks(four) == [("api", ""), ("db", "")]
    assert four.shows(RelationDialog, "types")[0]["sentence"] == "web needs api and db to work"
    await four.send(RelationDialog.save, form={"note": "its pages", "relation_type": "ignored"})
    assert four.shows(RelationDialog, "is_open") is False
    assert await stored(four) == ["web -> api", "web -> db"]
    assert four.shows(ToastState, "toast")["text"] == "web depends on api and db"
    assert four.running.board.relations.get(1).note == "its pages"


async def test_other_direction_asks_what_depends_on_one(four: Screen) -> None:
    row = four.running.board.find("db")
    assert row is not None
    await four.send(RelationDialog.open_new, source="", target=row.pk)
    assert four.shows(RelationDialog, "one_end") == "target"
    for name in ("web", "api"):
        await four.send(RelationDialog.pick, field="picks", service=name)
    assert four.shows(RelationDialog, "types")[0]["sentence"] == "each of web and api needs db to work"
    await four.send(RelationDialog.choose_type, relation_type="data-flow")
    await four.send(RelationDialog.save, form={"note": ""})
    assert await stored(four) == ["web => db", "api => db"]
    await four.send(RelationDialog.open_new, source="web", target="auth")
    await four.send(RelationDialog.turn)
    await four.send(RelationDialog.save, form={})
    assert (await stored(four))[-1] == "auth -> web"


async def test_what_would_close_a_circle_is_marked_while_one_types(four: Screen) -> None:
    await relate(four, "web", "api")
    await relate(four, "api", "auth")
    await choose(four, "auth")
    await four.send(RelationDialog.ask, field="picks", text=" ")
    answers = four.shows(RelationDialog, "answers")
    assert (answers["field"], answers["query"], answers["matched"]) == ("picks", " ", 4)
    marks = {one["sid"]: (one["mark"], one["why"]) for one in answers["options"]}
    assert marks["web"] == ("circle", "would close a circle: auth -> web -> api -> auth")
    assert marks["auth"] == ("self", "is the same service")
    assert marks["db"] == ("", "")
    await four.send(RelationDialog.ask, field="anchor", text="nothing like this")
    assert four.shows(RelationDialog, "answers")["options"] == []


async def test_circle_is_drawn_and_cut_and_then_all_is_saved(four: Screen) -> None:
    first, second = await relate(four, "web", "api"), await relate(four, "api", "auth", relation_type="data-flow")
    await choose(four, "auth", "db", "web")
    assert picks(four) == [("db", ""), ("web", "circle")]
    circle = four.shows(RelationDialog, "circle")
    assert circle["text"] == "auth -> web -> api -> auth"
    assert [(step["label"], step["line"], step["isNew"]) for step in circle["steps"]] == [
        ("auth", "solid", True),
        ("web", "solid", False),
        ("api", "dotted", False),
        ("auth", "", False),
    ]
    assert circle["cuts"] == [
        {"id": first, "text": "web depends on api"},
        {"id": second, "text": "api sends data to auth"},
    ]
    await four.send(RelationDialog.save, form={"note": ""})
    assert four.shows(RelationDialog, "is_open") is True
    assert "cut the circle" in four.shows(RelationDialog, "errors")["picks"]
    assert len(await stored(four)) == 2
    await four.send(RelationDialog.cut, relation_id=first, how="disable")
    assert four.shows(RelationDialog, "circle") == {}
    assert four.shows(ToastState, "toast")["text"] == "web -> api is disabled"
    assert picks(four) == [("db", ""), ("web", "")]
    await four.send(RelationDialog.save, form={"note": ""})
    assert await stored(four) == ["web -> api off", "api => auth", "auth -> db", "auth -> web"]


async def test_relation_on_the_way_can_be_deleted_and_nothing_else(four: Screen) -> None:
    there, apart = await relate(four, "web", "api"), await relate(four, "auth", "db")
    await choose(four, "api", "web")
    for wrong in ({"relation_id": apart, "how": "delete"}, {"relation_id": there, "how": "burn"}):
        await four.send(RelationDialog.cut, **wrong)
    assert len(await stored(four)) == 2
    await four.send(RelationDialog.cut, relation_id=there, how="delete")
    assert await stored(four) == ["auth -> db"]
    assert picks(four) == [("web", "")]


async def test_disabled_one_closes_no_circle(four: Screen) -> None:
    await relate(four, "web", "api")
    await choose(four, "api", "web")
    await four.send(RelationDialog.choose_enabled, enabled=False)
    assert picks(four) == [("web", "")]
    await four.send(RelationDialog.save, form={"note": ""})
    assert (await stored(four))[-1] == "api -> web off"


async def test_twin_is_marked_and_opened(four: Screen) -> None:
    there = await relate(four, "web", "api", note="all its pages")
    await choose(four, "web", "api", "web")
    (pick,) = four.shows(RelationDialog, "picks")
    assert (pick["mark"], pick["why"], pick["twin"]) == ("duplicate", "is there already", there)
    await four.send(RelationDialog.save, form={"note": ""})
    assert len(await stored(four)) == 1
    await four.send(RelationDialog.open_edit, relation_id=pick["twin"])
    assert (four.shows(RelationDialog, "is_new"), four.shows(RelationDialog, "note")) == (False, "all its pages")


async def test_nothing_chosen_and_a_wrong_note_are_told(four: Screen) -> None:
    await four.send(RelationDialog.open_new, source="", target="")
    await four.send(RelationDialog.save, form={})
    assert four.shows(RelationDialog, "errors").keys() == {"anchor", "picks"}
    await choose(four, "web", "api")
    await four.send(RelationDialog.save, form={"note": "x" * 501})
    assert four.shows(RelationDialog, "errors").keys() == {"note"}
    await four.send(RelationDialog.drop, field="picks", service="api")
    await four.send(RelationDialog.drop, field="anchor", service="web")
    assert (picks(four), four.shows(RelationDialog, "anchor")) == ([], [])


async def test_somebody_saves_the_other_way_round_meanwhile(four: Screen) -> None:
    await choose(four, "web", "api")
    there = await relate(four, "api", "web")
    await four.send(RelationDialog.save, form={"note": ""})
    assert four.shows(RelationDialog, "is_open") is True
    assert picks(four) == [("api", "circle")]
    assert four.shows(RelationDialog, "circle")["cuts"] == [{"id": there, "text": "api depends on web"}]


async def test_later_save_shows_what_the_other_changed(four: Screen) -> None:
    pk = await relate(four, "web", "db", note="orders")
    await four.send(RelationDialog.open_edit, relation_id=pk)
    await four.running.relations.update(SYSTEM, pk, {"note": "theirs", "enabled": False})
    await four.send(RelationDialog.save, form={"note": "mine"})
    assert four.shows(RelationDialog, "theirs") == [
        {"name": "Enabled", "before": "yes", "after": "no"},
        {"name": "Note", "before": "orders", "after": "theirs"},
    ]
    assert (await four.running.relations.get(SYSTEM, pk)).relation.note == "theirs"
    await four.send(RelationDialog.take_theirs)
    assert (four.shows(RelationDialog, "note"), four.shows(RelationDialog, "theirs")) == ("theirs", [])
    await four.running.relations.update(SYSTEM, pk, {"note": "theirs again"})
    await four.send(RelationDialog.save, form={"note": "mine"})
    await four.send(RelationDialog.save, form={"note": "mine"})
    assert (await four.running.relations.get(SYSTEM, pk)).relation.note == "mine"


async def test_one_that_was_deleted_meanwhile_can_be_added_anew(four: Screen) -> None:
    pk = await relate(four, "web", "db")
    await four.send(RelationDialog.open_edit, relation_id=pk)
    await four.running.relations.delete(SYSTEM, pk)
    await four.send(RelationDialog.save, form={"note": "mine"})
    assert "deleted" in four.shows(RelationDialog, "errors")[""]
    await four.send(RelationDialog.save, form={"note": "mine"})
    assert await stored(four) == ["web -> db"]


async def test_edited_one_is_turned_moved_and_deleted(four: Screen) -> None:
    pk = await relate(four, "web", "db")
    await four.send(RelationDialog.open_edit, relation_id=pk)
    await four.send(RelationDialog.turn)
    await four.send(RelationDialog.pick, field="picks", service="api")
    await four.send(RelationDialog.save, form={"note": ""})
    assert await stored(four) == ["db -> api"]
    assert four.shows(ToastState, "toast")["text"] == "db needs api to work: saved"
    await four.send(RelationDialog.open_edit, relation_id=pk)
    await four.send(RelationDialog.delete)
    assert await stored(four) == []
    await four.send(RelationDialog.open_edit, relation_id=pk)
    assert four.shows(RelationDialog, "is_open") is False


async def test_payloads_that_make_no_sense_change_nothing(four: Screen) -> None:
    await relate(four, "web", "api")
    await choose(four, "api", "web")
    for handler, payload in (
        (RelationDialog.ask, {"field": "secrets", "text": "x"}),
        (RelationDialog.ask, {"field": "picks", "text": 5}),
        (RelationDialog.pick, {"field": "picks", "service": {"a": 1}}),
        (RelationDialog.pick, {"field": 5, "service": "db"}),
        (RelationDialog.drop, {"field": None, "service": [1]}),
        (RelationDialog.choose_type, {"relation_type": ["dependency"]}),
        (RelationDialog.choose_enabled, {"enabled": 0}),
        (RelationDialog.cut, {"relation_id": True, "how": "delete"}),
        (RelationDialog.cut, {"relation_id": 1.0, "how": "delete"}),
        (RelationDialog.save, {"form": "x"}),
        (RelationDialog.delete, {}),
    ):
        await four.send(handler, **payload)
    assert await stored(four) == ["web -> api"]
    assert picks(four) == [("web", "circle")]


async def test_details_tell_both_sides(four: Screen) -> None:
    await relate(four, "web", "api", note="all its pages")
    await relate(four, "api", "db", relation_type="data-flow", enabled=False)
    row = four.running.board.find("api")
    assert row is not None
    await four.send(DetailsState.open, pk=row.pk)
    related = four.shows(DetailsState, "related")
    assert [(one["sid"], one["says"]) for one in related["needs"]["rows"]] == [("db", "sends data to · disabled")]
    assert [(one["sid"], one["says"]) for one in related["neededBy"]["rows"]] == [("web", "all its pages")]
