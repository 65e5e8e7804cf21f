"""Status pages and notices, for who publishes them."""

from typing import Any

import reflex as rx

from monitor_app.components.places import STATUS_PAGES_PLACE
from monitor_app.components.shell import shell
from monitor_app.components.status_pages import StatusPages
from monitor_app.domain.status_page import OUR_COLOUR

ROUTE = "/admin/status-pages"
TITLE = "Status pages · Lightbulb"
# The module in the browser reads what it shows by itself.
ON_LOAD: list[Any] = []


def page() -> rx.Component:
    """What the module shows."""
    return shell(STATUS_PAGES_PLACE, rx.el.div(StatusPages.create(colour=OUR_COLOUR), class_name="admin-page"))
