"""The state that patches reach the browser through."""

from typing import Any

import reflex as rx
from reflex_base.constants.state import FIELD_MARKER


class LiveFeed(rx.State):
    """Its one var is written by the hub, straight to the browsers; the copy on the server is stale: never read it."""

    patch: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser


PATCH_VAR = f"patch{FIELD_MARKER}"
