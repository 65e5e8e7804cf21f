"""What was told to whom, and what became of it."""

from typing import Any

import reflex as rx

from monitor_app.components.alerting import alerting_page
from monitor_app.components.places import ALERTS_PLACE
from monitor_app.components.sent_log import sent_log
from monitor_app.components.shell import shell

ROUTE = "/alerting/sent"
TITLE = "Sent · Lightbulb"
# The module in the browser reads what it shows by itself.
ON_LOAD: list[Any] = []


def page() -> rx.Component:
    """What the module shows."""
    head = rx.el.div(
        rx.el.div(
            rx.el.h1("Sent"),
            rx.el.p("What was told to whom, and what became of it; what was held back, and why.", class_name="muted"),
            class_name="words",
        ),
        class_name="admin-head",
    )
    return shell(ALERTS_PLACE, alerting_page(head, sent_log()))
