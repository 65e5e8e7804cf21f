"""Status pages and notices, for who publishes them."""

from typing import Any

import reflex as rx

from monitor_app.components.admin import admin_page
from monitor_app.components.shell import ADMIN_PLACE, shell
from monitor_app.components.status_pages import StatusPages
from monitor_app.domain.status_page import OUR_COLOUR

ROUTE = "/admin/status-pages"
TITLE = "Status pages · Lightbulb"
# The module in the browser reads what it shows by itself.
ON_LOAD: list[Any] = []


def page() -> rx.Component:
    """Tabs of administration, then what the module shows."""
    return shell(ADMIN_PLACE, admin_page(StatusPages.create(colour=OUR_COLOUR)))
