"""Posts an embed to Discord. All that Discord's Markdown reads is escaped, and nobody is mentioned."""

import re
from typing import Any

from monitor_app.domain.alerting.rendered import Item, Rendered
from monitor_app.net.provider import deliver, posted, told_in
from monitor_app.notifiers.discord.config import Config
from monitor_app.plugins.notifier_kinds import Sending
from monitor_app.plugins.web_url import secrets_in

# Discord takes 256 for a title, 4096 for a description, 1024 for a field, 6000 for all; a letter may be escaped.
_TITLE_LIMIT = 120
_TEXT_LIMIT = 1800
_FIELD_LIMIT = 300
_NAME_LIMIT = 60
_OVER = 0x29A383
_COLOURS = {"info": 0x8B8D98, "warning": 0xFFBA18, "critical": 0xE54D2E}
# Whatever begins emphasis, code, quotes, lists, headings, links, mentions, time stamps, spoilers and emoji.
_MARKS = re.compile(r"([\\*_~`|>#\-+.!\[\](){}<:@&=/])")


async def send(config: Config, rendered: Rendered, sending: Sending) -> str:
    """Which message it became. Raises DeliveryFailed."""
    url = f"{config.url}{'&' if '?' in config.url else '?'}wait=true"
    message = posted(url, document(rendered), secrets=secrets_in(config.url))
    answer = await deliver(sending.network, message, sending.deadline_seconds, wait_told_in=_wait)
    number = told_in(answer.body).get("id")
    return f"{answer.status}: message {number}" if isinstance(number, str) and number.isdigit() else answer.words


def document(rendered: Rendered) -> dict[str, Any]:
    """The message as Discord takes it."""
    lines = [_escaped(rendered.summary[:_TEXT_LIMIT])] if rendered.summary else []
    lines += [_item(item) for item in rendered.items]
    lines += [f"• {rendered.more_words}"] if rendered.more else []
    embed: dict[str, Any] = {
        "title": _escaped(rendered.title[:_TITLE_LIMIT]),
        "color": _OVER if rendered.is_over else _COLOURS[rendered.severity],
        "description": "\n".join(lines),
        "fields": [
            {"name": _escaped(fact.name), "value": _escaped(fact.text[:_FIELD_LIMIT]), "inline": len(fact.text) < 40}
            for fact in rendered.facts
        ],
    }
    if rendered.url:
        embed["url"] = rendered.url
    return {"username": "Lightbulb", "embeds": [embed], "allowed_mentions": {"parse": []}}


def _item(item: Item) -> str:
    """Names are no links: an address in Markdown would have to be escaped, too, and then leads nowhere."""
    name = f"• **{_escaped(item.name[:_NAME_LIMIT])}**"
    return f"{name}: {_escaped(item.text[:_NAME_LIMIT])}" if item.text else name


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)


def _wait(body: str) -> str:
    """Discord tells the seconds in its JSON, too."""
    return str(told_in(body).get("retry_after", ""))
