"""Every setting, from the environment or `.env`: typed, checked whole at the start, described in docs/settings.md."""

from monitor_app.settings.model import CANARIES_LIMIT, DATABASE_DRIVERS, ENV_FILE, KEYS_ALLOWED, Settings
from monitor_app.settings.reading import load_settings, unknown_keys

__all__ = [
    "CANARIES_LIMIT",
    "DATABASE_DRIVERS",
    "ENV_FILE",
    "KEYS_ALLOWED",
    "Settings",
    "load_settings",
    "unknown_keys",
]
