"""One incident: its alerts, its story, what it affects, and what was learned."""

from typing import Any

import reflex as rx

from monitor_app.components.alerting import alerting_page
from monitor_app.components.alerts import incident
from monitor_app.components.places import ALERTS_PLACE
from monitor_app.components.shell import shell

ROUTE = "/incidents/[incident_id]"
TITLE = "Incident · Lightbulb"
# The module in the browser reads what it shows by itself.
ON_LOAD: list[Any] = []


def page() -> rx.Component:
    """The incident that the last part of the path names."""
    return shell(ALERTS_PLACE, alerting_page(incident()))
