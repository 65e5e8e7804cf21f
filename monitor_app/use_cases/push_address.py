"""The secret address that a service reports to: shown to who may change the service, and made anew."""

from collections.abc import Mapping
from typing import Any

from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import NotFound
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.registry import KindRegistry
from monitor_app.plugins.sealing import masked
from monitor_app.security.permissions import SERVICE_WRITE, Identity
from monitor_app.use_cases.services import ServiceUseCases

PATH = "/push/"


class PushAddresses:
    """Paths such as /push/TOKEN; whoever knows one may report for its service."""

    def __init__(self, services: ServiceUseCases, registry: KindRegistry) -> None:
        self._services = services
        self._registry = registry

    def path(self, identity: Identity, service: ServiceDefinition) -> str:
        """Where the service reports to. Raises NotFound when nothing is to be reported for it, SecretUnreadable."""
        identity.require(SERVICE_WRITE)
        return PATH + self._config(service, service.status_config).heartbeat_token

    async def renew(self, identity: Identity, service: ServiceDefinition) -> ServiceDefinition:
        """Make a new address; the old one is of no use from now on.

        Raises NotFound, also when nothing is to be reported for it; Conflict when somebody else changed the service.
        """
        identity.require(SERVICE_WRITE)
        values = self._registry[service.kind].readable(service.status_config)
        config = self._config(service, values)
        # What is left out is made anew.
        kept = {name: value for name, value in values.items() if getattr(config, name, None) != config.heartbeat_token}
        return await self._services.update(
            identity, service.service_id, {"status_config": masked(kept)}, expected_revision=service.revision
        )

    def _config(self, service: ServiceDefinition, values: Mapping[str, Any]) -> CheckConfig:
        config = self._registry[service.kind].parse(values)
        if not config.heartbeat_token:
            raise NotFound(f"{service.label} is asked; nothing reports for it")
        return config
