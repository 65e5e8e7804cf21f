"""Publishes a message as JSON to an ntfy server, as plain text."""

from typing import Any

from monitor_app.domain.alerting.rendered import Rendered
from monitor_app.net.provider import deliver, posted, told_in
from monitor_app.notifiers.ntfy.config import Config
from monitor_app.plugins.notifier_kinds import Sending

# Of longer ones ntfy makes files.
_TEXT_LIMIT_BYTES = 3900
_PRIORITIES = {"info": 3, "warning": 4, "critical": 5}
_USUAL_PRIORITY = 3
_TAGS = {"info": "information_source", "warning": "warning", "critical": "rotating_light"}
_TAG_OVER = "white_check_mark"


async def send(config: Config, rendered: Rendered, sending: Sending) -> str:
    """Which message it became. Raises DeliveryFailed."""
    headers = {"Authorization": f"Bearer {config.token}"} if config.token else {}
    message = posted(config.url, document(config, rendered), secrets=[config.token], headers=headers)
    answer = await deliver(sending.network, message, sending.deadline_seconds)
    number = told_in(answer.body).get("id")
    return f"{answer.status}: message {number}" if isinstance(number, str) and number.isalnum() else answer.words


def document(config: Config, rendered: Rendered) -> dict[str, Any]:
    """The message as ntfy takes it."""
    text = rendered.text.encode()[:_TEXT_LIMIT_BYTES].decode("utf-8", "ignore")
    found: dict[str, Any] = {
        "topic": config.topic,
        "title": rendered.title,
        "message": text or rendered.title,
        "priority": _priority(config, rendered),
        "tags": [
            _TAG_OVER if rendered.is_over else _TAGS[rendered.severity],
            *(tag for tag in config.tags.split(", ") if tag),
        ],
        "markdown": False,
    }
    return found | {"click": rendered.url} if rendered.url else found


def _priority(config: Config, rendered: Rendered) -> int:
    if config.priority != "by severity":
        return int(config.priority)
    return _USUAL_PRIORITY if rendered.is_over else _PRIORITIES[rendered.severity]
