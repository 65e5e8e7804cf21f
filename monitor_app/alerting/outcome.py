"""What became of an attempt to deliver, and how a notification is called elsewhere."""

from dataclasses import dataclass

from monitor_app.alerting.dead_letters import KEY
from monitor_app.errors import DeliveryFailed
from monitor_app.redact import redact, without_named_secrets
from monitor_app.storage.notifications import ANSWER_LIMIT, Claimed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt: delivered without a failure."""

    answer: str
    failure: DeliveryFailed | None = None


def incident_key(claimed: Claimed) -> str:
    """The same for all that is told of an incident, or of a channel that fails; "" for the rest."""
    if claimed.incident_pk is not None:
        return f"lightbulb-incident-{claimed.incident_pk}"
    return claimed.dedupe_key.rsplit("-", 2)[0] if claimed.dedupe_key.startswith(KEY) else ""


def fit(text: str) -> str:
    """An answer as it is kept: cut, without secrets."""
    return without_named_secrets(redact(text[: 4 * ANSWER_LIMIT]))[:ANSWER_LIMIT]
