"""Lets everybody read the board of a benchmark's own database, so that its browsers need no accounts."""

from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.engine.clock import SystemClock
from monitor_app.storage.database import Database
from monitor_app.storage.settings import load_security_settings, save_security_settings
from monitor_app.use_cases.access_changes import AccessChanges


async def open_board(database: Database) -> None:
    """As if an administrator had switched it on."""
    changes = AccessChanges(database, SystemClock())
    async with changes.begin() as conn:
        before = await load_security_settings(conn)
        await save_security_settings(conn, before, SecuritySettings(is_board_public=True), "bench", changes.now())
