"""What the screens say about a service that a configuration file made, or that a source tells of."""

from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import LightbulbError
from monitor_app.state.fields import field_rows
from monitor_app.use_cases.drift import drifted
from monitor_app.use_cases.source_fields import title_of

_NAMED_LIMIT = 8
_OWN_WORDS = {"service_type": "service type", "metric_config": "thresholds"}


def drift_words(definition: ServiceDefinition) -> str:
    """The fields that are not as the file says, by the titles of the form: `URL, Check every, paused`; or ""."""
    fields = drifted(definition)
    if not fields:
        return ""
    words = list(dict.fromkeys(_word(name, definition, _titles(definition)) for name in fields))
    more = len(words) - _NAMED_LIMIT
    return ", ".join(words[:_NAMED_LIMIT]) + (f" and {more} more" if more > 0 else "")


def source_words(definition: ServiceDefinition) -> str:
    """Which source tells of a service, whether that still knows it, and what cannot be changed here; "" for others."""
    if not definition.source:
        return ""
    title = title_of(definition)
    if definition.gone_at is not None:
        return f"{title} does not know it any more since {definition.gone_at:%Y-%m-%d %H:%M} UTC. Its history is kept."
    return f"{title} tells of it: name, type, address, interval and its own tags are changed there, not here."


def _titles(definition: ServiceDefinition) -> dict[str, str]:
    try:
        rows = field_rows(definition.kind, definition)
    except LightbulbError:  # a kind that is not here any more
        return {}
    return {f"status_config.{row['name']}" if row["is_config"] else row["name"]: row["title"] for row in rows}


def _word(name: str, definition: ServiceDefinition, titles: dict[str, str]) -> str:
    if name == "enabled":
        return "resumed" if definition.enabled else "paused"
    if name in titles:
        return titles[name]
    part, _, key = name.partition(".")
    return _OWN_WORDS.get(part) or (key or part).replace("_", " ")
