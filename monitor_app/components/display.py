"""The button "Refresh now" and the menu of how things are shown, for every page that is live."""

# A state's attributes are vars on a page, and Reflex reads what an event hands over from its annotation.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, type-arg, valid-type"

from typing import Any

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.event_specs import one
from monitor_app.domain.account import HISTORY_GRANULARITIES, REFRESH_SECONDS
from monitor_app.state.display import DisplayState


class AutoRefresh(rx.Component):
    """`refreshes` grows when a refresh is done."""

    library = module("display_controls.jsx")
    tag = "AutoRefresh"
    refreshes: rx.Var[int]
    on_refresh: rx.EventHandler[rx.event.no_args_event_spec]


class DisplayControls(AutoRefresh):
    """The button, the menu, and what they change."""

    tag = "DisplayControls"
    intervals: rx.Var[list[int]]
    granularities: rx.Var[list[int]]
    on_take: rx.EventHandler[one]


def display_controls(*loads: Any) -> rx.Component:
    """Stands on a page once. `loads` are the events that load what it shows anew, one after the other."""
    return DisplayControls.create(
        refreshes=DisplayState.refreshes,
        intervals=list(REFRESH_SECONDS),
        granularities=list(HISTORY_GRANULARITIES),
        on_refresh=[*loads, DisplayState.refreshed],
        on_take=DisplayState.take,
    )


def auto_refresh(*loads: Any) -> rx.Component:
    """For a page that has live rows and no room for the controls: it refreshes by itself where that was chosen."""
    return AutoRefresh.create(refreshes=DisplayState.refreshes, on_refresh=[*loads, DisplayState.refreshed])
