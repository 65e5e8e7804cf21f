"""Circuit breakers of queues, and of the queue of all checks here."""

from typing import Any

import reflex as rx

from monitor_app.components.places import QUEUES_PLACE
from monitor_app.components.queues import queues_page
from monitor_app.components.shell import shell

ROUTE = "/queue-monitoring"
TITLE = "Queues · Lightbulb"
# The module in the browser reads what it shows by itself.
ON_LOAD: list[Any] = []


def page() -> rx.Component:
    """What the module shows."""
    return shell(QUEUES_PLACE, rx.el.div(queues_page(), class_name="admin-page"))
