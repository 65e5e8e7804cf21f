"""The map: everything that is watched, and what hangs on what, live."""

import reflex as rx

from monitor_app.components.details import details_panel
from monitor_app.components.display import display_controls
from monitor_app.components.live import ConnectionState
from monitor_app.components.places import MAP_PLACE
from monitor_app.components.service_map import service_map
from monitor_app.components.shell import shell
from monitor_app.state.details import DetailsState
from monitor_app.state.service_map import MapState

ROUTE = "/map"
TITLE = "Map · Lightbulb"
ON_LOAD = [MapState.load, DetailsState.restore]
ON_CHANGE = MapState.load


def page() -> rx.Component:
    """The drawing fills the page."""
    return shell(
        MAP_PLACE,
        rx.el.h1("Map", class_name="for-readers"),
        service_map(),
        details_panel(),
        tools=rx.fragment(ConnectionState.create(), display_controls(MapState.load)),
    )
