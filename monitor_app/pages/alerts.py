"""What fires, what is held and why, and who is on it."""

from typing import Any

import reflex as rx

from monitor_app.components.alerting import alerting_page
from monitor_app.components.alerts import alerts
from monitor_app.components.places import ALERTS_PLACE
from monitor_app.components.shell import shell

ROUTE = "/alerts"
TITLE = "Alerts · Lightbulb"
# The module in the browser reads what it shows by itself.
ON_LOAD: list[Any] = []


def page() -> rx.Component:
    """What the module shows."""
    return shell(ALERTS_PLACE, alerting_page(alerts()))
