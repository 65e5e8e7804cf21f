"""All services over weeks, service level objectives, and reports."""

from typing import Any

import reflex as rx

from monitor_app.components.places import REPORTS_PLACE
from monitor_app.components.reports import Reports
from monitor_app.components.session import may
from monitor_app.components.shell import shell
from monitor_app.security.permissions import OBJECTIVE_WRITE

ROUTE = "/reports"
TITLE = "Reports · Lightbulb"
# The module in the browser reads what it shows by itself.
ON_LOAD: list[Any] = []


def page() -> rx.Component:
    """What the module shows."""
    content = Reports.create(can_write=may(OBJECTIVE_WRITE))
    return shell(REPORTS_PLACE, rx.el.div(content, class_name="admin-page reports-page"))
