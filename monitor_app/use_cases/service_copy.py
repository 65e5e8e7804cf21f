"""What a duplicate of a service begins with."""

from dataclasses import replace

from monitor_app.domain.service import LABEL_LIMIT, ServiceDefinition
from monitor_app.plugins.registry import KindRegistry

_END = " copy"


def copy_of(registry: KindRegistry, service: ServiceDefinition) -> ServiceDefinition:
    """A service as its duplicate is to be, without an id. What was made for this one alone is made anew.

    Raises NotFound when its kind is gone.
    """
    kind = registry[service.kind]
    fields = kind.config_model.model_fields
    config = {
        name: value
        for name, value in service.status_config.items()
        if name not in kind.secret_fields or fields[name].default_factory is None
    }
    label = f"{service.label[: LABEL_LIMIT - len(_END)]}{_END}"
    return replace(service, label=label, service_id="", status_config=config, managed_by="", applied=None)
