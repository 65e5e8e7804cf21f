"""The lock of all that alerting goes by: rules, channels, policies, schedules, windows, silences."""

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models.counter import ALERTING_RULES
from monitor_app.storage.services import raise_counter


async def lock(conn: AsyncConnection) -> None:
    """Until this transaction ends nobody else changes any of it; alerting reads it anew afterwards."""
    await raise_counter(conn, ALERTING_RULES)
