"""Reading and changing the security settings."""

from collections.abc import Mapping
from typing import Any

from monitor_app.domain.given import shown
from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.errors import InvalidInput, Stale
from monitor_app.security.permissions import SETTING_MANAGE, Identity
from monitor_app.storage.settings import load_security_settings, save_security_settings
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.auditing import record


class SecuritySettingsUseCases:
    """Both need the permission setting:manage."""

    def __init__(self, changes: AccessChanges) -> None:
        self._changes = changes

    async def get(self, identity: Identity) -> SecuritySettings:
        """As they are stored."""
        identity.require(SETTING_MANAGE)
        async with self._changes.database.read() as conn:
            return await load_security_settings(conn)

    async def change(
        self, identity: Identity, values: Mapping[str, Any], *, expected_version: str | None = None
    ) -> SecuritySettings:
        """What is not named stays.

        Raises InvalidInput with a message for each wrong or unknown one, Stale when they are not the expected version.
        """
        identity.require(SETTING_MANAGE)
        if not isinstance(values, Mapping):
            raise InvalidInput({"settings": f"must be names with values, got {shown(values)}"})
        if expected_version is None and (present := await self.get(identity)) == present.changed(values):
            return present
        async with self._changes.begin() as conn:
            before, now = await load_security_settings(conn), self._changes.now()
            if expected_version not in (None, before.version):
                raise Stale({"settings": "were changed by somebody else meanwhile: read them again, then change them"})
            after = before.changed(values)
            old, new = before.to_dict(), after.to_dict()
            differing = [name for name in new if new[name] != old[name]]
            if not differing:
                return before
            await save_security_settings(conn, before, after, identity.name, now)
            await record(
                conn,
                identity,
                "security_settings.update",
                at=now,
                target_type="settings",
                target="security",
                before={name: old[name] for name in differing},
                after={name: new[name] for name in differing},
            )
        return after
