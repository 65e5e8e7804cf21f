"""Opens the board on a wall screen; before anybody is logged in."""

from typing import Final

import reflex as rx

from monitor_app.components.entrance import entrance

ROUTE: Final = "/wall"
TITLE: Final = "Wall screen · Lightbulb"


def page() -> rx.Component:
    """One form."""
    return entrance("Wall screen", "", "wall")
