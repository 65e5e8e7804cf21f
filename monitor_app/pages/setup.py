"""The first account; before anybody is logged in."""

from typing import Final

import reflex as rx

from monitor_app.components.entrance import entrance

ROUTE: Final = "/setup"
TITLE: Final = "Welcome · Lightbulb"


def page() -> rx.Component:
    """One form."""
    return entrance("Welcome", "Make the account of the first administrator. Everybody else is invited later.", "setup")
