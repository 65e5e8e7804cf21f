"""Reading and changing the security settings."""

from collections.abc import Mapping
from typing import Any

from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.security.permissions import Identity


class SecuritySettingsUseCases:
    """Both need the permission setting:manage."""

    async def get(self, identity: Identity) -> SecuritySettings:
        """As they are stored."""
        raise NotImplementedError

    async def change(self, identity: Identity, values: Mapping[str, Any]) -> SecuritySettings:
        """What is not named stays. Raises InvalidInput with a message for each wrong or unknown one."""
        raise NotImplementedError
