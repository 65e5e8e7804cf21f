"""Text of monitored things stays text in every format, whatever it is."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from monitor_app.domain.alerting.message import Message, ToldAlert
from monitor_app.domain.alerting.rendered import Rendered
from monitor_app.domain.alerting.rendering import render
from monitor_app.notifiers.discord import send as discord
from monitor_app.notifiers.ntfy import send as ntfy
from monitor_app.notifiers.pagerduty import send as pagerduty
from monitor_app.notifiers.slack import send as slack
from monitor_app.notifiers.teams import send as teams
from monitor_app.notifiers.telegram import send as telegram
from monitor_app.plugins.notifier_kinds import NotifierRegistry, Sending
from tests.samples_hostile import PAYLOADS

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SENDING = Sending(None, "n-1", NOON)
KINDS = NotifierRegistry()
MARKS = (
    *PAYLOADS,
    "*bold* _italic_ ~gone~ `code` <!channel> <@U123> <http://evil.example|click> &lt;!here&gt;",
    "**bold** __under__ ||spoiler|| @everyone <@123> <#5> [click](http://evil.example) ```x``` > quote\n# heading",
    "[click](http://evil.example) <at>everybody</at> {{DATE(2026-01-01)}} - list\n1. one",
    "<b>bold</b> <a href='tg://user?id=1'>x</a> &amp; <tg-spoiler>x</tg-spoiler>",
)


def rendered(text: str) -> Rendered:
    """A message in which all that may come from outside is this text."""
    alerts = tuple(ToldAlert(f"s-{n}", text, "rule", "critical", "firing", NOON, text) for n in range(3))
    message = Message(
        "fired", text, "critical", NOON, NOON - timedelta(minutes=4), text, 12, root_label=text, firing=3,
        alerts=alerts, affected=(text,), affected_count=1, path="/incidents/12",
    )  # fmt: off
    return render(message, public_url="https://lightbulb.example")


def leaves(document: Any) -> Iterator[dict[str, Any]]:
    """All objects in it."""
    if isinstance(document, dict):
        yield document
    for inner in document.values() if isinstance(document, dict) else document if isinstance(document, list) else ():
        yield from leaves(inner)


def test_slack_reads_no_marks() -> None:
    for text in MARKS:
        found = rendered(text)
        document = slack.document(found)
        assert {each["type"] for each in leaves(document) if "type" in each} <= {
            "header", "plain_text", "rich_text", "rich_text_section", "rich_text_list", "text", "link",
        }  # fmt: off
        assert document["mrkdwn"] is False
        assert "<" not in document["text"]
        assert ">" not in document["text"]
        links = {each["url"] for each in leaves(document) if each.get("type") == "link"}
        assert all(url.startswith("https://lightbulb.example/") for url in links)
        texts = [each["text"] for each in leaves(document) if each.get("type") == "text"]
        assert found.facts[2].text in texts


def test_teams_reads_no_marks_and_takes_the_card() -> None:
    for text in MARKS:
        document = teams.document(rendered(text))
        card = document["attachments"][0]["content"]
        assert {each["type"] for each in leaves(card["body"])} <= {"RichTextBlock", "TextRun", "Action.OpenUrl"}
        assert len(json.dumps(document)) < 28_000


def unescaped(text: str) -> str:
    """Discord's Markdown without its marks. Raises AssertionError where one is left that was not escaped."""
    plain = re.sub(r"\\(.)", "", text)
    plain = re.sub(r"• \*\*", "• ", plain).replace("**:", ":").removesuffix("**")
    assert not re.search(r"[*_~`|<>\[\]#@]", plain.replace("**\n", "\n")), plain
    return re.sub(r"\\(.)", r"\1", text)


def test_discord_reads_no_marks_and_takes_the_embed() -> None:
    for text in MARKS:
        found = rendered(text)
        (embed,) = discord.document(found)["embeds"]
        assert unescaped(embed["title"]) == found.title[:120]
        assert len(embed["title"]) <= 256
        assert len(embed["description"]) <= 4096
        for field, fact in zip(embed["fields"], found.facts, strict=True):
            assert unescaped(field["value"]) == fact.text[:300]
            assert len(field["value"]) <= 1024
        unescaped(embed["description"])
        total = (
            embed["title"] + embed["description"] + "".join(each["name"] + each["value"] for each in embed["fields"])
        )
        assert len(total) <= 6000


class Tags(HTMLParser):
    """The tags and the text of some HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[tuple[str, str]] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add((tag, str(dict(attrs).get("href", ""))))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_telegram_reads_no_marks_and_takes_the_text() -> None:
    config = KINDS["telegram"].parse({"token": "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0", "chat": "1"})
    for text in MARKS:
        found = rendered(text)
        parser = Tags()
        parser.feed(telegram.document(config, found)["text"])
        assert {tag for tag, _ in parser.tags} <= {"b", "a"}
        assert all(not href or href.startswith("https://lightbulb.example/") for _, href in parser.tags)
        assert found.title in parser.text
        assert found.facts[2].text in parser.text
        assert len(parser.text.encode("utf-16-le")) // 2 <= 4096


def test_ntfy_is_plain_text_and_short_enough() -> None:
    config = KINDS["ntfy"].parse({"topic": "ops"})
    for text in MARKS:
        found = rendered(text)
        document = ntfy.document(config, found)
        assert document["markdown"] is False
        assert document["title"] == found.title
        assert len(document["message"].encode()) <= 4096


def test_pagerduty_takes_the_event() -> None:
    config = KINDS["pagerduty"].parse({"routing_key": "0" * 32})
    for text in MARKS:
        document = pagerduty.document(config, rendered(text), SENDING, "trigger")
        assert len(document["payload"]["summary"]) <= 1024
        assert json.loads(json.dumps(document)) == document


@pytest.mark.parametrize(
    "make",
    [slack.document, teams.document, discord.document],
    ids=["slack", "teams", "discord"],
)
def test_nothing_but_a_title_is_enough(make: Callable[[Rendered], dict[str, Any]]) -> None:
    assert "Critical" in json.dumps(make(Rendered("trigger", "critical", "Critical")))


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_each_kind_describes_itself(kind: str) -> None:
    model = KINDS[kind].config_model
    assert model.kind_title
    assert model.kind_description.endswith((".", "…"))
    assert model.set_up
    assert model.place_field in model.model_fields
    for field in KINDS[kind].fields:
        assert field.description, f"{kind}.{field.name} says nothing"
