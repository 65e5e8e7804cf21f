"""The sections of a service's page below its charts, in two columns where there is room, and what loads them."""

from typing import Any, Final

import reflex as rx

from monitor_app.components.service_page.downtimes import downtimes
from monitor_app.components.service_page.kind_facts import kind_facts, relations
from monitor_app.components.service_page.results import results
from monitor_app.components.service_page.timeline import timeline
from monitor_app.state.service_downtimes import DowntimesState
from monitor_app.state.service_known import KnownState
from monitor_app.state.service_results import ResultsState
from monitor_app.state.service_timeline import TimelineState

# For the page's on_load, behind what loads the page itself.
LOADS: Final[tuple[Any, ...]] = (KnownState.load, TimelineState.load, ResultsState.load, DowntimesState.load)


def below() -> rx.Component:
    """What happened on the left, what the check shows on the right, relations across."""
    return rx.el.div(
        rx.el.div(timeline(), results(), downtimes()),
        rx.el.div(kind_facts()),
        relations(),
        class_name="service-below",
    )
