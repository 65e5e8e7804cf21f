"""Makes one frontend build serve any port, http or https, behind any proxy: the browser talks to where it came from.

Reflex bakes the backend's address into the bundle, and `getBackendURL` drops the port under https. Reflex is pinned,
so its template is patched at build time, and the build stops when the place to patch is not found.
"""

import os
from typing import Any

import reflex as rx
from reflex_base import constants
from reflex_base.environment import environment

TEMPLATE = "utils/state.js"
MARKER = "env.SAME_ORIGIN"
_BEFORE = """  // Get backend URL object from the endpoint.
  const endpoint = new URL(url_str);
"""
_PATCH = """  if (env.SAME_ORIGIN && typeof window !== "undefined") {
    const isSecure = window.location.protocol === "https:";
    const isSocket = endpoint.protocol.startsWith("ws");
    endpoint.protocol = isSocket ? (isSecure ? "wss:" : "ws:") : window.location.protocol;
    endpoint.hostname = window.location.hostname;
    endpoint.port = window.location.port;
    return endpoint;
  }
"""


class SameOriginPlugin(rx.plugins.Plugin):
    """Patches the frontend's way to find the backend; in force for builds without an explicit REFLEX_API_URL."""

    def pre_compile(self, **context: Any) -> None:
        """Have the template patched when it is written."""
        context["add_modify_task"](TEMPLATE, patched)

    def update_env_json(self, **context: Any) -> dict[str, Any]:
        """Tell the bundle whether frontend and backend share an origin: not under `reflex run`, which has two ports."""
        is_built = environment.REFLEX_ENV_MODE.get() != constants.Env.DEV
        return {"SAME_ORIGIN": is_built and not os.environ.get("REFLEX_API_URL")}


def patched(source: str) -> str:
    """The template with the patch in it, once.

    Raises RuntimeError when the place is not there: this Reflex is not the one that is pinned.
    """
    if MARKER in source:
        return source
    if source.count(_BEFORE) != 1:
        raise RuntimeError(
            f"{TEMPLATE} of Reflex {constants.Reflex.VERSION} is not the one this program knows: "
            "install the version that requirements.txt pins, or adapt monitor_app/components/same_origin.py"
        )
    return source.replace(_BEFORE, _BEFORE + _PATCH)
