"""Posts blocks to Slack. All text stands in rich text or plain text elements, in which Slack reads no marks."""

from typing import Any

from monitor_app.domain.alerting.rendered import Item, Rendered
from monitor_app.net.provider import deliver, posted
from monitor_app.notifiers.slack.config import Config
from monitor_app.plugins.notifier_kinds import Sending
from monitor_app.plugins.web_url import secrets_in

# Slack's own limits are 150 for a header and 3000 for other texts.
_HEADER_LIMIT = 150
_TEXT_LIMIT = 2900


async def send(config: Config, rendered: Rendered, sending: Sending) -> str:
    """Slack's answer, "ok". Raises DeliveryFailed."""
    message = posted(config.url, document(rendered), secrets=secrets_in(config.url))
    return (await deliver(sending.network, message, sending.deadline_seconds)).words


def document(rendered: Rendered) -> dict[str, Any]:
    """The message as Slack takes it. `text` is for notifications, where it is escaped and read as it is."""
    title = f"{rendered.glyph} {rendered.title}"
    return {
        "text": _escaped(title),
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": title[:_HEADER_LIMIT], "emoji": False}},
            *({"type": "rich_text", "elements": elements} for elements in [_elements(rendered)] if elements),
        ],
    }


def _elements(rendered: Rendered) -> list[dict[str, Any]]:
    elements = []
    if rendered.summary:
        elements.append(_section([_text(rendered.summary)]))
    if rendered.facts:
        pieces: list[dict[str, Any]] = []
        for number, fact in enumerate(rendered.facts):
            line_break = "\n" if number else ""
            pieces += [_text(f"{line_break}{fact.name}: ", is_bold=True), _text(fact.text)]
        elements.append(_section(pieces))
    if rendered.items:
        lines = [_section(_item(item)) for item in rendered.items]
        lines += [_section([_text(rendered.more_words)])] if rendered.more else []
        elements.append({"type": "rich_text_list", "style": "bullet", "elements": lines})
    if rendered.url:
        elements.append(_section([{"type": "link", "url": rendered.url, "text": "Open in Lightbulb"}]))
    return elements


def _item(item: Item) -> list[dict[str, Any]]:
    name = {"type": "link", "url": item.url, "text": item.name} if item.url else _text(item.name, is_bold=True)
    return [name, _text(f": {item.text}")] if item.text else [name]


def _section(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": elements}


def _text(text: str, *, is_bold: bool = False) -> dict[str, Any]:
    piece: dict[str, Any] = {"type": "text", "text": text[:_TEXT_LIMIT]}
    return piece | {"style": {"bold": True}} if is_bold else piece


def _escaped(text: str) -> str:
    """The three letters that begin mentions and links (Slack: "Escaping text")."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
