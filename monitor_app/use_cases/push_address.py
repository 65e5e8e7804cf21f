"""The secret address that a service reports to: shown to who may change the service, and made anew."""

from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import NotFound
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import SERVICE_WRITE, Identity
from monitor_app.use_cases.services import ServiceUseCases

PATH = "/push/"


class PushAddresses:
    """Paths such as /push/TOKEN; whoever knows one may report for its service."""

    def __init__(self, services: ServiceUseCases, registry: KindRegistry) -> None:
        self._services = services
        self._registry = registry

    def path(self, identity: Identity, service: ServiceDefinition) -> str:
        """Where the service reports to. Raises NotFound when nothing is to be reported for it."""
        identity.require(SERVICE_WRITE)
        return PATH + self._token(service)

    async def renew(self, identity: Identity, service: ServiceDefinition) -> ServiceDefinition:
        """Make a new address; the old one is of no use from now on.

        Raises NotFound, also when nothing is to be reported for it; Conflict when somebody else changed the service.
        """
        identity.require(SERVICE_WRITE)
        token = self._token(service)
        # What is left out is made anew.
        config = {name: value for name, value in service.status_config.items() if value != token}
        return await self._services.update(
            identity, service.service_id, {"status_config": config}, expected_revision=service.revision
        )

    def _token(self, service: ServiceDefinition) -> str:
        token = self._registry[service.kind].parse(service.status_config).heartbeat_token
        if not token:
            raise NotFound(f"{service.label} is asked; nothing reports for it")
        return token
