"""How much of alerting is told together and how often: reading and changing it."""

from collections.abc import Mapping
from typing import Any

from monitor_app.domain.alerting.delivery import AlertingSettings
from monitor_app.domain.given import shown
from monitor_app.errors import InvalidInput
from monitor_app.models.counter import ALERTING_RULES
from monitor_app.security.permissions import ALERT_RULE_WRITE, MONITOR_READ, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.services import raise_counter
from monitor_app.storage.settings import load_alerting_settings, save_alerting_settings
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.services import Clock

__all__ = ["AlertingSettings", "AlertingSettingsUseCases"]


class AlertingSettingsUseCases:
    """Everybody with an account reads them, those with alert-rule:write change them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(self, identity: Identity) -> AlertingSettings:
        """As they count now."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            return await load_alerting_settings(conn)

    async def change(self, identity: Identity, values: Mapping[str, Any]) -> AlertingSettings:
        """What is not named stays; it counts from the next message on.

        Raises InvalidInput with a message for each wrong or unknown one.
        """
        identity.require(ALERT_RULE_WRITE)
        if not isinstance(values, Mapping):
            raise InvalidInput({"settings": f"must be names with values, got {shown(values)}"})
        now = self._clock.now()
        async with self._database.write() as conn:
            await raise_counter(conn, ALERTING_RULES)
            before = await load_alerting_settings(conn)
            after = before.changed(values)
            if after == before:
                return before
            await save_alerting_settings(conn, before, after, identity.name, now)
            old, new = before.to_dict(), after.to_dict()
            differing = [name for name in new if new[name] != old[name]]
            await record(
                conn,
                identity,
                "alerting_settings.update",
                at=now,
                target_type="settings",
                target="alerting",
                before={name: old[name] for name in differing},
                after={name: new[name] for name in differing},
            )
        return after
