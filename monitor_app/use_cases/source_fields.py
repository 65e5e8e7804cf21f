"""What of a service that a source tells of may not be changed here, and when it may not be deleted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.source import source_tags
from monitor_app.errors import Conflict, InvalidInput
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.use_cases.service_input import CheckedInput

# The columns that its source writes at each poll. Tags are half its own: those of the source have to stay.
READ_ONLY: Final = ("label", "service_type", "kind", "status_config", "interval_seconds")


def title_of(service: ServiceDefinition) -> str:
    """How people call the kind of its source: `Consul`."""
    return service.source.replace("_", " ").capitalize()


def read_only(service: ServiceDefinition) -> tuple[str, ...]:
    """The names of the fields that cannot be changed here; none of what people made."""
    return READ_ONLY if service.source else ()


def refuse_source_fields(service: ServiceDefinition, columns: Mapping[str, Any]) -> None:
    """Raises InvalidInput with a message for each field that only its source may change."""
    if not service.source:
        return
    title = title_of(service)
    wrong = {
        name: f"comes from {title} and is changed there, not here"
        for name in READ_ONLY
        if name in columns and columns[name] != _present(service, name)
    }
    if "tags" in columns:
        missing = [tag for tag in source_tags(service.source_facts) if tag not in columns["tags"]]
        if missing:
            wrong["tags"] = f"must keep {', '.join(missing)}: what comes from {title} is changed there, not here"
    if columns.get("enabled") and not service.enabled and service.gone_at is not None:
        wrong["enabled"] = f"cannot be switched on: {title} does not know it since {service.gone_at:%Y-%m-%d %H:%M} UTC"
    if wrong:
        raise InvalidInput(wrong)


def refuse_source_deletion(service: ServiceDefinition) -> None:
    """Raises Conflict for one that its source still tells of: the next poll would bring it back."""
    if service.source_pk is None or service.gone_at is not None:
        return
    title = title_of(service)
    raise Conflict(
        {
            "service": f"{service.service_id} comes from {title}, whose next poll would bring it back: "
            f"deregister it there, pause it here, or delete the connection"
        }
    )


def observed_kind_message(config: CheckConfig | None) -> dict[str, str]:
    """What speaks against adding a service by hand whose kind only sources make; {} where nothing does."""
    if config is None or not config.is_observed:
        return {}
    return {"kind": f"{config.kind_title} services come from a connection, and cannot be added one by one"}


def not_observed(checked: CheckedInput) -> CheckedInput:
    """The same, refused where services of its kind are made by sources only."""
    return replace(checked, messages={**checked.messages, **observed_kind_message(checked.config)})


def _present(service: ServiceDefinition, name: str) -> Any:
    value = getattr(service, name)
    return dict(value) if name == "status_config" else value
