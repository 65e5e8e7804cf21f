"""Sends a message through Telegram's Bot API, as its HTML, in which &, < and > are all that has to be escaped."""

from html import escape
from typing import Any

from monitor_app.domain.alerting.rendered import Item, Rendered
from monitor_app.net.provider import deliver, posted, told_in
from monitor_app.notifiers.telegram.config import Config
from monitor_app.plugins.notifier_kinds import Sending

# Telegram takes 4096 characters, counted without marks.
_TEXT_LIMIT = 3500


async def send(config: Config, rendered: Rendered, sending: Sending) -> str:
    """Which message it became. Raises DeliveryFailed."""
    url = f"{config.url.rstrip('/')}/bot{config.token}/sendMessage"
    message = posted(url, document(config, rendered), secrets=[config.token])
    answer = await deliver(sending.network, message, sending.deadline_seconds, wait_told_in=_wait)
    result = told_in(answer.body).get("result")
    number = result.get("message_id") if isinstance(result, dict) else None
    return f"{answer.status}: message {number}" if isinstance(number, int) else answer.words


def document(config: Config, rendered: Rendered) -> dict[str, Any]:
    """The message as Telegram takes it; what is not urgent makes no sound."""
    found: dict[str, Any] = {
        "chat_id": config.chat,
        "text": _html(rendered),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "disable_notification": rendered.severity == "info" or rendered.is_over,
    }
    return found if config.topic is None else found | {"message_thread_id": config.topic}


def _html(rendered: Rendered) -> str:
    left = _TEXT_LIMIT - len(rendered.title)
    parts = [f"<b>{_escaped(f'{rendered.glyph} {rendered.title}')}</b>"]
    summary = rendered.summary[:left]
    parts += [f"\n{_escaped(summary)}"] if summary else []
    left -= len(summary)
    lines = [
        (f"{fact.name}: {fact.text}", f"<b>{_escaped(fact.name)}:</b> {_escaped(fact.text)}") for fact in rendered.facts
    ]
    lines += [(f"{item.name}: {item.text}", _item(item)) for item in rendered.items]
    if rendered.more:
        lines.append((rendered.more_words, f"• {rendered.more_words}"))
    for plain, html in lines:
        left -= len(plain) + 4
        if left < 0:
            break
        parts.append(html)
    if rendered.url:
        parts.append(f'\n<a href="{escape(rendered.url)}">Open in Lightbulb</a>')
    return "\n".join(parts)


def _item(item: Item) -> str:
    name = f'<a href="{escape(item.url)}">{_escaped(item.name)}</a>' if item.url else f"<b>{_escaped(item.name)}</b>"
    return f"• {name}: {_escaped(item.text)}" if item.text else f"• {name}"


def _escaped(text: str) -> str:
    return escape(text, quote=False)


def _wait(body: str) -> str:
    """Telegram tells the seconds in its JSON ("ResponseParameters")."""
    parameters = told_in(body).get("parameters")
    return str(parameters.get("retry_after", "")) if isinstance(parameters, dict) else ""
