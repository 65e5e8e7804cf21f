"""What a notification says in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor_app.domain.alerting.message import Message, ToldAlert
from monitor_app.domain.alerting.rendered import Rendered
from monitor_app.domain.alerting.rendering import ITEMS_LIMIT, render
from monitor_app.domain.alerting.template import NAMES, filled, given_templates
from monitor_app.errors import InvalidInput
from tests.samples_hostile import PAYLOADS

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://lightbulb.example/"
TEST = "This is a test: nothing is wrong."


def alert(number: int = 1, **values: Any) -> ToldAlert:
    usual: dict[str, Any] = {
        "service_id": f"web-{number}",
        "label": f"web {number}",
        "rule": "A service is down",
        "severity": "critical",
        "state": "firing",
        "since": NOON,
        "cause": "refused",
    }
    return ToldAlert(**usual | values)


def message(kind: str = "fired", **values: Any) -> Message:
    usual: dict[str, Any] = {
        "kind": kind,
        "title": "db-main is down",
        "severity": "critical",
        "at": NOON,
        "since": NOON - timedelta(minutes=4),
        "firing": 1,
        "alerts": (alert(),),
        "path": "/incidents/12",
    }
    return Message(**usual | values)


def facts(rendered: Rendered) -> dict[str, str]:
    return {fact.name: fact.text for fact in rendered.facts}


def test_one_alert_says_what_since_when_how_bad_and_why() -> None:
    found = render(message(cause="connection refused", root_label="db-main"), public_url=URL)
    assert found.title == "Critical: db-main is down"
    assert facts(found) == {
        "Severity": "critical",
        "Since": "2026-03-01 11:56 UTC",
        "Probable cause": "connection refused",
    }
    assert (found.event, found.items, found.summary, found.glyph) == ("trigger", (), "", "🔴")
    assert found.text.endswith("\n\nhttps://lightbulb.example/incidents/12")


def test_without_a_public_address_there_is_no_link() -> None:
    found = render(message(firing=2))
    assert found.url == ""
    assert found.items[0].url == ""
    assert "http" not in found.text


def test_end_says_how_long_it_took() -> None:
    found = render(message("resolved", resolved_at=NOON, firing=0, resolved=1))
    assert (found.event, found.title, found.summary) == (
        "resolve",
        "Resolved: db-main is down",
        "It is over after 4 min.",
    )
    assert facts(found)["Until"] == "2026-03-01 12:00 UTC"
    assert (found.is_over, found.glyph) == (True, "✅")
    assert render(message("resolved", since=NOON)).summary == "It is over."
    gone = render(message("resolved", note="the rule was disabled"))
    assert gone.summary == "It is over after 4 min, but not because it recovered: the rule was disabled"
    assert "Note" not in [fact.name for fact in gone.facts]


@pytest.mark.parametrize(
    ("kind", "title", "summary"),
    [
        ("repeat", "Still open: db-main is down", "It has been open for 4 min."),
        ("escalated", "Escalated: db-main is down", "Nobody has acknowledged this for 4 min."),
        ("update", "Update: db-main is down", ""),
        ("test", "Critical: db-main is down", f"{TEST} Messages of this channel look like this."),
    ],
    ids=["repeat", "escalated", "update", "test"],
)  # fmt: off
def test_kinds(kind: str, title: str, summary: str) -> None:
    found = render(message(kind))
    assert (found.title, found.summary) == (title, summary)


@pytest.mark.parametrize(
    ("kind", "summary"),
    [("repeat", "It is still open."), ("escalated", "Nobody has acknowledged this.")],
    ids=["repeat", "escalated"],
)
def test_kinds_in_the_first_second(kind: str, summary: str) -> None:
    assert render(message(kind, since=NOON)).summary == summary


def test_storm_has_a_count_and_the_most_important_ten() -> None:
    resolved = tuple(alert(n, state="resolved") for n in range(5))
    warnings = tuple(alert(n, severity="warning") for n in range(10, 16))
    critical = tuple(alert(n, since=NOON - timedelta(minutes=n)) for n in range(20, 26))
    found = render(message(firing=995, resolved=5, alerts=resolved + warnings + critical))
    assert found.summary == "995 alerts are firing."
    assert len(found.items) == ITEMS_LIMIT
    assert [item.name for item in found.items[:7]] == [*(f"web {n}" for n in range(25, 19, -1)), "web 10"]
    assert found.more == 990
    assert "- and 990 more" in found.text
    assert facts(found)["Alerts"] == "995 firing, 5 resolved"


def test_items_link_to_their_services() -> None:
    alerts = (
        alert(),
        alert(2, state="resolved"),
        alert(3, cause="", service_id=""),
        alert(4, state="resolved", cause=""),
    )
    found = render(message(firing=2, resolved=2, alerts=alerts), public_url=URL)
    told = [(item.name, item.text, item.url) for item in found.items]
    assert ("web 1", "refused", "https://lightbulb.example/services/web-1") in told
    assert ("web 2", "resolved (refused)", "https://lightbulb.example/services/web-2") in told
    assert ("web 3", "firing", "") in told
    assert ("web 4", "resolved", "https://lightbulb.example/services/web-4") in told
    assert "- web 3: firing" in found.text


@pytest.mark.parametrize(
    ("count", "names", "text"),
    [(1, ("shop",), "1 service: shop"), (23, ("a", "b"), "23 services: a, b and 21 more"), (3, (), "3 services")],
    ids=["one", "many", "unnamed"],
)  # fmt: off
def test_what_it_affects(count: int, names: tuple[str, ...], text: str) -> None:
    assert facts(render(message(affected=names, affected_count=count)))["Affects"] == text


def test_whatever_else_there_is_to_say() -> None:
    found = render(message("update", acknowledged_by="ann", other_incidents=3, note="step 2", root_label="db-2"))
    assert found.event == "acknowledge"
    more = {"Began with": "db-2", "Further incidents": "3", "Acknowledged by": "ann", "Note": "step 2"}
    assert facts(found).items() >= more.items()


def test_history_is_that_of_the_last_sixty() -> None:
    assert len(render(message(), history=("OK",) * 100).history) == 60


def test_templates_stand_in_place_of_the_standard_texts() -> None:
    templates = {"title": "{{ service }} {{event}}", "body": "{{cause}}\n{{link}}"}
    found = render(message(cause="refused", root_label="db"), templates=templates, public_url=URL)
    assert found.title == "db trigger"
    assert found.text == "refused\nhttps://lightbulb.example/incidents/12"
    assert (found.facts, found.items) == ((), ())
    assert found.subject == "db-main is down"


def test_a_title_of_nothing_is_the_standard_one() -> None:
    assert render(message(), templates={"title": "{{note}}"}).title == "Critical: db-main is down"
    assert render(message(), templates={"body": "{{text}}"}).title == "Critical: db-main is down"


def test_every_name_stands_for_something() -> None:
    full = message(
        "resolved",
        root_label="db",
        root_service_id="db",
        cause="c",
        affected=("a",),
        affected_count=1,
        acknowledged_by="ann",
        note="n",
        firing=2,
        resolved=2,
        resolved_at=NOON,
    )
    found = render(full, templates={"body": "\n".join(f"{name}={{{{{name}}}}}" for name in NAMES)}, public_url=URL)
    assert not [line for line in found.summary.split("\n") if line.endswith("=")]


def test_values_are_not_looked_at_again() -> None:
    found = render(message(cause="{{link}} {{title}}"), templates={"body": "{{cause}}"}, public_url=URL)
    assert found.summary == "{{link}} {{title}}"


def test_hostile_text_is_one_line_without_control_characters() -> None:
    for payload in PAYLOADS:
        found = render(
            message(title=payload, cause=payload, root_label=payload, note=payload, affected=(payload,), firing=2,
                    alerts=(alert(label=payload, cause=payload),), affected_count=1, acknowledged_by=payload),
            templates={"title": "{{title}}"}, public_url=URL,
        )  # fmt: off
        texts = [found.title, found.subject, *(fact.text for fact in found.facts), *(item.text for item in found.items)]
        for text in texts:
            assert len(text) <= 2000
            assert not [letter for letter in text if ord(letter) < 32 or letter in "\x7f\x85\u2028\u2029\u202e"]
        assert filled("{{cause}}", {"cause": payload}) == payload


def test_half_of_a_surrogate_pair_can_be_written_down() -> None:
    assert render(message(cause="x\ud800y")).text.encode()


@pytest.mark.parametrize(
    ("value", "field", "text"),
    [
        ({"title": "{{password}}"}, "template_title", "must only use the names {{title}}, {{text}}"),
        ({"body": "{% if x %}{{#each}}"}, "template_body", "got '{{#each}}'"),
        ({"body": "{{cause"}, "template_body", "must close each {{ with }}"),
        ({"body": "{{a{b}}}"}, "template_body", "must close each {{ with }}"),
        ({"title": "x" * 201}, "template_title", "must have at most 200 characters"),
        ({"title": "a\nb"}, "template_title", "must be one line"),
        ({"body": 7}, "template_body", "must be a text, got 7"),
        ({"subject": "x"}, "templates", "must have title and body only, got 'subject'"),
        ("x", "templates", "must be an object with title and body"),
    ],
    ids=["name", "logic", "open", "nested", "long", "lines", "type", "text", "object"],
)
def test_wrong_templates_are_refused_with_what_is_allowed(value: Any, field: str, text: str) -> None:
    with pytest.raises(InvalidInput) as info:
        given_templates(value)
    assert text in info.value.fields[field]


def test_blank_templates_are_left_out() -> None:
    assert given_templates({"title": " ", "body": "{{ cause }}\r\nx "}) == {"body": "{{ cause }}\nx"}
    assert given_templates({"title": None}) == {}


def test_text_without_a_url_in_it_ends_with_the_url() -> None:
    found = replace(render(message(), public_url=URL), summary="see https://lightbulb.example/incidents/12")
    assert found.text.count("https://") == 1
