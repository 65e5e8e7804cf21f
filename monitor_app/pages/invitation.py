"""An invitation; before anybody is logged in."""

from typing import Final

import reflex as rx

from monitor_app.components.entrance import entrance

ROUTE: Final = "/invitation"
TITLE: Final = "Join · Lightbulb"


def page() -> rx.Component:
    """One form."""
    return entrance("Join", "Choose a name and a password.", "invitation")
