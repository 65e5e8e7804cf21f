"""Sends an event to PagerDuty (Events API v2). Those of one incident have one dedup_key: trigger, acknowledge, resolve.

PagerDuty takes an event that comes twice with the same key as one.
"""

from typing import Any

from monitor_app.domain.alerting.rendered import Event, Rendered
from monitor_app.net.provider import deliver, posted, told_in
from monitor_app.notifiers.pagerduty.config import Config
from monitor_app.plugins.notifier_kinds import Sending

_SUMMARY_LIMIT = 1024
_KEY_LIMIT = 255
_PATH = "/v2/enqueue"


async def send(config: Config, rendered: Rendered, sending: Sending) -> str:
    """PagerDuty's answer. A test opens an incident and closes it at once. Raises DeliveryFailed."""
    answer = await _tell(config, rendered, sending, rendered.event)
    if rendered.data.get("kind") == "test":
        answer += f"; and to its end {await _tell(config, rendered, sending, 'resolve')}"
    return answer


async def _tell(config: Config, rendered: Rendered, sending: Sending, event: Event) -> str:
    url = config.url.rstrip("/") + _PATH
    message = posted(url, document(config, rendered, sending, event), secrets=[config.routing_key])
    answer = await deliver(sending.network, message, sending.deadline_seconds)
    told = told_in(answer.body).get("message")
    return f"{answer.status}: {told[:100]}" if isinstance(told, str) and told.isprintable() else answer.words


def document(config: Config, rendered: Rendered, sending: Sending, event: Event) -> dict[str, Any]:
    """The event as PagerDuty takes it."""
    found: dict[str, Any] = {
        "routing_key": config.routing_key,
        "event_action": event,
        "dedup_key": (sending.incident_key or sending.dedupe_key)[:_KEY_LIMIT],
    }
    if event != "trigger":
        return found
    details = {fact.name: fact.text for fact in rendered.facts} | {item.name: item.text for item in rendered.items}
    found["payload"] = {
        "summary": rendered.title[:_SUMMARY_LIMIT],
        "source": str(rendered.data.get("root_service_id") or "lightbulb"),
        "severity": rendered.severity,
        "timestamp": str(rendered.data.get("since") or sending.now.isoformat()),
        "custom_details": details or {"text": rendered.text},
    }
    found["client"] = "Lightbulb"
    if rendered.url:
        found["client_url"] = rendered.url
        found["links"] = [{"href": rendered.url, "text": "Open in Lightbulb"}]
    return found
