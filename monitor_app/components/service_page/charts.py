"""The charts of a service: the browser asks the API for what they draw, and draws them when they are seen."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type"

from typing import Final

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.state.display import DisplayState
from monitor_app.state.service_page import ServicePage

# The basic bundle: lines and bars. Fetched with the first chart that is seen.
PACKAGE: Final = "plotly.js-basic-dist-min@3.7.0"


class ServiceCharts(rx.Component):
    """Charts of the service `sid`, whose live row is `row_id`; `measures` are titles of charts that will come.

    `refreshes` grows when somebody has refreshed the page; `lives_since` is when its life began, in ms.
    """

    library = module("service_charts.jsx")
    tag = "ServiceCharts"
    lib_dependencies: list[str] = [PACKAGE]  # noqa: RUF012 - a field of the component, copied for each

    sid: rx.Var[str]
    row_id: rx.Var[int]
    measures: rx.Var[list[str]]
    refreshes: rx.Var[int]
    lives_since: rx.Var[int]


def charts() -> rx.Component:
    """The section below the head."""
    return ServiceCharts.create(
        sid=ServicePage.sid,
        row_id=ServicePage.pk,
        measures=ServicePage.measures,
        refreshes=DisplayState.refreshes,
        lives_since=ServicePage.lives_since,
    )
