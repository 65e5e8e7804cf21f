"""Where notifications go."""

from typing import Any

import reflex as rx

from monitor_app.components.alerting import alerting_page, channels
from monitor_app.components.places import ALERTS_PLACE
from monitor_app.components.shell import shell

ROUTE = "/alerting/channels"
TITLE = "Channels · Lightbulb"
# The module in the browser reads what it shows by itself.
ON_LOAD: list[Any] = []


def page() -> rx.Component:
    """What the module shows."""
    return shell(ALERTS_PLACE, alerting_page(channels()))
