"""What Consul tells of its services, with a memory."""

from typing import Any

import reflex as rx

from monitor_app.components.consul import consul_page
from monitor_app.components.places import CONSUL_PLACE
from monitor_app.components.shell import shell

ROUTE = "/consul"
TITLE = "Consul · Lightbulb"
# The module in the browser reads what it shows by itself.
ON_LOAD: list[Any] = []


def page() -> rx.Component:
    """What the module shows."""
    return shell(CONSUL_PLACE, rx.el.div(consul_page(), class_name="admin-page"))
