"""What stands at an address that is none of a page."""

from typing import Final

import reflex as rx

from monitor_app.components.entrance import plain_page

# What Reflex calls the page of all addresses that are none.
ROUTE: Final = "/404"
TITLE: Final = "No such page · Lightbulb"
TEXT: Final = "It may have been moved or deleted, or the address is mistyped."


def page() -> rx.Component:
    """One sentence, and the way back."""
    return plain_page("There is no page at this address", TEXT, rx.el.a("To the board", href="/", class_name="plain"))
