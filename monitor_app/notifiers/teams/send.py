"""Posts an Adaptive Card. All text stands in text runs, in which Teams reads no Markdown (Adaptive Cards 1.2)."""

from typing import Any

from monitor_app.domain.alerting.rendered import Item, Rendered
from monitor_app.net.provider import deliver, posted
from monitor_app.notifiers.teams.config import Config
from monitor_app.plugins.notifier_kinds import Sending
from monitor_app.plugins.web_url import secrets_in

# A card of more than 28 KB is refused.
_TEXT_LIMIT = 2000
_COLOURS = {"info": "accent", "warning": "warning", "critical": "attention"}


async def send(config: Config, rendered: Rendered, sending: Sending) -> str:
    """The workflow's answer, normally 202. Raises DeliveryFailed."""
    message = posted(config.url, document(rendered), secrets=secrets_in(config.url))
    return (await deliver(sending.network, message, sending.deadline_seconds)).words


def document(rendered: Rendered) -> dict[str, Any]:
    """The message as a workflow takes it."""
    colour = "good" if rendered.is_over else _COLOURS[rendered.severity]
    title = _run(f"{rendered.glyph} {rendered.title}", weight="bolder", size="large", color=colour)
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [_block(title), *_body(rendered)],
    }
    if rendered.url:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open in Lightbulb", "url": rendered.url}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _body(rendered: Rendered) -> list[dict[str, Any]]:
    blocks = [_block(_run(line)) for line in rendered.summary.split("\n") if line]
    blocks += [_block(_run(f"{fact.name}: ", weight="bolder"), _run(fact.text)) for fact in rendered.facts]
    blocks += [_block(*_item(item)) for item in rendered.items]
    return blocks + ([_block(_run(f"• {rendered.more_words}"))] if rendered.more else [])


def _item(item: Item) -> list[dict[str, Any]]:
    link = {"selectAction": {"type": "Action.OpenUrl", "url": item.url}} if item.url else {}
    runs = [_run("• "), _run(item.name, weight="bolder", **link)]
    return [*runs, _run(f": {item.text}")] if item.text else runs


def _block(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "TextRun", "text": text[:_TEXT_LIMIT], **more}
