"""The overview of all services, objectives and reports; all of it goes through the API, as other clients do it."""

import reflex as rx

from monitor_app.components.browser import module


class Reports(rx.Component):
    """Three tabs. `can_write`: who sits here keeps objectives."""

    library = module("reports.jsx")
    tag = "Reports"
    can_write: rx.Var[bool]
