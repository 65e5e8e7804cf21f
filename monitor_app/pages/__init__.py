"""Screens: layout only, everything else is in components and state."""

import reflex as rx

from monitor_app.components.shell import dress
from monitor_app.pages import board, empty, help  # noqa: A004 - the page is about help


def add_pages(app: rx.App) -> None:
    """Give the app its looks and all its pages."""
    dress(app)
    app.add_page(board.page, route=board.ROUTE, title=board.TITLE, description=board.DESCRIPTION, on_load=board.ON_LOAD)
    app.add_page(help.page, route=help.ROUTE, title=help.TITLE)
    app.add_page(empty.page, route=empty.ROUTE, title=empty.TITLE)
