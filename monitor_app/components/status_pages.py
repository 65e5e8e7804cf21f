"""Status pages as editors arrange them; all of it goes through the API, as every other client's does."""

import reflex as rx

from monitor_app.components.browser import module


class StatusPages(rx.Component):
    """The list of pages, the form of one with its preview, and the notices.

    `colour` is that of pages without one of their own.
    """

    library = module("status_pages.jsx")
    tag = "StatusPages"
    colour: rx.Var[str]
