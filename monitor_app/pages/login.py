"""The log-in; before anybody is logged in."""

from typing import Final

import reflex as rx

from monitor_app.components.entrance import entrance

ROUTE: Final = "/login"
TITLE: Final = "Log in · Lightbulb"


def page() -> rx.Component:
    """One form."""
    return entrance("Log in", "", "login")
