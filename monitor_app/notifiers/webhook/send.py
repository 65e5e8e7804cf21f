"""Sends a notification as JSON, with the headers of Standard Webhooks: an id, a time stamp and a signature."""

import base64
import hashlib
import hmac
import json
from typing import Any

from monitor_app.domain.alerting.rendered import Rendered
from monitor_app.net.provider import Message, deliver
from monitor_app.net.tls import TlsOptions
from monitor_app.notifiers.webhook.config import Config
from monitor_app.plugins.headers import secret_values
from monitor_app.plugins.notifier_kinds import Sending

VERSION = 1


async def send(config: Config, rendered: Rendered, sending: Sending) -> str:
    """The receiver's answer. Raises DeliveryFailed."""
    body = json.dumps(document(rendered, sending)).encode()
    headers = {**config.headers, "Content-Type": "application/json", **_signed(config, sending, body)}
    secrets = (config.secret, *secret_values(config.headers))
    message = Message(config.method, config.url, body, headers, secrets, TlsOptions(config.verify_tls))
    return (await deliver(sending.network, message, sending.deadline_seconds)).words


def document(rendered: Rendered, sending: Sending) -> dict[str, Any]:
    """What is sent: the words, and all of the message as data."""
    return {
        "version": VERSION,
        "id": sending.dedupe_key,
        "sent_at": sending.now.isoformat(),
        "event": rendered.event,
        "incident_key": sending.incident_key,
        "title": rendered.title,
        "text": rendered.text,
        "severity": rendered.severity,
        "url": rendered.url,
        "message": dict(rendered.data),
    }


def _signed(config: Config, sending: Sending, body: bytes) -> dict[str, str]:
    """The id is that of the message: each time it is tried again, it is the same."""
    stamp = str(int(sending.now.timestamp()))
    headers = {"webhook-id": sending.dedupe_key, "webhook-timestamp": stamp}
    if not config.secret:
        return headers
    content = f"{sending.dedupe_key}.{stamp}.".encode() + body
    signature = hmac.new(config.key, content, hashlib.sha256).digest()
    return headers | {"webhook-signature": f"v1,{base64.b64encode(signature).decode()}"}
