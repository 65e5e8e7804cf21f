"""What follows from what a source tells."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor_app.domain.hold import Hold
from monitor_app.domain.report import document
from monitor_app.domain.result import MESSAGE_LIMIT
from monitor_app.domain.slug import alternatives_of_source
from monitor_app.domain.source import (
    Known,
    Observed,
    Reading,
    Source,
    SourceCheck,
    changed_values,
    compare,
    labels,
    merged_tags,
    message_of,
    metrics_of,
    needed_by,
    needs_hold,
    sections_of,
    source_tags,
)
from monitor_app.domain.status import Status

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)
OK, WARN = SourceCheck("serf", Status.OK, "passing"), SourceCheck("ttl", Status.DEGRADED, "warning", "hot\nvery")
CRITICAL, ODD = SourceCheck("tcp", Status.FAILED, "critical", "refused"), SourceCheck("x", Status.UNKNOWN, "purple")


def observed(key: str, *checks: SourceCheck, **more: Any) -> Observed:
    return Observed(key, key, key.title(), {"name": key}, checks=checks, **more)


def known(pk: int, key: str, **more: Any) -> Known:
    values = {"label": key.title(), "tags": (), "config": {"name": key}, "facts": {}, "interval_seconds": 60}
    return Known(pk, key, **(values | {"is_gone": False} | more))


def compared(reading: list[Observed], present: list[Known], missed: dict[str, int] | None = None, **more: Any) -> Any:
    return compare(Reading(tuple(reading)), present, missed or {}, who="Consul", interval_seconds=60, **more)


@pytest.mark.parametrize(
    ("checks", "status", "word"),
    [
        ((), Status.OK, "no checks"),
        ((OK,), Status.OK, "passing"),
        ((OK, WARN), Status.DEGRADED, "warning"),
        ((WARN, CRITICAL, OK), Status.FAILED, "critical"),
        ((OK, ODD), Status.UNKNOWN, "purple"),
        ((ODD, WARN), Status.DEGRADED, "warning"),
    ],
    ids=["none", "passing", "warning", "critical", "strange", "strange and warning"],
)
def test_worst_check_wins(checks: tuple[SourceCheck, ...], status: Status, word: str) -> None:
    each = observed("shop", *checks)
    assert (each.status, each.word) == (status, word)


def test_maintenance_comes_before_all() -> None:
    each = observed("shop", CRITICAL, maintenance="moving")
    assert (each.status, each.word, message_of(each)) == (Status.STOPPED, "maintenance", "moving")


def test_message_tells_the_worst_check_in_one_line() -> None:
    assert message_of(observed("shop")) == "registered, without any check"
    assert message_of(observed("shop", OK)) == "its check is passing"
    assert message_of(observed("shop", OK, OK)) == "all 2 checks are passing"
    assert message_of(observed("shop", WARN, OK)) == "warning: ttl: hot"
    assert message_of(observed("shop", WARN, CRITICAL, ODD)) == "critical: tcp: refused (and 2 more)"
    assert message_of(observed("shop", ODD)) == "purple: x"
    long = message_of(observed("shop", replace(CRITICAL, output="x" * 999), WARN))
    assert len(long) == MESSAGE_LIMIT
    assert long.endswith("x (and 1 more)")


def test_counts_of_checks_are_numbers_with_a_history() -> None:
    assert metrics_of(observed("shop")) == {}
    found = {"checks_passing": 2.0, "checks_warning": 1.0, "checks_critical": 0.0}
    assert metrics_of(observed("shop", OK, OK, WARN)) == found


def test_report_holds_catalogue_checks_and_meta() -> None:
    told = {"service": "shop", "port": 80, "tags": ["a", "b"], "meta": {"team": "web"}}
    sections = document(sections_of(observed("shop", WARN, replace(OK, is_of_node=True), facts=told)))["sections"]
    assert [section["title"] for section in sections] == ["Catalogue", "Checks", "Meta"]
    assert sections[0]["rows"] == [["service", "shop"], ["port", "80"], ["tags", "a, b"]]
    assert [row[4] for row in sections[1]["rows"]] == ["service", "machine"]


def test_new_kept_changed_returned_and_gone_are_told_apart() -> None:
    present = [
        known(1, "same"),
        known(2, "other", label="Old"),
        known(3, "back", is_gone=True),
        known(4, "left"),
        known(5, "long gone", is_gone=True),
    ]
    found = compared([observed("same"), observed("other"), observed("back"), observed("new")], present)
    assert [each.key for each in found.new] == ["new"]
    assert (found.changed, found.returned, found.gone) == ((2, 3), (3,), (4,))
    assert set(found.kept) == {1, 2, 3}
    assert (found.doubt, found.missed) == ("", {})


def test_first_of_two_with_one_key_counts() -> None:
    assert set(compared([observed("twice")], [known(1, "twice"), known(2, "twice")]).kept) == {1}


@pytest.mark.parametrize("left", [0, 1], ids=["empty", "less than half"])
def test_much_shorter_catalogue_needs_three_polls_that_agree(left: int) -> None:
    names = ["a", "b", "c"]
    present = [known(number, name) for number, name in enumerate(names)]
    reading = [observed(name) for name in names[:left]]
    missed: dict[str, int] = {}
    for count in (1, 2):
        found = compared(reading, present, missed)
        assert found.gone == ()
        assert f"({count} so far)" in found.doubt
        missed = dict(found.missed)
    found = compared(reading, present, missed, is_counted=False)
    assert found.gone == ()
    assert dict(found.missed) == missed
    found = compared(reading, present, missed)
    assert found.gone == tuple(range(left, 3))
    assert found.doubt == ""


def test_half_that_is_lost_in_steps_is_doubted_too() -> None:
    present = [known(number, name) for number, name in enumerate("abcdef")]
    reading = [observed(name) for name in "abcd"]
    assert compared(reading, present).gone == (4, 5)
    found = compared(reading, present, most=9)
    assert found.gone == ()
    assert found.doubt.startswith("The last poll found only 4 of 9 services that were there lately.")


def test_missing_one_is_doubted_while_the_source_keeps_something_back() -> None:
    present = [known(1, "a"), known(2, "b")]
    reading = Reading((observed("a"),), hidden="the token may not see everything")
    found = compare(reading, present, {}, who="Consul", interval_seconds=60)
    assert found.gone == ()
    assert "But the token may not see everything, so nothing is called gone until 3 polls agree (1 so" in found.doubt
    assert compare(reading, present, {"b": 2}, who="Consul", interval_seconds=60).gone == (2,)
    assert compare(reading, present[:1], {}, who="Consul", interval_seconds=60).doubt == ""


def test_doubt_ends_when_the_services_are_back() -> None:
    present = [known(1, "a"), known(2, "b"), known(3, "c")]
    found = compared([observed("a"), observed("b"), observed("c")], present, {"b": 2, "c": 2})
    assert (found.gone, found.missed, found.doubt) == ((), {}, "")


def test_empty_catalogue_of_who_has_no_services_is_no_news() -> None:
    found = compared([], [])
    assert (found.gone, found.doubt) == ((), "")


def test_own_tags_stay_beside_those_of_the_source() -> None:
    told = {"tags": ["public", "old"]}
    each = observed("shop", tags=("public", "new"))
    assert merged_tags(("public", "old", "ours"), told, each) == ("public", "new", "ours")


def test_tags_that_fit_nowhere_stay_facts_only() -> None:
    assert source_tags(None) == ()
    assert source_tags({"tags": ["ok", "a,b", "x" * 41, "", "  ", "tab\t", "ok"]}) == ("ok",)
    assert len(source_tags({"tags": [f"t{number}" for number in range(99)]})) == 10


def test_only_what_differs_is_written() -> None:
    assert changed_values(known(1, "shop"), observed("shop"), 60) == {}
    changed = changed_values(known(1, "shop", interval_seconds=30), observed("shop", facts={"port": 1}), 60)
    assert changed == {"source_facts": {"port": 1}, "interval_seconds": 60}


def test_maintenance_of_the_source_begins_and_ends_but_leaves_that_of_people() -> None:
    theirs, ours = Hold("Consul", "moving", NOON), Hold("ada", "a new disk", NOON)
    resting, awake = observed("shop", maintenance="moving"), observed("shop")
    assert needs_hold(known(1, "shop"), resting, "Consul")
    assert not needs_hold(known(1, "shop", maintenance=theirs), resting, "Consul")
    assert needs_hold(known(1, "shop", maintenance=replace(theirs, reason="old")), resting, "Consul")
    assert not needs_hold(known(1, "shop", maintenance=ours), resting, "Consul")
    assert needs_hold(known(1, "shop", maintenance=theirs), awake, "Consul")
    assert not needs_hold(known(1, "shop", maintenance=ours), awake, "Consul")


def test_labels_say_as_much_as_is_needed() -> None:
    names = [("web", "web", "n1"), ("web", "web-2", "n1"), ("db", "db", "n1"), ("db", "db", "n2")]
    assert labels(names) == ["web", "web (web-2)", "db on n1", "db on n2"]
    assert labels([]) == []


def test_slug_of_a_source_gets_a_short_hash_that_stays() -> None:
    first = alternatives_of_source("Shop_1", "rack/Shop_1")
    again = alternatives_of_source("Shop_1", "rack/Shop_1")
    assert [next(first) for _ in range(3)] == [next(again) for _ in range(3)]
    names = alternatives_of_source("Shop_1", "other/Shop_1")
    assert next(names) == "shop-1"
    assert next(names).startswith("shop-1-")
    assert next(alternatives_of_source("…", "rack/…")).startswith("service-")


def test_what_services_need_is_told_by_meta_and_intentions() -> None:
    services: list[tuple[str, dict[str, Any]]] = [
        ("web-1", {"service": "web", "meta": {"depends_on": "db, cache,"}, "calls": ["db", "nobody"]}),
        ("db-1", {"service": "db"}),
        ("db-2", {"service": "db"}),
    ]
    assert needed_by(services)["web-1"] == [
        ("db-1", "web-1 names it in its meta depends_on"),
        ("db-2", "web-1 names it in its meta depends_on"),
        ("db-1", "an intention allows web-1 to call it"),
        ("db-2", "an intention allows web-1 to call it"),
    ]
    assert needed_by(services)["db-1"] == []


def test_grace_is_two_intervals_and_a_little() -> None:
    source = Source(1, "main", "consul", "Main", {}, 60, 30, "", True, 0, "ada", NOON, NOON, 1)
    assert source.grace_seconds == 125


def test_check_is_stored_with_the_word_of_its_source() -> None:
    found = {"name": "ttl", "status": "DEGRADED", "word": "warning", "output": "hot\nvery", "type": ""}
    assert WARN.document() == found | {"is_of_node": False}


def test_reading_counts_its_checks() -> None:
    assert Reading((observed("a", OK, WARN), observed("b"))).check_count == 2
